#include "fanlight/board/store/run_writer.h"

#include <algorithm>

#include "fanlight/board/store/store_state.h"

namespace fanlight::store {
namespace {

// Flush intervals remembered for their median.
constexpr size_t kFlushIntervals = 31;
// Tails below this are not worth a block while there is memory for them.
constexpr uint32_t kEarlyFreezePoints = kLeafPoints;

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

RunWriter::RunWriter(StoreImpl& store, RunFacts facts) : store_(store), facts_(std::move(facts)) {}

RunWriter::~RunWriter() = default;

uint32_t RunWriter::AddSeries(std::string_view tag, SeriesMetadata metadata, Form form) {
  if (metadata.kind == RunFacts::kNoteKind) {
    facts_.notes.push_back({std::string(tag), metadata.content});
    are_facts_changed_ = true;
  }
  series_.push_back(std::make_unique<SeriesStage>(
      facts_.id, store_.tags().Intern(tag), store_.metadata().Intern(std::move(metadata)),
      form == Form::kScalars, store_.file(), store_.tail_budget()));
  series_.back()->BeginFile(file_ordinal_);
  return static_cast<uint32_t>(series_.size() - 1);
}

void RunWriter::BeginFile(uint32_t ordinal) {
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
    if (flush_intervals_s_.size() == kFlushIntervals) {
      flush_intervals_s_.erase(flush_intervals_s_.begin());
    }
    flush_intervals_s_.push_back(at_s - facts_.last_growth_s);
    facts_.flush_interval_s = Median(flush_intervals_s_);
  }
  facts_.last_growth_s = std::max(facts_.last_growth_s, at_s);
}

void RunWriter::FreezeTails() {
  for (const auto& series : series_) series->Freeze(1);
}

void RunWriter::Commit() {
  if (store_.tail_budget()->bytes.load(std::memory_order_relaxed) > TailBudget::kManyBytes) {
    for (const auto& series : series_) series->Freeze(kEarlyFreezePoints);
  }
  const bool are_series_changed = is_reset_ || !is_listed_ || published_.size() != series_.size();
  if (is_reset_) published_.clear();
  std::vector<SeriesState*> fresh;
  published_.resize(series_.size());
  for (size_t i = 0; i < series_.size(); ++i) {
    SeriesStage& stage = *series_[i];
    if (published_[i] != nullptr && !stage.is_dirty()) continue;
    const uint64_t before = published_[i] == nullptr ? 0 : published_[i]->points;
    std::shared_ptr<SeriesState> state = stage.Publish(facts_.start_s.value_or(0));
    facts_.points += state->points - before;
    fresh.push_back(state.get());
    published_[i] = std::move(state);
  }
  auto run = std::make_shared<RunState>();
  run->facts = facts_;
  run->series = published_;
  store_.PublishRun(facts_.id, std::move(run), fresh, are_series_changed, are_facts_changed_);
  is_listed_ = true;
  is_reset_ = false;
  are_facts_changed_ = false;
}

void RunWriter::Reset() {
  series_.clear();
  facts_ = RunFacts{.id = facts_.id, .name = facts_.name, .display_name = facts_.display_name};
  flush_intervals_s_.clear();
  file_ordinal_ = 0;
  is_reset_ = true;
  are_facts_changed_ = true;
}

void RunWriter::Remove() {
  Reset();
  if (is_listed_) store_.PublishRun(facts_.id, nullptr, {}, true, true);
  is_listed_ = false;
}

}  // namespace fanlight::store
