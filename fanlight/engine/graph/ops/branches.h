// Branches: parts of a graph that run only where a predicate holds, as TensorFlow 1's `tf.cond` and
// `tf.case` write them. A tensor that a run does not compute has no value there, and neither has
// what takes it or waits for its node, up to the Merge that takes whichever branch was taken.
//
//   Output doubled = Merge(graph, {Switch(graph, x, is_large).if_false,
//                                  Mul(graph, Switch(graph, x, is_large).if_true, 2.0)});
#pragma once

#include <span>
#include <string_view>
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

std::span<const OpSpec> BranchOps();
std::span<const KernelDef> BranchKernels();

}  // namespace fanlight
