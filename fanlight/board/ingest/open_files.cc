#include "fanlight/board/ingest/open_files.h"

#include <sys/stat.h>

#include "fanlight/base/text.h"

namespace fanlight::ingest {

Result<std::shared_ptr<const OpenFile>> OpenFiles::Get(const std::string& path,
                                                       FileIdentity identity) {
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(path);
    if (found != entries_.end() && found->second.identity == identity) {
      found->second.file->is_in_use.store(true, std::memory_order_relaxed);
      return found->second.file;
    }
  }
  FL_ASSIGN_OR_RETURN(File opened, File::OpenForReadingUnnoted(path));
  struct stat status{};
  if (::fstat(opened.descriptor(), &status) != 0) return FailWithErrno("cannot stat", path);
  if (FileIdentity{status.st_dev, status.st_ino} != identity) {
    return Fail(ErrorCode::kFailedPrecondition, "another file has taken this name: {}",
                Quoted(path));
  }
  const auto file = std::make_shared<const OpenFile>(std::move(opened));
  std::shared_ptr<const OpenFile> closed;  // Outside of the lock.
  MutexLock lock(mutex_);
  const auto known = entries_.find(path);
  if (known != entries_.end()) {
    waiting_.erase(known->second.place);
    closed = std::move(known->second.file);
    entries_.erase(known);
  } else if (entries_.size() >= max_open_) {
    closed = MakeRoom();
  }
  waiting_.push_front(path);
  entries_[path] = {.file = file, .identity = identity, .place = waiting_.begin()};
  return file;
}

std::shared_ptr<const OpenFile> OpenFiles::MakeRoom() {
  auto chosen = entries_.find(waiting_.back());
  for (size_t looked_at = 0; looked_at < entries_.size(); ++looked_at) {
    if (!chosen->second.file->is_in_use.exchange(false, std::memory_order_relaxed)) break;
    waiting_.splice(waiting_.begin(), waiting_, chosen->second.place);
    chosen = entries_.find(waiting_.back());
  }
  auto file = std::move(chosen->second.file);
  waiting_.erase(chosen->second.place);
  entries_.erase(chosen);
  return file;
}

size_t OpenFiles::open_count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

Result<size_t> CachedByteSource::ReadAt(uint64_t offset, std::span<std::byte> into) {
  std::shared_ptr<const OpenFile> file = file_.lock();
  if (file == nullptr) {
    FL_ASSIGN_OR_RETURN(file, files_->Get(path_, identity_));
    file_ = file;
  } else if (!file->is_in_use.load(std::memory_order_relaxed)) {
    file->is_in_use.store(true, std::memory_order_relaxed);
  }
  return file->file.ReadSomeAt(offset, into);
}

}  // namespace fanlight::ingest
