// Normalisation: by the mean and variance of a batch, of a layer, by length.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct Moments {
  Output mean;
  Output variance;
};

// Mean and variance along `axes`.
// Numerics: two passes: the mean first, then the squares of what differs from it.
// Gradient: through both; the variance's does not go through its mean, where it is 0.
// Source:   TensorFlow 1.15, tf.nn.moments; golden values in ops/norm.json.
Moments MomentsOf(GraphBuilder& graph, const Operand& value, const std::vector<int32_t>& axes,
                  bool keep_dims = false, std::string_view name = "moments");

// (x − mean) / √(variance + epsilon) · scale + offset; without scale or offset where these are
// empty. Shapes broadcast.
// Source:   TensorFlow 1.15, tf.nn.batch_normalization.
Output BatchNormalization(GraphBuilder& graph, const Operand& x, const Operand& mean,
                          const Operand& variance, const Operand& offset, const Operand& scale,
                          float epsilon, std::string_view name = "batchnorm");

struct FusedBatchNormOptions {
  float epsilon = 0.001f;
  bool is_training = true;  // The batch's own moments; else those that are given.
};

struct FusedBatchNorm {
  Output y;
  Output mean;      // Of the batch, while training.
  Output variance;  // Of the batch, divided by one less than the number of elements.
};

// The same for images, by one op, which also gives the moments of the batch.
// Shapes:   x [batch, height, width, channels] float32; all others [channels] float32. `mean` and
//           `variance` may be empty while training.
// Gradient: of x, scale and offset, through the batch's moments while training.
// Source:   TensorFlow 1.15, tf.nn.fused_batch_norm (FusedBatchNormV3), data format NHWC.
FusedBatchNorm FusedBatchNormOf(GraphBuilder& graph, const Operand& x, const Operand& scale,
                                const Operand& offset, const Operand& mean = {},
                                const Operand& variance = {},
                                const FusedBatchNormOptions& options = {},
                                std::string_view name = "FusedBatchNorm");

// Normalises the last dimension of each example to mean 0 and variance 1, then scales and shifts
// it. Shapes: gamma and beta [size of the last dimension].
Output LayerNormalization(GraphBuilder& graph, const Operand& x, const Operand& gamma,
                          const Operand& beta, float epsilon = 1e-3f,
                          std::string_view name = "layer_norm");

// `value` divided by the length of its vectors along `axis`.
// Numerics: lengths below √epsilon count as that.
Output L2Normalize(GraphBuilder& graph, const Operand& value, int32_t axis, float epsilon = 1e-12f,
                   std::string_view name = "l2_normalize");

std::span<const OpSpec> NormOps();
std::span<const KernelDef> NormKernels();

}  // namespace fanlight
