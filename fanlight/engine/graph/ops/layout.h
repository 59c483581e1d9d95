// Ops that repeat, stack and reorder the elements of tensors.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// `value` repeated `multiples[i]` times along dimension i.
Output Tile(GraphBuilder& graph, const Operand& value, const Operand& multiples,
            std::string_view name = "");
// `value` stretched to `shape` by NumPy's rule.
Output BroadcastTo(GraphBuilder& graph, const Operand& value, const Operand& shape,
                   std::string_view name = "");

// The tensors, all of one shape, along a new dimension `axis`.
Output Stack(GraphBuilder& graph, const std::vector<Output>& values, int64_t axis = 0,
             std::string_view name = "stack");

// Dimension i of the result is dimension `permutation[i]` of `value`.
Output Transpose(GraphBuilder& graph, const Operand& value, const Operand& permutation,
                 std::string_view name = "transpose");
// The permutation that undoes `permutation`.
Output InvertPermutation(GraphBuilder& graph, const Operand& permutation,
                         std::string_view name = "InvertPermutation");

std::span<const OpSpec> LayoutOps();
std::span<const KernelDef> LayoutKernels();

}  // namespace fanlight
