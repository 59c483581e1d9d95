#include "fanlight/board/ingest/log_ingest.h"

#include <algorithm>
#include <atomic>
#include <span>

#include "fanlight/base/heap.h"

namespace fanlight::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What a worker reads of a run before others have their turn: some 10 ms of work.
constexpr uint64_t kPieceBytes = uint64_t{4} << 20;
// Writes within this time are read in one go. When so many files grow that there is hardly a moment without a write, each
// look at them takes in more: so many times the time that the last one took; still well below what a person sees.
constexpr milliseconds kGatherTime{2};
constexpr milliseconds kLongestGatherTime{40};
constexpr int kGatherShare = 20;
// What is read of a file that grew without leaving it to a worker.
constexpr uint64_t kLookBytes = uint64_t{256} << 10;
// At most so often while loading: each tells all who listen.
constexpr milliseconds kProgressInterval{20};
// How often a logdir that is not there is looked for, and the least time between two listings.
constexpr milliseconds kMissingInterval{1000};
constexpr milliseconds kLeastListingInterval{20};
// While the first listing goes on, so many runs are handed over at a time.
constexpr size_t kMostRunsAtOnce = 64;
// Listing may take so much of one core.
constexpr int kListingShare = 20;

// With fewer, a thread to take up what the index has is not worth its start.
constexpr size_t kRunsWorthAThread = 32;

// The files of a run as it was saved; none when one of them is not what it was then.
std::vector<LogFile> UnchangedFiles(LogSource& source, const std::string& run,
                                    std::span<const std::byte> loader_bytes) {
  const auto saved = DecodeSavedRun(loader_bytes);
  std::vector<LogFile> files;
  if (!saved) return files;
  for (const SavedFile& known : saved->files) {
    auto now = source.LookInRun(run, known.file.path);
    if (!now || !IsUnchanged(known, *now)) return {};
    files.push_back(*std::move(now));
  }
  return files;
}

milliseconds IntervalOf(double seconds) {
  return milliseconds(static_cast<int64_t>(std::clamp(seconds, 0.001, 1.0e6) * 1000));
}

}  // namespace

LogIngest::LogIngest(LogSource& source, store::Store& store, Options options)
    : source_(source),
      store_(store),
      options_(options),
      workers_(options.threads > 0 ? options.threads
                                   : std::max(1u, std::thread::hardware_concurrency())),
      blobs_(source, files_) {}

LogIngest::~LogIngest() {
  store_.SetBrokenRunListener(nullptr);
  Stop();
}

void LogIngest::Start() {
  store_.SetBrokenRunListener([this](std::string_view run) { ReadAnew(run); });
  KeepFreedMemory();
  for (size_t i = 0; i < workers_; ++i) {
    threads_.emplace_back([this] { Work(stop_.get_token()); });
  }
  threads_.emplace_back([this] { Coordinate(stop_.get_token()); });
}

void LogIngest::Stop() {
  stop_.request_stop();
  threads_.clear();  // Joins.
  MutexLock lock(mutex_);
  for (const auto& [run, task] : tasks_) task->loader->Save();
  store_.SettleIndex(false);
}

bool LogIngest::WaitUntilLoaded(milliseconds timeout) const FL_NO_THREAD_SAFETY_ANALYSIS {
  std::unique_lock lock(mutex_);
  return loaded_.wait_for(lock, timeout,
                          [this]() FL_NO_THREAD_SAFETY_ANALYSIS { return is_loaded_; });
}

void LogIngest::TakeUpUnchanged(const std::stop_token& stop) {
  const std::vector<std::string> runs = store_.SavedRuns();
  std::atomic<size_t> next{0};
  const auto take_up = [&] {
    while (!stop.stop_requested()) {
      const size_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= runs.size()) return;
      std::vector<LogFile> files =
          UnchangedFiles(source_, runs[i], store_.SavedLoaderBytes(runs[i]));
      if (files.empty()) continue;
      Task* task = nullptr;
      {
        MutexLock lock(mutex_);
        task = &TaskOf(runs[i]);
        task->state = Task::State::kRunning;
        ++running_;
      }
      task->loader->SetFiles(std::move(files));
      Advance(*task);
    }
  };
  std::vector<std::jthread> helpers;
  while (helpers.size() + 1 < std::min(workers_, runs.size() / kRunsWorthAThread)) {
    helpers.emplace_back(take_up);
  }
  take_up();
}

void LogIngest::Coordinate(std::stop_token stop) {
  TakeUpUnchanged(stop);
  while (!stop.stop_requested()) {
    const auto began = steady_clock::now();
    const bool is_there = ApplyListing();
    wake_.notify_all();
    PublishProgress();
    if (options_.reload_interval_s <= 0 && is_there) return;

    const auto spent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
    milliseconds interval = std::max(IntervalOf(options_.reload_interval_s), spent * kListingShare);
    if (!is_there) interval = std::min(interval, kMissingInterval);
    const auto earliest = began + std::max(kLeastListingInterval, spent * 2);
    const auto due = began + interval;
    bool relist = false;
    while (!stop.stop_requested()) {
      const auto until = relist ? std::min(earliest, due) : due;
      const auto now = steady_clock::now();
      if (now >= until) break;
      LogChanges changes = source_.Wait(
          stop, std::chrono::duration_cast<milliseconds>(until - now) + milliseconds(1));
      relist = relist || changes.relist;
      const bool has_grown = !changes.grown.empty();
      const auto looked = steady_clock::now();
      if (has_grown) relist = !Follow(std::move(changes.grown)) || relist;
      {
        MutexLock lock(mutex_);
        relist = relist || std::exchange(wants_listing_, false);
      }
      // More will have come when we look again.
      if (has_grown) {
        std::this_thread::sleep_for(std::clamp<steady_clock::duration>(
            kGatherShare * (steady_clock::now() - looked), kGatherTime, kLongestGatherTime));
      }
    }
  }
}

bool LogIngest::Follow(std::vector<std::string> grown) {
  bool are_known = true;
  bool is_left = false;  // Something, to workers.
  std::vector<Task*> here;
  ++rounds_;
  {
    MutexLock lock(mutex_);
    for (std::string& path : grown) {
      const auto found = task_of_path_.find(path);
      if (found == task_of_path_.end()) {
        are_known = false;
        continue;
      }
      Task& task = *found->second;
      task.loader->Poke(std::move(path));
      if (task.followed_in == rounds_) continue;
      if (is_loaded_ && task.state == Task::State::kIdle && !task.loader->is_at_rest()) {
        task.state = Task::State::kRunning;
        ++running_;
        task.followed_in = rounds_;
        here.push_back(&task);
      } else {
        Enqueue(task);
        is_left = true;
      }
    }
  }
  if (is_left) wake_.notify_all();
  std::vector<RunLoader::Outcome> outcomes;
  outcomes.reserve(here.size());
  for (Task* task : here) outcomes.push_back(task->loader->Step(kLookBytes));
  bool again = false;
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < here.size(); ++i) again = Settle(*here[i], outcomes[i]) || again;
  }
  if (again) wake_.notify_all();
  if (!here.empty()) PublishProgress();
  return are_known;
}

bool LogIngest::ApplyListing() {
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    is_first = !is_listed_;
  }
  LogSource::Found found;
  std::vector<std::vector<LogFile>> gathered;
  size_t batch_runs = 1;
  const auto hand_over = [&] {
    {
      MutexLock lock(mutex_);
      for (auto& files : gathered) HandOver(std::move(files)).is_handed_over = true;
    }
    gathered.clear();
    wake_.notify_all();
  };
  if (is_first) {
    // Reading begins with the first run that is found, not with the last. Then more and more at a time, so that workers
    // have something to do and are not woken for each.
    found = [&](std::vector<LogFile> files) {
      gathered.push_back(std::move(files));
      if (gathered.size() < batch_runs) return;
      hand_over();
      batch_runs = std::min(2 * batch_runs, kMostRunsAtOnce);
    };
  } else {
    task_of_path_.clear();
  }
  Listing listing = source_.List(found);
  hand_over();
  MutexLock lock(mutex_);
  is_missing_ = listing.is_missing;
  is_listed_ = true;
  if (listing.is_missing) return false;
  if (is_first) {
    for (const LogFile& file : listing.files) listed_bytes_ += file.size_bytes;
  }
  for (auto& [run, task] : tasks_) task->is_listed = task->is_handed_over;
  for (size_t begin = 0; begin < listing.files.size();) {
    size_t end = begin;
    while (end < listing.files.size() && listing.files[end].run == listing.files[begin].run) ++end;
    const auto known = tasks_.find(listing.files[begin].run);
    if (known != tasks_.end() && known->second->is_handed_over) {
      known->second->is_handed_over = false;
    } else {
      HandOver({std::make_move_iterator(listing.files.begin() + static_cast<std::ptrdiff_t>(begin)),
                std::make_move_iterator(listing.files.begin() + static_cast<std::ptrdiff_t>(end))});
    }
    begin = end;
  }
  if (is_first) {
    // What grew last is looked for first.
    std::stable_sort(queue_.begin(), queue_.end(),
                     [](const Task* a, const Task* b) { return a->modified_s > b->modified_s; });
  }
  are_all_runs_known_ = listing.missing_roots.empty();
  // What lies below a root that cannot be read now is kept.
  if (listing.missing_roots.empty()) {
    for (auto& [run, task] : tasks_) {
      if (task->is_listed) continue;
      task->loader->SetFiles({});
      Enqueue(*task);
    }
  }
  return true;
}

void LogIngest::ReadAnew(std::string_view run) {
  {
    MutexLock lock(mutex_);
    const auto task = tasks_.find(std::string(run));
    if (task == tasks_.end()) return;
    task->second->loader->ReadAnew();
    Enqueue(*task->second);
  }
  wake_.notify_one();
}

LogIngest::Task& LogIngest::TaskOf(const std::string& run) {
  std::unique_ptr<Task>& task = tasks_[run];
  if (task == nullptr) {
    task = std::make_unique<Task>();
    task->loader = std::make_unique<RunLoader>(
        run,
        RunLoader::Context{.source = source_,
                           .store = store_,
                           .files = files_,
                           .bytes = bytes_,
                           .clock = options_.clock != nullptr ? *options_.clock : system_clock_,
                           .verify_payload_crc = options_.verify_payload_crc,
                           .spare_workers = this});
  }
  return *task;
}

LogIngest::Task& LogIngest::HandOver(std::vector<LogFile> files) {
  Task& task = TaskOf(files.front().run);
  task.is_listed = true;
  for (const LogFile& file : files) {
    task_of_path_[file.path] = &task;
    task.modified_s = std::max(task.modified_s, file.modified_s());
  }
  task.loader->SetFiles(std::move(files));
  Enqueue(task);
  return task;
}

void LogIngest::Enqueue(Task& task, bool is_next) {
  switch (task.state) {
    case Task::State::kIdle:
      task.state = Task::State::kQueued;
      if (is_next) {
        queue_.push_front(&task);
      } else {
        queue_.push_back(&task);
      }
      break;
    case Task::State::kRunning:
      task.state = Task::State::kRunningAgain;
      break;
    case Task::State::kQueued:
    case Task::State::kRunningAgain:
      break;
  }
}

void LogIngest::Work(std::stop_token stop) FL_NO_THREAD_SAFETY_ANALYSIS {
  while (!stop.stop_requested()) {
    Task* task = nullptr;
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      const bool is_woken = wake_.wait(lock, stop, [this]() FL_NO_THREAD_SAFETY_ANALYSIS {
        return !queue_.empty() || !offers_.empty();
      });
      --idle_;
      if (!is_woken) return;
      if (!offers_.empty()) {
        work = std::move(offers_.front());
        offers_.pop_front();
      } else {
        task = queue_.front();
        queue_.pop_front();
        task->state = Task::State::kRunning;
        ++running_;
      }
    }
    if (task == nullptr) {
      work();
      continue;
    }
    Advance(*task);
  }
}

void LogIngest::Advance(Task& task) {
  const RunLoader::Outcome outcome = task.loader->Step(kPieceBytes);
  bool again = false;
  {
    MutexLock lock(mutex_);
    again = Settle(task, outcome);
  }
  if (again) wake_.notify_one();
  PublishProgress();
}

bool LogIngest::Settle(Task& task, const RunLoader::Outcome& outcome) {
  --running_;
  wants_listing_ = wants_listing_ || outcome.wants_listing;
  const bool again = outcome.has_more || task.state == Task::State::kRunningAgain;
  task.state = Task::State::kIdle;
  if (again) Enqueue(task, outcome.has_more && store_.is_crowded());
  return again;
}

bool LogIngest::AreThere() const {
  MutexLock lock(mutex_);
  return idle_ > 0;
}

void LogIngest::Offer(std::function<void()> work) {
  MutexLock lock(mutex_);
  offers_.push_back(std::move(work));
  wake_.notify_one();
}

store::LoadState LogIngest::StateNow() const {
  if (is_missing_) return store::LoadState::kMissing;
  return is_loaded_ ? store::LoadState::kWatching : store::LoadState::kLoading;
}

void LogIngest::PublishProgress() {
  // Told under the lock: else a worker that saw "loading" could tell so after another told that all is
  // read, and whoever waits for that would find the store a step behind.
  bool are_all_runs_known = false;
  {
    MutexLock lock(mutex_);
    are_all_runs_known = are_all_runs_known_;
    const bool was_loaded = is_loaded_;
    is_loaded_ = is_loaded_ || (is_listed_ && !is_missing_ && queue_.empty() && running_ == 0);
    const bool is_news = is_loaded_ != was_loaded || is_missing_;
    const auto now = steady_clock::now();
    const bool is_idle = queue_.empty() && running_ == 0;  // The last word is always told.
    if (!is_news && !is_idle && now - progress_told_ < kProgressInterval) return;
    progress_told_ = now;
    // While runs wait to be looked at, what is known of them is what was listed.
    const uint64_t total =
        is_loaded_ ? bytes_.total.load() : std::max(bytes_.total.load(), listed_bytes_);
    store_.SetProgress(StateNow(), bytes_.read, total);
    if (!is_loaded_ || was_loaded) return;
    loaded_.notify_all();
  }
  store_.SettleIndex(are_all_runs_known);
  ReturnFreedMemory();
}

}  // namespace fanlight::ingest
