#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "fanlight/board/store/series_queries.h"

namespace fanlight::store {
namespace {

// Indexes of the least and the greatest finite value; kNowhere when there is none.
struct Extremes {
  static constexpr uint64_t kNowhere = UINT64_MAX;
  uint64_t min_at = kNowhere;
  uint64_t max_at = kNowhere;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void Add(uint64_t index, double value) {
    if (!std::isfinite(value)) return;
    if (value < min) {
      min = value;
      min_at = index;
    }
    if (value > max) {
      max = value;
      max_at = index;
    }
  }
};

Extremes FindExtremes(const ScalarPoints& points, std::span<const IndexRange> ranges) {
  Extremes extremes;
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t first, uint32_t end) {
    if (part.block != nullptr && first == 0 && end == part.points) {
      const Summary& summary = part.block->summary;
      for (const uint16_t at : {summary.min_at, summary.max_at}) {
        if (at != Summary::kNone) {
          extremes.Add(part.first_index + at, points.ValueAt(part, at));
        }
      }
      return;
    }
    double values[kLeafPoints];
    for (uint32_t at = first; at < end;) {
      const uint32_t count = std::min(kLeafPoints, end - at);
      points.Values(part, at, std::span(values, count));
      for (uint32_t i = 0; i < count; ++i) extremes.Add(part.first_index + at + i, values[i]);
      at += count;
    }
  });
  return extremes;
}

}  // namespace

uint64_t CountPoints(std::span<const IndexRange> ranges) {
  uint64_t count = 0;
  for (const IndexRange& range : ranges) count += range.end - range.begin;
  return count;
}

std::vector<uint64_t> SpreadEvenly(uint64_t n, uint64_t max) {
  std::vector<uint64_t> ranks;
  if (n == 0 || max == 0) return ranks;
  if (n <= max) {
    for (uint64_t i = 0; i < n; ++i) ranks.push_back(i);
    return ranks;
  }
  if (max == 1) return {n - 1};
  for (uint64_t k = 0; k < max; ++k) {
    // In two parts, so that nothing overflows: k · (n − 1) / (max − 1), rounded.
    const uint64_t whole = (n - 1) / (max - 1);
    const uint64_t rest = (n - 1) % (max - 1);
    ranks.push_back(k * whole + (2 * k * rest + (max - 1)) / (2 * (max - 1)));
  }
  return ranks;
}

namespace {

// Finds the parts that hold ascending indexes: mostly the one before, or the next.
class PartCursor {
 public:
  explicit PartCursor(const ScalarPoints& points) : points_(points) {}
  const ScalarPoints::Part& PartWith(uint64_t index) {
    const auto holds = [&](const ScalarPoints::Part& part) {
      return part.points > 0 && index - part.first_index < part.points;
    };
    if (holds(part_)) return part_;
    const size_t next = place_ + 1;
    place_ = part_.points > 0 && next < points_.parts() && holds(points_.part(next))
                 ? next
                 : points_.PartOf(index);
    part_ = points_.part(place_);
    return part_;
  }

 private:
  const ScalarPoints& points_;
  size_t place_ = 0;
  ScalarPoints::Part part_;
};

ScalarColumns ColumnsFor(size_t count, bool with_wall_times) {
  ScalarColumns columns;
  columns.steps.resize(count);
  if (with_wall_times) columns.wall_times_s.resize(count);
  columns.values.resize(count);
  return columns;
}

// Reads points [first, first + count) of a part to `row` and on.
void ReadStretch(const ScalarPoints& points, const ScalarPoints::Part& part, uint32_t first,
                 size_t count, size_t row, ScalarColumns& columns) {
  points.Steps(part, first, std::span(columns.steps).subspan(row, count));
  if (!columns.wall_times_s.empty()) {
    points.WallTimes(part, first, std::span(columns.wall_times_s).subspan(row, count));
  }
  points.Values(part, first, std::span(columns.values).subspan(row, count));
}

}  // namespace

ScalarColumns GatherRanges(const SeriesState& series, std::span<const IndexRange> ranges,
                           bool with_wall_times) {
  const ScalarPoints points(series);
  ScalarColumns columns = ColumnsFor(CountPoints(ranges), with_wall_times);
  size_t row = 0;
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t first, uint32_t end) {
    ReadStretch(points, part, first, end - first, row, columns);
    row += end - first;
  });
  return columns;
}

ScalarColumns GatherPoints(const SeriesState& series, std::span<const uint64_t> indexes,
                           bool with_wall_times) {
  // Points here and there are not in the processor's caches: some ahead are asked for.
  constexpr size_t kAhead = 16;
  const ScalarPoints points(series);
  PartCursor here(points);
  PartCursor ahead(points);
  size_t asked = 0;
  ScalarColumns columns = ColumnsFor(indexes.size(), with_wall_times);
  for (size_t i = 0; i < indexes.size();) {
    for (; asked < std::min(i + kAhead, indexes.size()); ++asked) {
      const ScalarPoints::Part& part = ahead.PartWith(indexes[asked]);
      if (part.block != nullptr) {
        ScalarBlock(part.block->data)
            .PrefetchPoint(static_cast<uint32_t>(indexes[asked] - part.first_index));
      }
    }
    const uint64_t index = indexes[i];
    const ScalarPoints::Part& part = here.PartWith(index);
    const auto at = static_cast<uint32_t>(index - part.first_index);
    // A stretch of neighbours is decoded at once.
    size_t count = 1;
    while (i + count < indexes.size() && indexes[i + count] == index + count &&
           at + count < part.points) {
      ++count;
    }
    if (count > 4) {
      ReadStretch(points, part, at, count, i, columns);
    } else {
      for (uint32_t k = 0; k < count; ++k) {
        columns.steps[i + k] = points.StepAt(part, at + k);
        if (with_wall_times) columns.wall_times_s[i + k] = points.WallTimeAt(part, at + k);
        columns.values[i + k] = points.ValueAt(part, at + k);
      }
    }
    i += count;
    asked = std::max(asked, i);
  }
  return columns;
}

std::unique_ptr<const SeriesState> SeriesOfColumns(const SeriesState& origin,
                                                   const ScalarColumns& columns) {
  const auto count = static_cast<uint32_t>(columns.steps.size());
  auto tail = std::make_shared<Tail>(count);
  for (size_t i = 0; i < count; ++i) {
    tail->steps[i] = columns.steps[i];
    tail->walls[i] = columns.wall_times_s[i];
    tail->bits[i] = std::bit_cast<uint64_t>(columns.values[i]);
  }
  auto parts = std::make_shared<SeriesParts>();
  parts->tail = std::move(tail);
  parts->tail_points = count;
  auto series = std::make_unique<SeriesState>();
  series->record.tag = origin.record.tag;
  series->record.metadata = origin.record.metadata;
  series->record.points = count;
  series->record.parts = std::move(parts);
  series->record.type = series->record.tail_type = ValueType::kFloat64;
  series->run = origin.run;
  series->run_start_s = origin.run_start_s;
  series->owner = origin.owner;
  return series;
}

ScalarColumns SampleScalars(const SeriesState& series, uint32_t max, Generations generations) {
  const std::vector<IndexRange> ranges = SelectPoints(series, generations);
  const uint64_t total = CountPoints(ranges);
  const std::vector<uint64_t> ranks = SpreadEvenly(total, max);

  std::vector<uint64_t> indexes;
  indexes.reserve(ranks.size());
  uint64_t before = 0;
  size_t r = 0;
  for (const IndexRange& range : ranges) {
    for (; r < ranks.size() && ranks[r] - before < range.end - range.begin; ++r) {
      indexes.push_back(range.begin + (ranks[r] - before));
    }
    before += range.end - range.begin;
  }

  if (total > max && indexes.size() > 2) {
    // The extremes take the place of their nearest neighbours; the first and the last stay.
    const ScalarPoints points(series);
    const Extremes extremes = FindExtremes(points, ranges);
    uint64_t taken = Extremes::kNowhere;
    for (const uint64_t wanted : {extremes.max_at, extremes.min_at}) {
      if (wanted == Extremes::kNowhere) continue;
      auto place = std::lower_bound(indexes.begin(), indexes.end(), wanted);
      if (place != indexes.end() && *place == wanted) {
        taken = wanted;
        continue;
      }
      // `place` is the first behind the wanted one; neither end is given up.
      auto victim = place == indexes.end() - 1 ? place - 1 : place;
      if (*victim == taken) victim = victim - 1 > indexes.begin() ? victim - 1 : victim + 1;
      if (victim <= indexes.begin() || victim >= indexes.end() - 1) continue;
      *victim = wanted;
      std::sort(indexes.begin(), indexes.end());
      taken = wanted;
    }
  }
  ScalarColumns columns = GatherPoints(series, indexes);
  columns.total = total;
  columns.in_window = total;
  columns.left_out = indexes.size() < total;
  return columns;
}

}  // namespace fanlight::store
