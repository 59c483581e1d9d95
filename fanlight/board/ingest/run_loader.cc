#include "fanlight/board/ingest/run_loader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"

namespace fanlight::ingest {
namespace {

// As much of a file's beginning as tells it from another: its first record has a time in it.
constexpr size_t kHeadBytes = 64;
// What idle workers help to read of a file before the run's points are published.
constexpr uint64_t kParallelBytes = 16 * ParallelRead::kChunkBytes;

}  // namespace

struct RunLoader::FileState {
  LogFile file;
  store::FileId id;
  std::unique_ptr<RecordReader> reader;  // Null until it is read for the first time.
  std::array<std::byte, kHeadBytes> head{};
  size_t head_bytes = 0;
  bool may_have_more = true;
  uint64_t counted_read = 0;
  uint64_t counted_total = 0;

  uint64_t read_bytes() const { return reader == nullptr ? 0 : reader->bytes_read(); }
};

RunLoader::RunLoader(const std::string& run, const Context& context)
    : context_(context), writer_(context.store.AddRun(run)) {}

RunLoader::~RunLoader() = default;

void RunLoader::SetFiles(std::vector<LogFile> files) {
  MutexLock lock(mutex_);
  new_files_ = std::move(files);
}

void RunLoader::Poke(const std::string& path) {
  MutexLock lock(mutex_);
  if (std::find(pokes_.begin(), pokes_.end(), path) == pokes_.end()) pokes_.push_back(path);
}

RunLoader::Outcome RunLoader::Step(uint64_t max_bytes) {
  std::optional<std::vector<LogFile>> new_files;
  std::vector<std::string> pokes;
  {
    MutexLock lock(mutex_);
    new_files = std::exchange(new_files_, std::nullopt);
    pokes = std::exchange(pokes_, {});
  }
  if (new_files) Reconcile(*std::move(new_files));
  for (const auto& file : files_) {
    if (std::find(pokes.begin(), pokes.end(), file->file.path) != pokes.end()) {
      file->may_have_more = true;
    }
  }

  Outcome outcome;
  uint64_t budget = max_bytes;
  for (size_t i = 0; i < files_.size() && !outcome.has_more; ++i) {
    FileState& file = *files_[i];
    if (!file.may_have_more) continue;
    const uint64_t before = file.read_bytes();
    outcome.has_more = !ReadFile(file, static_cast<uint32_t>(i), budget, outcome);
    if (outcome.wants_listing) return outcome;  // Soon read again from the start.
    CountBytes(file);
    if (file.read_bytes() == before) continue;
    // While a log is loaded for the first time the file system's time is the better one.
    writer_.NoteGrowth(is_caught_up_ ? context_.clock.WallTimeS() : file.file.modified_s);
  }
  if (files_.empty()) return outcome;
  const bool is_end = !outcome.has_more;
  if (is_end) sink_->EndOfFiles();
  if (is_end && !is_caught_up_) {
    is_caught_up_ = true;
    writer_.FreezeTails();
    has_new_points_ = true;
  }
  if (has_new_points_) {
    sink_->TellFacts();
    writer_.Commit();
  }
  has_new_points_ = false;
  return outcome;
}

void RunLoader::Reconcile(std::vector<LogFile> files) {
  if (files.empty()) {
    Forget();
    writer_.Remove();
    return;
  }
  if (files_.empty() || !IsStillWhatWasRead(files)) {
    Restart(std::move(files));
    return;
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (i == files_.size()) {
      files_.push_back(std::make_unique<FileState>());
      files_[i]->id = context_.files->Add(files[i]);
    }
    FileState& known = *files_[i];
    known.file = std::move(files[i]);
    known.may_have_more = known.may_have_more || known.file.size_bytes > known.read_bytes();
    CountBytes(known);
  }
}

bool RunLoader::IsStillWhatWasRead(const std::vector<LogFile>& files) const {
  if (files.size() < files_.size()) return false;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files[i].path != files_[i]->file.path || files[i].identity != files_[i]->file.identity ||
        files[i].size_bytes < files_[i]->read_bytes()) {
      return false;
    }
  }
  return true;
}

void RunLoader::Restart(std::vector<LogFile> files) {
  if (!files_.empty()) {
    LogInfo("event files of run {} were replaced, truncated or taken away: it is read again",
            Quoted(writer_.name()));
  }
  Forget();
  writer_.Reset();
  sink_ = std::make_unique<EventSink>(writer_);
  is_caught_up_ = false;
  for (LogFile& file : files) {
    files_.push_back(std::make_unique<FileState>());
    files_.back()->id = context_.files->Add(file);
    files_.back()->file = std::move(file);
    CountBytes(*files_.back());
  }
}

void RunLoader::Forget() {
  for (const auto& file : files_) {
    context_.bytes.read -= file->counted_read;
    context_.bytes.total -= file->counted_total;
  }
  files_.clear();
  sink_.reset();
}

void RunLoader::CountBytes(FileState& file) {
  const uint64_t read = file.read_bytes();
  const uint64_t total = std::max(read, file.file.size_bytes);
  context_.bytes.total += total - file.counted_total;
  context_.bytes.read += read - file.counted_read;
  file.counted_total = total;
  file.counted_read = read;
}

bool RunLoader::ReadFile(FileState& file, uint32_t ordinal, uint64_t& budget, Outcome& outcome) {
  file.may_have_more = true;
  if (budget == 0) return false;
  if (file.reader == nullptr) {
    auto source = context_.source.Open(file.file);
    if (!source) {
      LogWarning("{}", source.error().message);
      file.may_have_more = false;
      return true;
    }
    const auto head = (*source)->ReadAt(0, file.head);
    file.head_bytes = head.value_or(0);
    file.reader = std::make_unique<RecordReader>(
        *std::move(source),
        RecordReader::Options{.verify_payload_crc = context_.verify_payload_crc});
  }
  sink_->BeginFile(file.id, ordinal);
  const uint64_t resumed_at = file.reader->position();
  const uint64_t began_at = file.read_bytes();
  const auto take = [&](const Record& record) {
    has_new_points_ = true;
    if (const Status taken = sink_->Take(record.payload, record.offset); !taken) {
      ReportNoEvent(file, record, taken.error());
    }
    return true;
  };
  // False when the file was written anew from the start, and has grown past where we were.
  const auto report = [&](const Damage& damage) {
    if (damage.offset == resumed_at && resumed_at > 0 && !HasSameHead(file)) {
      outcome.wants_listing = true;
      file.file.identity = {};
      return false;
    }
    ReportDamage(file, damage.offset, damage.bytes, damage.message);
    return true;
  };
  ReadInParallel(file);
  for (;;) {
    file.reader->VisitBuffered(take);
    if (file.reader->position() - resumed_at >= budget) {
      budget = 0;
      return false;
    }
    auto record = file.reader->Next();
    if (!record) {
      if (!RecordReader::IsDamage(record.error())) {
        // Gone or replaced, which the next listing tells; or not readable now, which a later one
        // may mend.
        outcome.wants_listing = record.error().code != ErrorCode::kIo;
        if (!outcome.wants_listing) LogWarning("{}", record.error().message);
        file.may_have_more = false;
        return true;
      }
      if (!report(file.reader->last_damage())) return true;
      continue;
    }
    if (!*record) break;
    take(**record);
  }
  // A file may be garbage up to its end: then no sound record tells where that ends.
  if (const auto damage = file.reader->TakeOpenDamage(); damage && !report(*damage)) return true;
  const uint64_t read = file.read_bytes() - began_at;
  budget -= std::min(budget, read);
  file.may_have_more = false;
  // A file that was written to but did not grow may have been truncated.
  if (is_caught_up_ && read == 0) outcome.wants_listing = file.read_bytes() > file.file.size_bytes;
  return true;
}

void RunLoader::ReadInParallel(FileState& file) {
  const uint64_t begin = file.reader->position();
  const uint64_t size = file.file.size_bytes;
  if (context_.spare_workers == nullptr || !file.reader->is_in_step() || !sink_->CanTakeDecoded() ||
      size < begin + kParallelBytes / 2 || !context_.spare_workers->AreThere()) {
    return;
  }
  ParallelRead read(context_.source, file.file, *context_.spare_workers);
  const uint64_t end = read.Run({.begin = begin,
                                 .end = std::min(size, begin + kParallelBytes),
                                 .verify_payload_crc = context_.verify_payload_crc},
                                *sink_, [&](const Record& record, const Error& error) {
                                  ReportNoEvent(file, record, error);
                                });
  file.reader->GoOnAt(end);
  has_new_points_ = has_new_points_ || end > begin;
}

bool RunLoader::HasSameHead(FileState& file) {
  std::array<std::byte, kHeadBytes> head{};
  auto source = context_.source.Open(file.file);
  if (!source) return false;
  const size_t got = (*source)->ReadAt(0, std::span(head).first(file.head_bytes)).value_or(0);
  return got == file.head_bytes && std::memcmp(head.data(), file.head.data(), got) == 0;
}

void RunLoader::ReportNoEvent(const FileState& file, const Record& record, const Error& error) {
  ReportDamage(file, record.offset, kRecordFrameBytes + record.payload.size(), error.message);
}

void RunLoader::ReportDamage(const FileState& file, uint64_t offset, uint64_t bytes,
                             std::string message) {
  writer_.AddDamage({.file = context_.source.DisplayPath(file.file),
                     .offset = offset,
                     .bytes = bytes,
                     .message = std::move(message)});
}

}  // namespace fanlight::ingest
