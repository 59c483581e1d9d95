// How variables begin: functions that add the nodes of an initial value, as tf.*_initializer do.
//
//   Variable weights = GetVariable(graph, "hidden1/weights", {784, 128},
//                                  {.initializer = GlorotUniformInitializer()});
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/ops/random.h"

namespace fanlight {

// Adds nodes whose output has this shape and dtype.
// Shapes: any that is fully known; result of that shape.
// Errors: kInvalidArgument, kept by the builder, for a dtype that an initializer does not make: the
//         random ones make float32 only.
using Initializer = std::function<Output(GraphBuilder& graph, const Shape& shape, DType dtype)>;

Initializer ZerosInitializer();
Initializer OnesInitializer();
// Errors, kept by the builder: kInvalidArgument, when `value` cannot be of the variable's dtype.
Initializer ConstantInitializer(double value);
// Random numbers; the normal ones are drawn anew beyond two standard deviations where they are
// truncated.
// Units: mean, stddev, min and max are those of a variable's elements; a seed is a number, together
//        with the graph's (graph/ops/random.h).
Initializer RandomNormalInitializer(const NormalOptions& options = {});
Initializer TruncatedNormalInitializer(const NormalOptions& options = {});
Initializer RandomUniformInitializer(const UniformOptions& options = {.min = -0.05F, .max = 0.05F});

struct VarianceScalingOptions {
  enum class Mode { kFanIn, kFanOut, kFanAverage };
  enum class Distribution { kTruncatedNormal, kUntruncatedNormal, kUniform };
  double scale = 1;
  Mode mode = Mode::kFanIn;
  Distribution distribution = Distribution::kTruncatedNormal;
  std::optional<int64_t> seed{};
};

// Numbers of variance scale / n, where n is the number of inputs, of outputs, or their mean, of a
// layer whose weights have this shape: the last dimension counts outputs, the one before it inputs,
// and those before these the receptive field, which multiplies both.
Initializer VarianceScalingInitializer(const VarianceScalingOptions& options = {});
// Glorot and Bengio, 2010: scale 1, the mean of inputs and outputs. GetVariable's own choice.
Initializer GlorotUniformInitializer(std::optional<int64_t> seed = {});
Initializer GlorotNormalInitializer(std::optional<int64_t> seed = {});
// He et al., 2015: scale 2, the inputs.
Initializer HeNormalInitializer(std::optional<int64_t> seed = {});

}  // namespace fanlight
