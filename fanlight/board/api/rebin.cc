#include "fanlight/board/api/rebin.h"

#include <algorithm>
#include <cmath>

namespace fanlight::api {
namespace {

bool IsPlaced(const store::Bucket& bucket) {
  return std::isfinite(bucket.left) && std::isfinite(bucket.right);
}

// The bin of equal pieces that a position lies in, whatever its distance from them.
size_t BinAt(double position, size_t bins) {
  if (!(position > 0)) return 0;
  return std::min(bins - 1, static_cast<size_t>(std::min(position, static_cast<double>(bins))));
}

}  // namespace

void EdgeRange::Add(std::span<const store::Bucket> buckets) {
  for (const store::Bucket& bucket : buckets) {
    if (!IsPlaced(bucket)) continue;
    if (!edges_) edges_ = ValueRange{bucket.left, bucket.right};
    edges_->left = std::min(edges_->left, bucket.left);
    edges_->right = std::max(edges_->right, bucket.right);
  }
}

std::optional<ValueRange> EdgeRange::Range() const {
  if (!edges_) return std::nullopt;
  ValueRange range = *edges_;
  if (range.left >= range.right) {
    const double value = range.left;
    const double far = value * 1.1;
    const double near = value / 1.1;
    range = value < 0 ? ValueRange{far - 1, near + 1} : ValueRange{near - 1, far + 1};
  }
  if (!std::isfinite(range.right - range.left)) return std::nullopt;
  return range;
}

double Rebin(std::span<const store::Bucket> buckets, ValueRange range, std::span<double> bins) {
  const auto [left, right] = range;
  const size_t n = bins.size();
  const double width = (right - left) / static_cast<double>(n);
  const auto edge = [&](size_t bin) { return left + static_cast<double>(bin) * width; };
  double outside = 0;
  for (const store::Bucket& bucket : buckets) {
    const bool is_thin = !(bucket.right > bucket.left);
    const bool is_beside = is_thin ? bucket.left < left || bucket.left > right
                                   : bucket.right <= left || bucket.left >= right;
    if (!IsPlaced(bucket) || is_beside) {
      outside += bucket.count;
      continue;
    }
    size_t bin = BinAt((bucket.left - left) / width, n);
    if (is_thin) {
      // The division may have come out on the wrong side of an edge. To the last bit: a bin ends a width behind its beginning.
      while (bin + 1 < n && bucket.left >= edge(bin) + width) ++bin;
      while (bin > 0 && bucket.left < edge(bin - 1) + width) --bin;
      bins[bin] += bucket.count;
      continue;
    }
    const size_t last = BinAt((bucket.right - left) / width, n);
    for (; bin <= last; ++bin) {
      const double overlap =
          std::min(bucket.right, edge(bin) + width) - std::max(bucket.left, edge(bin));
      if (overlap > 0) bins[bin] += bucket.count * overlap / (bucket.right - bucket.left);
    }
  }
  return outside;
}

}  // namespace fanlight::api
