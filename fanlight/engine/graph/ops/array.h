// Ops that bring tensors into a graph, hand them on and give them other shapes.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// A tensor that is always `value`. Gradient: none.
Output Constant(GraphBuilder& graph, Tensor value, std::string_view name = "Const");

// A tensor that each run must feed, of this dtype and as much of the shape as is given.
// Errors: kInvalidArgument when run without a feed, or with one of another dtype or shape.
Output Placeholder(GraphBuilder& graph, DType dtype,
                   const PartialShape& shape = PartialShape::Unknown(), std::string_view name = "");
// `value` unless it is fed.
Output PlaceholderWithDefault(GraphBuilder& graph, const Operand& value, const PartialShape& shape,
                              std::string_view name = "");

// The same value. Of a variable: the value when this node runs. Gradient: the incoming one.
Output Identity(GraphBuilder& graph, const Operand& value, std::string_view name = "");
// The same value, through which no gradient goes.
Output StopGradient(GraphBuilder& graph, const Operand& value, std::string_view name = "");

// `value`, which has this shape as far as that is told. Gradient: the incoming one.
// Errors: kInvalidArgument, where it has another, told when the node is made or when it is run.
Output EnsureShape(GraphBuilder& graph, const Operand& value, const PartialShape& shape,
                   std::string_view name = "EnsureShape");

// The elements of `value` in row-major order under `shape`, in which one dimension may be -1.
// Errors: kInvalidArgument when the number of elements differs.
Output Reshape(GraphBuilder& graph, const Operand& value, const Operand& shape,
               std::string_view name = "");
// A dimension of 1 before dimension `axis` (negative: from the end).
Output ExpandDims(GraphBuilder& graph, const Operand& value, const Operand& axis,
                  std::string_view name = "");
// Without the dimensions of 1, or without those at `axes`.
Output Squeeze(GraphBuilder& graph, const Operand& value, std::vector<int64_t> axes = {},
               std::string_view name = "");

std::span<const OpSpec> ArrayOps();
std::span<const KernelDef> ArrayKernels();

}  // namespace fanlight
