#include "fanlight/board/store/blob.h"

#include <algorithm>

namespace fanlight::store {

Result<std::vector<Bucket>> ToBuckets(const TensorValue& histogram) {
  const std::vector<double>& cells = histogram.numbers;
  if (histogram.shape.size() != 2 || histogram.shape[1] != 3 || cells.size() % 3 != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "a histogram has rows of left, right, count: want shape [k, 3], got {} dimensions",
                histogram.shape.size());
  }
  std::vector<Bucket> buckets;
  buckets.reserve(cells.size() / 3);
  for (size_t i = 0; i < cells.size(); i += 3) {
    buckets.push_back({cells[i], cells[i + 1], cells[i + 2]});
  }
  const auto is_filled = [](const Bucket& bucket) { return bucket.count != 0; };
  const auto first = std::find_if(buckets.begin(), buckets.end(), is_filled);
  const auto last = std::find_if(buckets.rbegin(), buckets.rend(), is_filled).base();
  if (first >= last) return std::vector<Bucket>{};
  return std::vector<Bucket>(first, last);
}

}  // namespace fanlight::store
