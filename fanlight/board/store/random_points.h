// Points as logs have them, for tests: steps mostly rise, repeat and fall at times; some values are
// not finite.
#pragma once

#include <limits>
#include <random>
#include <vector>

#include "fanlight/board/store/store_builder.h"

namespace fanlight::store {

inline std::vector<StoreBuilder::Point> RandomPoints(uint32_t n, uint32_t seed, bool falls) {
  std::mt19937 random(seed);
  std::vector<StoreBuilder::Point> points;
  int64_t step = 0;
  double wall = StoreBuilder::kStartS;
  for (uint32_t i = 0; i < n; ++i) {
    step += random() % 3;
    if (falls && random() % 500 == 0) step -= random() % 100;
    wall += 0.01 * static_cast<double>(1 + random() % 100);  // Strictly: it names the point.
    auto value = static_cast<float>(random() % 1000) / 8;
    if (random() % 300 == 0) value = std::numeric_limits<float>::quiet_NaN();
    if (random() % 500 == 0) value = std::numeric_limits<float>::infinity();
    points.push_back({step, wall, value});
  }
  return points;
}

// The one series of a store.
inline SeriesView OnlySeries(Store& store) {
  const Snapshot now = store.TakeSnapshot();
  return now.Series(now.Runs().at(0)->id).at(0);
}

}  // namespace fanlight::store
