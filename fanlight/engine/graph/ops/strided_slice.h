// Slices as Python writes them.
#pragma once

#include <cstdint>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

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

// variable[begin:end:stride, …] = value, which is as large as the slice or is repeated along some of
// its dimensions. Returns the variable's reference, or for a handle the node alone.
// Errors: kInvalidArgument when run with a value that does not fit the slice.
Output StridedSliceAssign(GraphBuilder& graph, const Output& variable, const Operand& begin,
                          const Operand& end, const Operand& strides, const Operand& value,
                          const StridedSliceOptions& options = {},
                          std::string_view name = "StridedSliceAssign");

std::span<const OpSpec> StridedSliceOps();
std::span<const KernelDef> StridedSliceKernels();

}  // namespace fanlight
