// Element-wise arithmetic of two arguments, with NumPy's broadcasting.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Two arguments of one dtype; shapes broadcast. A C++ number as one argument takes the other's
// dtype. Gradients: of each argument, summed over what it was stretched along.
Output Add(GraphBuilder& graph, const Operand& x, const Operand& y, std::string_view name = "Add");
Output Sub(GraphBuilder& graph, const Operand& x, const Operand& y, std::string_view name = "sub");
Output Mul(GraphBuilder& graph, const Operand& x, const Operand& y, std::string_view name = "Mul");
// x / y of floating numbers.
Output Div(GraphBuilder& graph, const Operand& x, const Operand& y,
           std::string_view name = "truediv");
// Rounded towards −∞, and what is left: of integers and floating numbers.
// Errors: kInvalidArgument when an integer is divided by 0.
Output FloorDiv(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "floordiv");
Output FloorMod(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "mod");
// x to the power y. Gradient of y: 0 where x ≤ 0.
Output Pow(GraphBuilder& graph, const Operand& x, const Operand& y, std::string_view name = "Pow");
// Gradient at a tie: all of it to x.
Output Maximum(GraphBuilder& graph, const Operand& x, const Operand& y,
               std::string_view name = "Maximum");
Output Minimum(GraphBuilder& graph, const Operand& x, const Operand& y,
               std::string_view name = "Minimum");
// (x − y)².
Output SquaredDifference(GraphBuilder& graph, const Operand& x, const Operand& y,
                         std::string_view name = "SquaredDifference");

// The sum of tensors of one shape.
Output AddN(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name = "AddN");

std::span<const OpSpec> MathOps();
std::span<const KernelDef> MathKernels();

}  // namespace fanlight
