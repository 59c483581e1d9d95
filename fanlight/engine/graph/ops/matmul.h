// Products of matrices.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct MatMulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

// The matrix product a · b.
// Shapes:   a [m, k], b [k, n], each after its transposition; result [m, n].
// Errors:   kInvalidArgument when the ranks are not 2 or the inner dimensions differ.
// Gradient: of a: g · bᵀ; of b: aᵀ · g.
Output MatMul(GraphBuilder& graph, const Operand& a, const Operand& b,
              const MatMulOptions& options = {}, std::string_view name = "MatMul");

std::span<const OpSpec> MatMulOps();
std::span<const KernelDef> MatMulKernels();

}  // namespace fanlight
