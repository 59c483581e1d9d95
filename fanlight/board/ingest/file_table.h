// The event files that were ever read, by number: what the FileId in a BlobRef means.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/store/ids.h"

namespace fanlight::ingest {

// Thread-safe.
class FileTable {
 public:
  store::FileId Add(LogFile file) {
    MutexLock lock(mutex_);
    files_.push_back(std::make_shared<const LogFile>(std::move(file)));
    return {static_cast<uint32_t>(files_.size() - 1)};
  }
  // Null for a number never given.
  std::shared_ptr<const LogFile> Find(store::FileId id) const {
    MutexLock lock(mutex_);
    return id.index < files_.size() ? files_[id.index] : nullptr;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<const LogFile>> files_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::ingest
