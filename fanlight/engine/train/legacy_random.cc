#include "fanlight/engine/train/legacy_random.h"

#include <bit>
#include <numeric>
#include <utility>

namespace fanlight {

uint32_t LegacyRandomState::Interval(uint32_t max) {
  if (max == 0) return 0;
  const uint32_t mask = ~uint32_t{0} >> std::countl_zero(max);
  while (true) {
    const uint32_t value = static_cast<uint32_t>(engine_()) & mask;
    if (value <= max) return value;
  }
}

double LegacyRandomState::Uniform() {
  // 53 bits of two draws.
  const auto high = static_cast<double>(static_cast<uint32_t>(engine_()) >> 5);
  const auto low = static_cast<double>(static_cast<uint32_t>(engine_()) >> 6);
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

std::vector<uint32_t> LegacyRandomState::Permutation(uint32_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), uint32_t{0});
  for (uint32_t i = count; i-- > 1;) std::swap(order[i], order[Interval(i)]);
  return order;
}

}  // namespace fanlight
