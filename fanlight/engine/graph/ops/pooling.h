// Pooling: the largest or the mean of the elements of windows that slide over images.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct PoolOptions {
  std::vector<int64_t> window{2, 2};   // Height and width.
  std::vector<int64_t> strides{2, 2};  // Along height and width.
  std::string_view padding = "SAME";   // Or "VALID".
};

// Shapes:   images [batch, height, width, channels]; result [batch, rows, columns, channels].
// Numerics: padding takes no part: neither in the largest nor in the number a mean divides by.
// Gradient: MaxPool: to the first of the largest elements of each window; AvgPool: spread evenly.
// Source:   TensorFlow 1.15, max_pool and avg_pool, data format NHWC; golden values in
//           ops/conv.json.
Output MaxPool(GraphBuilder& graph, const Operand& images, const PoolOptions& options = {},
               std::string_view name = "MaxPool");
Output AvgPool(GraphBuilder& graph, const Operand& images, const PoolOptions& options = {},
               std::string_view name = "AvgPool");

std::span<const OpSpec> PoolingOps();
std::span<const KernelDef> PoolingKernels();

}  // namespace fanlight
