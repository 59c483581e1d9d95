// Element-wise functions of one argument.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

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
Output Expm1(GraphBuilder& graph, const Operand& x, std::string_view name = "Expm1");
Output Tan(GraphBuilder& graph, const Operand& x, std::string_view name = "Tan");
Output Asin(GraphBuilder& graph, const Operand& x, std::string_view name = "Asin");
Output Acos(GraphBuilder& graph, const Operand& x, std::string_view name = "Acos");
Output Atan(GraphBuilder& graph, const Operand& x, std::string_view name = "Atan");
Output Sinh(GraphBuilder& graph, const Operand& x, std::string_view name = "Sinh");
Output Cosh(GraphBuilder& graph, const Operand& x, std::string_view name = "Cosh");
Output Asinh(GraphBuilder& graph, const Operand& x, std::string_view name = "Asinh");
Output Acosh(GraphBuilder& graph, const Operand& x, std::string_view name = "Acosh");
Output Atanh(GraphBuilder& graph, const Operand& x, std::string_view name = "Atanh");
// To whole numbers; Rint and Round: the nearest, ties to even. Gradient: none.
Output Rint(GraphBuilder& graph, const Operand& x, std::string_view name = "Rint");
Output Round(GraphBuilder& graph, const Operand& x, std::string_view name = "Round");
Output Floor(GraphBuilder& graph, const Operand& x, std::string_view name = "Floor");
Output Ceil(GraphBuilder& graph, const Operand& x, std::string_view name = "Ceil");
// Booleans. Gradient: none.
Output IsNan(GraphBuilder& graph, const Operand& x, std::string_view name = "IsNan");
Output IsInf(GraphBuilder& graph, const Operand& x, std::string_view name = "IsInf");
Output IsFinite(GraphBuilder& graph, const Operand& x, std::string_view name = "IsFinite");

std::span<const OpSpec> UnaryOps();
std::span<const KernelDef> UnaryKernels();

}  // namespace fanlight
