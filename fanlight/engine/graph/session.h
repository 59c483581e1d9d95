// Runs a Graph. The Session owns the values of its variables; the Graph only ever grows: nodes
// never change once made, and a call sees the nodes that exist when it is made. New variables start
// uninitialised. Run() may be called from several threads: calls that assign variables run one at a
// time, and while none of them runs the others run together. A run stays on its caller's thread
// except for pieces of work that are worth the hand-over.
//
//   FL_ASSIGN_OR_RETURN(auto session, Session::Create(graph.graph()));
//   FL_TRY(session->Run({.targets = {init}}));
//   FL_ASSIGN_OR_RETURN(auto fetched, session->Run({.feeds = {{x, images}, {y, labels}},
//                                                   .fetches = {loss}, .targets = {train_step}}));
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/run_options.h"
#include "fanlight/engine/tensor/workers.h"

namespace fanlight {

class Session {
 public:
  struct Options {
    // Kernels; nullptr for StandardKernels(). Saving, restoring and summaries need more.
    std::shared_ptr<const KernelRegistry> kernels{};
    // Compiled plans that are kept, the least recently used going first. A plan belongs to feeds
    // with their shapes, fetches and targets.
    int max_plans = 256;
    // Threads of a run, the caller's with them. 0: as many as pay, found by measuring each plan's
    // first runs and again now and then. Results are the same bits with any number.
    int num_threads = 0;
    // Where a run finds its helpers, which are with one run at a time; nullptr for those of the
    // process.
    std::shared_ptr<Workers> workers{};
    // false: every node runs as it stands, without folding, views and in-place work. For tests.
    bool optimize = true;
  };
  struct Feed {
    Output placeholder;
    Tensor value;  // A Tensor is a cheap handle on a shared buffer.
  };
  struct Request {
    std::vector<Feed> feeds{};
    std::vector<Output> fetches{};  // Returned, in this order.
    std::vector<Output> targets{};  // Run for their effect only, such as a training step.
  };

  static Result<std::unique_ptr<Session>> Create(std::shared_ptr<const Graph> graph,
                                                 Options options);
  static Result<std::unique_ptr<Session>> Create(std::shared_ptr<const Graph> graph) {
    return Create(std::move(graph), Options());
  }
  ~Session();

  // Evaluates what `fetches` and `targets` need, each node once. Reads of a variable that do not
  // depend on an assignment of the same call see the value before it. After an error some
  // assignments may stand.
  // Errors: kInvalidArgument, when a needed placeholder is not fed or a fed value contradicts its
  // shape or dtype; kFailedPrecondition, when a variable is read before it is initialised; those of
  // the kernels, with the node's name and its inputs' shapes.
  Result<std::vector<Tensor>> Run(const Request& request);
  // The same, ended early, checked or measured. Errors: also those of `options`.
  Result<std::vector<Tensor>> Run(const Request& request, const RunOptions& options);

  // The variable's value: a handle, which later assignments leave as it is.
  // Errors: kInvalidArgument, when `variable` is none; kFailedPrecondition, not initialised.
  Result<Tensor> ReadVariable(const Output& variable) const;
  // Errors: kInvalidArgument, when dtype or shape are not the variable's.
  Status WriteVariable(const Output& variable, const Tensor& value);
  // Calls `edit` with the values of these variables, each named once, invalid Tensors for those that
  // are not initialised, while no run reads or assigns any. What it leaves there become their
  // values, also when it fails. Elements of a Tensor that is not shared may be written in place.
  // Errors: those of `edit`; kInvalidArgument, when one is no variable, or is left with a value of
  // another dtype or shape, which then has none.
  Status EditVariables(const std::vector<Output>& variables,
                       const std::function<Status(std::span<Tensor>)>& edit);

  const Graph& graph() const;

 private:
  class Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A feed of `value` converted to the placeholder's dtype: a program's doubles for a float32.
// Errors: kInvalidArgument, when it cannot be converted.
Result<Session::Feed> MakeFeed(const Output& placeholder, const Tensor& value);

}  // namespace fanlight
