// Histograms of several steps brought onto the same bins, so that they can be drawn one before the other, as TensorBoard's page
// does it.
//
// All steps share [left, right], the least and the greatest finite edge of any of them, cut into equal bins. A bucket gives each
// bin the part of its count that overlaps it; a bucket without width gives all to the bin it lies in (on a boundary: the right-hand
// one, except at the very end). Counts are divided neither by widths nor by totals.
//
//   buckets   │ 4    │ 12              │      one bucket of 4 and one of 12, three times as wide
//   bins      │ 4  │ 4  │ 4  │ 4  │           four bins of the buckets' whole range
//
// TensorBoard draws nothing at all when one edge of one step is NaN or infinite. Here a bucket with such an edge is left out and its
// count is told, and the rest is drawn. When all values are one, a negative one gets air on both sides as a positive one does.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "fanlight/board/store/blob.h"

namespace fanlight::api {

struct ValueRange {
  double left = 0;
  double right = 0;  // Greater than `left`.
};

// Grows over the buckets of all steps.
class EdgeRange {
 public:
  void Add(std::span<const store::Bucket> buckets);
  // Nothing when no bucket has finite edges, or they lie further apart than a double can tell.
  std::optional<ValueRange> Range() const;

 private:
  std::optional<ValueRange> edges_;
};

// Adds the buckets' counts to `bins`, equal pieces of `range`. Returns the count of those that have no place: not finite, or
// wholly outside of the range.
double Rebin(std::span<const store::Bucket> buckets, ValueRange range, std::span<double> bins);

}  // namespace fanlight::api
