// What snapshots and the store are made of. Internal to the store.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/store/index.h"
#include "fanlight/board/store/run_writer.h"
#include "fanlight/board/store/series_state.h"
#include "fanlight/board/store/snapshot.h"
#include "fanlight/board/store/store.h"

namespace fanlight::store {

// In which order the series of a run are listed. Made when first asked for; shared by all states of
// the run that have the same series.
class SeriesOrder {
 public:
  // Positions in `series`, sorted by kind, then by tag in natural order.
  const std::vector<uint32_t>& Sorted(const SeriesList& series) const;
  // The position of a series by kind and tag.
  std::optional<uint32_t> Find(const SeriesList& series, std::string_view kind,
                               std::string_view tag) const;

 private:
  mutable std::once_flag once_;
  mutable std::vector<uint32_t> sorted_;
  mutable std::once_flag by_tag_once_;
  mutable std::vector<uint32_t> by_tag_;  // By the bytes of tag and kind.
};

// Interns tags: bytes to text that is UTF-8 and unique. What it gives lives as long as the table.
class TagTable {
 public:
  const TagName& Intern(std::string_view bytes);

 private:
  Mutex mutex_;
  std::unordered_map<std::string_view, std::unique_ptr<const TagName>> by_bytes_
      FL_GUARDED_BY(mutex_);  // Views into the names.
  std::unordered_set<std::string> texts_ FL_GUARDED_BY(mutex_);
};

// Interns metadata, likewise: most runs of a logdir have the same.
class MetadataTable {
 public:
  const SeriesMetadata& Intern(SeriesMetadata metadata);

 private:
  Mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<const SeriesMetadata>>> by_key_
      FL_GUARDED_BY(mutex_);
};

// What the names of all series of a store stand in.
struct Names {
  TagTable tags;
  MetadataTable metadata;
};

struct RunState {
  RunFacts facts;
  uint64_t change = 0;         // The commit that made this state.
  uint64_t series_change = 0;  // The commit that added or dropped series last.
  uint64_t facts_change = 0;   // The commit that changed its session last.
  uint64_t reading = 0;        // Lineage of its series.
  SeriesList series;
  std::shared_ptr<const SeriesOrder> order;
  FileList files;
  // Keep alive what records point at.
  std::shared_ptr<const BlockFile> blocks;
  std::shared_ptr<const Names> names;
};

// A series of the run, for queries.
std::shared_ptr<const SeriesState> StateOf(const std::shared_ptr<const RunState>& run,
                                           size_t series);

// Runs by id; null where a run is not listed. In pages, so that a snapshot after a commit of one
// run copies little.
inline constexpr size_t kRunsPerPage = 64;
using RunPage = std::array<std::shared_ptr<const RunState>, kRunsPerPage>;

// In which order runs are listed, made when first asked for; shared by all states with the same
// runs.
class RunOrder {
 public:
  const std::vector<RunId>& Sorted(const StoreState& state) const;
  std::optional<RunId> Find(const StoreState& state, std::string_view display_name) const;

 private:
  mutable std::once_flag once_;
  mutable std::vector<RunId> sorted_;
  mutable std::unordered_map<std::string, RunId> by_name_;
};

// The tags of all runs, made when first asked for; shared by all states with the same series.
class TagList {
 public:
  const std::vector<TagEntry>& Entries(const StoreState& state) const;

 private:
  mutable std::once_flag once_;
  mutable std::vector<TagEntry> entries_;
};

struct StoreState : Overview {
  uint64_t runs_change = 0;  // The commit at which a run came, went or changed its session.
  uint64_t tags_change = 0;  // The commit at which a series came or went.
  std::vector<std::shared_ptr<const RunPage>> pages;
  size_t run_ids = 0;
  // Null while nobody has taken a snapshot since the runs or the series changed.
  std::shared_ptr<const RunOrder> run_order;
  std::shared_ptr<const TagList> tag_list;

  const std::shared_ptr<const RunState>* Find(RunId id) const;
};

// `text` as valid UTF-8 that `taken` does not hold yet; adds it.
std::string UniqueText(std::string_view text, std::unordered_set<std::string>& taken);

// What stands behind a Store. Lock order: none is held while another is taken.
class StoreImpl {
 public:
  explicit StoreImpl(Store::Options options);
  ~StoreImpl();

  std::shared_ptr<const StoreState> Take() const;
  Overview Look() const;
  uint64_t change() const;
  uint64_t WaitForChange(uint64_t after, std::stop_token stop,
                         std::chrono::milliseconds timeout) const;
  RunWriter& AddRun(std::string_view name);
  void SetProgress(LoadState state, uint64_t bytes_read, uint64_t bytes_total);
  // What was found damaged in the files of a run, and the same taken back when they are read again.
  void AddDamage(RunId run, const DamageReport& damage);
  void DropDamage(RunId run, const DamageReport& damage);
  void SetBrokenRunListener(std::function<void(std::string_view)> listener);
  void SettleIndex(bool knows_all_runs);

  // Puts `state` in place of the run's present one; null unlists the run. `fresh` are the series
  // made for it, which get the commit's number.
  void PublishRun(RunId id, std::shared_ptr<RunState> state, std::span<SeriesRecord* const> fresh,
                  bool are_series_changed, bool is_session_changed);

  const Clock& clock() const { return *clock_; }
  const std::shared_ptr<Names>& names() const { return names_; }
  // For a run that is read from its beginning.
  uint64_t NextReading() { return next_reading_.fetch_add(1, std::memory_order_relaxed); }
  Index& index() { return *index_; }
  const std::shared_ptr<BlockFile>& file() const { return index_->blocks(); }
  StageBudget& stage_budget() { return stage_budget_; }

 private:
  void RenewDamage() const FL_REQUIRES(mutex_);
  // Takes the next change number. The caller drops what it gets, and tells who waits, once the lock
  // is released.
  std::shared_ptr<const StoreState> NextChange() FL_REQUIRES(mutex_);
  void TellBroken(RunId run);

  const SystemClock system_clock_;
  const Clock* const clock_;
  const std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::atomic<uint64_t> next_reading_{1};
  const std::unique_ptr<Index> index_;
  StageBudget stage_budget_;  // Outlives the writers.

  mutable Mutex mutex_;  // Guards what follows.
  mutable std::condition_variable_any changed_;
  mutable StoreState now_ FL_GUARDED_BY(mutex_);
  // Pages of now_ that no snapshot shares yet may be written in place.
  mutable std::vector<std::shared_ptr<RunPage>> own_pages_ FL_GUARDED_BY(mutex_);
  mutable std::shared_ptr<const StoreState> taken_ FL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::unique_ptr<RunWriter>> writers_ FL_GUARDED_BY(mutex_);
  std::unordered_set<std::string> run_names_ FL_GUARDED_BY(mutex_);
  DamageReport damage_ FL_GUARDED_BY(mutex_);
  std::vector<RunId> damage_runs_ FL_GUARDED_BY(mutex_);  // Whose each item is.
  mutable bool is_damage_new_ FL_GUARDED_BY(mutex_) = false;
  std::optional<std::chrono::steady_clock::time_point> loading_since_ FL_GUARDED_BY(mutex_);
  uint64_t loading_from_bytes_ FL_GUARDED_BY(mutex_) = 0;

  Mutex broken_mutex_;  // Guards what follows; held while it is called.
  std::function<void(std::string_view)> broken_run_listener_ FL_GUARDED_BY(broken_mutex_);
};

}  // namespace fanlight::store
