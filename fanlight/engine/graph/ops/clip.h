// Norms, and values that are kept within bounds: what keeps gradients from growing too large.
// These are made of ops of other families.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// The square root of the sum of squares: of all elements, or along `axes`.
// Gradient: value / norm · incoming; NaN where the norm is 0, as TensorFlow's.
Output Norm(GraphBuilder& graph, const Operand& value, const std::vector<int32_t>& axes = {},
            bool keep_dims = false, std::string_view name = "norm");

// `value` with what is below `low` as `low` and what is above `high` as `high`.
// Gradient: the incoming one where nothing was cut, a bound itself included.
Output ClipByValue(GraphBuilder& graph, const Operand& value, const Operand& low,
                   const Operand& high, std::string_view name = "clip_by_value");

// `value` · clip / norm(value) where the norm is above `clip`, else `value`.
Output ClipByNorm(GraphBuilder& graph, const Operand& value, const Operand& clip,
                  std::string_view name = "clip_by_norm");

// The norm of all elements of all values; empty Outputs are left out.
Output GlobalNorm(GraphBuilder& graph, const std::vector<Output>& values,
                  std::string_view name = "global_norm");

struct ClippedByGlobalNorm {
  std::vector<Output> values;  // Empty where they were.
  Output norm;                 // Before anything was cut.
};

// All values multiplied by clip / norm where their global norm is above `clip`. All are NaN where
// the norm is not finite.
ClippedByGlobalNorm ClipByGlobalNorm(GraphBuilder& graph, const std::vector<Output>& values,
                                     float clip, std::string_view name = "clip_by_global_norm");

}  // namespace fanlight
