// Reads the event files of one run into the store, and goes on as they grow.
//
// Files are read in order of name. A file that was truncated, replaced, or taken away, or a new one
// that sorts before what was read, makes the loader read the run again from the start, so that what
// is shown is always what a fresh start would show. Meanwhile readers keep the old points.
#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fanlight/base/clock.h"
#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/event_sink.h"
#include "fanlight/board/ingest/file_table.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/ingest/parallel_read.h"
#include "fanlight/board/ingest/saved_run.h"
#include "fanlight/board/store/store.h"
#include "fanlight/events/record_reader.h"

namespace fanlight::ingest {

// Bytes of all files together, kept by the loaders.
struct ByteCounts {
  std::atomic<uint64_t> read{0};
  std::atomic<uint64_t> total{0};
};

class RunLoader {
 public:
  // What all loaders share. Everything outlives them.
  struct Context {
    LogSource& source;
    store::Store& store;
    std::shared_ptr<FileTable> files;
    ByteCounts& bytes;
    const Clock& clock;
    bool verify_payload_crc = true;
    SpareWorkers* spare_workers = nullptr;  // To help with large files; null: nobody.
  };
  RunLoader(const std::string& run, const Context& context);
  ~RunLoader();

  // Any thread: the files the run has now, by path; none when it is gone. Takes effect in the next
  // Step().
  void SetFiles(std::vector<LogFile> files);
  // Any thread: the file at this path was written to.
  void Poke(std::string path);

  struct Outcome {
    bool has_more = false;       // Bytes that are known are not read yet.
    bool wants_listing = false;  // A file is not what the listing said.
  };
  // One thread at a time: reads about `max_bytes` and publishes what was in them. The first one that has
  // files takes up what the index has of the run, when they are what they were.
  Outcome Step(uint64_t max_bytes);
  // While no thread is in Step(): whether the next one has to make anew what a run that rests gave back.
  bool is_at_rest() const { return resting_sink_.has_value(); }
  // Any thread: what the index gave of the run is damaged: the next Step() begins anew.
  void ReadAnew();
  // No thread may be in Step(): keeps in the index what is not there yet.
  void Save();

 private:
  struct FileState;

  void Reconcile(std::vector<LogFile> files);
  bool IsStillWhatWasRead(const std::vector<LogFile>& files) const;
  void Restart(std::vector<LogFile> files);
  void Forget();
  std::vector<LogFile> KnownFiles() const;
  // Publishes the run as the index has it. False when it has not, or its files are not what they were.
  bool RestoreSaved(const std::vector<LogFile>& files);
  // Gives back what only taking further events needs: most runs take none for long.
  void Park();
  // Before events are taken behind RestoreSaved() or Park(). False when what was saved proves damaged.
  bool Resume();
  SavedFile ToSave(FileState& file);
  // Whether now is a time to keep what was read since the last time.
  bool IsWorthSaving() const;
  // Whether it has not grown for some time.
  bool IsStill() const;
  // Reads until the end, or until `budget` is used up. False when the file has more.
  bool ReadFile(FileState& file, uint32_t ordinal, uint64_t& budget, Outcome& outcome);
  // Reads a part of a large file together with workers that are idle.
  void ReadInParallel(FileState& file);
  void ReportDamage(const FileState& file, uint64_t offset, uint64_t bytes, std::string message);
  void ReportNoEvent(const FileState& file, const Record& record, const Error& error);
  // Whether the bytes at the beginning of the file are those that were there when it was first
  // read.
  // The first bytes, once something has been read.
  Excerpt HeadOf(FileState& file);
  bool HasSameHead(FileState& file);
  bool IsShorterThanRead(const FileState& file) const;
  void CountBytes(FileState& file);

  const Context context_;
  store::RunWriter& writer_;
  std::unique_ptr<EventSink> sink_;
  std::vector<std::unique_ptr<FileState>> files_;
  bool has_new_points_ = false;
  bool is_caught_up_ = false;  // All files were at their ends at least once.

  bool may_restore_ = true;  // The index is asked once, at the beginning.
  // While the run is at rest: what its sink would be made of.
  std::optional<std::vector<std::byte>> resting_sink_;
  uint64_t unsaved_bytes_ = 0;
  double saved_at_s_ = -std::numeric_limits<double>::infinity();  // By the clock.
  double grew_at_s_ = 0;                                          // By the clock; when caught up.

  Mutex mutex_;  // Guards what follows.
  std::optional<std::vector<LogFile>> new_files_ FL_GUARDED_BY(mutex_);
  std::vector<std::string> pokes_ FL_GUARDED_BY(mutex_);
  bool is_damaged_ FL_GUARDED_BY(mutex_) = false;
};

}  // namespace fanlight::ingest
