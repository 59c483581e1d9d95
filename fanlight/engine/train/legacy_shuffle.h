// NumPy's legacy random state, as far as shuffling needs it: the same seed gives the permutations
// that numpy.random.seed(seed) and numpy.random.shuffle(numpy.arange(n)) give.
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

  // The numbers 0 to count − 1 in random order.
  std::vector<uint32_t> Permutation(uint32_t count);

 private:
  // A number from 0 to `max`: draws are masked to its bits and those above it are thrown away.
  uint32_t Interval(uint32_t max);

  std::mt19937 engine_;
};

}  // namespace fanlight
