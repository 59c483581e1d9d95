// Writes a run for people to watch: scalars, histograms, graphs, step by step.
//
//   FL_ASSIGN_OR_RETURN(auto writer, SummaryWriter::Create("logs/run1", {}));
//   for (int64_t step = 0; step < 1000; ++step) {
//     FL_TRY(writer->Scalar("loss", Train(), step));
//   }
//   FL_TRY(writer->Close());
//
// Calls encode their event and return; a thread of the writer's own carries it to the file. All
// calls may come from several threads. An event is in the file, for others to read, after Flush(),
// after Close(), when `max_queue_events` of them wait, or when `flush_interval` has passed.
//
// An error of the file, such as a full disk, is returned by every call from then on: what was
// written may end within a record, and more behind it would be lost to most readers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "fanlight/base/clock.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"
#include "fanlight/events/event.h"
#include "fanlight/events/event_writer.h"
#include "fanlight/events/summary.h"

namespace fanlight {

class SummaryWriter {
 public:
  struct Options {
    size_t max_queue_events = 10;  // So many waiting events are written out at once.
    std::chrono::milliseconds flush_interval = std::chrono::seconds(120);
    // A call waits while more bytes than this have not reached the file. A single larger event is
    // taken when nothing else waits.
    size_t max_queue_bytes = size_t{64} << 20;
    // Flush() also waits for the device, so that not even a loss of power loses an event. Without,
    // what was flushed outlives the process.
    bool sync_on_flush = false;
    std::string file_suffix{};     // Stands at the end of the file's name.
    const Clock* clock = nullptr;  // Must outlive the writer; nullptr: the machine's clock.
  };

  // Makes `logdir`, if it is missing, and in it a new event file. Errors: from the file system.
  static Result<std::unique_ptr<SummaryWriter>> Create(const std::string& logdir, Options options);
  // Closes; an error that nobody else can see any more is logged.
  ~SummaryWriter();

  // Adds one point of the series `tag`. It is stored as float32; NaN and infinities are kept.
  Status Scalar(std::string_view tag, double value, int64_t step);
  // Adds the distribution of `values`, counted in TensorFlow 1's buckets (histogram.h). Errors:
  // kInvalidArgument for a NaN or an infinity; nothing is written then.
  Status Histogram(std::string_view tag, std::span<const float> values, int64_t step);
  Status Histogram(std::string_view tag, std::span<const double> values, int64_t step);
  // Adds a serialized Summary, such as an engine's summary ops make. Metadata stand in a file once
  // for each tag: those of a tag that had some before are left out, as TensorFlow 1's FileWriter
  // does. Errors: kCorrupt when the bytes are not a Summary.
  Status AddSummary(Bytes summary, int64_t step);
  // Adds the run's graph: a serialized GraphDef. The bytes are not looked into.
  Status Graph(Bytes graph_def);
  // Adds a serialized MetaGraphDef.
  Status MetaGraph(Bytes meta_graph_def);
  // Adds a mark such as "started at step": after a restart readers hide the points that the lost
  // process wrote at or behind that step.
  Status SessionLog(SessionLogView::Status status, int64_t step,
                    std::string_view checkpoint_path = {}, std::string_view message = {});
  // Adds what a run of the graph cost: a serialized RunMetadata. Errors: kAlreadyExists when `tag`
  // was given before.
  Status RunMetadata(std::string_view tag, Bytes run_metadata, int64_t step);

  // Returns when every event added before is in the file.
  Status Flush();
  // Flush(), and closes the file. Later calls return kFailedPrecondition; a second Close() returns
  // what the first one did.
  Status Close();

  const std::string& path() const { return path_; }

 private:
  SummaryWriter(std::unique_ptr<EventWriter> file, Options options);

  // Appends the event's fields after wall time and step.
  using Encode = std::function<void(std::string& event)>;
  Status Add(int64_t step, const Encode& encode);
  Status AddHistogram(std::string_view tag, const HistogramValue& histogram, int64_t step);
  Status AddLocked(MutexLock& lock, int64_t step, const Encode& encode) FL_REQUIRES(mutex_);
  // The summary without the metadata of tags that had some before.
  Result<std::string> WithoutKnownMetadata(Bytes summary) FL_REQUIRES(mutex_);

  // The writer's thread: carries what is queued to the file until Close().
  void Run();
  struct Batch {
    std::string records;
    uint64_t flush_ticket = 0;
    bool flush = false;
    bool last = false;
  };
  Batch Take();
  void Wait(MutexLock& lock) FL_REQUIRES(mutex_);
  bool IsDue() const FL_REQUIRES(mutex_);

  const Options options_;
  const std::string path_;
  const SystemClock system_clock_;
  const Clock& clock_;
  const std::unique_ptr<EventWriter> file_;  // The thread's only, until it has ended.

  mutable Mutex mutex_;                      // Guards what follows.
  std::condition_variable wake_;             // There is something to do for the thread.
  std::condition_variable moved_;            // The queue has room again, or a flush is done.
  std::string queue_ FL_GUARDED_BY(mutex_);  // Framed records.
  std::string event_ FL_GUARDED_BY(mutex_);  // Scratch, kept for its memory.
  size_t queued_events_ FL_GUARDED_BY(mutex_) = 0;
  std::chrono::steady_clock::time_point oldest_ FL_GUARDED_BY(mutex_);  // When the queue began.
  uint64_t flush_wanted_ FL_GUARDED_BY(mutex_) = 0;
  uint64_t flush_done_ FL_GUARDED_BY(mutex_) = 0;
  bool closing_ FL_GUARDED_BY(mutex_) = false;
  Status status_ FL_GUARDED_BY(mutex_);
  std::unordered_set<std::string> tags_with_metadata_ FL_GUARDED_BY(mutex_);
  std::unordered_set<std::string> run_metadata_tags_ FL_GUARDED_BY(mutex_);

  std::jthread thread_;  // Last: it uses all of the above.
};

}  // namespace fanlight
