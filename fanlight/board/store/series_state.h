// A series as queries look at it: its record with what the run and the store know about it, put together when someone
// asks. Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/series_record.h"

namespace fanlight::store {

// The generation that holds point `index`, by position in the list; 0 where the list is null.
size_t GenerationOf(const GenerationList& generations, uint64_t index);

// The same in all states of a series: points once there stay what they are.
struct Lineage {
  uint64_t reading =
      0;  // Which time some run was read from its beginning; 0: nothing is kept of this series.
  uint64_t series = 0;
  bool operator==(const Lineage&) const = default;
};

struct SeriesState {
  SeriesRecord record;
  RunId run;
  double run_start_s = 0;
  Lineage lineage;
  const TrustMark* trust = nullptr;            // Of the run's own record; null: sound.
  const BlockFile* file = nullptr;             // Where the blocks stand.
  const std::vector<FileId>* files = nullptr;  // Of the run, by place.
  std::shared_ptr<const void> owner;           // Keeps all of that alive.
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
  // A series that is not sound has none.
  explicit ScalarPoints(const SeriesState& series);
  // The record's own blocks must be known to be sound.
  explicit ScalarPoints(const SeriesRecord& record);
  ScalarPoints(const ScalarPoints&) = delete;  // Parts point into it.
  ScalarPoints& operator=(const ScalarPoints&) = delete;

  struct Part {  // A block, or the tail.
    uint64_t first_index = 0;
    uint32_t points = 0;
    const BlockInfo* block = nullptr;  // Null for the tail.
  };
  size_t parts() const { return blocks_ + (tail_points_ > 0 ? 1 : 0); }
  Part part(size_t index) const;
  // The part that holds the point.
  size_t PartOf(uint64_t index) const;

  int64_t StepAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).StepAt(at) : tail_->steps[at];
  }
  double WallTimeAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).WallTimeAt(at) : tail_->walls[at];
  }
  uint64_t BitsAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).BitsAt(at) : tail_->bits[at];
  }
  double ValueAt(const Part& part, uint32_t at) const {
    return part.block != nullptr ? ScalarBlock(part.block->data).ValueAt(at)
                                 : ValueFromBits(tail_type_, tail_->bits[at]);
  }
  void Steps(const Part& part, uint32_t first, std::span<int64_t> into) const;
  void WallTimes(const Part& part, uint32_t first, std::span<double> into) const;
  void Values(const Part& part, uint32_t first, std::span<double> into) const;

 private:
  uint64_t points_ = 0;
  size_t blocks_ = 0;
  const SeriesParts* parts_ = nullptr;  // Null where the only block is all.
  const Tail* tail_ = nullptr;
  uint32_t tail_points_ = 0;
  ValueType tail_type_ = ValueType::kFloat32;
  BlockInfo only_;
};

}  // namespace fanlight::store
