// The elements of tensors in reverse.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// `value` with the elements along each of `axes` from last to first. Gradient: the same of the
// incoming one.
Output Reverse(GraphBuilder& graph, const Operand& value, const Operand& axes,
               std::string_view name = "ReverseV2");

std::span<const OpSpec> ReverseOps();
std::span<const KernelDef> ReverseKernels();

}  // namespace fanlight
