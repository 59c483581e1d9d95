// Products of stacks of matrices.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct BatchMatMulOptions {
  bool adjoint_x = false;  // Each matrix of x transposed.
  bool adjoint_y = false;
};

// The products of the matrices in the last two dimensions of x and y.
// Shapes:   x […, m, k], y […, k, n]; result […, m, n]. What stands before broadcasts.
// Errors:   kInvalidArgument when the inner dimensions differ.
// Gradient: as of MatMul, summed over what was stretched.
Output BatchMatMul(GraphBuilder& graph, const Operand& x, const Operand& y,
                   const BatchMatMulOptions& options = {}, std::string_view name = "MatMul");

std::span<const OpSpec> BatchMatMulOps();
std::span<const KernelDef> BatchMatMulKernels();

}  // namespace fanlight
