// How a curve is smoothed. Over all points of a series, before any are left out for the screen.
//
//   kEma       last ← last·w + (1 − w)·y;  smoothed = last / (1 − w^n)     n: finite values so far
//              TensorBoard's debiased exponential moving average, to the bit of its definition.
//   kTimeEma   Σ y_j·2^(−(x_i − x_j)/h) / Σ 2^(−(x_i − x_j)/h)             j ≤ i; h: the half-life
//   kMean      the mean of a point and `radius` neighbours on each side, fewer at the ends
//   kGaussian  the same with weights exp(−d²/2σ²), d in points, to 4 σ on each side
//   kMedian    the median of a point and `radius` neighbours on each side
//
// A value that is not finite stays as it is and does not count; a series of one same value stays as
// it is.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "fanlight/base/mutex.h"

namespace fanlight::store {

struct Smoothing {
  static constexpr uint32_t kMaxMeanRadius = 10'000;
  static constexpr uint32_t kMaxMedianRadius = 1000;
  static constexpr double kMaxSigma = 2500;
  static constexpr double kGaussianReach = 4;  // In sigmas.

  enum class Kind : uint8_t { kEma, kTimeEma, kMean, kGaussian, kMedian };
  Kind kind = Kind::kEma;
  double weight = 0;     // kEma: [0, 1).
  double half_life = 1;  // kTimeEma: above 0, in units of the axis.
  uint32_t radius = 0;   // kMean, kMedian: points.
  double sigma = 1;      // kGaussian: above 0, in points.

  static Smoothing Ema(double weight) { return {.kind = Kind::kEma, .weight = weight}; }
  // How many neighbours on each side a smoothed value looks at; 0 for the averages that go on and
  // on.
  uint32_t Reach() const;
  bool operator==(const Smoothing&) const = default;
};

struct AverageStates;  // Where moving averages stand along a series. Immutable.

// Remembers where the averages of long series stand, so that a window begins in the middle and a
// grown series goes on at its end. Least recently used ones go first. Thread-safe; outlives the
// queries that are given it.
class SmoothingCache {
 public:
  // Enough for some 30 million points under one average.
  explicit SmoothingCache(size_t max_bytes = size_t{16} << 20) : max_bytes_(max_bytes) {}

  // The newest states for which `is_wanted` holds, or null.
  template <typename IsWanted>
  std::shared_ptr<const AverageStates> Find(IsWanted&& is_wanted) {
    MutexLock lock(mutex_);
    for (auto i = entries_.begin(); i != entries_.end(); ++i) {
      if (!is_wanted(*i->states)) continue;
      entries_.splice(entries_.begin(), entries_, i);
      return i->states;
    }
    return nullptr;
  }
  // Takes the place of `instead_of`, when that is still here.
  void Put(std::shared_ptr<const AverageStates> states, size_t bytes,
           const AverageStates* instead_of);
  size_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const AverageStates> states;
    size_t bytes = 0;
  };
  const size_t max_bytes_;
  mutable Mutex mutex_;                             // Guards what follows.
  std::list<Entry> entries_ FL_GUARDED_BY(mutex_);  // Most recently used first.
  size_t bytes_ FL_GUARDED_BY(mutex_) = 0;
};

}  // namespace fanlight::store
