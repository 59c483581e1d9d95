#include "fanlight/board/store/series_stage.h"

#include <algorithm>

#include "fanlight/base/check.h"

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

template <typename PageType>
std::vector<std::shared_ptr<const PageType>> WithOpenPage(
    const std::vector<std::shared_ptr<const PageType>>& full,
    const std::shared_ptr<PageType>& open) {
  std::vector<std::shared_ptr<const PageType>> pages;
  pages.reserve(full.size() + 1);
  pages.assign(full.begin(), full.end());
  if (open != nullptr && !open->items.empty()) {
    auto copy = std::make_shared<PageType>();
    copy->items.reserve(open->items.size());
    copy->items = open->items;
    pages.push_back(std::move(copy));
  }
  return pages;
}

template <typename PageType, typename Item>
void AppendToPages(std::vector<std::shared_ptr<const PageType>>& full,
                   std::shared_ptr<PageType>& open, const Item& item) {
  if (open == nullptr) open = std::make_shared<PageType>();
  open->items.push_back(item);
  if (open->items.size() < PageType::kItems) return;
  full.push_back(std::move(open));
  open = nullptr;
}

}  // namespace

SeriesStage::SeriesStage(RunId run, std::shared_ptr<const TagName> tag,
                         std::shared_ptr<const SeriesMetadata> metadata, bool is_scalars,
                         std::shared_ptr<BlockFile> file, std::shared_ptr<TailBudget> budget)
    : run_(run),
      tag_(std::move(tag)),
      metadata_(std::move(metadata)),
      is_scalars_(is_scalars),
      file_(std::move(file)),
      budget_(std::move(budget)) {}

SeriesStage::~SeriesStage() { SetTail(nullptr); }

void SeriesStage::SetTail(std::shared_ptr<Tail> tail) {
  const auto bytes = [](const std::shared_ptr<Tail>& t) {
    return t == nullptr ? 0 : int64_t{t->capacity} * kBytesPerTailPoint;
  };
  budget_->bytes.fetch_add(bytes(tail) - bytes(tail_), std::memory_order_relaxed);
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
    EncodeTail();
    type_ = points() == 0 ? type : Wider(type_, type);
    tail_type_ = type;
  }
  const uint32_t capacity = tail_ == nullptr ? 0 : tail_->capacity;
  room_end_ = capacity;
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
  EncodeTail();
}

void SeriesStage::EncodeTail() {
  if (tail_points_ == 0) return;
  // Kept for the next block: a block is written some hundred times a second while loading.
  thread_local std::vector<std::byte> buffer;
  buffer.clear();
  BlockInfo info;
  info.points = tail_points_;
  info.first_index = frozen_points_;
  info.summary = EncodeBlock({.steps = std::span(steps_, tail_points_),
                              .wall_times_s = std::span(walls_, tail_points_),
                              .value_bits = std::span(bits_, tail_points_),
                              .type = tail_type_},
                             buffer);
  info.data = file_->Append(buffer);
  AppendToPages(blocks_, open_blocks_, info);
  frozen_points_ += tail_points_;
  frozen_last_step_ = steps_[tail_points_ - 1];
  frozen_last_wall_ = walls_[tail_points_ - 1];
  tail_points_ = 0;
  is_changed_ = true;
  // Whoever looks at the old arrays keeps them; nobody does while a log is loaded for the first
  // time.
  if (is_tail_shared_) SetTail(std::make_shared<Tail>(tail_->capacity));
}

void SeriesStage::Freeze(uint32_t min_points) {
  if (tail_points_ < std::max(min_points, 1u)) return;
  EncodeTail();
  SetTail(nullptr);
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
  AppendToPages(blobs_, open_blobs_, blob);
  ++blob_points_;
}

int64_t SeriesStage::last_step() const {
  if (!is_scalars_) {
    return open_blobs_ != nullptr ? open_blobs_->items.back().step
                                  : blobs_.back()->items.back().step;
  }
  return tail_points_ > 0 ? steps_[tail_points_ - 1] : frozen_last_step_;
}

double SeriesStage::last_wall_time_s() const {
  if (!is_scalars_) {
    return open_blobs_ != nullptr ? open_blobs_->items.back().wall_time_s
                                  : blobs_.back()->items.back().wall_time_s;
  }
  return tail_points_ > 0 ? walls_[tail_points_ - 1] : frozen_last_wall_;
}

std::shared_ptr<SeriesState> SeriesStage::Publish(double run_start_s) {
  auto state = std::make_shared<SeriesState>();
  state->run = run_;
  state->tag = tag_;
  state->metadata = metadata_;
  state->is_scalars = is_scalars_;
  state->type = type_;
  state->points = points();
  state->run_start_s = run_start_s;
  state->generations = generations_;
  state->blocks = WithOpenPage(blocks_, open_blocks_);
  state->blobs = WithOpenPage(blobs_, open_blobs_);
  if (tail_points_ > 0) {
    state->tail = tail_;
    state->tail_points = tail_points_;
    is_tail_shared_ = true;
  }
  state->tail_type = tail_type_;
  state->file = file_;
  published_points_ = points();
  is_changed_ = false;
  return state;
}

}  // namespace fanlight::store
