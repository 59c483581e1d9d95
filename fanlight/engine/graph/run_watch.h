// What a run with RunOptions does between its steps.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/run_options.h"

namespace fanlight {

// Of one run, from before it waits for others until its end.
class RunWatch {
 public:
  // A step that has run.
  struct Step {
    const Node& node;
    std::span<const Node* const> joined;  // Nodes whose work it did too.
    std::span<const Tensor* const> outputs;
    std::span<const VariableState* const> variables;  // Assigned.
  };

  explicit RunWatch(const RunOptions& options);

  bool may_end_early() const {
    return deadline_.has_value() || options_.stop.stop_possible() ||
           options_.interrupted != nullptr;
  }
  // Errors: kCancelled, when the run's time is over or a stop is requested. `where` tells what comes
  // next.
  Status CheckTime(std::string_view where) const;

  // Before the first step, for each value that comes from outside.
  // Errors: kOutOfRange, when numbers are checked and one is no number.
  Status CheckValue(const Node& node, std::string_view what, const Tensor& value) const;
  // Around each step. Errors: those above; those of EndStep are about the step's node.
  Status BeginStep(const Node& node);
  Status EndStep(const Step& step);
  // After the last step.
  void Finish();

 private:
  using Clock = std::chrono::steady_clock;

  const RunOptions& options_;
  const Clock::time_point begin_ = Clock::now();
  const int64_t begin_micros_;  // Since the epoch.
  std::optional<Clock::time_point> deadline_;
  Clock::time_point step_begin_;
  proto::DeviceStepStats stats_;
};

}  // namespace fanlight
