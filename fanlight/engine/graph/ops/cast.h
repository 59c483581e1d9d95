// Conversions between dtypes.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The values as another dtype; the same output where it already is. ToInt64 and such are casts
// with TensorFlow's names for them.
Output Cast(GraphBuilder& graph, const Operand& x, DType dtype, std::string_view name = "Cast");
Output ToInt64(GraphBuilder& graph, const Operand& x, std::string_view name = "ToInt64");
Output ToInt32(GraphBuilder& graph, const Operand& x, std::string_view name = "ToInt32");
Output ToFloat(GraphBuilder& graph, const Operand& x, std::string_view name = "ToFloat");

std::span<const OpSpec> CastOps();
std::span<const KernelDef> CastKernels();

}  // namespace fanlight
