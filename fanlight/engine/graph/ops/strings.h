// Ops on strings, such as the names of files.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The strings at each place one after another, `separator` between them.
// Shapes: all alike, or scalars.
Output StringJoin(GraphBuilder& graph, const std::vector<Output>& inputs,
                  std::string_view separator = "", std::string_view name = "StringJoin");

std::span<const OpSpec> StringOps();
std::span<const KernelDef> StringKernels();

}  // namespace fanlight
