// Keeps a store equal to what the event files of a log source hold: loads all of them on all cores,
// then follows their growth.
//
//   LocalLogSource source({RootOfLogdir("~/logs")}, {});
//   LogIngest ingest(source, *store, {});
//   ingest.Start();                       // returns at once
//
// One thread lists and watches; workers read runs, one worker a run, a piece at a time, so that
// every run shows something early. A written file is read as soon as the system tells of it; what
// no watch tells (network file systems, too many directories) is found by listing again every
// reload interval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "fanlight/base/clock.h"
#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/blob_fetcher.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/ingest/run_loader.h"
#include "fanlight/board/store/store.h"

namespace fanlight::ingest {

class LogIngest final : private SpareWorkers {
 public:
  struct Options {
    unsigned threads = 0;            // Workers; 0: as many as the machine has cores.
    double reload_interval_s = 5;    // 0: everything is loaded once and not watched.
    const Clock* clock = nullptr;    // The machine's clock when null.
    bool verify_payload_crc = true;  // Off only to measure what it costs.
  };
  // Both must outlive this.
  LogIngest(LogSource& source, store::Store& store, Options options);
  ~LogIngest();  // Stops.
  LogIngest(const LogIngest&) = delete;
  LogIngest& operator=(const LogIngest&) = delete;

  void Start();
  // Ends the threads; what is in the store stays.
  void Stop();
  // Waits until all bytes that were listed first have been read; false when the time is over
  // before.
  bool WaitUntilLoaded(std::chrono::milliseconds timeout) const;

  // Reads the blobs that the store refers to.
  const store::BlobReader& blobs() const { return blobs_; }

 private:
  struct Task {
    std::unique_ptr<RunLoader> loader;
    enum class State { kIdle, kQueued, kRunning, kRunningAgain } state = State::kIdle;
    bool is_listed = false;
    bool is_handed_over =
        false;                 // Its files are known since before the first listing was complete.
    double modified_s = 0;     // Of its newest file.
    uint64_t followed_in = 0;  // The round of Follow() that looks at it.
  };

  // SpareWorkers.
  bool AreThere() const override;
  void Offer(std::function<void()> work) override;

  void Coordinate(std::stop_token stop);
  // Publishes the runs that the index has and whose files are what they were then: one question each to the file system,
  // where a listing asks five. What else there is, and whether they have all their files, the first listing tells.
  void TakeUpUnchanged(const std::stop_token& stop);
  void Work(std::stop_token stop);
  // Lists and hands each run its files. False when the logdir is missing.
  bool ApplyListing();
  Task& TaskOf(const std::string& run) FL_REQUIRES(mutex_);
  // Gives a run its files, to be read by a worker. Coordinator's thread.
  Task& HandOver(std::vector<LogFile> files) FL_REQUIRES(mutex_);
  // Reads what these files grew by, here and now: that is less than waking a worker for it. Files of runs that a worker
  // has, that rested or that grew by much are left to workers. False when one of the files is not known. Coordinator's thread.
  bool Follow(std::vector<std::string> grown);
  // Whoever has a task in state kRunning reads a piece of its run.
  void Advance(Task& task);
  // A task in state kRunning runs no more. True when there is work for a worker again.
  bool Settle(Task& task, const RunLoader::Outcome& outcome) FL_REQUIRES(mutex_);
  // `is_next`: before all others. The caller wakes workers once it has released the lock, for which they would wait again.
  void Enqueue(Task& task, bool is_next = false) FL_REQUIRES(mutex_);
  // The index of this run is damaged. Any thread.
  void ReadAnew(std::string_view run);
  // Tells the store how far loading is; not more often than it changes much.
  void PublishProgress();
  store::LoadState StateNow() const FL_REQUIRES(mutex_);

  LogSource& source_;
  store::Store& store_;
  const Options options_;
  const size_t workers_;
  const SystemClock system_clock_;
  const std::shared_ptr<FileTable> files_ = std::make_shared<FileTable>();
  const BlobFetcher blobs_;
  ByteCounts bytes_;

  // The coordinator's thread only.
  std::unordered_map<std::string, Task*> task_of_path_;
  uint64_t rounds_ = 0;  // Of Follow().

  mutable Mutex mutex_;                         // Guards what follows.
  std::condition_variable_any wake_;            // There is work for one worker.
  mutable std::condition_variable_any loaded_;  // is_loaded_ became true, and the store knows.
  std::unordered_map<std::string, std::unique_ptr<Task>> tasks_ FL_GUARDED_BY(mutex_);
  std::deque<Task*> queue_ FL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> offers_
      FL_GUARDED_BY(mutex_);               // Work on somebody's large file.
  size_t idle_ FL_GUARDED_BY(mutex_) = 0;  // Workers that wait for work.
  size_t running_ FL_GUARDED_BY(mutex_) = 0;
  bool is_listed_ FL_GUARDED_BY(mutex_) = false;     // At least once.
  uint64_t listed_bytes_ FL_GUARDED_BY(mutex_) = 0;  // Of all files, as first listed.
  bool is_loaded_ FL_GUARDED_BY(mutex_) = false;
  bool is_missing_ FL_GUARDED_BY(mutex_) = false;
  bool are_all_runs_known_ FL_GUARDED_BY(mutex_) = false;
  bool wants_listing_ FL_GUARDED_BY(mutex_) = false;
  std::chrono::steady_clock::time_point progress_told_ FL_GUARDED_BY(mutex_);

  std::stop_source stop_;
  std::vector<std::jthread> threads_;  // Last: they use all of the above.
};

}  // namespace fanlight::ingest
