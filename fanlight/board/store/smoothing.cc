// Averages that go on and on (kEma, kTimeEma) are run along the series. On the way, their state is
// noted before every 32nd point; with a cache these states stay, and a smoothed point anywhere
// costs at most 32 steps.
//
//   rank     0 ........ 32 ........ 64 ........ 96        the state noted at 64 is what the average
//   states  [0]        [1]         [2]         [3]        is after points 0 to 63
//
// The others look at neighbours only: neighbourhoods.cc.
#include "fanlight/board/store/smoothing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fanlight/board/store/selected_points.h"
#include "fanlight/board/store/series_queries.h"
#include "fanlight/board/store/smoothing_task.h"

namespace fanlight::store {

namespace {

constexpr uint64_t kStateEvery = 32;
constexpr size_t kPageStates = 2048;
// Below this a series is run through faster than a cache is kept.
constexpr uint64_t kMinCachedPoints = 4096;

struct AverageState {
  double sum = 0;
  double weight = 0;
};

using StatePage = std::vector<AverageState>;

}  // namespace

struct AverageStates {
  Lineage lineage;  // Whose states these are.
  Generations generations = Generations::kAll;
  Smoothing smoothing;
  bool is_over_steps = true;
  std::vector<IndexRange> ranges;  // The points they were run over.
  size_t count = 0;
  std::vector<std::shared_ptr<const StatePage>> pages;

  AverageState At(size_t k) const { return (*pages[k / kPageStates])[k % kPageStates]; }
};

namespace {

// 1 − w^n for n = 1, 2, …, which the series of a request share: std::pow costs more than the rest.
class Debiasing {
 public:
  double At(double weight, double n) {
    if (weight != weight_) {
      weight_ = weight;
      // From here on w^n is lost beside 1.
      until_ = weight > 0 ? 60.0 / -std::log2(weight) : 0.0;
      known_.clear();
    }
    if (n > until_) return 1;
    if (n > kMostKnown) return 1 - std::pow(weight, n);
    while (static_cast<double>(known_.size()) < n) {
      known_.push_back(1 - std::pow(weight, static_cast<double>(known_.size() + 1)));
    }
    return known_[static_cast<size_t>(n) - 1];
  }

 private:
  static constexpr double kMostKnown = 16384;
  double weight_ = 0;
  double until_ = 0;
  std::vector<double> known_;
};

// TensorBoard's. `weight` of the state counts finite values.
class Ema {
 public:
  static constexpr bool kReadsAxis = false;
  explicit Ema(const Smoothing& smoothing) : w_(smoothing.weight), debiasing_(OfThread()) {}

  double Next(AverageState& state, double, double value) const {
    if (!std::isfinite(value)) return value;
    state.sum = state.sum * w_ + (1 - w_) * value;
    state.weight += 1;
    return state.sum / debiasing_.At(w_, state.weight);
  }

 private:
  static Debiasing& OfThread() {
    thread_local Debiasing debiasing;
    return debiasing;
  }

  const double w_;
  Debiasing& debiasing_;
};

class TimeEma {
 public:
  static constexpr bool kReadsAxis = true;
  explicit TimeEma(const Smoothing& smoothing) : rate_(-1 / smoothing.half_life) {}

  double Next(AverageState& state, double distance, double value) {
    // Distances of regular steps are all the same.
    if (distance != last_distance_) {
      last_distance_ = distance;
      last_decay_ = distance > 0 ? std::exp2(distance * rate_) : 1;
    }
    state.sum *= last_decay_;
    state.weight *= last_decay_;
    if (!std::isfinite(value)) return value;
    state.sum += value;
    state.weight += 1;
    return state.sum / state.weight;
  }

 private:
  const double rate_;
  double last_distance_ = 0;
  double last_decay_ = 1;
};

// Runs an average over points; where it is told by rank.
template <typename Average>
class Runner {
 public:
  Runner(const SelectedPoints& points, const Smoothing& smoothing, bool is_over_steps)
      : points_(points), average_(smoothing), is_over_steps_(is_over_steps) {}

  // Goes over the points [rank, end), calling visit(rank, smoothed).
  template <typename Visit>
  void Run(AverageState& state, uint64_t rank, uint64_t end, Visit&& visit) {
    double values[kLeafPoints];
    double x[kLeafPoints + 1];  // That of the point before comes first.
    while (rank < end) {
      const auto count = static_cast<size_t>(std::min<uint64_t>(end - rank, kLeafPoints));
      points_.Values(rank, std::span(values, count));
      if constexpr (Average::kReadsAxis) {
        const size_t before = rank > 0 ? 1 : 0;
        ReadAxis(rank - before, std::span(x + 1 - before, count + before));
        if (before == 0) x[0] = x[1];
      }
      for (size_t i = 0; i < count; ++i) {
        const double distance = Average::kReadsAxis ? x[i + 1] - x[i] : 0;
        const double smoothed = average_.Next(state, distance, values[i]);
        visit(rank + i, smoothed);
      }
      rank += count;
    }
  }

 private:
  void ReadAxis(uint64_t rank, std::span<double> into) const {
    if (!is_over_steps_) {
      points_.WallTimes(rank, into);
      return;
    }
    int64_t steps[kLeafPoints + 1];
    points_.Steps(rank, std::span(steps, into.size()));
    for (size_t i = 0; i < into.size(); ++i) into[i] = static_cast<double>(steps[i]);
  }

  const SelectedPoints& points_;
  Average average_;
  const bool is_over_steps_;
};

// Whether the first `ranks` points of both are the same.
bool BeginAlike(std::span<const IndexRange> a, std::span<const IndexRange> b, uint64_t ranks) {
  for (size_t i = 0; ranks > 0; ++i) {
    if (i >= a.size() || i >= b.size() || a[i].begin != b[i].begin) return false;
    const uint64_t in_a = std::min(a[i].end - a[i].begin, ranks);
    if (in_a != std::min(b[i].end - b[i].begin, ranks)) return false;
    ranks -= in_a;
  }
  return true;
}

// States for all of the series: those remembered, and what has grown since.
template <typename Average>
std::shared_ptr<const AverageStates> StatesOf(const SmoothingTask& task,
                                              const SelectedPoints& points) {
  SmoothingCache& cache = *task.query.cache;
  const size_t wanted = static_cast<size_t>(points.size() / kStateEvery) + 1;
  const auto known = cache.Find([&](const AverageStates& states) {
    return states.lineage == task.series.lineage && states.generations == task.query.generations &&
           states.smoothing == task.smoothing && states.is_over_steps == task.is_over_steps();
  });
  const bool goes_on =
      known != nullptr && known->count <= wanted &&
      BeginAlike(known->ranges, task.ranges, uint64_t{known->count - 1} * kStateEvery);
  if (goes_on && known->count == wanted) return known;

  auto states = std::make_shared<AverageStates>();
  states->lineage = task.series.lineage;
  states->generations = task.query.generations;
  states->smoothing = task.smoothing;
  states->is_over_steps = task.is_over_steps();
  states->ranges.assign(task.ranges.begin(), task.ranges.end());
  StatePage page;
  AverageState state;
  if (goes_on) {
    states->pages = known->pages;
    states->count = known->count;
    state = known->At(known->count - 1);
    if (states->count % kPageStates != 0) {
      page = *states->pages.back();
      states->pages.pop_back();
    }
  } else {
    page.push_back(state);
    states->count = 1;
  }
  const auto close_page = [&] {
    states->pages.push_back(std::make_shared<const StatePage>(std::move(page)));
    page.clear();
  };
  Runner<Average> runner(points, task.smoothing, task.is_over_steps());
  runner.Run(state, uint64_t{states->count - 1} * kStateEvery, (wanted - 1) * kStateEvery,
             [&](uint64_t rank, double) {
               if ((rank + 1) % kStateEvery != 0) return;
               if (page.size() == kPageStates) close_page();
               page.push_back(state);
               ++states->count;
             });
  if (!page.empty()) close_page();
  cache.Put(states, states->count * sizeof(AverageState) + sizeof(AverageStates),
            goes_on ? known.get() : nullptr);
  return states;
}

template <typename Average>
std::vector<double> Averages(const SmoothingTask& task) {
  std::vector<double> smoothed;
  smoothed.reserve(task.indexes.size());
  const SelectedPoints points(task.series, task.ranges);
  std::shared_ptr<const AverageStates> states;
  if (task.query.cache != nullptr && task.series.lineage.reading != 0 &&
      points.size() >= kMinCachedPoints) {
    states = StatesOf<Average>(task, points);
  }
  Runner<Average> runner(points, task.smoothing, task.is_over_steps());
  AverageState state;
  uint64_t at = 0;  // The rank that comes next.
  for (size_t i = 0; i < task.indexes.size();) {
    // Points asked for that lie close together are one run.
    const uint64_t rank = points.RankOf(task.indexes[i]);
    if (states != nullptr && rank / kStateEvery * kStateEvery > at) {
      at = rank / kStateEvery * kStateEvery;
      state = states->At(static_cast<size_t>(rank / kStateEvery));
    }
    size_t stop = i + 1;
    uint64_t end = rank + 1;
    while (stop < task.indexes.size()) {
      const uint64_t next = points.RankOf(task.indexes[stop]);
      if (states != nullptr && next / kStateEvery * kStateEvery > end) break;
      end = next + 1;
      ++stop;
    }
    uint64_t wanted = rank;
    runner.Run(state, at, end, [&](uint64_t r, double value) {
      if (r != wanted) return;
      smoothed.push_back(value);
      if (++i < stop) wanted = points.RankOf(task.indexes[i]);
    });
    at = end;
  }
  return smoothed;
}

bool IsOneSameValue(const SeriesState& series, std::span<const IndexRange> ranges) {
  const ScalarPoints points(series);
  std::optional<double> first;
  bool is_same = true;
  const auto look_at = [&](double value) {
    if (!first) first = value;
    is_same = value == *first;
  };
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t begin, uint32_t end) {
    if (part.block != nullptr && begin == 0 && end == part.points && is_same) {
      const Summary& summary = part.block->summary;
      if (summary.not_finite_at == Summary::kNone && summary.min_at != Summary::kNone) {
        look_at(points.ValueAt(part, summary.min_at));
        if (is_same) look_at(points.ValueAt(part, summary.max_at));
        return;
      }
    }
    double values[kLeafPoints];
    while (begin < end && is_same) {
      const uint32_t count = std::min(kLeafPoints, end - begin);
      points.Values(part, begin, std::span(values, count));
      for (uint32_t i = 0; i < count && is_same; ++i) look_at(values[i]);
      begin += count;
    }
  });
  return is_same;
}

}  // namespace

uint32_t Smoothing::Reach() const {
  switch (kind) {
    case Kind::kEma:
    case Kind::kTimeEma:
      return 0;
    case Kind::kMean:
    case Kind::kMedian:
      return radius;
    case Kind::kGaussian:
      return static_cast<uint32_t>(std::ceil(sigma * kGaussianReach));
  }
  return 0;
}

void SmoothingCache::Put(std::shared_ptr<const AverageStates> states, size_t bytes,
                         const AverageStates* instead_of) {
  MutexLock lock(mutex_);
  const auto drop = [&](auto entry) FL_NO_THREAD_SAFETY_ANALYSIS {
    bytes_ -= entry->bytes;
    entries_.erase(entry);
  };
  const auto old = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.states.get() == instead_of;
  });
  if (old != entries_.end()) drop(old);
  entries_.push_front({std::move(states), bytes});
  bytes_ += bytes;
  while (bytes_ > max_bytes_ && entries_.size() > 1) drop(std::prev(entries_.end()));
}

size_t SmoothingCache::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

std::vector<double> SmoothPoints(const SeriesState& series, std::span<const IndexRange> ranges,
                                 std::span<const uint64_t> indexes, const WindowQuery& query) {
  const Smoothing& smoothing = *query.smoothing;
  if (IsOneSameValue(series, ranges)) {
    return GatherPoints(series, indexes).values;
  }
  const SmoothingTask task{series, ranges, indexes, smoothing, query};
  switch (smoothing.kind) {
    case Smoothing::Kind::kEma:
      return Averages<Ema>(task);
    case Smoothing::Kind::kTimeEma:
      return Averages<TimeEma>(task);
    case Smoothing::Kind::kMean:
    case Smoothing::Kind::kGaussian:
    case Smoothing::Kind::kMedian:
      return SmoothByNeighbours(task);
  }
  return {};
}

}  // namespace fanlight::store
