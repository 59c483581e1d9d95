// Ops that leave things to chance: orders of rows, which elements are dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The rows of `value` in a random order. With the same seeds, TensorFlow's order. Gradient: none.
Output RandomShuffle(GraphBuilder& graph, const Operand& value, std::optional<int64_t> seed = {},
                     std::string_view name = "RandomShuffle");

// Each element is 0 with probability `rate`, and otherwise divided by 1 − rate.
// Shapes:   known, or known when it runs; the result has the same.
// Gradient: the incoming one where the element was kept, divided alike.
// Source:   TensorFlow, tf.nn.dropout.
Output Dropout(GraphBuilder& graph, const Operand& value, float rate,
               std::optional<int64_t> seed = {}, std::string_view name = "dropout");

std::span<const OpSpec> ShuffleOps();
std::span<const KernelDef> ShuffleKernels();

}  // namespace fanlight
