// Which elements of a list are not in another.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct ListDiffResult {
  Output values;
  Output indices;  // int32: where they stand in x.
};

// The elements of the vector x that are not in y, in their order. Gradient: none.
ListDiffResult ListDiff(GraphBuilder& graph, const Operand& x, const Operand& y,
                        std::string_view name = "ListDiff");

struct UniqueResult {
  Output values;   // Each once, in the order in which they come first.
  Output indices;  // int32: for each element of x its place among the values.
};
// Gradient: none.
UniqueResult Unique(GraphBuilder& graph, const Operand& x, std::string_view name = "Unique");

std::span<const OpSpec> ListDiffOps();
std::span<const KernelDef> ListDiffKernels();

}  // namespace fanlight
