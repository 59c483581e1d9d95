// Random ops, as TensorFlow draws them (Philox). With the same seeds a Session gives the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// A number in [0, 1) of two of Philox's words.
double UniformDouble(uint32_t high, uint32_t low);

struct NormalOptions {
  float mean = 0;
  float stddev = 1;
  std::optional<int64_t> seed{};
};

// Normal numbers, those beyond two standard deviations drawn again.
Output TruncatedNormal(GraphBuilder& graph, const Shape& shape, const NormalOptions& options = {},
                       std::string_view name = "truncated_normal");
Output RandomNormal(GraphBuilder& graph, const Shape& shape, const NormalOptions& options = {},
                    std::string_view name = "random_normal");

struct UniformOptions {
  float min = 0;
  float max = 1;
  std::optional<int64_t> seed{};
};

// Uniform in [min, max).
Output RandomUniform(GraphBuilder& graph, const Shape& shape, const UniformOptions& options = {},
                     std::string_view name = "random_uniform");
// Integers, uniform in [min, max).
Output RandomUniformInt(GraphBuilder& graph, const Shape& shape, int32_t min, int32_t max,
                        std::optional<int64_t> seed = {}, std::string_view name = "random_uniform");

std::span<const OpSpec> RandomOps();
std::span<const KernelDef> RandomKernels();

}  // namespace fanlight
