// Element-wise arithmetic, comparison and logic, with NumPy's broadcasting.
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

Output Neg(GraphBuilder& graph, const Operand& x, std::string_view name = "Neg");
Output Abs(GraphBuilder& graph, const Operand& x, std::string_view name = "Abs");
Output Sign(GraphBuilder& graph, const Operand& x, std::string_view name = "Sign");
Output Square(GraphBuilder& graph, const Operand& x, std::string_view name = "Square");
Output Sqrt(GraphBuilder& graph, const Operand& x, std::string_view name = "Sqrt");
Output Rsqrt(GraphBuilder& graph, const Operand& x, std::string_view name = "Rsqrt");
Output Reciprocal(GraphBuilder& graph, const Operand& x, std::string_view name = "Reciprocal");
Output Exp(GraphBuilder& graph, const Operand& x, std::string_view name = "Exp");
Output Log(GraphBuilder& graph, const Operand& x, std::string_view name = "Log");
Output Log1p(GraphBuilder& graph, const Operand& x, std::string_view name = "Log1p");
Output Sin(GraphBuilder& graph, const Operand& x, std::string_view name = "Sin");
Output Cos(GraphBuilder& graph, const Operand& x, std::string_view name = "Cos");
Output Tanh(GraphBuilder& graph, const Operand& x, std::string_view name = "Tanh");
Output Sigmoid(GraphBuilder& graph, const Operand& x, std::string_view name = "Sigmoid");
Output Floor(GraphBuilder& graph, const Operand& x, std::string_view name = "Floor");
Output Ceil(GraphBuilder& graph, const Operand& x, std::string_view name = "Ceil");

// Booleans.
Output Greater(GraphBuilder& graph, const Operand& x, const Operand& y,
               std::string_view name = "Greater");
Output GreaterEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                    std::string_view name = "GreaterEqual");
Output Less(GraphBuilder& graph, const Operand& x, const Operand& y,
            std::string_view name = "Less");
Output LessEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                 std::string_view name = "LessEqual");
Output Equal(GraphBuilder& graph, const Operand& x, const Operand& y,
             std::string_view name = "Equal");
Output NotEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "NotEqual");
Output LogicalAnd(GraphBuilder& graph, const Operand& x, const Operand& y,
                  std::string_view name = "LogicalAnd");
Output LogicalOr(GraphBuilder& graph, const Operand& x, const Operand& y,
                 std::string_view name = "LogicalOr");
Output LogicalNot(GraphBuilder& graph, const Operand& x, std::string_view name = "LogicalNot");
// Where `condition` holds x, else y. All of one shape; a condition of rank 0, or of rank 1 as long
// as the first dimension of x and y, chooses whole tensors or rows.
Output Select(GraphBuilder& graph, const Operand& condition, const Operand& x, const Operand& y,
              std::string_view name = "Select");

// The values as another dtype; the same output where it already is. ToInt64 and such are casts
// with TensorFlow's names for them.
Output Cast(GraphBuilder& graph, const Operand& x, DType dtype, std::string_view name = "Cast");
Output ToInt64(GraphBuilder& graph, const Operand& x, std::string_view name = "ToInt64");
Output ToInt32(GraphBuilder& graph, const Operand& x, std::string_view name = "ToInt32");
Output ToFloat(GraphBuilder& graph, const Operand& x, std::string_view name = "ToFloat");

// The sum of tensors of one shape.
Output AddN(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name = "AddN");

std::span<const OpSpec> MathOps();
std::span<const KernelDef> MathKernels();

}  // namespace fanlight
