// Running sums and products along an axis.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct ScanOptions {
  bool is_exclusive = false;  // Each result leaves its own element out.
  bool is_reverse = false;    // From the end.
};

// Element i is the sum, or the product, of the elements up to i along `axis`.
// Gradient: the running sum of the incoming one from the other end (Cumprod: of the incoming one
//           times the products, divided by the values; 0 where a value is 0).
Output Cumsum(GraphBuilder& graph, const Operand& x, const Operand& axis = 0,
              const ScanOptions& options = {}, std::string_view name = "Cumsum");
Output Cumprod(GraphBuilder& graph, const Operand& x, const Operand& axis = 0,
               const ScanOptions& options = {}, std::string_view name = "Cumprod");

std::span<const OpSpec> ScanOps();
std::span<const KernelDef> ScanKernels();

}  // namespace fanlight
