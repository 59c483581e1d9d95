#include "fanlight/board/store/block_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fanlight/base/check.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"

namespace fanlight::store {
namespace {

File OpenUnlinked(const std::string& directory) {
  if (directory.empty()) return {};
  int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    // File systems without O_TMPFILE: a name that is gone at once.
    std::string name = JoinPath(directory, "fanlight-XXXXXX");
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) ::unlink(name.c_str());
  }
  if (descriptor < 0) {
    LogWarning("points are kept in memory, no temporary file can be made: {}: {}",
               std::strerror(errno), Quoted(directory));
    return {};
  }
  return File(descriptor, directory);
}

bool WriteAllAt(int descriptor, uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return true;
}

}  // namespace

BlockFile::BlockFile(const std::string& directory) : file_(OpenUnlinked(directory)) {
  MutexLock lock(mutex_);
  is_usable_ = file_.is_open();
}

BlockFile::~BlockFile() {
  MutexLock lock(mutex_);
  for (std::byte* region : regions_) ::munmap(region, kRegionBytes);
}

const std::byte* BlockFile::Append(std::span<const std::byte> bytes) {
  FL_CHECK(bytes.size() <= kMaxAppendBytes, "more bytes at once than a region is made for");
  uint64_t offset = 0;
  const std::byte* place = nullptr;
  {
    MutexLock lock(mutex_);
    if (!is_usable_) return KeepOnHeap(bytes);
    offset = (end_ + 7) & ~uint64_t{7};
    if (offset / kRegionBytes != (offset + bytes.size()) / kRegionBytes) {
      offset = (offset / kRegionBytes + 1) * kRegionBytes;
    }
    const size_t region = offset / kRegionBytes;
    while (regions_.size() <= region) {
      // Pages beyond the end of the file are mapped too; they are touched only once written.
      void* mapped = ::mmap(nullptr, kRegionBytes, PROT_READ, MAP_SHARED, file_.descriptor(),
                            static_cast<off_t>(regions_.size() * kRegionBytes));
      if (mapped == MAP_FAILED) {
        LogWarning("points are kept in memory from now on, the temporary file cannot be mapped: {}",
                   std::strerror(errno));
        is_usable_ = false;
        return KeepOnHeap(bytes);
      }
      regions_.push_back(static_cast<std::byte*>(mapped));
    }
    place = regions_[region] + offset % kRegionBytes;
    end_ = offset + bytes.size();
  }
  if (WriteAllAt(file_.descriptor(), offset, bytes)) return place;

  const int error = errno;
  MutexLock lock(mutex_);
  if (is_usable_) {
    LogWarning("points are kept in memory from now on, the temporary file cannot grow: {}: {}",
               std::strerror(error), Quoted(file_.path()));
    is_usable_ = false;
  }
  return KeepOnHeap(bytes);
}

const std::byte* BlockFile::KeepOnHeap(std::span<const std::byte> bytes) {
  // operator new[] aligns for any type, so also to 8 bytes.
  heap_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes.size()));
  std::memcpy(heap_.back().get(), bytes.data(), bytes.size());
  heap_bytes_ += bytes.size();
  return heap_.back().get();
}

uint64_t BlockFile::file_bytes() const {
  MutexLock lock(mutex_);
  return end_;
}

uint64_t BlockFile::heap_bytes() const {
  MutexLock lock(mutex_);
  return heap_bytes_;
}

}  // namespace fanlight::store
