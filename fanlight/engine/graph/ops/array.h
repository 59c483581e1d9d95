// Ops that make, reshape and copy tensors.
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
// `value` repeated `multiples[i]` times along dimension i.
Output Tile(GraphBuilder& graph, const Operand& value, const Operand& multiples,
            std::string_view name = "");
// `value` stretched to `shape` by NumPy's rule.
Output BroadcastTo(GraphBuilder& graph, const Operand& value, const Operand& shape,
                   std::string_view name = "");
// A tensor of `shape` filled with the scalar `value`.
Output Fill(GraphBuilder& graph, const Operand& shape, const Operand& value,
            std::string_view name = "");
// Zeros and ones: a Const where it is small, else a Fill.
Output Zeros(GraphBuilder& graph, const Shape& shape, DType dtype = DType::kFloat32,
             std::string_view name = "zeros");
Output Ones(GraphBuilder& graph, const Shape& shape, DType dtype = DType::kFloat32,
            std::string_view name = "ones");
Output ZerosLike(GraphBuilder& graph, const Operand& value, std::string_view name = "zeros_like");
Output OnesLike(GraphBuilder& graph, const Operand& value, std::string_view name = "ones_like");

// The shape as an int32 (or int64) vector; a Const where it is known. ShapeOp always makes the op.
Output ShapeOf(GraphBuilder& graph, const Operand& value, std::string_view name = "Shape");
Output ShapeOp(GraphBuilder& graph, const Operand& value, std::string_view name = "Shape",
               DType dtype = DType::kInt32);
Output Size(GraphBuilder& graph, const Operand& value, std::string_view name = "Size");
Output Rank(GraphBuilder& graph, const Operand& value, std::string_view name = "Rank");

// start, start + delta, … below (for a negative delta: above) limit.
Output Range(GraphBuilder& graph, const Operand& start, const Operand& limit, const Operand& delta,
             std::string_view name = "range");

// The tensors, all of one shape, along a new dimension `axis`.
Output Stack(GraphBuilder& graph, const std::vector<Output>& values, int64_t axis = 0,
             std::string_view name = "stack");
// The slices of `params` at `indices` along `axis`.
Output Gather(GraphBuilder& graph, const Operand& params, const Operand& indices,
              const Operand& axis = 0, std::string_view name = "GatherV2");
// Dimension i of the result is dimension `permutation[i]` of `value`.
Output Transpose(GraphBuilder& graph, const Operand& value, const Operand& permutation,
                 std::string_view name = "transpose");
// The permutation that undoes `permutation`.
Output InvertPermutation(GraphBuilder& graph, const Operand& permutation,
                         std::string_view name = "InvertPermutation");
// Merges rows of `data[i]` to the places that `indices[i]` say; a later one wins.
Output DynamicStitch(GraphBuilder& graph, const std::vector<Output>& indices,
                     const std::vector<Output>& data, std::string_view name = "");

// The axes over which the gradients of two broadcast arguments are summed.
struct BroadcastAxes {
  Output first;
  Output second;
};
BroadcastAxes BroadcastGradientArgs(GraphBuilder& graph, const Operand& first_shape,
                                    const Operand& second_shape, std::string_view name = "");

std::span<const OpSpec> ArrayOps();
std::span<const KernelDef> ArrayKernels();

}  // namespace fanlight
