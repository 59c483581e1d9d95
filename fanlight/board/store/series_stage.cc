#include "fanlight/board/store/series_stage.h"

#include <algorithm>

#include "fanlight/base/check.h"
#include "fanlight/board/store/series_state.h"

namespace fanlight::store {
namespace {

constexpr uint32_t kFirstTailPoints = 32;
constexpr int64_t kBytesPerTailPoint = 24;

// The wider of two types of values in one series, for whoever asks for one.
ValueType Wider(ValueType a, ValueType b) {
  if (a == b) return a;
  const bool is_float_a = a == ValueType::kFloat32 || a == ValueType::kFloat64;
  const bool is_float_b = b == ValueType::kFloat32 || b == ValueType::kFloat64;
  if (is_float_a || is_float_b) return ValueType::kFloat64;
  return ValueType::kInt64;
}

using BlockPages = std::vector<std::shared_ptr<const BlockPage>>;

BlockPages WithOpenPage(const BlockPages& full, const std::shared_ptr<BlockPage>& open) {
  BlockPages pages;
  pages.reserve(full.size() + 1);
  pages.assign(full.begin(), full.end());
  if (open != nullptr && !open->items.empty()) {
    auto copy = std::make_shared<BlockPage>();
    copy->items.reserve(open->items.size());
    copy->items = open->items;
    pages.push_back(std::move(copy));
  }
  return pages;
}

}  // namespace

SeriesStage::SeriesStage(const TagName& tag, const SeriesMetadata& metadata, bool is_scalars,
                         BlockFile& file, StageBudget& budget)
    : tag_(tag), metadata_(metadata), file_(file), budget_(budget), is_scalars_(is_scalars) {
  budget_.stages.fetch_add(1, std::memory_order_relaxed);
}

SeriesStage::~SeriesStage() {
  SetTail(nullptr);
  budget_.stages.fetch_sub(1, std::memory_order_relaxed);
}

void SeriesStage::SetTail(std::shared_ptr<Tail> tail) {
  const auto bytes = [](const std::shared_ptr<Tail>& t) {
    return t == nullptr ? 0 : int64_t{t->capacity} * kBytesPerTailPoint;
  };
  budget_.tail_bytes.fetch_add(bytes(tail) - bytes(tail_), std::memory_order_relaxed);
  tail_ = std::move(tail);
  steps_ = tail_ == nullptr ? nullptr : tail_->steps.get();
  walls_ = tail_ == nullptr ? nullptr : tail_->walls.get();
  bits_ = tail_ == nullptr ? nullptr : tail_->bits.get();
  room_end_ = tail_ == nullptr ? 0 : tail_->capacity;
  is_tail_shared_ = false;
}

void SeriesStage::Prepare(ValueType type, int64_t step) {
  CheckLaterFile(step);
  if (type != tail_type_) {
    EncodeNow();
    type_ = points() == 0 ? type : Wider(type_, type);
    tail_type_ = type;
  }
  room_end_ = tail_ == nullptr ? 0 : tail_->capacity;
  if (tail_points_ == 0) ThawTail();
  const uint32_t capacity = room_end_;
  if (tail_points_ < capacity) return;
  if (capacity < kBlockPoints) {
    auto grown = std::make_shared<Tail>(capacity == 0 ? kFirstTailPoints
                                                      : std::min(capacity * 4, kBlockPoints));
    std::copy_n(steps_, tail_points_, grown->steps.get());
    std::copy_n(walls_, tail_points_, grown->walls.get());
    std::copy_n(bits_, tail_points_, grown->bits.get());
    SetTail(std::move(grown));
    return;
  }
  EncodeNow();
}

void SeriesStage::EncodeTail(BlockBatch& batch) {
  if (tail_points_ == 0) return;
  if (open_blocks_ == nullptr) open_blocks_ = std::make_shared<BlockPage>();
  BlockInfo& info = open_blocks_->items.emplace_back();
  info.points = tail_points_;
  info.first_index = frozen_points_;
  batch.Add(
      [&](std::vector<std::byte>& bytes) {
        const size_t before = bytes.size();
        info.summary = EncodeBlock({.steps = std::span(steps_, tail_points_),
                                    .wall_times_s = std::span(walls_, tail_points_),
                                    .value_bits = std::span(bits_, tail_points_),
                                    .type = tail_type_},
                                   bytes);
        info.bytes = static_cast<uint32_t>(bytes.size() - before);
      },
      info.data);
  if (open_blocks_->items.size() == BlockPage::kItems) {
    blocks_.push_back(std::move(open_blocks_));
    open_blocks_ = nullptr;
  }
  frozen_points_ += tail_points_;
  frozen_last_step_ = steps_[tail_points_ - 1];
  frozen_last_wall_ = walls_[tail_points_ - 1];
  tail_points_ = 0;
  is_changed_ = true;
  // Whoever looks at the old arrays keeps them; nobody does while a log is loaded for the first
  // time.
  if (is_tail_shared_) SetTail(std::make_shared<Tail>(tail_->capacity));
}

void SeriesStage::EncodeNow() {
  BlockBatch batch(file_);
  EncodeTail(batch);
}

void SeriesStage::ThawTail() {
  if (frozen_points_ == 0) return;
  const BlockInfo last =
      open_blocks_ != nullptr ? open_blocks_->items.back() : blocks_.back()->items.back();
  const ScalarBlock block(last.data);
  if (last.points >= kLeafPoints || block.type() != tail_type_) return;
  if (open_blocks_ == nullptr) {
    open_blocks_ = std::make_shared<BlockPage>(*blocks_.back());
    blocks_.pop_back();
  }
  open_blocks_->items.pop_back();
  if (open_blocks_->items.empty()) open_blocks_ = nullptr;
  auto tail = std::make_shared<Tail>(2 * kLeafPoints);
  block.Steps(0, std::span(tail->steps.get(), last.points));
  block.WallTimes(0, std::span(tail->walls.get(), last.points));
  block.Bits(0, std::span(tail->bits.get(), last.points));
  SetTail(std::move(tail));
  tail_points_ = last.points;
  frozen_points_ -= last.points;
}

bool SeriesStage::Freeze(uint32_t min_points, BlockBatch& batch) {
  if (!is_scalars_) {
    if (open_blobs_.size() < std::max(min_points, 1u)) return false;
    WriteBlobPage(batch);
    open_blobs_ = {};
    return true;
  }
  if (tail_points_ < std::max(min_points, 1u)) return false;
  EncodeTail(batch);
  SetTail(nullptr);
  return true;
}

void SeriesStage::BeginFile(uint32_t ordinal) {
  file_ordinal_ = ordinal;
  // The next point goes through Prepare().
  if (ordinal > highest_ordinal_) room_end_ = tail_points_;
}

void SeriesStage::CheckLaterFile(int64_t step) {
  if (file_ordinal_ <= highest_ordinal_) return;
  if (points() > 0 && step <= last_step()) Supersede(step, false);
  highest_ordinal_ = file_ordinal_;
}

void SeriesStage::Supersede(int64_t step, bool is_slow, bool is_ours) {
  if (points() == 0) return;
  auto list = generations_ == nullptr ? std::make_shared<std::vector<Generation>>(1)
                                      : std::make_shared<std::vector<Generation>>(*generations_);
  if (list->back().first_index < points()) list->push_back({.first_index = points()});
  for (size_t i = 0; i + 1 < list->size(); ++i) {
    Generation& earlier = (*list)[i];
    if (is_ours) earlier.limit = std::min(earlier.limit, step);
    if (is_slow) earlier.slow_limit = std::min(earlier.slow_limit, step);
  }
  generations_ = std::move(list);
  is_changed_ = true;
}

void SeriesStage::Append(const BlobRef& blob) {
  CheckLaterFile(blob.step);
  if (open_blobs_.empty() && !blob_pages_.empty()) {
    const auto last = RefsOfBlobPage(blob_pages_.back());
    if (last.size() < kBlobPageRefs) {
      open_blobs_.assign(last.begin(), last.end());
      blob_pages_.pop_back();
    }
  }
  open_blobs_.push_back(blob);
  ++blob_points_;
  if (open_blobs_.size() < kBlobPageRefs) return;
  BlockBatch batch(file_);
  WriteBlobPage(batch);
}

void SeriesStage::WriteBlobPage(BlockBatch& batch) {
  batch.Add([&](std::vector<std::byte>& bytes) { EncodeBlobPage(open_blobs_, bytes); },
            blob_pages_.emplace_back());
  open_blobs_.clear();
  is_changed_ = true;
}

void SeriesStage::GoOnFrom(const SeriesRecord& series) {
  const SeriesParts none;
  const SeriesParts& parts = series.parts == nullptr ? none : *series.parts;
  FL_CHECK(points() == 0 && parts.tail_points == 0 && parts.open_blobs == nullptr,
           "a stage goes on from what is wholly in the block file, and before it has points");
  type_ = series.type;
  tail_type_ = series.tail_type;
  generations_ = parts.generations;
  highest_ordinal_ = series.highest_ordinal;
  file_ordinal_ = series.highest_ordinal;
  const auto pages = series.blob_pages();
  blob_pages_.assign(pages.begin(), pages.end());
  if (!is_scalars_) blob_points_ = series.points;
  blocks_ = parts.blocks;
  if (series.is_scalars && series.points > 0) {
    const ScalarPoints points_of(series);
    const ScalarPoints::Part last = points_of.part(points_of.parts() - 1);
    frozen_points_ = series.points;
    frozen_last_step_ = points_of.StepAt(last, last.points - 1);
    frozen_last_wall_ = points_of.WallTimeAt(last, last.points - 1);
    if (series.only != nullptr) {
      open_blocks_ = std::make_shared<BlockPage>(BlockPage{{*last.block}});
    } else if (blocks_.back()->items.size() < BlockPage::kItems) {
      open_blocks_ = std::make_shared<BlockPage>(*blocks_.back());
      blocks_.pop_back();
    }
  }
  published_points_ = points();
  is_changed_ = false;
}

int64_t SeriesStage::last_step() const {
  if (!is_scalars_) {
    return open_blobs_.empty() ? RefsOfBlobPage(blob_pages_.back()).back().step
                               : open_blobs_.back().step;
  }
  return tail_points_ > 0 ? steps_[tail_points_ - 1] : frozen_last_step_;
}

double SeriesStage::last_wall_time_s() const {
  if (!is_scalars_) {
    return open_blobs_.empty() ? RefsOfBlobPage(blob_pages_.back()).back().wall_time_s
                               : open_blobs_.back().wall_time_s;
  }
  return tail_points_ > 0 ? walls_[tail_points_ - 1] : frozen_last_wall_;
}

void SeriesStage::Publish(SeriesRecord& into) {
  into = SeriesRecord();
  into.tag = &tag_;
  into.metadata = &metadata_;
  into.points = points();
  into.highest_ordinal = highest_ordinal_;
  into.is_scalars = is_scalars_;
  into.type = type_;
  into.tail_type = tail_type_;
  published_points_ = points();
  is_changed_ = false;
  if (IsOnlyOne()) {
    into.only = is_scalars_ ? open_blocks_->items[0].data : blob_pages_[0];
    if (is_scalars_) into.only_words = static_cast<uint16_t>(open_blocks_->items[0].bytes / 8);
    return;
  }
  if (points() == 0) return;
  auto parts = std::make_shared<SeriesParts>();
  parts->generations = generations_;
  parts->blocks = WithOpenPage(blocks_, open_blocks_);
  parts->blob_pages = blob_pages_;
  if (!open_blobs_.empty()) {
    parts->open_blobs = std::make_shared<std::vector<BlobRef>>(open_blobs_);
  }
  if (tail_points_ > 0) {
    parts->tail = tail_;
    parts->tail_points = tail_points_;
    is_tail_shared_ = true;
  }
  into.parts = std::move(parts);
}

bool SeriesStage::IsOnlyOne() const {
  if (generations_ != nullptr) return false;
  if (!is_scalars_) return blob_pages_.size() == 1 && open_blobs_.empty();
  return tail_points_ == 0 && blocks_.empty() && open_blocks_ != nullptr &&
         open_blocks_->items.size() == 1 && frozen_points_ <= kLeafPoints;
}

}  // namespace fanlight::store
