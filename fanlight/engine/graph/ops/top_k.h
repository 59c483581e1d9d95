// The largest elements of rows.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct TopKResult {
  Output values;
  Output indices;  // int32, along the last dimension.
};

// The `k` largest elements of each row, the largest first; of equals, the one with the lower index.
// Shapes:   input […, n]; values and indices […, k].
// Errors:   kInvalidArgument when run with k above n.
// Gradient: the incoming one at the places of the values, 0 elsewhere.
TopKResult TopK(GraphBuilder& graph, const Operand& input, const Operand& k,
                std::string_view name = "TopKV2");

std::span<const OpSpec> TopKOps();
std::span<const KernelDef> TopKKernels();

}  // namespace fanlight
