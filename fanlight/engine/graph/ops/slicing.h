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

struct StridedSliceOptions {
  int64_t begin_mask = 0;        // Bit i: begin[i] is the first there is.
  int64_t end_mask = 0;          // Bit i: end[i] is past the last there is.
  int64_t ellipsis_mask = 0;     // Bit i: stands for all dimensions that no other entry names.
  int64_t new_axis_mask = 0;     // Bit i: a new dimension of 1.
  int64_t shrink_axis_mask = 0;  // Bit i: the one element begin[i], without the dimension.
};

// value[begin:end:stride, …] as Python slices. Gradient: the incoming one among zeros.
Output StridedSlice(GraphBuilder& graph, const Operand& value, const Operand& begin,
                    const Operand& end, const Operand& strides,
                    const StridedSliceOptions& options = {},
                    std::string_view name = "strided_slice");

// `value` in `count` equal parts along `axis`.
std::vector<Output> Split(GraphBuilder& graph, const Operand& value, int32_t count,
                          int32_t axis = 0, std::string_view name = "split");

// The slices of `value` along `axis`, which has as many as that: without the dimension.
std::vector<Output> Unstack(GraphBuilder& graph, const Operand& value, int64_t axis = 0,
                            std::string_view name = "unstack");

// `paddings[i]` elements of 0 before and after dimension i.
Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name = "Pad");

// A new last dimension of `depth`: `on` at the place that the index says, else `off`.
Output OneHot(GraphBuilder& graph, const Operand& indices, int32_t depth, const Operand& on = 1.0f,
              const Operand& off = 0.0f, std::string_view name = "one_hot");

std::span<const OpSpec> SlicingOps();
std::span<const KernelDef> SlicingKernels();

}  // namespace fanlight
