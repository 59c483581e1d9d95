// Branches: parts of a graph that run only where a predicate holds, as TensorFlow 1's `tf.cond` and
// `tf.case` write them. A tensor that a run does not compute has no value there, and neither has
// what takes it or waits for its node, up to the Merge that takes whichever branch was taken.
//
//   Output doubled = Merge(graph, {Switch(graph, x, is_large).if_false,
//                                  Mul(graph, Switch(graph, x, is_large).if_true, 2.0)});
//
//   Output the_same = Cond(graph, is_large,
//                          [&](Branch& b) { return std::vector{Mul(graph, b.Take(x), 2.0)}; },
//                          [&](Branch&) { return std::vector{x}; })[0];
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// A Switch: `value` in one of two places.
struct Switched {
  Output if_false;
  Output if_true;
};

// Whether the node is a Switch, or a Merge, of values or of references.
bool IsSwitch(const Node& node);
bool IsMerge(const Node& node);

// `value`, which may be a variable, as the one output or the other; fetching the other is an error.
// Errors:   kInvalidArgument unless `predicate` is a bool scalar.
// Gradient: that of the output that has a value, zeros where nothing came back to it.
Switched Switch(GraphBuilder& graph, const Output& value, const Operand& predicate,
                std::string_view name = "Switch");
// The first of `values` that has a value. Output 1 of its node is the place of that one, int32.
// Gradient: the incoming one, of the value that was taken.
Output Merge(GraphBuilder& graph, const std::vector<Output>& values,
             std::string_view name = "Merge");

// One side of a Cond while its nodes are made. They wait for its pivot, which has a value only where
// the side is taken.
class Branch {
 public:
  // Nodes that are not to wait for it, such as variables, are made under NoControlDependencies().
  Branch(GraphBuilder& graph, const Output& predicate, bool is_true, const Output& pivot)
      : graph_(graph), predicate_(predicate), is_true_(is_true), pivot_(pivot) {}

  // A tensor or a variable from outside, by a Switch: so its gradient is zeros where the other side is
  // taken. What is used without it has no gradient there. What is made in the branch stays as it is.
  Output Take(const Output& outside);
  // What a branch gives, as a tensor that has a value only where this side is taken: of a node without
  // outputs the pivot, after it.
  Output Result(const Output& value);

 private:
  bool RunsHereOnly(const Node* node);

  GraphBuilder& graph_;
  const Output predicate_;
  const bool is_true_;
  const Output pivot_;
  std::unordered_map<Output, Output, OutputHash> taken_;
  std::unordered_set<const Node*> inside_;
};

using BranchFunction = std::function<std::vector<Output>(Branch&)>;

// What `if_true` gives where `predicate` holds, else what `if_false` gives. Only the nodes of the one
// that is taken run. A node without outputs counts as a tensor that is there once it has run.
// Shapes:   predicate [] bool; result: as far as both sides have the same.
// Errors:   kInvalidArgument, when they do not give as many tensors, of the same dtypes.
// Gradient: of what the sides take by Branch::Take.
// Source:   TensorFlow 1.15, tf.cond; nodes by its names.
std::vector<Output> Cond(GraphBuilder& graph, const Operand& predicate,
                         const BranchFunction& if_true, const BranchFunction& if_false,
                         std::string_view name = "cond");

std::span<const OpSpec> BranchOps();
std::span<const KernelDef> BranchKernels();

}  // namespace fanlight
