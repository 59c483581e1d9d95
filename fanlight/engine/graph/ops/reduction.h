// Sums, means and other reductions along axes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct ReduceOptions {
  std::optional<std::vector<int32_t>> axes{};  // Negative: from the end. nullopt: all.
  bool keep_dims = false;                      // A dimension that is reduced becomes 1.
};

// Shapes:   any; the result lacks the reduced dimensions.
// Numerics: a sum of floats is one of sums of a few, and these of fewer: of 3 million terms it is good
//           to a part in 10⁶; the order is always the same. Sums of integers wrap around, means of
//           them are taken in 64 bits and lose their fraction.
// Errors:   kInvalidArgument when run along an axis that is named twice.
// Gradient: the incoming one, spread over what was reduced (ReduceMax, ReduceMin: shared evenly
//           among ties; ReduceMean: divided by their number).
Output ReduceSum(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                 std::string_view name = "Sum");
Output ReduceMean(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                  std::string_view name = "Mean");
Output ReduceProd(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                  std::string_view name = "Prod");
Output ReduceMax(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                 std::string_view name = "Max");
Output ReduceMin(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                 std::string_view name = "Min");

// Whether all, or any, of the booleans are true. Gradient: none.
Output ReduceAll(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                 std::string_view name = "All");
Output ReduceAny(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                 std::string_view name = "Any");
// log Σ eˣ. Numerics: the maximum is subtracted first.
Output ReduceLogSumExp(GraphBuilder& graph, const Operand& value, const ReduceOptions& options = {},
                       std::string_view name = "ReduceLogSumExp");

// The same along axes that an output tells, as gradients need them.
Output SumAlong(GraphBuilder& graph, const Operand& value, const Operand& axes, bool keep_dims,
                std::string_view name = "Sum");

// The index of the largest, or smallest, element along `axis`, the first one of equals, as int64. NaN
// is neither; 0 where there is nothing else.
// Gradient: none.
Output ArgMax(GraphBuilder& graph, const Operand& value, const Operand& axis,
              std::string_view name = "ArgMax");
Output ArgMin(GraphBuilder& graph, const Operand& value, const Operand& axis,
              std::string_view name = "ArgMin");

std::span<const OpSpec> ReductionOps();
std::span<const KernelDef> ReductionKernels();

}  // namespace fanlight
