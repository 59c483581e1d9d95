#include "fanlight/board/ingest/run_loader.h"

#include <algorithm>
#include <cmath>

#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"

namespace fanlight::ingest {
namespace {

// A run that grows is saved anew when so much of it is not, as a share of all (a 4th): what is written
// again then stays a part of what was read; not more often than this, for short runs grow by a 4th all the time. And
// when it has been still for so long.
constexpr uint64_t kUnsavedShare = 4;
constexpr double kLeastSaveIntervalS = 2;
constexpr double kStillS = 30;
// What idle workers help to read of a file before the run's points are published.
constexpr uint64_t kParallelBytes = 16 * ParallelRead::kChunkBytes;

}  // namespace

struct RunLoader::FileState {
  LogFile file;
  store::FileId id;
  std::unique_ptr<RecordReader> reader;  // Null until it is read for the first time.
  Excerpt head;                          // To know it again by, should it be written anew.
  bool may_have_more = true;
  uint64_t counted_read = 0;
  uint64_t counted_total = 0;

  // How far an earlier start had read it, and where the next record begins.
  uint64_t saved_read_bytes = 0;
  uint64_t saved_position = 0;
  bool saved_is_in_step = true;
  Excerpt saved_tail;  // What stands in front of that position.
  // The same of where the reader is, as it stood in its buffer before it looked for more.
  Excerpt read_tail;
  uint64_t read_tail_position = 0;

  void NoteTail() {
    const uint64_t position = reader->position();
    if (position < Excerpt::kMaxBytes) return;
    const Bytes tail = reader->Buffered(position - Excerpt::kMaxBytes);
    if (tail.size() < Excerpt::kMaxBytes) return;
    read_tail = Excerpt::Of(tail);
    read_tail_position = position;
  }
  uint64_t read_bytes() const {
    return reader == nullptr ? saved_read_bytes : std::max(saved_read_bytes, reader->bytes_read());
  }
};

RunLoader::RunLoader(const std::string& run, const Context& context)
    : context_(context), writer_(context.store.AddRun(run)) {}

RunLoader::~RunLoader() = default;

void RunLoader::SetFiles(std::vector<LogFile> files) {
  MutexLock lock(mutex_);
  new_files_ = std::move(files);
}

void RunLoader::Poke(std::string path) {
  MutexLock lock(mutex_);
  if (std::find(pokes_.begin(), pokes_.end(), path) == pokes_.end()) {
    pokes_.push_back(std::move(path));
  }
}

void RunLoader::ReadAnew() {
  MutexLock lock(mutex_);
  is_damaged_ = true;
}

RunLoader::Outcome RunLoader::Step(uint64_t max_bytes) {
  std::optional<std::vector<LogFile>> new_files;
  std::vector<std::string> pokes;
  bool is_damaged = false;
  {
    MutexLock lock(mutex_);
    new_files = std::exchange(new_files_, std::nullopt);
    pokes = std::exchange(pokes_, {});
    is_damaged = std::exchange(is_damaged_, false);
  }
  if (is_damaged) Restart(KnownFiles());
  if (new_files) Reconcile(*std::move(new_files));
  for (const auto& file : files_) {
    if (std::find(pokes.begin(), pokes.end(), file->file.path) != pokes.end()) {
      file->may_have_more = true;
    }
  }

  const bool has_more = std::any_of(files_.begin(), files_.end(),
                                    [](const auto& file) { return file->may_have_more; });
  if (resting_sink_ && has_more && !Resume()) {
    Restart(KnownFiles());
    MutexLock lock(mutex_);
    is_damaged_ = false;
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
    unsaved_bytes_ += file.read_bytes() - before;
    grew_at_s_ = context_.clock.WallTimeS();
    // While a log is loaded for the first time the file system's time is the better one.
    writer_.NoteGrowth(is_caught_up_ ? grew_at_s_ : file.file.modified_s());
  }
  if (files_.empty()) return outcome;
  const bool is_end = !outcome.has_more;
  if (resting_sink_) return outcome;  // Nothing has been read.
  if (is_end) sink_->EndOfFiles();
  const bool comes_to_rest = is_end && (!is_caught_up_ || IsStill());
  if (comes_to_rest) {
    has_new_points_ = writer_.FreezeTails() || !is_caught_up_ || has_new_points_;
    is_caught_up_ = true;
  }
  if (has_new_points_) {
    sink_->TellFacts();
    writer_.Commit();
  }
  has_new_points_ = false;
  if (is_end && IsWorthSaving()) Save();
  if (comes_to_rest) Park();
  return outcome;
}

bool RunLoader::IsWorthSaving() const {
  if (unsaved_bytes_ == 0) return false;
  uint64_t all = 0;
  for (const auto& file : files_) all += file->read_bytes();
  if (unsaved_bytes_ * kUnsavedShare < all) return IsStill();
  return std::abs(context_.clock.WallTimeS() - saved_at_s_) >= kLeastSaveIntervalS;
}

bool RunLoader::IsStill() const { return context_.clock.WallTimeS() - grew_at_s_ > kStillS; }

void RunLoader::Save() {
  const bool is_end = std::none_of(files_.begin(), files_.end(),
                                   [](const auto& file) { return file->may_have_more; });
  if (unsaved_bytes_ == 0 || !is_caught_up_ || !is_end || !context_.store.keeps_index()) return;
  unsaved_bytes_ = 0;
  saved_at_s_ = context_.clock.WallTimeS();
  if (writer_.FreezeTails()) writer_.Commit();
  SavedRun run;
  for (const auto& file : files_) {
    if (file->file.size_bytes != file->read_bytes()) {
      // It has grown since it was listed. When it is just what was read, the next start believes it
      // without a look inside.
      auto now = context_.source.Look(file->file);
      if (now && now->identity == file->file.identity && now->size_bytes == file->read_bytes()) {
        file->file = *std::move(now);
      }
    }
    run.files.push_back(ToSave(*file));
  }
  store::ByteWriter sink;
  if (sink_ != nullptr) sink_->Save(sink);
  run.sink = resting_sink_ ? std::span<const std::byte>(*resting_sink_) : sink.bytes();
  writer_.Save(EncodeSavedRun(run));
}

void RunLoader::Reconcile(std::vector<LogFile> files) {
  if (files.empty()) {
    Forget();
    writer_.Remove();
    return;
  }
  if (std::exchange(may_restore_, false) && RestoreSaved(files)) return;
  if (files_.empty() || !IsStillWhatWasRead(files)) {
    if (!files_.empty()) {
      LogInfo("event files of run {} were replaced, truncated or taken away: it is read again",
              Quoted(writer_.name()));
    }
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

SavedFile RunLoader::ToSave(FileState& file) {
  if (file.reader != nullptr && file.reader->position() != file.saved_position) {
    file.saved_position = file.reader->position();
    if (file.read_tail_position == file.saved_position) {
      file.saved_tail = file.read_tail;
    } else if (const auto source = context_.source.Open(file.file)) {
      const uint64_t count = std::min<uint64_t>(file.saved_position, Excerpt::kMaxBytes);
      file.saved_tail = Excerpt::Read(**source, file.saved_position - count, count);
    }
  }
  if (file.reader != nullptr) file.saved_is_in_step = file.reader->is_in_step();
  SavedFile saved{.file = file.file,
                  .head = file.head,
                  .tail = file.saved_tail,
                  .position = file.saved_position,
                  .read_bytes = file.read_bytes(),
                  .is_in_step = file.saved_is_in_step};
  saved.file.path = BaseNameOf(file.file.path);
  return saved;
}

bool RunLoader::RestoreSaved(const std::vector<LogFile>& files) {
  const auto bytes = context_.store.SavedLoaderBytes(writer_.name());
  if (bytes.empty()) return false;
  auto saved = DecodeSavedRun(bytes);
  if (!saved || saved->files.size() > files.size()) return false;
  const auto is_as_saved = [&](const SavedFile& known, const LogFile& now) {
    if (IsUnchanged(known, now)) return true;
    const auto source = context_.source.Open(now);
    return source && HasOnlyGrown(known, now, **source);
  };
  if (!std::equal(saved->files.begin(), saved->files.end(), files.begin(),
                  files.begin() + static_cast<std::ptrdiff_t>(saved->files.size()), is_as_saved)) {
    return false;
  }
  std::vector<store::FileId> ids;
  for (const LogFile& file : files) ids.push_back(context_.files->Add(file));
  if (!writer_.Restore(ids)) return false;
  is_caught_up_ = true;
  for (size_t i = 0; i < files.size(); ++i) {
    FileState& state = *files_.emplace_back(std::make_unique<FileState>());
    state.file = files[i];
    state.id = ids[i];
    if (i < saved->files.size()) {
      const SavedFile& known = saved->files[i];
      state.head = known.head;
      state.saved_tail = known.tail;
      state.saved_position = known.position;
      state.saved_read_bytes = known.read_bytes;
      state.saved_is_in_step = known.is_in_step;
      state.may_have_more = state.file.size_bytes > known.read_bytes;
    }
    // As when a log is loaded for the first time, until the end is reached.
    is_caught_up_ = is_caught_up_ && !state.may_have_more;
    CountBytes(state);
  }
  resting_sink_.emplace(saved->sink.begin(), saved->sink.end());
  return true;
}

void RunLoader::Park() {
  store::ByteWriter sink;
  sink_->Save(sink);
  resting_sink_.emplace(sink.bytes().begin(), sink.bytes().end());  // No larger than it has to be.
  sink_.reset();
  writer_.Park();
}

bool RunLoader::Resume() {
  sink_ = std::make_unique<EventSink>(writer_);
  const auto resting = *std::exchange(resting_sink_, std::nullopt);
  return writer_.Resume() && sink_->Restore(resting);
}

std::vector<LogFile> RunLoader::KnownFiles() const {
  std::vector<LogFile> files;
  for (const auto& file : files_) files.push_back(file->file);
  return files;
}

void RunLoader::Restart(std::vector<LogFile> files) {
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
  resting_sink_.reset();
  unsaved_bytes_ = 0;
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
    file.reader = std::make_unique<RecordReader>(
        *std::move(source), RecordReader::Options{.verify_payload_crc = context_.verify_payload_crc,
                                                  .start_offset = file.saved_position});
  }
  file.reader->ExpectEnd(file.file.size_bytes);
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
    file.NoteTail();
    auto record = file.reader->Next();
    if (file.head.count == 0) file.head = HeadOf(file);
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
  // A file that was written to but did not grow may have been truncated; more often we had read that already when we
  // were told.
  if (is_caught_up_ && read == 0) outcome.wants_listing = IsShorterThanRead(file);
  return true;
}

bool RunLoader::IsShorterThanRead(const FileState& file) const {
  const auto now = context_.source.Look(file.file);
  return !now || now->identity != file.file.identity || now->size_bytes < file.read_bytes();
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

Excerpt RunLoader::HeadOf(FileState& file) {
  const Bytes front = file.reader->Buffered(0);
  if (front.size() >= Excerpt::kMaxBytes) return Excerpt::Of(front);
  const auto source = context_.source.Open(file.file);
  return source ? Excerpt::Read(**source, 0, Excerpt::kMaxBytes) : Excerpt();
}

bool RunLoader::HasSameHead(FileState& file) {
  const auto source = context_.source.Open(file.file);
  return source && Excerpt::Read(**source, 0, file.head.count) == file.head;
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
