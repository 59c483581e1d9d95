// Smoothing by what stands near: mean, Gaussian and median of a point and its neighbours.
//
// Points are read in segments: those asked for, with their reach. The sum of a mean is always taken
// in the same order, so that a point has the same value whatever is asked for beside it:
//
//   chunks of 256   │········▒▒▒▒│▒▒▒▒▒▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒▒▒▒│▒▒▒·········│      ▒ the window
//   added up                 ◄───│   whole    │   whole    │──►
#include <algorithm>
#include <cmath>

#include "fanlight/board/store/selected_points.h"
#include "fanlight/board/store/smoothing_task.h"

namespace fanlight::store {
namespace {

constexpr uint64_t kChunk = 256;
constexpr uint64_t kMaxSegment = 64 * 1024;

// A stretch of points in memory: those asked for and what their smoothing looks at.
struct Segment {
  uint64_t first_rank = 0;
  std::span<const double> values;
  uint64_t total = 0;  // Of the series.

  // The window around a rank, cut at the ends of the series, as places in `values`.
  std::pair<size_t, size_t> Window(uint64_t rank, uint64_t reach) const {
    const uint64_t begin = rank > reach ? rank - reach : 0;
    const uint64_t end = std::min(total, rank + reach + 1);
    return {static_cast<size_t>(begin - first_rank), static_cast<size_t>(end - first_rank)};
  }
};

class Mean {
 public:
  explicit Mean(const Smoothing&) {}

  void Begin(const Segment& segment) {
    segment_ = segment;
    const size_t n = segment.values.size();
    forwards_.resize(n);
    backwards_.resize(n);
    finite_.resize(n + 1);
    finite_[0] = 0;
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      if (i == 0 || ChunkOf(i) != ChunkOf(i - 1)) sum = 0;
      const bool is_finite = std::isfinite(segment.values[i]);
      if (is_finite) sum += segment.values[i];
      forwards_[i] = sum;
      finite_[i + 1] = finite_[i] + (is_finite ? 1 : 0);
    }
    sum = 0;
    for (size_t i = n; i-- > 0;) {
      if (i + 1 == n || ChunkOf(i) != ChunkOf(i + 1)) sum = 0;
      if (std::isfinite(segment.values[i])) sum += segment.values[i];
      backwards_[i] = sum;
    }
  }

  double Over(size_t begin, size_t end) const {
    const auto count = static_cast<double>(finite_[end] - finite_[begin]);
    double sum = 0;
    if (ChunkOf(begin) == ChunkOf(end - 1)) {
      for (size_t i = begin; i < end; ++i) {
        if (std::isfinite(segment_.values[i])) sum += segment_.values[i];
      }
      return sum / count;
    }
    sum = backwards_[begin];
    size_t chunk_end = EndOfChunk(begin);
    for (; EndOfChunk(chunk_end) < end; chunk_end = EndOfChunk(chunk_end)) {
      sum += forwards_[EndOfChunk(chunk_end) - 1];
    }
    return (sum + forwards_[end - 1]) / count;
  }

 private:
  uint64_t ChunkOf(size_t i) const { return (segment_.first_rank + i) / kChunk; }
  size_t EndOfChunk(size_t i) const {
    return static_cast<size_t>((ChunkOf(i) + 1) * kChunk - segment_.first_rank);
  }

  Segment segment_;
  std::vector<double> forwards_;   // Sums of the finite values, from the chunk's first on,
  std::vector<double> backwards_;  // and from its last back.
  std::vector<uint32_t> finite_;   // How many came before.
};

class Gaussian {
 public:
  explicit Gaussian(const Smoothing& smoothing) : reach_(smoothing.Reach()) {
    weights_.resize(2 * size_t{reach_} + 1);
    for (uint32_t d = 0; d <= reach_; ++d) {
      const double z = d / smoothing.sigma;
      weights_[reach_ + d] = weights_[reach_ - d] = std::exp(-0.5 * z * z);
    }
  }
  void Begin(const Segment& segment) { segment_ = segment; }
  double Over(size_t begin, size_t end, size_t middle) const {
    double sum = 0;
    double weight = 0;
    const double* w = weights_.data() + (reach_ - (middle - begin));
    for (size_t i = begin; i < end; ++i, ++w) {
      if (!std::isfinite(segment_.values[i])) continue;
      sum += *w * segment_.values[i];
      weight += *w;
    }
    return sum / weight;
  }

 private:
  const uint32_t reach_;
  std::vector<double> weights_;
  Segment segment_;
};

class MiddleValue {
 public:
  explicit MiddleValue(const Smoothing&) {}
  void Begin(const Segment& segment) { segment_ = segment; }
  double Over(size_t begin, size_t end) {
    finite_.clear();
    for (size_t i = begin; i < end; ++i) {
      if (std::isfinite(segment_.values[i])) finite_.push_back(segment_.values[i]);
    }
    const auto middle = finite_.begin() + static_cast<std::ptrdiff_t>(finite_.size() / 2);
    std::nth_element(finite_.begin(), middle, finite_.end());
    if (finite_.size() % 2 == 1) return *middle;
    const double below = *std::max_element(finite_.begin(), middle);
    return below + (*middle - below) / 2;
  }

 private:
  Segment segment_;
  std::vector<double> finite_;
};

template <typename Kernel>
std::vector<double> Neighbourhoods(const SmoothingTask& task) {
  const SelectedPoints points(task.series, task.ranges);
  const uint64_t reach = task.smoothing.Reach();
  Kernel kernel(task.smoothing);
  std::vector<double> smoothed;
  smoothed.reserve(task.indexes.size());
  std::vector<double> values;
  std::vector<uint64_t> ranks;
  for (size_t i = 0; i < task.indexes.size(); i += ranks.size()) {
    ranks.assign(1, points.RankOf(task.indexes[i]));
    const uint64_t begin = ranks[0] > reach ? ranks[0] - reach : 0;
    while (i + ranks.size() < task.indexes.size()) {
      const uint64_t rank = points.RankOf(task.indexes[i + ranks.size()]);
      if (rank > ranks.back() + 2 * reach + kChunk || rank + reach - begin > kMaxSegment) break;
      ranks.push_back(rank);
    }
    const uint64_t end = std::min(points.size(), ranks.back() + reach + 1);
    values.resize(static_cast<size_t>(end - begin));
    points.Values(begin, values);
    const Segment segment{.first_rank = begin, .values = values, .total = points.size()};
    kernel.Begin(segment);
    for (const uint64_t rank : ranks) {
      const auto middle = static_cast<size_t>(rank - begin);
      if (!std::isfinite(values[middle])) {
        smoothed.push_back(values[middle]);
        continue;
      }
      const auto [first, last] = segment.Window(rank, reach);
      if constexpr (requires { kernel.Over(first, last, middle); }) {
        smoothed.push_back(kernel.Over(first, last, middle));
      } else {
        smoothed.push_back(kernel.Over(first, last));
      }
    }
  }
  return smoothed;
}

}  // namespace

std::vector<double> SmoothByNeighbours(const SmoothingTask& task) {
  switch (task.smoothing.kind) {
    case Smoothing::Kind::kMean:
      return Neighbourhoods<Mean>(task);
    case Smoothing::Kind::kGaussian:
      return Neighbourhoods<Gaussian>(task);
    default:
      return Neighbourhoods<MiddleValue>(task);
  }
}

}  // namespace fanlight::store
