#include "fanlight/board/store/snapshot.h"

#include "fanlight/board/store/store_state.h"

namespace fanlight::store {

Snapshot::Snapshot(std::shared_ptr<const StoreState> state) : state_(std::move(state)) {}

uint64_t Snapshot::change() const { return state_->change; }
const Overview& Snapshot::overview() const { return *state_; }
const LoadProgress& Snapshot::progress() const { return state_->progress; }
const DamageReport& Snapshot::damage() const { return *state_->damage; }
uint64_t Snapshot::total_runs() const { return state_->total_runs; }
uint64_t Snapshot::total_series() const { return state_->total_series; }
uint64_t Snapshot::total_points() const { return state_->total_points; }

std::vector<const RunFacts*> Snapshot::Runs() const {
  const std::vector<RunId>& sorted = state_->run_order->Sorted(*state_);
  std::vector<const RunFacts*> runs;
  runs.reserve(sorted.size());
  for (const RunId id : sorted) runs.push_back(&(*state_->Find(id))->facts);
  return runs;
}

const RunFacts* Snapshot::FindRun(RunId id) const {
  const auto* run = state_->Find(id);
  return run == nullptr ? nullptr : &(*run)->facts;
}

const RunFacts* Snapshot::FindRun(std::string_view display_name) const {
  const auto id = state_->run_order->Find(*state_, display_name);
  return id ? FindRun(*id) : nullptr;
}

std::vector<SeriesView> Snapshot::Series(RunId id) const {
  std::vector<SeriesView> views;
  const auto* run = state_->Find(id);
  if (run == nullptr) return views;
  const auto& series = (*run)->series;
  views.reserve(series.size());
  for (const uint32_t position : (*run)->order->Sorted(series)) {
    views.emplace_back(StateOf(*run, position));
  }
  return views;
}

std::vector<SeriesView> Snapshot::Series(RunId id, std::string_view kind) const {
  std::vector<SeriesView> views;
  const auto* run = state_->Find(id);
  if (run == nullptr) return views;
  const auto& series = (*run)->series;
  for (const uint32_t position : (*run)->order->Sorted(series)) {
    if (series[position].metadata->kind == kind) views.emplace_back(StateOf(*run, position));
  }
  return views;
}

std::optional<SeriesView> Snapshot::FindSeries(RunId id, std::string_view kind,
                                               std::string_view tag) const {
  const auto* run = state_->Find(id);
  if (run == nullptr) return std::nullopt;
  const auto position = (*run)->order->Find((*run)->series, kind, tag);
  if (!position) return std::nullopt;
  return SeriesView(StateOf(*run, *position));
}

std::vector<SeriesView> Snapshot::SeriesOfAllRuns(std::string_view kind,
                                                  std::string_view tag) const {
  std::vector<SeriesView> views;
  // Most runs have it at the same place as the run before.
  uint32_t place = 0;
  const auto is_at = [&](const SeriesList& series, uint32_t at) {
    return at < series.size() && series[at].tag->text == tag && series[at].metadata->kind == kind;
  };
  for (const RunId id : state_->run_order->Sorted(*state_)) {
    const std::shared_ptr<const RunState>& run = *state_->Find(id);
    if (!is_at(run->series, place)) {
      const auto found = run->order->Find(run->series, kind, tag);
      if (!found) continue;
      place = *found;
    }
    views.emplace_back(StateOf(run, place));
  }
  return views;
}

const std::vector<TagEntry>& Snapshot::Tags() const& { return state_->tag_list->Entries(*state_); }

ChangeSet Snapshot::ChangedSince(uint64_t change, size_t max_series) const {
  ChangeSet changes;
  changes.change = state_->change;
  changes.runs_changed = state_->runs_change > change;
  changes.tags_changed = state_->tags_change > change;
  for (const auto& page : state_->pages) {
    for (const auto& run : *page) {
      if (run == nullptr || run->change <= change) continue;
      for (size_t i = 0; i < run->series.size(); ++i) {
        const SeriesRecord& series = run->series[i];
        if (series.change <= change) continue;
        if (changes.series.size() == max_series) {
          changes.everything = true;
          changes.series.clear();
          return changes;
        }
        changes.series.push_back({.run = run->facts.id,
                                  .tag = series.tag->text,
                                  .kind = series.metadata->kind,
                                  .points = series.points});
      }
    }
  }
  return changes;
}

}  // namespace fanlight::store
