#include "fanlight/board/store/run_writer.h"

#include <algorithm>
#include <array>
#include <span>

#include "fanlight/base/check.h"
#include "fanlight/board/store/run_record.h"
#include "fanlight/board/store/store_state.h"

namespace fanlight::store {
namespace {

// Flush intervals remembered for their median.
constexpr size_t kFlushIntervals = 31;
// Once so many are known, the median is found anew after so many more only: it hardly moves.
constexpr uint32_t kFlushesPerMedian = 8;
// Tails below this are not worth a block while there is memory for them.
constexpr uint32_t kEarlyFreezePoints = kLeafPoints;

double Median(std::span<const double> values) {
  std::array<double, kFlushIntervals> sorted{};
  const auto end = std::copy(values.begin(), values.end(), sorted.begin());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(sorted.begin(), middle, end);
  return *middle;
}

}  // namespace

RunWriter::RunWriter(StoreImpl& store, RunFacts facts)
    : store_(store), facts_(std::move(facts)), reading_(store.NextReading()) {}

RunWriter::~RunWriter() = default;

uint32_t RunWriter::AddSeries(std::string_view tag, SeriesMetadata metadata, Form form) {
  NoteSeries(tag, metadata);
  series_.push_back(std::make_unique<SeriesStage>(
      store_.names()->tags.Intern(tag), store_.names()->metadata.Intern(std::move(metadata)),
      form == Form::kScalars, *store_.file(), store_.stage_budget()));
  series_.back()->BeginFile(file_ordinal_);
  return static_cast<uint32_t>(series_.size() - 1);
}

void RunWriter::NoteSeries(std::string_view tag, const SeriesMetadata& metadata) {
  if (metadata.kind != RunFacts::kNoteKind) return;
  facts_.notes.push_back({std::string(tag), metadata.content});
  are_facts_changed_ = true;
}

void RunWriter::BeginFile(uint32_t ordinal, FileId file) {
  if (files_ == nullptr || ordinal >= files_->size() || (*files_)[ordinal] != file) {
    // Whoever reads has the old list.
    auto files = files_ == nullptr ? std::make_shared<std::vector<FileId>>()
                                   : std::make_shared<std::vector<FileId>>(*files_);
    files->resize(std::max<size_t>(files->size(), ordinal + 1));
    (*files)[ordinal] = file;
    files_ = std::move(files);
  }
  if (ordinal == file_ordinal_) return;
  file_ordinal_ = ordinal;
  for (const auto& series : series_) series->BeginFile(ordinal);
}

void RunWriter::Supersede(int64_t step, bool is_slow) {
  for (const auto& series : series_) series->Supersede(step, is_slow);
}

void RunWriter::NoteStart(double wall_time_s) {
  if (!facts_.start_s) facts_.start_s = wall_time_s;
  NoteEarliest(wall_time_s);
}

void RunWriter::NoteEarliest(double wall_time_s) {
  if (!facts_.earliest_s || wall_time_s < *facts_.earliest_s) facts_.earliest_s = wall_time_s;
}

void RunWriter::NoteLastPoint(int64_t step, double wall_time_s) {
  facts_.last_step = step;
  facts_.last_wall_time_s = wall_time_s;
}

void RunWriter::NoteSession(SessionState state) {
  are_facts_changed_ = are_facts_changed_ || facts_.session != state;
  facts_.session = state;
}

void RunWriter::NoteGrowth(double at_s) {
  if (facts_.last_growth_s > 0 && at_s > facts_.last_growth_s) {
    if (flush_intervals_s_.size() >= kFlushIntervals) {
      flush_intervals_s_.erase(flush_intervals_s_.begin(),
                               flush_intervals_s_.end() - (kFlushIntervals - 1));
    }
    flush_intervals_s_.push_back(at_s - facts_.last_growth_s);
    if (flush_intervals_s_.size() < kFlushesPerMedian || ++flushes_ % kFlushesPerMedian == 0) {
      facts_.flush_interval_s = Median(flush_intervals_s_);
    }
  }
  facts_.last_growth_s = std::max(facts_.last_growth_s, at_s);
}

void RunWriter::AddDamage(Damage damage) {
  ++damage_.count;
  damage_.bytes_lost += damage.bytes;
  if (damage_.items.size() == DamageReport::kMaxItems) damage_.items.erase(damage_.items.begin());
  damage_.items.push_back(std::move(damage));
  store_.AddDamage(
      facts_.id,
      {.count = 1, .bytes_lost = damage_.items.back().bytes, .items = {damage_.items.back()}});
}

bool RunWriter::FreezeTails() { return Freeze(1); }

bool RunWriter::Freeze(uint32_t min_points) {
  bool is_any = false;
  BlockBatch batch(*store_.file());
  for (const auto& series : series_) is_any = series->Freeze(min_points, batch) || is_any;
  return is_any;
}

void RunWriter::Commit() {
  if (store_.stage_budget().tail_bytes.load(std::memory_order_relaxed) >
      StageBudget::kManyTailBytes) {
    Freeze(kEarlyFreezePoints);
  }
  const bool are_series_changed = is_reset_ || !is_listed_ || published_.size() != series_.size();
  if (is_reset_) published_ = {};
  FL_CHECK(published_.size() <= series_.size(), "a run at rest is resumed before it is written");
  const size_t known = published_.size();
  published_.Grow(series_.size());
  std::vector<SeriesRecord*> fresh;
  for (size_t i = 0; i < series_.size(); ++i) {
    SeriesStage& stage = *series_[i];
    if (i < known && !stage.is_dirty()) continue;
    SeriesRecord& record = published_.Edit(i);
    const uint64_t before = record.points;
    stage.Publish(record);
    facts_.points += record.points - before;
    fresh.push_back(&record);
  }
  Publish(fresh, are_series_changed, are_facts_changed_);
}

void RunWriter::Publish(std::span<SeriesRecord* const> fresh, bool are_series_changed,
                        bool is_session_changed) {
  auto run = std::make_shared<RunState>();
  run->facts = facts_;
  run->reading = reading_;
  run->series = published_;
  run->files = files_;
  run->blocks = store_.file();
  run->names = store_.names();
  store_.PublishRun(facts_.id, std::move(run), fresh, are_series_changed, is_session_changed);
  published_.Seal();
  is_listed_ = true;
  is_reset_ = false;
  are_facts_changed_ = false;
}

void RunWriter::Park() {
  for (const auto& stage : series_)
    FL_CHECK(!stage->is_dirty(), "a run is parked once it is committed");
  std::vector<std::unique_ptr<SeriesStage>>().swap(series_);
}

void RunWriter::Reset() {
  series_.clear();
  facts_ = RunFacts{.id = facts_.id, .name = facts_.name, .display_name = facts_.display_name};
  flush_intervals_s_.clear();
  file_ordinal_ = 0;
  files_ = nullptr;
  reading_ = store_.NextReading();
  store_.DropDamage(facts_.id, damage_);
  damage_ = {};
  is_reset_ = true;
  are_facts_changed_ = true;
}

void RunWriter::Remove() {
  Reset();
  if (is_listed_) store_.PublishRun(facts_.id, nullptr, {}, true, true);
  is_listed_ = false;
  store_.index().Forget(facts_.name);
}

bool RunWriter::Restore(std::vector<FileId> files) {
  FL_CHECK(series_.empty(), "a run is restored before anything is written");
  auto list = std::make_shared<const std::vector<FileId>>(std::move(files));
  auto saved = DecodeRun(store_.index().Find(facts_.name),
                         {.blocks = *store_.file(), .names = *store_.names()});
  if (!saved || saved->name != facts_.name) return false;
  RunFacts facts = std::move(saved->facts);
  facts.id = facts_.id;
  facts.name = std::move(facts_.name);
  facts.display_name = std::move(facts_.display_name);
  facts_ = std::move(facts);
  files_ = std::move(list);
  flush_intervals_s_ = std::move(saved->flush_intervals_s);
  file_ordinal_ = saved->file_ordinal;
  damage_ = std::move(saved->damage);
  store_.AddDamage(facts_.id, damage_);
  published_ = std::move(saved->series);
  std::vector<SeriesRecord*> fresh;
  fresh.reserve(published_.size());
  for (size_t i = 0; i < published_.size(); ++i) {
    SeriesRecord& series = published_.Edit(i);
    NoteSeries(series.tag->bytes, *series.metadata);
    fresh.push_back(&series);
  }
  Publish(fresh, true, true);
  return true;
}

bool RunWriter::Resume() {
  FL_CHECK(series_.empty(), "a run is resumed before anything is written");
  for (size_t i = 0; i < published_.size(); ++i) {
    const SeriesRecord& record = published_[i];
    const SeriesState state{.record = record,
                            .run = facts_.id,
                            .lineage = {},
                            .trust = &record.trust,
                            .file = store_.file().get(),
                            .owner = nullptr};
    if (!IsSound(state)) return false;
    series_.push_back(std::make_unique<SeriesStage>(
        *record.tag, *record.metadata, record.is_scalars, *store_.file(), store_.stage_budget()));
    series_.back()->GoOnFrom(record);
    series_.back()->BeginFile(file_ordinal_);
  }
  return true;
}

void RunWriter::Save(std::span<const std::byte> loader_bytes) {
  if (!store_.index().is_saving()) return;
  const auto record = EncodeRun({.name = facts_.name,
                                 .loader = loader_bytes,
                                 .facts = facts_,
                                 .flush_intervals_s = flush_intervals_s_,
                                 .damage = damage_,
                                 .file_ordinal = file_ordinal_,
                                 .series = published_},
                                *store_.file());
  if (record) store_.index().Save(facts_.name, *record);
}

}  // namespace fanlight::store
