#include "fanlight/board/store/series_record.h"

namespace fanlight::store {

Tail::Tail(uint32_t capacity_points)
    : capacity(capacity_points),
      steps(std::make_unique_for_overwrite<int64_t[]>(capacity_points)),
      walls(std::make_unique_for_overwrite<double[]>(capacity_points)),
      bits(std::make_unique_for_overwrite<uint64_t[]>(capacity_points)) {}

const GenerationList& SeriesRecord::generations() const {
  static const GenerationList kOne;
  return parts == nullptr ? kOne : parts->generations;
}

std::span<const std::byte* const> SeriesRecord::blob_pages() const {
  if (is_scalars) return {};
  if (only != nullptr) return {&only, 1};
  return parts == nullptr ? std::span<const std::byte* const>() : parts->blob_pages;
}

void SeriesList::Grow(size_t size) {
  if (size <= size_) return;
  const size_t whole_pages =
      size_ / kPageRecords;  // The rest begin anew: a page has no room to spare.
  const std::shared_ptr<SeriesRecord[]> open =
      size_ % kPageRecords == 0 ? nullptr : pages_[whole_pages];
  const size_t open_records = size_ % kPageRecords;
  size_ = size;
  const size_t pages = (size + kPageRecords - 1) / kPageRecords;
  pages_.resize(whole_pages);
  is_own_.resize(whole_pages);
  for (size_t page = whole_pages; page < pages; ++page) {
    pages_.push_back(std::make_shared<SeriesRecord[]>(PageSize(page)));
    is_own_.push_back(true);
  }
  if (open != nullptr) std::copy_n(open.get(), open_records, pages_[whole_pages].get());
}

SeriesRecord& SeriesList::Edit(size_t index) {
  const size_t page = index / kPageRecords;
  if (!is_own_[page]) {
    auto own = std::make_shared<SeriesRecord[]>(PageSize(page));
    std::copy_n(pages_[page].get(), PageSize(page), own.get());
    pages_[page] = std::move(own);
    is_own_[page] = true;
  }
  return pages_[page][index % kPageRecords];
}

}  // namespace fanlight::store
