// What a published series is made of. Internal to the store: readers use SeriesView, loaders
// RunWriter.
//
// Everything here is immutable once published, but for the arrays of the tail: the writer goes on
// filling them behind the published length, where no reader looks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fanlight/board/store/blob_page.h"
#include "fanlight/board/store/block_file.h"
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

// The generation that holds point `index`, by position in the list; 0 where the list is null.
size_t GenerationOf(const GenerationList& generations, uint64_t index);

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

// The files of a run by their place, as ingest numbers them.
using FileList = std::shared_ptr<const std::vector<FileId>>;

struct SeriesState {
  RunId run;
  std::shared_ptr<const TagName> tag;
  std::shared_ptr<const SeriesMetadata> metadata;
  bool is_scalars = true;
  ValueType type = ValueType::kFloat32;  // The widest seen.
  uint64_t points = 0;
  uint64_t change = 0;
  double run_start_s = 0;
  GenerationList generations;
  // The same object in all states of a series: points once there stay what they are.
  std::shared_ptr<const void> lineage;

  std::vector<std::shared_ptr<const BlockPage>> blocks;
  std::shared_ptr<const Tail> tail;
  uint32_t tail_points = 0;
  ValueType tail_type = ValueType::kFloat32;
  std::shared_ptr<const BlockFile> file;  // Keeps the blocks' bytes alive.

  std::vector<const std::byte*> blob_pages;  // In the block file; all full but the last.
  std::shared_ptr<const std::vector<BlobRef>> open_blobs;  // What comes behind them.
  FileList files;

  uint32_t highest_ordinal = 0;  // The latest file that gave a point.
  mutable std::atomic<Trust> trust{Trust::kSound};
};

// False when the series came from an index that proved damaged: it then counts as empty, and who
// fills the store is told to read the run again. All queries ask this first.
bool IsSound(const SeriesState& series);

// Points [begin, end) of a series, counted over all generations.
struct IndexRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool operator==(const IndexRange&) const = default;
};

// The points of the generations asked for: ascending ranges that neither touch nor overlap.
std::vector<IndexRange> SelectPoints(const SeriesState& series, Generations generations);

// Takes out of `blobs`, which are all of the series in order, those that do not belong to the
// generations asked for.
void KeepGenerations(const SeriesState& series, Generations generations,
                     std::vector<BlobRef>& blobs);

// Random and sequential access to the scalar points of a series.
class ScalarPoints {
 public:
  explicit ScalarPoints(const SeriesState& series) : series_(series) {}

  struct Part {  // A block, or the tail.
    uint64_t first_index = 0;
    uint32_t points = 0;
    const BlockInfo* block = nullptr;  // Null for the tail.
  };
  size_t parts() const;
  Part part(size_t index) const;
  // The part that holds the point.
  size_t PartOf(uint64_t index) const;

  int64_t StepAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).StepAt(at)
                                 : series_.tail->steps[at];
  }
  double WallTimeAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).WallTimeAt(at)
                                 : series_.tail->walls[at];
  }
  uint64_t BitsAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).BitsAt(at)
                                 : series_.tail->bits[at];
  }
  double ValueAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).ValueAt(at)
                                 : ValueFromBits(series_.tail_type, series_.tail->bits[at]);
  }
  void Steps(const Part& part, uint32_t first, std::span<int64_t> into) const;
  void WallTimes(const Part& part, uint32_t first, std::span<double> into) const;
  void Values(const Part& part, uint32_t first, std::span<double> into) const;

 private:
  const SeriesState& series_;
};

}  // namespace fanlight::store
