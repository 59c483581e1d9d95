#include "fanlight/board/ingest/open_files.h"

#include <sys/stat.h>

#include "fanlight/base/text.h"

namespace fanlight::ingest {

Result<std::shared_ptr<const File>> OpenFiles::Get(const std::string& path, FileIdentity identity) {
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(path);
    if (found != entries_.end() && found->second.identity == identity) {
      recent_.splice(recent_.begin(), recent_, found->second.place);
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
  auto file = std::make_shared<const File>(std::move(opened));
  std::shared_ptr<const File> closed;  // Outside of the lock.
  MutexLock lock(mutex_);
  const auto [place, is_new] = entries_.try_emplace(path);
  if (!is_new) {
    recent_.erase(place->second.place);
    closed = std::move(place->second.file);
  }
  recent_.push_front(path);
  place->second = {.file = file, .identity = identity, .place = recent_.begin()};
  if (entries_.size() > max_open_) {
    const auto oldest = entries_.find(recent_.back());
    closed = std::move(oldest->second.file);
    entries_.erase(oldest);
    recent_.pop_back();
  }
  return file;
}

void OpenFiles::Forget(const std::string& path) {
  std::shared_ptr<const File> closed;
  MutexLock lock(mutex_);
  const auto found = entries_.find(path);
  if (found == entries_.end()) return;
  closed = std::move(found->second.file);
  recent_.erase(found->second.place);
  entries_.erase(found);
}

size_t OpenFiles::open_count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

Result<size_t> CachedByteSource::ReadAt(uint64_t offset, std::span<std::byte> into) {
  FL_ASSIGN_OR_RETURN(const std::shared_ptr<const File> file, files_->Get(path_, identity_));
  return file->ReadSomeAt(offset, into);
}

}  // namespace fanlight::ingest
