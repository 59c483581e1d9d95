#include <cmath>
#include <vector>

#include "fanlight/board/store/series_queries.h"

namespace fanlight::store {
namespace {

class Total {
 public:
  void AddValue(double value) {
    if (!std::isfinite(value)) return;
    AddExtremes(value, value);
    sum_ += value;
    ++finite_;
  }

  void AddBlock(const BlockInfo& block) {
    const Summary& summary = block.summary;
    const uint32_t not_finite =
        uint32_t{summary.nans} + summary.positive_infinities + summary.negative_infinities;
    if (not_finite == block.points) return;
    const ScalarBlock values(block.data);
    AddExtremes(values.ValueAt(summary.min_at), values.ValueAt(summary.max_at));
    sum_ += summary.sum;
    finite_ += block.points - not_finite;
  }

  void WriteTo(ScalarSummary& summary) const {
    summary.finite = finite_;
    if (finite_ == 0) return;
    summary.least = least_;
    summary.greatest = greatest_;
    summary.mean = sum_ / static_cast<double>(finite_);
  }

 private:
  void AddExtremes(double least, double greatest) {
    least_ = finite_ == 0 ? least : std::min(least_, least);
    greatest_ = finite_ == 0 ? greatest : std::max(greatest_, greatest);
  }

  uint64_t finite_ = 0;
  double least_ = 0;
  double greatest_ = 0;
  double sum_ = 0;
};

}  // namespace

std::optional<ScalarSummary> SummarizePoints(const SeriesState& series, Generations generations) {
  const std::vector<IndexRange> ranges = SelectPoints(series, generations);
  if (ranges.empty()) return std::nullopt;
  const ScalarPoints points(series);
  Total total;
  std::vector<double> values;
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t first, uint32_t end) {
    if (part.block != nullptr && first == 0 && end == part.points) {
      total.AddBlock(*part.block);
      return;
    }
    values.resize(end - first);
    points.Values(part, first, values);
    for (const double value : values) total.AddValue(value);
  });
  ScalarSummary summary;
  summary.points = CountPoints(ranges);
  total.WriteTo(summary);
  const uint64_t last = ranges.back().end - 1;
  const ScalarPoints::Part part = points.part(points.PartOf(last));
  const auto at = static_cast<uint32_t>(last - part.first_index);
  summary.last = points.ValueAt(part, at);
  summary.last_step = points.StepAt(part, at);
  return summary;
}

}  // namespace fanlight::store
