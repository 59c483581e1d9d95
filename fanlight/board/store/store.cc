#include "fanlight/board/store/store.h"

#include <algorithm>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/store/run_record.h"
#include "fanlight/board/store/store_state.h"

namespace fanlight::store {

StoreImpl::StoreImpl(Store::Options options)
    : clock_(options.clock != nullptr ? options.clock : &system_clock_),
      index_(Index::Open({.directory = std::move(options.index_directory),
                          .subject = std::move(options.index_subject),
                          .max_bytes = options.index_max_bytes,
                          .scratch_directory = std::move(options.scratch_directory)})) {
  {
    MutexLock lock(mutex_);
    now_.damage = std::make_shared<DamageReport>();
    now_.progress.started_s = clock_->WallTimeS();
  }
  // Whoever tells of something broken holds the file's lock and then takes ours: never the other way round.
  file()->SetBrokenListener([this](RunId run) { TellBroken(run); });
}

// Snapshots may outlive the store, and with them the blocks.
StoreImpl::~StoreImpl() { file()->SetBrokenListener(nullptr); }

std::shared_ptr<const StoreState> StoreImpl::Take() const {
  MutexLock lock(mutex_);
  if (taken_ == nullptr) {
    RenewDamage();
    if (now_.run_order == nullptr) now_.run_order = std::make_shared<RunOrder>();
    if (now_.tag_list == nullptr) now_.tag_list = std::make_shared<TagList>();
    taken_ = std::make_shared<StoreState>(now_);
    // All pages are shared now.
    std::fill(own_pages_.begin(), own_pages_.end(), nullptr);
  }
  return taken_;
}

Overview StoreImpl::Look() const {
  MutexLock lock(mutex_);
  RenewDamage();
  return now_;
}

void StoreImpl::RenewDamage() const {
  if (!is_damage_new_) return;
  now_.damage = std::make_shared<DamageReport>(damage_);
  is_damage_new_ = false;
}

uint64_t StoreImpl::change() const {
  MutexLock lock(mutex_);
  return now_.change;
}

uint64_t StoreImpl::WaitForChange(uint64_t after, std::stop_token stop,
                                  std::chrono::milliseconds timeout) const
    FL_NO_THREAD_SAFETY_ANALYSIS {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::move(stop), timeout, [&] { return now_.change > after; });
  return now_.change;
}

std::shared_ptr<const StoreState> StoreImpl::NextChange() {
  ++now_.change;
  return std::move(taken_);
}

RunWriter& StoreImpl::AddRun(std::string_view name) {
  MutexLock lock(mutex_);
  std::unique_ptr<RunWriter>& writer = writers_[std::string(name)];
  if (writer == nullptr) {
    const RunId id{static_cast<uint32_t>(now_.run_ids++)};
    if (id.index / kRunsPerPage >= now_.pages.size()) {
      own_pages_.push_back(std::make_shared<RunPage>());
      now_.pages.push_back(own_pages_.back());
    }
    writer =
        std::make_unique<RunWriter>(*this, RunFacts{.id = id,
                                                    .name = std::string(name),
                                                    .display_name = UniqueText(name, run_names_)});
  }
  return *writer;
}

void StoreImpl::PublishRun(RunId id, std::shared_ptr<RunState> state,
                           std::span<SeriesRecord* const> fresh, bool are_series_changed,
                           bool is_session_changed) {
  std::shared_ptr<const StoreState> old_taken;
  std::shared_ptr<const RunState> old_run;  // Both are dropped once the lock is released.
  {
    MutexLock lock(mutex_);
    old_taken = NextChange();
    const uint64_t change = now_.change;
    const size_t page = id.index / kRunsPerPage;
    if (own_pages_[page] == nullptr) {
      own_pages_[page] = std::make_shared<RunPage>(*now_.pages[page]);
      now_.pages[page] = own_pages_[page];
    }
    auto& slot = (*own_pages_[page])[id.index % kRunsPerPage];
    old_run = slot;

    if (old_run != nullptr) {
      --now_.total_runs;
      now_.total_series -= old_run->series.size();
      now_.total_points -= old_run->facts.points;
    }
    if (state != nullptr) {
      for (SeriesRecord* series : fresh) series->change = change;
      ++now_.total_runs;
      now_.total_series += state->series.size();
      now_.total_points += state->facts.points;
      state->change = change;
      if (are_series_changed || old_run == nullptr) {
        state->series_change = change;
        state->order = std::make_shared<SeriesOrder>();
      } else {
        state->series_change = old_run->series_change;
        state->order = old_run->order;
      }
    }
    const bool is_membership_changed = (old_run == nullptr) != (state == nullptr);
    if (is_membership_changed) now_.run_order = nullptr;
    if (is_membership_changed || is_session_changed) now_.runs_change = change;
    if (is_membership_changed || are_series_changed) {
      now_.tags_change = change;
      now_.tag_list = nullptr;
    }
    slot = std::move(state);
  }
  changed_.notify_all();
}

void StoreImpl::SetProgress(LoadState state, uint64_t bytes_read, uint64_t bytes_total) {
  std::shared_ptr<const StoreState> old_taken;
  {
    MutexLock lock(mutex_);
    LoadProgress& progress = now_.progress;
    if (progress.state == state && progress.bytes_read == bytes_read &&
        progress.bytes_total == bytes_total) {
      return;
    }
    progress.state = state;
    progress.bytes_read = bytes_read;
    progress.bytes_total = bytes_total;
    progress.seconds_left.reset();
    const auto now = clock_->Monotonic();
    if (state != LoadState::kLoading) {
      loading_since_.reset();
    } else if (!loading_since_) {
      loading_since_ = now;
      loading_from_bytes_ = bytes_read;
    } else if (bytes_read > loading_from_bytes_ && bytes_total >= bytes_read) {
      const double spent_s = std::chrono::duration<double>(now - *loading_since_).count();
      progress.seconds_left = spent_s * static_cast<double>(bytes_total - bytes_read) /
                              static_cast<double>(bytes_read - loading_from_bytes_);
    }
    old_taken = NextChange();
  }
  changed_.notify_all();
}

void StoreImpl::AddDamage(RunId run, const DamageReport& damage) {
  if (damage.count == 0) return;
  std::shared_ptr<const StoreState> old_taken;
  {
    MutexLock lock(mutex_);
    damage_.count += damage.count;
    damage_.bytes_lost += damage.bytes_lost;
    for (const Damage& item : damage.items) {
      damage_.items.push_back(item);
      damage_runs_.push_back(run);
    }
    const size_t kept = std::min(damage_.items.size(), DamageReport::kMaxItems);
    damage_.items.erase(damage_.items.begin(),
                        damage_.items.end() - static_cast<std::ptrdiff_t>(kept));
    damage_runs_.erase(damage_runs_.begin(),
                       damage_runs_.end() - static_cast<std::ptrdiff_t>(kept));
    is_damage_new_ = true;
    old_taken = NextChange();
  }
  changed_.notify_all();
}

void StoreImpl::DropDamage(RunId run, const DamageReport& damage) {
  if (damage.count == 0) return;
  std::shared_ptr<const StoreState> old_taken;
  {
    MutexLock lock(mutex_);
    damage_.count -= damage.count;
    damage_.bytes_lost -= damage.bytes_lost;
    size_t kept = 0;
    for (size_t i = 0; i < damage_.items.size(); ++i) {
      if (damage_runs_[i] == run) continue;
      if (kept != i) damage_.items[kept] = std::move(damage_.items[i]);
      damage_runs_[kept++] = damage_runs_[i];
    }
    damage_.items.resize(kept);
    damage_runs_.resize(kept);
    is_damage_new_ = true;
    old_taken = NextChange();
  }
  changed_.notify_all();
}

void StoreImpl::TellBroken(RunId run) {
  std::string name;
  {
    MutexLock lock(mutex_);
    for (const auto& [writer_name, writer] : writers_) {
      if (writer->id() == run) name = writer_name;
    }
  }
  LogInfo("the index of run {} is damaged: its files are read again", Quoted(name));
  MutexLock lock(broken_mutex_);
  if (broken_run_listener_) broken_run_listener_(name);
}

void StoreImpl::SetBrokenRunListener(std::function<void(std::string_view)> listener) {
  MutexLock lock(broken_mutex_);
  broken_run_listener_ = std::move(listener);
}

void StoreImpl::SettleIndex(bool knows_all_runs) {
  if (knows_all_runs) {
    for (const std::string& run : index_->Runs()) {
      bool is_known = false;
      {
        MutexLock lock(mutex_);
        is_known = writers_.contains(run);
      }
      if (!is_known) index_->Forget(run);
    }
  }
  index_->Settle();
}

Store::Store(std::unique_ptr<StoreImpl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Create(Options options) {
  return std::unique_ptr<Store>(new Store(std::make_unique<StoreImpl>(std::move(options))));
}

Snapshot Store::TakeSnapshot() const { return Snapshot(impl_->Take()); }
Overview Store::Look() const { return impl_->Look(); }
uint64_t Store::change() const { return impl_->change(); }
uint64_t Store::WaitForChange(uint64_t after, std::stop_token stop,
                              std::chrono::milliseconds timeout) const {
  return impl_->WaitForChange(after, std::move(stop), timeout);
}
RunWriter& Store::AddRun(std::string_view name) { return impl_->AddRun(name); }
void Store::SetProgress(LoadState state, uint64_t bytes_read, uint64_t bytes_total) {
  impl_->SetProgress(state, bytes_read, bytes_total);
}
uint64_t Store::block_bytes() const {
  const BlockFile& blocks = *impl_->file();
  return blocks.named_bytes() + blocks.scratch_bytes() + blocks.heap_bytes();
}
void Store::SetBrokenRunListener(std::function<void(std::string_view run)> listener) {
  impl_->SetBrokenRunListener(std::move(listener));
}
bool Store::is_crowded() const {
  return impl_->stage_budget().stages.load(std::memory_order_relaxed) > StageBudget::kManyStages;
}
std::vector<std::string> Store::SavedRuns() const { return impl_->index().Runs(); }
std::span<const std::byte> Store::SavedLoaderBytes(std::string_view run) const {
  return LoaderBytesOf(impl_->index().Find(run));
}
bool Store::keeps_index() const { return impl_->index().is_saving(); }
void Store::SettleIndex(bool knows_all_runs) { impl_->SettleIndex(knows_all_runs); }

}  // namespace fanlight::store
