// Reads the event files of one run into the store, and goes on as they grow.
//
// Files are read in order of name. A file that was truncated, replaced, or taken away, or a new one
// that sorts before what was read, makes the loader read the run again from the start, so that what
// is shown is always what a fresh start would show. Meanwhile readers keep the old points.
#pragma once

#include <atomic>
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
  void Poke(const std::string& path);

  struct Outcome {
    bool has_more = false;       // Bytes that are known are not read yet.
    bool wants_listing = false;  // A file is not what the listing said.
  };
  // One thread at a time: reads about `max_bytes` and publishes what was in them.
  Outcome Step(uint64_t max_bytes);

 private:
  struct FileState;

  void Reconcile(std::vector<LogFile> files);
  bool IsStillWhatWasRead(const std::vector<LogFile>& files) const;
  void Restart(std::vector<LogFile> files);
  void Forget();
  // Reads until the end, or until `budget` is used up. False when the file has more.
  bool ReadFile(FileState& file, uint32_t ordinal, uint64_t& budget, Outcome& outcome);
  // Reads a part of a large file together with workers that are idle.
  void ReadInParallel(FileState& file);
  void ReportDamage(const FileState& file, uint64_t offset, uint64_t bytes, std::string message);
  void ReportNoEvent(const FileState& file, const Record& record, const Error& error);
  // Whether the bytes at the beginning of the file are those that were there when it was first
  // read.
  bool HasSameHead(FileState& file);
  void CountBytes(FileState& file);

  const Context context_;
  store::RunWriter& writer_;
  std::unique_ptr<EventSink> sink_;
  std::vector<std::unique_ptr<FileState>> files_;
  bool has_new_points_ = false;
  bool is_caught_up_ = false;  // All files were at their ends at least once.

  Mutex mutex_;  // Guards what follows.
  std::optional<std::vector<LogFile>> new_files_ FL_GUARDED_BY(mutex_);
  std::vector<std::string> pokes_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::ingest
