#include "fanlight/board/api/distribution.h"

#include <algorithm>
#include <vector>

namespace fanlight::api {

std::array<double, kBasisPoints.size()> ValuesAtBasisPoints(
    std::span<const store::Bucket> buckets) {
  std::array<double, kBasisPoints.size()> values{};
  if (buckets.empty()) return values;
  double total = 0;
  for (const store::Bucket& bucket : buckets) total += bucket.count;
  // weights[i]: basis points up to and with bucket i. The order of operations is TensorBoard's, so that the
  // last bits agree.
  std::vector<double> weights;
  double sum = 0;
  for (const store::Bucket& bucket : buckets) {
    sum += bucket.count * 10000.0 / (total == 0 ? 1 : total);
    weights.push_back(sum);
  }
  const size_t n = buckets.size();
  for (size_t b = 0; b < kBasisPoints.size(); ++b) {
    const double wanted = kBasisPoints[b];
    const auto before = [&](size_t i) { return i == 0 ? 0.0 : weights[i - 1]; };
    auto i = static_cast<size_t>(std::upper_bound(weights.begin(), weights.end(), wanted) -
                                 weights.begin());
    while (i < n && weights[i] == before(i)) ++i;
    if (i >= n) {
      std::fill(values.begin() + static_cast<std::ptrdiff_t>(b), values.end(),
                buckets[n - 1].right);
      break;
    }
    const bool is_first = i == 0 || before(i) == 0;
    const double low = is_first ? buckets[0].left : std::max(buckets[i - 1].right, buckets[0].left);
    const double high = std::min(buckets[i].right, buckets[n - 1].right);
    values[b] = low + (wanted - before(i)) * (high - low) / (weights[i] - before(i));
  }
  return values;
}

}  // namespace fanlight::api
