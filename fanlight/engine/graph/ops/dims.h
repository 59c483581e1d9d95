// Ops about shapes: what they are, tensors made from them.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The shape as an int32 (or int64) vector; a Const where it is known. ShapeOp always makes the op.
Output ShapeOf(GraphBuilder& graph, const Operand& value, std::string_view name = "Shape");
Output ShapeOp(GraphBuilder& graph, const Operand& value, std::string_view name = "Shape",
               DType dtype = DType::kInt32);
// The shapes of several values of one dtype, by one op.
std::vector<Output> ShapeN(GraphBuilder& graph, const std::vector<Output>& values,
                           std::string_view name = "ShapeN");
Output Size(GraphBuilder& graph, const Operand& value, std::string_view name = "Size");
Output Rank(GraphBuilder& graph, const Operand& value, std::string_view name = "Rank");

// start, start + delta, … below (for a negative delta: above) limit.
Output Range(GraphBuilder& graph, const Operand& start, const Operand& limit, const Operand& delta,
             std::string_view name = "range");

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

// The axes over which the gradients of two broadcast arguments are summed.
struct BroadcastAxes {
  Output first;
  Output second;
};
BroadcastAxes BroadcastGradientArgs(GraphBuilder& graph, const Operand& first_shape,
                                    const Operand& second_shape, std::string_view name = "");

std::span<const OpSpec> DimsOps();
std::span<const KernelDef> DimsKernels();

}  // namespace fanlight
