// The store at one change number: immutable, cheap to copy, safe to keep while the store goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/board/store/facts.h"
#include "fanlight/board/store/ids.h"
#include "fanlight/board/store/series.h"

namespace fanlight::store {

struct StoreState;  // Immutable.

struct TagEntry {
  std::string kind;
  std::string tag;
  std::string display_name{};  // Of the first run that has one.
  std::string description{};   // Likewise.
  std::vector<RunId> runs{};   // Ascending.
};

struct ChangedSeries {
  RunId run;
  std::string tag;
  std::string kind;
  uint64_t points = 0;
};

// What differs from an earlier change number.
struct ChangeSet {
  uint64_t change = 0;        // Of the snapshot asked.
  bool runs_changed = false;  // Runs came, went, or changed their session state or notes.
  bool tags_changed = false;  // Series came or went.
  bool everything =
      false;  // More series changed than asked for: `series` is empty, take all as changed.
  std::vector<ChangedSeries> series;
};

class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const StoreState> state);

  uint64_t change() const;
  const Overview& overview() const;
  const LoadProgress& progress() const;
  const DamageReport& damage() const;
  // Counted as they come and go: none of these looks at the runs.
  uint64_t total_runs() const;
  uint64_t total_series() const;
  uint64_t total_points() const;

  // Natural order of display name: "run2" before "run10".
  std::vector<const RunFacts*> Runs() const;
  // Null when there is no such run (any more).
  const RunFacts* FindRun(RunId id) const;
  const RunFacts* FindRun(std::string_view display_name) const;

  // The series of a run, sorted by kind, then by tag in natural order; empty when there is no such
  // run.
  std::vector<SeriesView> Series(RunId run) const;
  // The same, of one kind.
  std::vector<SeriesView> Series(RunId run, std::string_view kind) const;
  std::optional<SeriesView> FindSeries(RunId run, std::string_view kind,
                                       std::string_view tag) const;
  // The series of one name in all runs that have it, in the order of Runs().
  std::vector<SeriesView> SeriesOfAllRuns(std::string_view kind, std::string_view tag) const;
  // Sorted by kind, then by tag in natural order. Lives as long as the snapshot.
  const std::vector<TagEntry>& Tags() const&;
  const std::vector<TagEntry>& Tags() && = delete;

  // Walks the runs that changed only.
  ChangeSet ChangedSince(uint64_t change, size_t max_series) const;

 private:
  std::shared_ptr<const StoreState> state_;
};

}  // namespace fanlight::store
