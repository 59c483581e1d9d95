// Ops that take tensors apart and put them together.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The tensors one after another along `axis` (negative: from the end). They agree in the others.
// Gradient: the slices of the incoming one.
Output Concat(GraphBuilder& graph, const std::vector<Output>& values, int32_t axis,
              std::string_view name = "concat");

// The part of `value` that begins at `begin` and has `size` elements along each dimension; -1: all
// that are left. Gradient: the incoming one among zeros.
Output Slice(GraphBuilder& graph, const Operand& value, const Operand& begin, const Operand& size,
             std::string_view name = "Slice");

// `value` in `count` equal parts along `axis`.
std::vector<Output> Split(GraphBuilder& graph, const Operand& value, int32_t count,
                          int32_t axis = 0, std::string_view name = "split");

// `value` in parts of these sizes along `axis`; one may be -1: what is left.
std::vector<Output> SplitBy(GraphBuilder& graph, const Operand& value,
                            const std::vector<int32_t>& sizes, int32_t axis = 0,
                            std::string_view name = "split");

// The slices of `value` along `axis`, which has as many as that: without the dimension.
std::vector<Output> Unstack(GraphBuilder& graph, const Operand& value, int64_t axis = 0,
                            std::string_view name = "unstack");

std::span<const OpSpec> SlicingOps();
std::span<const KernelDef> SlicingKernels();

}  // namespace fanlight
