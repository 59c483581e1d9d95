#include "fanlight/events/summary_writer.h"

#include <algorithm>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/events/histogram.h"
#include "fanlight/events/parse.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

using internal::Delimited;
using internal::ForEachField;
using internal::GetBytes;

void AddBytes(protozero::pbf_writer& writer, protozero::pbf_tag_type field, Bytes bytes) {
  const std::string_view text = AsText(bytes);
  writer.add_bytes(field, text.data(), text.size());
}

void AddText(protozero::pbf_writer& writer, protozero::pbf_tag_type field, std::string_view text) {
  if (!text.empty()) writer.add_string(field, text.data(), text.size());
}

// Whether a Summary.Value has metadata, and of which tag.
Result<std::optional<std::string>> TagWithMetadata(Bytes value) {
  std::string tag;
  bool has_metadata = false;
  FL_TRY(ForEachField("Summary.Value", value, [&](protozero::pbf_reader& reader) {
    if (reader.tag_and_type() == Delimited(1)) {
      tag = internal::GetText(reader);
    } else {
      has_metadata = has_metadata || reader.tag_and_type() == Delimited(9);
      reader.skip();
    }
  }));
  if (!has_metadata) return std::nullopt;
  return tag;
}

// A Summary.Value without its field 9. Other fields keep their bytes, also unknown ones.
Status AppendWithoutMetadata(std::string& into, Bytes value) {
  return internal::Guarded("Summary.Value", value, [&](protozero::pbf_reader& reader) {
    const char* begin = reader.data().data();
    while (reader.next()) {
      const bool is_metadata = reader.tag_and_type() == Delimited(9);
      reader.skip();
      const char* end = reader.data().data();
      if (!is_metadata) into.append(begin, end);
      begin = end;
    }
  });
}

}  // namespace

Result<std::unique_ptr<SummaryWriter>> SummaryWriter::Create(const std::string& logdir,
                                                             Options options) {
  FL_ASSIGN_OR_RETURN(auto file, EventWriter::Create(logdir, {.suffix = options.file_suffix,
                                                              .clock = options.clock}));
  return std::unique_ptr<SummaryWriter>(new SummaryWriter(std::move(file), std::move(options)));
}

SummaryWriter::SummaryWriter(std::unique_ptr<EventWriter> file, Options options)
    : options_(std::move(options)),
      path_(file->path()),
      clock_(options_.clock ? *options_.clock : system_clock_),
      file_(std::move(file)),
      thread_([this] { Run(); }) {}

SummaryWriter::~SummaryWriter() {
  if (!thread_.joinable()) return;
  const Status closed = Close();
  if (!closed) LogError("events were lost: {}", closed.error().message);
}

Status SummaryWriter::Scalar(std::string_view tag, double value, int64_t step) {
  return Add(step, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    protozero::pbf_writer summary(writer, 5);
    protozero::pbf_writer point(summary, 1);
    AddText(point, 1, tag);
    point.add_float(2, static_cast<float>(value));
  });
}

Status SummaryWriter::Histogram(std::string_view tag, std::span<const float> values, int64_t step) {
  HistogramAccumulator histogram;
  if (Status added = histogram.Add(values); !added) {
    return tl::unexpected(added.error().With(Quoted(tag)));
  }
  return AddHistogram(tag, histogram.Value(), step);
}

Status SummaryWriter::Histogram(std::string_view tag, std::span<const double> values,
                                int64_t step) {
  HistogramAccumulator histogram;
  if (Status added = histogram.Add(values); !added) {
    return tl::unexpected(added.error().With(Quoted(tag)));
  }
  return AddHistogram(tag, histogram.Value(), step);
}

Status SummaryWriter::AddHistogram(std::string_view tag, const HistogramValue& histogram,
                                   int64_t step) {
  std::string message;
  AppendHistogram(message, histogram);
  return Add(step, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    protozero::pbf_writer summary(writer, 5);
    protozero::pbf_writer value(summary, 1);
    AddText(value, 1, tag);
    value.add_message(5, message);
  });
}

Status SummaryWriter::AddSummary(Bytes summary, int64_t step) {
  MutexLock lock(mutex_);
  FL_ASSIGN_OR_RETURN(const std::string stripped, WithoutKnownMetadata(summary));
  return AddLocked(lock, step, [&](std::string& event) {
    protozero::pbf_writer(event).add_message(5, stripped);
  });
}

Result<std::string> SummaryWriter::WithoutKnownMetadata(Bytes summary) {
  std::string result;
  protozero::pbf_writer writer(result);
  Status inner;
  FL_TRY(ForEachField("Summary", summary, [&](protozero::pbf_reader& reader) {
    if (reader.tag_and_type() != Delimited(1) || !inner) return reader.skip();
    const Bytes value = GetBytes(reader);
    auto tag = TagWithMetadata(value);
    if (!tag) {
      inner = tl::unexpected(tag.error());
    } else if (!*tag || tags_with_metadata_.insert(**tag).second) {
      AddBytes(writer, 1, value);
    } else {
      std::string stripped;
      inner = AppendWithoutMetadata(stripped, value);
      writer.add_message(1, stripped);
    }
  }));
  FL_TRY(std::move(inner));
  return result;
}

Status SummaryWriter::Graph(Bytes graph_def) {
  return Add(0, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    AddBytes(writer, 4, graph_def);
  });
}

Status SummaryWriter::MetaGraph(Bytes meta_graph_def) {
  return Add(0, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    AddBytes(writer, 9, meta_graph_def);
  });
}

Status SummaryWriter::SessionLog(SessionLogView::Status status, int64_t step,
                                 std::string_view checkpoint_path, std::string_view message) {
  return Add(step, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    protozero::pbf_writer session_log(writer, 7);
    if (status != SessionLogView::kUnspecified) session_log.add_enum(1, status);
    AddText(session_log, 2, checkpoint_path);
    AddText(session_log, 3, message);
  });
}

Status SummaryWriter::RunMetadata(std::string_view tag, Bytes run_metadata, int64_t step) {
  MutexLock lock(mutex_);
  if (run_metadata_tags_.contains(std::string(tag))) {
    return Fail(ErrorCode::kAlreadyExists, "run metadata given twice: {}", Quoted(tag));
  }
  FL_TRY(AddLocked(lock, step, [&](std::string& event) {
    protozero::pbf_writer writer(event);
    protozero::pbf_writer tagged(writer, 8);
    AddText(tagged, 1, tag);
    AddBytes(tagged, 2, run_metadata);
  }));
  run_metadata_tags_.emplace(tag);
  return {};
}

Status SummaryWriter::Add(int64_t step, const Encode& encode) {
  MutexLock lock(mutex_);
  return AddLocked(lock, step, encode);
}

Status SummaryWriter::AddLocked(MutexLock& lock, int64_t step, const Encode& encode) {
  // Room is waited for before anything is encoded: `event_` is shared by the callers.
  while (status_ && !closing_ && queue_.size() >= options_.max_queue_bytes) lock.Wait(moved_);
  if (!status_) return status_;
  if (closing_) return Fail(ErrorCode::kFailedPrecondition, "closed: {}", Quoted(path_));
  event_.clear();
  {
    protozero::pbf_writer writer(event_);
    writer.add_double(1, clock_.WallTimeS());
    if (step != 0) writer.add_int64(2, step);
  }
  encode(event_);
  FL_TRY(CheckEventSize(event_.size()));
  if (queued_events_ == 0) oldest_ = clock_.Monotonic();
  AppendRecord(queue_, AsBytes(event_));
  ++queued_events_;
  // The first one starts the thread's timer.
  if (queued_events_ == 1 || IsDue()) wake_.notify_one();
  return {};
}

bool SummaryWriter::IsDue() const {
  if (queued_events_ == 0) return false;
  return queued_events_ >= options_.max_queue_events || queue_.size() >= options_.max_queue_bytes ||
         clock_.Monotonic() - oldest_ >= options_.flush_interval;
}

Status SummaryWriter::Flush() {
  MutexLock lock(mutex_);
  if (!status_) return status_;
  if (closing_) return Fail(ErrorCode::kFailedPrecondition, "closed: {}", Quoted(path_));
  const uint64_t ticket = ++flush_wanted_;
  wake_.notify_one();
  while (flush_done_ < ticket) lock.Wait(moved_);
  return status_;
}

Status SummaryWriter::Close() {
  {
    MutexLock lock(mutex_);
    if (closing_) return status_;
    closing_ = true;
    ++flush_wanted_;
    wake_.notify_one();
    moved_.notify_all();
  }
  thread_.join();
  const Status closed = file_->Close();
  MutexLock lock(mutex_);
  if (status_) status_ = closed;
  return status_;
}

void SummaryWriter::Run() {
  for (;;) {
    const Batch batch = Take();
    Status written = batch.records.empty() ? Status{} : file_->WriteFramed(AsBytes(batch.records));
    if (written) {
      written = batch.flush && options_.sync_on_flush ? file_->Sync() : file_->Flush();
    }
    MutexLock lock(mutex_);
    if (!written && status_) status_ = written;
    flush_done_ = std::max(flush_done_, batch.flush_ticket);
    moved_.notify_all();
    if (batch.last) return;
  }
}

SummaryWriter::Batch SummaryWriter::Take() {
  MutexLock lock(mutex_);
  Wait(lock);
  Batch batch;
  batch.records = std::exchange(queue_, {});
  batch.flush_ticket = flush_wanted_;
  batch.flush = flush_wanted_ > flush_done_;
  batch.last = closing_;
  queued_events_ = 0;
  return batch;
}

void SummaryWriter::Wait(MutexLock& lock) {
  while (!closing_ && flush_wanted_ == flush_done_ && !IsDue()) {
    if (queued_events_ == 0) {
      lock.Wait(wake_);
      continue;
    }
    const auto left = options_.flush_interval - (clock_.Monotonic() - oldest_);
    lock.WaitFor(wake_, std::max<std::chrono::nanoseconds>(left, std::chrono::milliseconds(1)));
  }
}

}  // namespace fanlight
