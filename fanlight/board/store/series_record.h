// What a run keeps of each of its series. Internal to the store: readers use SeriesView, loaders RunWriter.
//
//   RunState ──► SeriesList:  page of 64 records │ page │ …      shared by all states in which it is the same
//                                    │
//                     a short series: 64 bytes, and a block in the mapped block file
//                     a longer one, one that grows, one with restarts: SeriesParts as well
//
// A logdir of 1,000 runs with 10,000 tags has ten million series of a few points each: what each of them costs is what
// the store costs. So names stand once for all runs, what series of a run have in common stands in the run, and what a
// query wants to have at hand is put together when it is asked (SeriesState).
//
// Everything here is immutable once published, but for the arrays of the tail: the writer goes on filling them behind
// the published length, where no reader looks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fanlight/board/store/blob_page.h"
#include "fanlight/board/store/scalar_block.h"
#include "fanlight/board/store/series.h"

namespace fanlight::store {

// A stretch of points in file order that no restart interrupts. A later generation that begins at
// step s supersedes its points with step ≥ s: they are current below `limit` only.
struct Generation {
  static constexpr int64_t kNoLimit = INT64_MAX;
  uint64_t first_index = 0;
  int64_t limit = kNoLimit;
  int64_t slow_limit = kNoLimit;  // The same by the rules of TensorBoard's slow loader.
};

// Null stands for one generation without a limit, which is what most series have.
using GenerationList = std::shared_ptr<const std::vector<Generation>>;

// An encoded block of one generation.
struct BlockInfo {
  const std::byte* data = nullptr;
  uint32_t bytes = 0;
  uint32_t points = 0;
  uint64_t first_index = 0;
  Summary summary;
};

// A part of a growing list: full pages are shared by all later states, the last one is copied when
// it grows.
template <typename T, size_t kCapacity>
struct Page {
  static constexpr size_t kItems = kCapacity;
  std::vector<T> items;
};
using BlockPage = Page<BlockInfo, 64>;

// The newest points as plain arrays.
struct Tail {
  explicit Tail(uint32_t capacity_points);
  uint32_t capacity = 0;
  std::unique_ptr<int64_t[]> steps;
  std::unique_ptr<double[]> walls;
  std::unique_ptr<uint64_t[]> bits;
};

// Whether blocks and pages are what was written: those of this process are; those of an earlier one
// are looked at when they are first asked for.
enum class Trust : uint8_t { kSound, kUnchecked, kBroken };

// A Trust that readers of several threads may settle while others copy the record it is in.
class TrustMark {
 public:
  TrustMark() = default;
  TrustMark(const TrustMark& other) : trust_(other.Get()) {}
  TrustMark& operator=(const TrustMark& other) {
    Set(other.Get());
    return *this;
  }
  Trust Get() const { return trust_.load(std::memory_order_acquire); }
  void Set(Trust trust) const { trust_.store(trust, std::memory_order_release); }

 private:
  mutable std::atomic<Trust> trust_{Trust::kSound};
};

// Where the points of a series stand that is more than one leaf in one block, or one page of references.
struct SeriesParts {
  GenerationList generations;
  std::vector<std::shared_ptr<const BlockPage>> blocks;
  std::shared_ptr<const Tail> tail;
  uint32_t tail_points = 0;
  std::vector<const std::byte*> blob_pages;  // In the block file; all full but the last.
  std::shared_ptr<const std::vector<BlobRef>> open_blobs;  // What comes behind them.
};

// The files of a run by their place, as ingest numbers them.
using FileList = std::shared_ptr<const std::vector<FileId>>;

struct SeriesRecord {
  const TagName* tag = nullptr;              // Among the names of the store,
  const SeriesMetadata* metadata = nullptr;  // as is this.
  uint64_t points = 0;
  uint64_t change = 0;  // The commit that changed it last.
  // Its only block, of one leaf, or its only page of references, when that is all there is of it.
  const std::byte* only = nullptr;
  std::shared_ptr<const SeriesParts> parts;  // Else; null without points.
  uint32_t highest_ordinal = 0;              // The latest file that gave a point.
  uint16_t only_words = 0;                   // Bytes of `only`, when it is a block, in eights.
  bool is_scalars : 1 = true;
  ValueType type : 3 = ValueType::kFloat32;       // The widest seen,
  ValueType tail_type : 3 = ValueType::kFloat32;  // and of the newest points.
  TrustMark trust;

  uint32_t only_bytes() const { return uint32_t{only_words} * 8; }
  const GenerationList& generations() const;
  // Of a series of references: its pages in the block file, all full but the last.
  std::span<const std::byte* const> blob_pages() const;
};
static_assert(sizeof(SeriesRecord) == 64);

// The records of a run's series. Copies share their pages.
class SeriesList {
 public:
  static constexpr size_t kPageRecords = 64;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const SeriesRecord& operator[](size_t index) const {
    return pages_[index / kPageRecords][index % kPageRecords];
  }

  // --- before it is published ---
  // Makes it longer by empty records, which the caller fills.
  void Grow(size_t size);
  // The record, in a page that this list alone has: others keep theirs as it is. Valid until it grows.
  SeriesRecord& Edit(size_t index);
  // All pages may be shared with others from now on.
  void Seal() { std::fill(is_own_.begin(), is_own_.end(), false); }

 private:
  size_t PageSize(size_t page) const { return std::min(kPageRecords, size_ - page * kPageRecords); }

  size_t size_ = 0;
  std::vector<std::shared_ptr<SeriesRecord[]>> pages_;
  std::vector<bool> is_own_;
};

}  // namespace fanlight::store
