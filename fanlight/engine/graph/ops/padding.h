// Ops that put elements around tensors.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// `paddings[i]` elements of 0 before and after dimension i.
Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name = "Pad");
// The same with the scalar `filler` instead of 0.
Output PadWith(GraphBuilder& graph, const Operand& value, const Operand& paddings,
               const Operand& filler, std::string_view name = "PadV2");
// The same with what lies inside, mirrored at the edge: with the edge itself, or without.
// Errors: kInvalidArgument when run with more padding than there are elements to mirror.
// Gradient: each element's own and those of its images, added.
Output MirrorPad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
                 bool repeats_edge = false, std::string_view name = "MirrorPad");

std::span<const OpSpec> PaddingOps();
std::span<const KernelDef> PaddingKernels();

}  // namespace fanlight
