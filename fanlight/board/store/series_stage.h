// A series while its loader writes it. Internal to the store and, for the hot path, to ingest.
//
// Not thread-safe: it belongs to the thread that writes the run. What Publish() returns is
// immutable and shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/series_record.h"

namespace fanlight::store {

// What all stages together hold on the heap.
struct StageBudget {
  // When tails are more than this, they are encoded early.
  static constexpr int64_t kManyTailBytes = int64_t{24} << 20;
  // When there are more stages than this, no further runs should be begun before some are done.
  static constexpr int64_t kManyStages = 20'000;
  std::atomic<int64_t> tail_bytes{0};
  std::atomic<int64_t> stages{0};
};

class SeriesStage {
 public:
  // All outlive it.
  SeriesStage(const TagName& tag, const SeriesMetadata& metadata, bool is_scalars, BlockFile& file,
              StageBudget& budget);
  ~SeriesStage();
  SeriesStage(SeriesStage&& other) = delete;

  // Appends a scalar point. `bits` are the value's own: a float's in the low half.
  void Append(ValueType type, int64_t step, double wall_time_s, uint64_t bits) {
    if (tail_points_ == room_end_ || type != tail_type_) [[unlikely]] {
      Prepare(type, step);
    }
    steps_[tail_points_] = step;
    walls_[tail_points_] = wall_time_s;
    bits_[tail_points_] = bits;
    ++tail_points_;
  }
  // Appends a reference to a blob. `blob.file` is the place of the file among the run's.
  void Append(const BlobRef& blob);

  // From now on points come from another file of the run, the `ordinal`th in order. A tag that goes
  // on in a later file at a step it has reached begins a new generation there.
  void BeginFile(uint32_t ordinal);
  // A new generation begins with the next point, at `step`. `is_slow`: by TensorBoard's slow
  // loader's rules as well.
  void Supersede(int64_t step, bool is_slow, bool is_ours = true);

  // Puts what is not in the block file yet there, when it is at least `min_points`, and tells whether. It is there, and
  // may be published, once the batch is written.
  bool Freeze(uint32_t min_points, BlockBatch& batch);
  // Goes on where `series`, which must be sound and wholly in the block file, ended. Before anything
  // else.
  void GoOnFrom(const SeriesRecord& series);

  bool is_scalars() const { return is_scalars_; }
  uint64_t points() const { return is_scalars_ ? frozen_points_ + tail_points_ : blob_points_; }
  bool is_dirty() const { return points() != published_points_ || is_changed_; }
  const TagName& tag() const { return tag_; }
  const SeriesMetadata& metadata() const { return metadata_; }
  // The last point; there must be one.
  int64_t last_step() const;
  double last_wall_time_s() const;

  // What readers see from the next commit on; the commit puts its number in.
  void Publish(SeriesRecord& into);

 private:
  void Prepare(ValueType type, int64_t step);
  void CheckLaterFile(int64_t step);
  void EncodeTail(BlockBatch& batch);
  void EncodeNow();
  // Takes a last block that is small back into the tail, so that a series which grows a little now
  // and then is not a chain of small blocks.
  void ThawTail();
  void WriteBlobPage(BlockBatch& batch);
  // Whether there is nothing of it but one block of one leaf, or one page of references.
  bool IsOnlyOne() const;
  void SetTail(std::shared_ptr<Tail> tail);

  // The hot path's members first.
  uint32_t tail_points_ = 0;
  uint32_t room_end_ = 0;  // The tail's capacity; tail_points_ while the next point needs a look.
  ValueType tail_type_ = ValueType::kFloat32;
  int64_t* steps_ = nullptr;
  double* walls_ = nullptr;
  uint64_t* bits_ = nullptr;

  const TagName& tag_;
  const SeriesMetadata& metadata_;
  BlockFile& file_;
  StageBudget& budget_;
  const bool is_scalars_;

  std::shared_ptr<Tail> tail_;
  bool is_tail_shared_ = false;  // A published state looks at it.
  ValueType type_ = ValueType::kFloat32;
  uint64_t frozen_points_ = 0;
  int64_t frozen_last_step_ = 0;
  double frozen_last_wall_ = 0;
  std::vector<std::shared_ptr<const BlockPage>> blocks_;
  std::shared_ptr<BlockPage> open_blocks_;  // The page being filled, which nobody else sees: a copy
                                            // of it is published.
  std::vector<const std::byte*> blob_pages_;
  std::vector<BlobRef> open_blobs_;  // Likewise.
  uint64_t blob_points_ = 0;
  GenerationList generations_;

  uint32_t file_ordinal_ = 0;     // Of the file being read,
  uint32_t highest_ordinal_ = 0;  // and of the latest that gave a point.
  uint64_t published_points_ = 0;
  bool is_changed_ = true;  // In something other than the number of points.
};

}  // namespace fanlight::store
