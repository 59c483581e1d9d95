#include "fanlight/engine/train/initializers.h"

#include <algorithm>
#include <cmath>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"

namespace fanlight {
namespace {

// The random ops draw float32.
Output OnlyFloat32(GraphBuilder& graph, DType dtype, const std::function<Output()>& make) {
  if (dtype == DType::kFloat32) return make();
  graph.KeepError({ErrorCode::kUnimplemented,
                   fmt::format("random initial values in \"{}\": got dtype {}, want float32",
                               graph.name_scope(), DTypeName(dtype))});
  return {};
}

struct Fans {
  double in = 1;
  double out = 1;
};

Fans FansOf(const Shape& shape) {
  const int rank = shape.rank();
  if (rank == 0) return {};
  if (rank == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (int i = 0; i < rank - 2; ++i) field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[rank - 2]) * field,
          static_cast<double>(shape[rank - 1]) * field};
}

}  // namespace

Initializer ZerosInitializer() {
  return [](GraphBuilder& graph, const Shape& shape, DType dtype) {
    return Zeros(graph, shape, dtype);
  };
}

Initializer OnesInitializer() {
  return [](GraphBuilder& graph, const Shape& shape, DType dtype) {
    return Ones(graph, shape, dtype);
  };
}

Initializer ConstantInitializer(double value) {
  return [value](GraphBuilder& graph, const Shape& shape, DType dtype) -> Output {
    auto converted = ConvertTo(Tensor::Filled(shape, value), dtype);
    if (!converted) {
      graph.KeepError(
          converted.error().With(fmt::format("initial value in \"{}\"", graph.name_scope())));
      return {};
    }
    return Constant(graph, *std::move(converted));
  };
}

Initializer RandomNormalInitializer(const NormalOptions& options) {
  return [options](GraphBuilder& graph, const Shape& shape, DType dtype) {
    return OnlyFloat32(graph, dtype, [&] { return RandomNormal(graph, shape, options); });
  };
}

Initializer TruncatedNormalInitializer(const NormalOptions& options) {
  return [options](GraphBuilder& graph, const Shape& shape, DType dtype) {
    return OnlyFloat32(graph, dtype, [&] { return TruncatedNormal(graph, shape, options); });
  };
}

Initializer RandomUniformInitializer(const UniformOptions& options) {
  return [options](GraphBuilder& graph, const Shape& shape, DType dtype) {
    return OnlyFloat32(graph, dtype, [&] { return RandomUniform(graph, shape, options); });
  };
}

Initializer VarianceScalingInitializer(const VarianceScalingOptions& options) {
  return [options](GraphBuilder& graph, const Shape& shape, DType dtype) {
    using Mode = VarianceScalingOptions::Mode;
    using Distribution = VarianceScalingOptions::Distribution;
    // The standard deviation of a normal distribution of 1 that is cut off at 2.
    constexpr double kTruncatedStddev = .87962566103423978;
    const Fans fans = FansOf(shape);
    const double n = options.mode == Mode::kFanIn    ? fans.in
                     : options.mode == Mode::kFanOut ? fans.out
                                                     : (fans.in + fans.out) / 2;
    const double variance = options.scale / std::max(1.0, n);
    switch (options.distribution) {
      case Distribution::kTruncatedNormal:
        return TruncatedNormalInitializer(
            {.stddev = static_cast<float>(std::sqrt(variance) / kTruncatedStddev),
             .seed = options.seed})(graph, shape, dtype);
      case Distribution::kUntruncatedNormal:
        return RandomNormalInitializer({.stddev = static_cast<float>(std::sqrt(variance)),
                                        .seed = options.seed})(graph, shape, dtype);
      case Distribution::kUniform:
        break;
    }
    const auto limit = static_cast<float>(std::sqrt(3 * variance));
    return RandomUniformInitializer({.min = -limit, .max = limit, .seed = options.seed})(
        graph, shape, dtype);
  };
}

Initializer GlorotUniformInitializer(std::optional<int64_t> seed) {
  return VarianceScalingInitializer({.mode = VarianceScalingOptions::Mode::kFanAverage,
                                     .distribution = VarianceScalingOptions::Distribution::kUniform,
                                     .seed = seed});
}

Initializer GlorotNormalInitializer(std::optional<int64_t> seed) {
  return VarianceScalingInitializer(
      {.mode = VarianceScalingOptions::Mode::kFanAverage, .seed = seed});
}

Initializer HeNormalInitializer(std::optional<int64_t> seed) {
  return VarianceScalingInitializer({.scale = 2, .seed = seed});
}

}  // namespace fanlight
