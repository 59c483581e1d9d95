#include "fanlight/engine/checkpoint/box_copy.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <vector>

#include "fanlight/base/check.h"

namespace fanlight::checkpoint {
namespace {

// Elements from one index of a dimension to the next, in a tensor that holds `slice`.
std::vector<int64_t> Strides(const TensorSlice& slice) {
  std::vector<int64_t> strides(slice.extents.size(), 1);
  for (size_t i = strides.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * slice.extents[i].length;
  }
  return strides;
}

// Where the element at `at` of the whole tensor stands in a tensor that holds `slice`.
int64_t OffsetOf(std::span<const int64_t> at, const TensorSlice& slice,
                 std::span<const int64_t> strides) {
  int64_t offset = 0;
  for (size_t i = 0; i < at.size(); ++i) {
    offset += (at[i] - slice.extents[i].start) * strides[i];
  }
  return offset;
}

}  // namespace

void CopyBox(const Tensor& source, const TensorSlice& source_slice, Tensor& target,
             const TensorSlice& target_slice, const TensorSlice& box) {
  FL_CHECK(source.dtype() == target.dtype(), "boxes are copied between tensors of one dtype");
  const size_t rank = box.extents.size();
  for (const TensorSlice::Extent& extent : box.extents) {
    if (extent.length == 0) return;
  }
  const std::vector<int64_t> source_strides = Strides(source_slice);
  const std::vector<int64_t> target_strides = Strides(target_slice);
  const size_t run = rank == 0 ? 1 : static_cast<size_t>(box.extents[rank - 1].length);
  const auto copy_run = [&](int64_t from, int64_t to) {
    if (source.dtype() == DType::kString) {
      const auto strings = source.flat<std::string>().subspan(static_cast<size_t>(from), run);
      std::ranges::copy(strings, target.mutable_flat<std::string>().begin() + to);
      return;
    }
    const size_t element_bytes = DTypeSize(source.dtype());
    const auto bytes =
        source.bytes().subspan(static_cast<size_t>(from) * element_bytes, run * element_bytes);
    const auto into = target.mutable_bytes().subspan(static_cast<size_t>(to) * element_bytes,
                                                     run * element_bytes);
    std::memcpy(into.data(), bytes.data(), bytes.size());
  };
  std::vector<int64_t> at(rank);
  for (size_t i = 0; i < rank; ++i) at[i] = box.extents[i].start;
  while (true) {
    copy_run(OffsetOf(at, source_slice, source_strides),
             OffsetOf(at, target_slice, target_strides));
    // The next run: count up in all dimensions but the last.
    size_t i = rank;
    while (i > 1) {
      const TensorSlice::Extent& extent = box.extents[i - 2];
      if (++at[i - 2] < extent.start + extent.length) break;
      at[i - 2] = extent.start;
      --i;
    }
    if (i <= 1) return;
  }
}

std::optional<std::pair<size_t, size_t>> FindOverlap(std::span<const TensorSlice> slices) {
  if (slices.size() < 2 || slices[0].extents.empty()) return std::nullopt;
  // Sorted by their start in the dimension that is cut most often, a slice needs to be compared
  // only with those that begin before it ends.
  size_t dimension = 0;
  size_t most = 0;
  for (size_t i = 0; i < slices[0].extents.size(); ++i) {
    std::set<int64_t> starts;
    for (const TensorSlice& slice : slices) starts.insert(slice.extents[i].start);
    if (starts.size() > most) {
      most = starts.size();
      dimension = i;
    }
  }
  std::vector<size_t> order(slices.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return slices[i].extents[dimension].start; });
  for (size_t i = 0; i < order.size(); ++i) {
    const TensorSlice::Extent& extent = slices[order[i]].extents[dimension];
    for (size_t j = i + 1; j < order.size(); ++j) {
      if (slices[order[j]].extents[dimension].start >= extent.start + extent.length) break;
      if (Intersect(slices[order[i]], slices[order[j]])) return std::pair(order[i], order[j]);
    }
  }
  return std::nullopt;
}

}  // namespace fanlight::checkpoint
