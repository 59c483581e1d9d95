// Ops that put elements around tensors.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// `paddings[i]` elements of 0 before and after dimension i.
Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name = "Pad");

std::span<const OpSpec> PaddingOps();
std::span<const KernelDef> PaddingKernels();

}  // namespace fanlight
