#include "fanlight/board/store/index.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "fanlight/base/endian.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/store/index_space.h"
#include "fanlight/board/store/run_record.h"

namespace fanlight::store {
namespace {

constexpr std::string_view kCatalogue = "catalogue";
constexpr std::string_view kBlocks = "blocks";
// How often, by growth, the limit is looked at.
constexpr uint64_t kLimitCheckBytes = uint64_t{64} << 20;
// The files of an index may be replaced between looking for them and opening them.
constexpr int kTries = 3;

// The number in "kind.number".
std::optional<uint32_t> NumberIn(std::string_view name, std::string_view kind) {
  if (!name.starts_with(kind) || name.size() < kind.size() + 2 || name[kind.size()] != '.') {
    return std::nullopt;
  }
  name.remove_prefix(kind.size() + 1);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr) return names;
  while (const dirent* entry = ::readdir(entries)) names.emplace_back(entry->d_name);
  ::closedir(entries);
  return names;
}

struct Newest {
  std::optional<uint32_t> catalogue;
  uint32_t any = 0;  // The greatest number in any name.
};

Newest FindNewest(const std::string& folder) {
  Newest newest;
  for (const std::string& name : NamesIn(folder)) {
    if (const auto number = NumberIn(name, kCatalogue)) {
      newest.catalogue = std::max(newest.catalogue.value_or(0), *number);
      newest.any = std::max(newest.any, *number);
    } else if (const auto blocks = NumberIn(name, kBlocks)) {
      newest.any = std::max(newest.any, *blocks);
    }
  }
  return newest;
}

Result<File> OpenFile(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) return FailWithErrno("cannot open", path);
  return File(descriptor, path);
}

}  // namespace

std::unique_ptr<Index> Index::Open(Options options) {
  std::unique_ptr<Index> index(new Index(std::move(options)));
  if (!index->options_.directory.empty()) {
    if (const Status opened = index->OpenFolder(); !opened) {
      LogWarning("without an index, each start reads all event files: {}", opened.error().message);
    }
  }
  if (index->blocks_ == nullptr) {
    index->blocks_ = std::make_shared<BlockFile>(index->options_.scratch_directory);
  }
  return index;
}

Index::~Index() {
  MutexLock lock(mutex_);
  if (is_saving_) {
    if (const Status flushed = catalogue_->Flush(); !flushed) StopSaving(flushed.error());
  }
}

std::string Index::PathOf(std::string_view kind, uint32_t number) const {
  return JoinPath(folder_, fmt::format("{}.{}", kind, number));
}

Status Index::OpenFolder() {
  folder_ = JoinPath(options_.directory, IndexFolderName(options_.subject));
  const auto made = MakeDirectories(options_.directory);
  // What is in logs is nobody else's business.
  if (made && *made) ::chmod(options_.directory.c_str(), 0700);
  ::mkdir(folder_.c_str(), 0700);
  FL_ASSIGN_OR_RETURN(const bool is_writer, TakeLock());
  if (is_writer) return OpenToWrite();
  return OpenToRead();
}

Result<bool> Index::TakeLock() {
  auto lock = OpenFile(JoinPath(folder_, "lock"), O_RDWR | O_CREAT);
  if (!lock) {
    // It may still be there to read.
    if (FindNewest(folder_).catalogue && lock.error().code == ErrorCode::kPermissionDenied) {
      LogWarning("the index can be read but not written: {}", lock.error().message);
      return false;
    }
    return tl::unexpected(std::move(lock).error());
  }
  lock_ = *std::move(lock);
  // Tells which index was opened longest ago.
  ::futimens(lock_.descriptor(), nullptr);
  if (::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) return FailWithErrno("cannot lock the index", folder_);
  lock_ = {};
  return false;
}

Status Index::OpenToRead() {
  for (int i = 1;; ++i) {
    const auto newest = FindNewest(folder_).catalogue;
    if (!newest) return {};  // The other process has not got far yet.
    const Status opened = OpenNewest(*newest, false);
    if (opened) return {};
    if (i == kTries) return {};  // Damaged: its writer makes it anew at its next start.
  }
}

Status Index::OpenNewest(uint32_t newest, bool is_writable) {
  MutexLock lock(mutex_);
  FL_ASSIGN_OR_RETURN(auto catalogue,
                      Catalogue::Open(PathOf(kCatalogue, newest), options_.subject, is_writable));
  FL_ASSIGN_OR_RETURN(File blocks, OpenFile(PathOf(kBlocks, catalogue->header().block_file),
                                            is_writable ? O_RDWR : O_RDONLY));
  FL_ASSIGN_OR_RETURN(const uint64_t bytes, blocks.Size());
  catalogue_ = std::move(catalogue);
  catalogue_number_ = newest;
  blocks_ = std::make_shared<BlockFile>(BlocksIn(std::move(blocks), bytes, is_writable),
                                        options_.scratch_directory);
  checked_bytes_ = bytes;
  return {};
}

BlockFile::Named Index::BlocksIn(File file, uint64_t bytes, bool is_writable) const {
  return {.file = std::move(file),
          .bytes = bytes,
          .is_writable = is_writable,
          .max_bytes = max_block_bytes_};
}

Status Index::OpenToWrite() {
  const uint64_t taken = RemoveOldestIndexes(options_.directory, folder_, options_.max_bytes);
  max_block_bytes_ = options_.max_bytes - std::min(options_.max_bytes, taken);
  const Newest newest = FindNewest(folder_);
  bool is_open = newest.catalogue && OpenNewest(*newest.catalogue, true);
  if (is_open) {
    if (const Status copied = CopyLiveBlocks(newest.any + 1); !copied) {
      LogWarning("the index cannot be made smaller: {}", copied.error().message);
    }
  } else {
    FL_TRY(MakeNew(newest.any + 1));
  }
  MutexLock lock(mutex_);
  is_saving_ = true;
  RemoveOthers();
  if (!catalogue_->is_whole() || catalogue_->is_mostly_stale()) {
    const Status written = WriteCatalogueAnew(newest.any + 2);
    if (!written) StopSaving(written.error());
  }
  return {};
}

Status Index::MakeNew(uint32_t number) {
  MutexLock lock(mutex_);
  FL_ASSIGN_OR_RETURN(File blocks, OpenFile(PathOf(kBlocks, number), O_RDWR | O_CREAT | O_EXCL));
  FL_ASSIGN_OR_RETURN(catalogue_,
                      Catalogue::Create(PathOf(kCatalogue, number),
                                        {.subject = options_.subject, .block_file = number}));
  catalogue_number_ = number;
  blocks_ =
      std::make_shared<BlockFile>(BlocksIn(std::move(blocks), 0, true), options_.scratch_directory);
  checked_bytes_ = 0;
  return {};
}

// Points that a small last block held were written again when the series grew, and runs went: when that is
// most of the file, what is left is copied to a new one. Only when the index is opened, because then no
// reader of ours looks at the old one.
Status Index::CopyLiveBlocks(uint32_t number) {
  std::unique_ptr<BlockFile> copies;
  {
    MutexLock lock(mutex_);
    if (blocks_->named_bytes() < options_.least_stale_bytes) return {};
    uint64_t live = 0;
    for (const std::string& run : catalogue_->RunsUnsorted()) {
      const auto places = FindBlocks(catalogue_->Find(run));
      if (!places) continue;
      for (const BlockPlace& place : *places) live += place.bytes;
    }
    if (blocks_->named_bytes() < 2 * live) return {};
    FL_ASSIGN_OR_RETURN(File file, OpenFile(PathOf(kBlocks, number), O_RDWR | O_CREAT | O_EXCL));
    copies = std::make_unique<BlockFile>(BlockFile::Named{.file = std::move(file)}, "");
    const auto copy = [&](std::string_view, std::span<std::byte> record) {
      const auto places = FindBlocks(record);
      if (!places) return false;
      for (const BlockPlace& place : *places) {
        const auto bytes = blocks_->Kept(place.offset, place.bytes);
        if (bytes.empty()) return false;
        const auto offset = copies->OffsetOf(copies->Append(bytes));
        if (!offset) return false;
        StoreLittleEndian(record.data() + place.at, *offset);
      }
      return true;
    };
    FL_TRY(catalogue_->CopyTo(PathOf(kCatalogue, number),
                              {.subject = options_.subject, .block_file = number}, copy));
  }
  return OpenNewest(number, true);
}

Status Index::WriteCatalogueAnew(uint32_t number) {
  const std::string path = PathOf(kCatalogue, number);
  const auto keep = [](std::string_view, std::span<std::byte>) { return true; };
  FL_TRY(catalogue_->CopyTo(path, catalogue_->header(), keep));
  FL_ASSIGN_OR_RETURN(auto fresh, Catalogue::Open(path, options_.subject, true));
  retired_.push_back(std::exchange(catalogue_, std::move(fresh)));
  catalogue_number_ = number;
  RemoveOthers();
  return {};
}

void Index::RemoveOthers() const {
  for (const std::string& name : NamesIn(folder_)) {
    const std::string path = JoinPath(folder_, name);
    const bool is_ours =
        path == catalogue_->path() || path == PathOf(kBlocks, catalogue_->header().block_file);
    const bool is_index_file = name.starts_with(kCatalogue) || name.starts_with(kBlocks);
    if (is_index_file && !is_ours) ::unlink(path.c_str());
  }
}

void Index::StopSaving(const Error& error) {
  if (is_saving_) {
    LogWarning("the index is not kept from now on, the next start reads again: {}", error.message);
  }
  is_saving_ = false;
}

bool Index::is_saving() const {
  MutexLock lock(mutex_);
  return is_saving_;
}

std::span<const std::byte> Index::Find(std::string_view run) const {
  MutexLock lock(mutex_);
  if (catalogue_ == nullptr) return {};
  return catalogue_->Find(run);
}

std::vector<std::string> Index::Runs() const {
  MutexLock lock(mutex_);
  if (catalogue_ == nullptr) return {};
  std::vector<std::string> runs = catalogue_->RunsUnsorted();
  std::sort(runs.begin(), runs.end());
  return runs;
}

void Index::Save(std::string_view run, std::span<const std::byte> record) {
  MutexLock lock(mutex_);
  if (!is_saving_) return;
  catalogue_->Append(run, record);
  FlushIfWanted();
  KeepWithinLimit();
}

void Index::Forget(std::string_view run) {
  MutexLock lock(mutex_);
  if (!is_saving_) return;
  catalogue_->AppendGone(run);
  FlushIfWanted();
}

void Index::Settle() {
  MutexLock lock(mutex_);
  is_settled_ = true;
  if (is_saving_) FlushIfWanted();
}

void Index::FlushIfWanted() {
  if (!is_settled_ && !catalogue_->wants_flush()) return;
  Status done = catalogue_->Flush();
  if (done && catalogue_->is_mostly_stale()) done = WriteCatalogueAnew(catalogue_number_ + 1);
  if (!done) StopSaving(done.error());
}

void Index::KeepWithinLimit() {
  const uint64_t bytes = blocks_->named_bytes();
  if (bytes - checked_bytes_ < kLimitCheckBytes) return;
  checked_bytes_ = bytes;
  RemoveOldestIndexes(options_.directory, folder_, options_.max_bytes);
}

std::string UsualIndexDirectory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return JoinPath(cache, "fanlight/index");
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return JoinPath(home, ".cache/fanlight/index");
  return {};
}

}  // namespace fanlight::store
