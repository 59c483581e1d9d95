// NumPy's legacy random state, as far as the tutorials need it: after numpy.random.seed(seed) the
// same numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace fanlight {

class LegacyRandomState {
 public:
  // Without a seed the operating system gives one.
  explicit LegacyRandomState(std::optional<uint32_t> seed = std::nullopt)
      : engine_(seed ? *seed : std::random_device()()) {}

  // Uniform in [0, 1): numpy.random.rand().
  double Uniform();
  // The numbers 0 to count − 1 in random order: numpy.random.shuffle(numpy.arange(count)).
  std::vector<uint32_t> Permutation(uint32_t count);

 private:
  // A number from 0 to `max`: draws are masked to its bits and those above it are thrown away.
  uint32_t Interval(uint32_t max);

  std::mt19937 engine_;
};

}  // namespace fanlight
