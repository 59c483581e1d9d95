// Random ops, as TensorFlow draws them (Philox). With the same seeds a Session gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The words of a generator's blocks, one after another.
class PhiloxWords {
 public:
  PhiloxWords(const Philox& philox, uint64_t block) : philox_(philox), block_(block) {}
  uint32_t Next() {
    if (at_ == 4) {
      words_ = philox_(block_++);
      at_ = 0;
    }
    return words_[at_++];
  }

 private:
  const Philox& philox_;
  uint64_t block_;
  Philox::Block words_{};
  size_t at_ = 4;
};

// A number in [0, 1) of two of Philox's words.
double UniformDouble(uint32_t high, uint32_t low);
// One of the next two.
inline double NextDouble(PhiloxWords& words) {
  const uint32_t high = words.Next();
  return UniformDouble(high, words.Next());
}

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

// Classes, drawn by the logarithms of their probabilities (not necessarily of sum 1): `num_samples` of
// each row. A logit that is no finite number is never drawn. Shapes: logits [batch, classes]; int64
// [batch, num_samples]. Gradient: none.
Output Multinomial(GraphBuilder& graph, const Operand& logits, int32_t num_samples,
                   std::optional<int64_t> seed = {}, std::string_view name = "multinomial");

std::span<const OpSpec> RandomOps();
std::span<const KernelDef> RandomKernels();

}  // namespace fanlight
