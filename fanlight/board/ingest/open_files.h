// Open files, a bounded number of them: whoever reads any number of files holds no more descriptors
// than that.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "fanlight/base/file.h"
#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/events/byte_source.h"

namespace fanlight::ingest {

struct OpenFile {
  File file;
  mutable std::atomic<bool> is_in_use{true};  // Read since room was last looked for.
};

// Thread-safe.
class OpenFiles {
 public:
  explicit OpenFiles(size_t max_open) : max_open_(max_open) {}

  // The file, from those open or opened now; one that was not read for some time is closed when there
  // are too many. Whoever reads through what this gave notes it there. Errors: kNotFound;
  // kFailedPrecondition when the file at `path` is not the one with this identity.
  Result<std::shared_ptr<const OpenFile>> Get(const std::string& path, FileIdentity identity);
  size_t open_count() const;

 private:
  struct Entry {
    std::shared_ptr<const OpenFile> file;
    FileIdentity identity;
    std::list<std::string>::iterator place;
  };
  // Takes one out that was not read since it was last looked at; the oldest when all were.
  std::shared_ptr<const OpenFile> MakeRoom() FL_REQUIRES(mutex_);

  const size_t max_open_;
  mutable Mutex mutex_;  // Guards what follows; not held while opening.
  std::list<std::string> waiting_
      FL_GUARDED_BY(mutex_);  // In which order they are looked at: the last one first.
  std::unordered_map<std::string, Entry> entries_ FL_GUARDED_BY(mutex_);
};

// Reads one file through OpenFiles, opening it again when it was closed meanwhile.
class CachedByteSource final : public ByteSource {
 public:
  CachedByteSource(std::shared_ptr<OpenFiles> files, std::string path, FileIdentity identity,
                   std::string display_name)
      : files_(std::move(files)),
        path_(std::move(path)),
        identity_(identity),
        name_(std::move(display_name)) {}
  Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) override;
  const std::string& name() const override { return name_; }

 private:
  const std::shared_ptr<OpenFiles> files_;
  const std::string path_;
  const FileIdentity identity_;
  const std::string name_;
  std::weak_ptr<const OpenFile> file_;  // While it is open.
};

}  // namespace fanlight::ingest
