// The points of some generations of a series, counted as if there were no others. Internal to the
// store.
//
//   index   0  1  2  3  4  5  6  7          ranges [0, 3) and [5, 8)
//   rank    0  1  2        3  4  5
//
// Not thread-safe: it remembers where it read last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "fanlight/board/store/series_state.h"

namespace fanlight::store {

class SelectedPoints {
 public:
  // `series` and `ranges` outlive this.
  SelectedPoints(const SeriesState& series, std::span<const IndexRange> ranges)
      : points_(series), ranges_(ranges) {
    first_ranks_.reserve(ranges.size());
    for (const IndexRange& range : ranges) {
      first_ranks_.push_back(size_);
      size_ += range.end - range.begin;
    }
  }

  uint64_t size() const { return size_; }
  uint64_t IndexOf(uint64_t rank) const {
    const size_t r = RangeOf(rank);
    return ranges_[r].begin + (rank - first_ranks_[r]);
  }
  // `index` must be among them.
  uint64_t RankOf(uint64_t index) const {
    const auto after =
        std::upper_bound(ranges_.begin(), ranges_.end(), index,
                         [](uint64_t i, const IndexRange& range) { return i < range.begin; });
    const auto r = static_cast<size_t>(after - ranges_.begin()) - 1;
    return first_ranks_[r] + (index - ranges_[r].begin);
  }

  // Of the points from rank `first` on.
  void Values(uint64_t first, std::span<double> into) const {
    Read(first, into.size(),
         [&](const ScalarPoints::Part& part, uint32_t at, size_t done, size_t count) {
           points_.Values(part, at, into.subspan(done, count));
         });
  }
  void Steps(uint64_t first, std::span<int64_t> into) const {
    Read(first, into.size(),
         [&](const ScalarPoints::Part& part, uint32_t at, size_t done, size_t count) {
           points_.Steps(part, at, into.subspan(done, count));
         });
  }
  void WallTimes(uint64_t first, std::span<double> into) const {
    Read(first, into.size(),
         [&](const ScalarPoints::Part& part, uint32_t at, size_t done, size_t count) {
           points_.WallTimes(part, at, into.subspan(done, count));
         });
  }

 private:
  size_t RangeOf(uint64_t rank) const {
    const auto after = std::upper_bound(first_ranks_.begin(), first_ranks_.end(), rank);
    return static_cast<size_t>(after - first_ranks_.begin()) - 1;
  }
  // The part that holds the point; mostly the one read last, or the next.
  ScalarPoints::Part PartWith(uint64_t index) const {
    const auto holds = [&](const ScalarPoints::Part& part) {
      return index >= part.first_index && index - part.first_index < part.points;
    };
    if (!holds(part_)) {
      if (part_.points > 0 && place_ + 1 < points_.parts() && holds(points_.part(place_ + 1))) {
        ++place_;
      } else {
        place_ = points_.PartOf(index);
      }
      part_ = points_.part(place_);
    }
    return part_;
  }
  template <typename Visit>
  void Read(uint64_t first, size_t count, Visit&& visit) const {
    size_t done = 0;
    while (done < count) {
      const size_t r = RangeOf(first + done);
      const uint64_t index = ranges_[r].begin + (first + done - first_ranks_[r]);
      const ScalarPoints::Part part = PartWith(index);
      const auto at = static_cast<uint32_t>(index - part.first_index);
      const uint64_t left =
          std::min<uint64_t>({count - done, ranges_[r].end - index, part.points - at});
      visit(part, at, done, static_cast<size_t>(left));
      done += static_cast<size_t>(left);
    }
  }

  const ScalarPoints points_;
  const std::span<const IndexRange> ranges_;
  std::vector<uint64_t> first_ranks_;
  uint64_t size_ = 0;
  mutable size_t place_ = 0;
  mutable ScalarPoints::Part part_;
};

}  // namespace fanlight::store
