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

}  // namespace

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

BlockFile::BlockFile(std::string scratch_directory)
    : BlockFile(Named{.file = {}, .is_writable = false}, std::move(scratch_directory)) {}

BlockFile::BlockFile(Named named, std::string scratch_directory)
    : scratch_directory_(std::move(scratch_directory)),
      kept_bytes_(named.file.is_open() ? named.bytes : 0) {
  MutexLock lock(mutex_);
  named_.is_writable = named.is_writable && named.file.is_open();
  named_.file = std::move(named.file);
  named_.end = kept_bytes_;
  named_.max_bytes = named.max_bytes;
  // Without a mapping nothing is kept: Kept() finds no region.
  if (named_.file.is_open()) MapUpTo(named_, named_.end);
}

BlockFile::~BlockFile() {
  MutexLock lock(mutex_);
  for (const Place* place : {&named_, &scratch_}) {
    for (std::byte* region : place->regions) ::munmap(region, kRegionBytes);
  }
}

bool BlockFile::MapUpTo(Place& place, uint64_t end) const {
  while (place.regions.size() * kRegionBytes < end) {
    // Pages beyond the end of the file are mapped too; they are touched only once written.
    void* mapped = ::mmap(nullptr, kRegionBytes, PROT_READ, MAP_SHARED, place.file.descriptor(),
                          static_cast<off_t>(place.regions.size() * kRegionBytes));
    if (mapped == MAP_FAILED) return false;
    place.regions.push_back(static_cast<std::byte*>(mapped));
  }
  return true;
}

void BlockFile::GiveUp(Place& place, int error) {
  if (!place.is_writable) return;
  place.is_writable = false;
  if (&place == &named_) {
    LogWarning("the index cannot grow, points go to a temporary file from now on: {}: {}",
               std::strerror(error), Quoted(place.file.path()));
  } else {
    LogWarning("points are kept in memory from now on, the temporary file cannot grow: {}: {}",
               std::strerror(error), Quoted(place.file.path()));
  }
}

const std::byte* BlockFile::Reserve(Place& place, uint64_t bytes, uint64_t& offset) {
  if (!place.is_writable) return nullptr;
  offset = (place.end + 7) & ~uint64_t{7};
  if (offset / kRegionBytes != (offset + bytes) / kRegionBytes) {
    offset = (offset / kRegionBytes + 1) * kRegionBytes;
  }
  if (offset + bytes > place.max_bytes) {
    GiveUp(place, EFBIG);
    return nullptr;
  }
  if (!MapUpTo(place, offset + bytes)) {
    GiveUp(place, errno);
    return nullptr;
  }
  place.end = offset + bytes;
  return place.regions[offset / kRegionBytes] + offset % kRegionBytes;
}

const std::byte* BlockFile::Append(std::span<const std::byte> bytes) {
  FL_CHECK(bytes.size() <= kMaxAppendBytes, "more bytes at once than a region is made for");
  for (Place* place : {&named_, &scratch_}) {
    uint64_t offset = 0;
    const std::byte* at = nullptr;
    int descriptor = -1;
    {
      MutexLock lock(mutex_);
      if (place == &scratch_ && !is_scratch_tried_) {
        is_scratch_tried_ = true;
        scratch_.file = OpenUnlinked(scratch_directory_);
        scratch_.is_writable = scratch_.file.is_open();
      }
      at = Reserve(*place, bytes.size(), offset);
      descriptor = place->file.descriptor();
    }
    if (at == nullptr) continue;
    if (WriteAllAt(descriptor, offset, bytes)) return at;
    const int error = errno;
    MutexLock lock(mutex_);
    GiveUp(*place, error);
  }
  MutexLock lock(mutex_);
  return KeepOnHeap(bytes);
}

void BlockBatch::Write() {
  if (places_.empty()) return;
  const std::byte* const begin = file_.Append(bytes_);
  for (const Place& place : places_) *place.told = begin + place.at;
  bytes_.clear();
  places_.clear();
}

const std::byte* BlockFile::KeepOnHeap(std::span<const std::byte> bytes) {
  // operator new[] aligns for any type, so also to 8 bytes.
  heap_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes.size()));
  std::memcpy(heap_.back().get(), bytes.data(), bytes.size());
  heap_bytes_ += bytes.size();
  return heap_.back().get();
}

std::span<const std::byte> BlockFile::Kept(uint64_t offset, uint64_t bytes) const {
  if (bytes == 0 || offset > kept_bytes_ || bytes > kept_bytes_ - offset) return {};
  const uint64_t region = offset / kRegionBytes;
  if ((offset + bytes - 1) / kRegionBytes != region) return {};
  MutexLock lock(mutex_);
  if (region >= named_.regions.size()) return {};
  return {named_.regions[region] + offset % kRegionBytes, bytes};
}

std::optional<uint64_t> BlockFile::OffsetOf(const std::byte* bytes) const {
  MutexLock lock(mutex_);
  for (size_t i = 0; i < named_.regions.size(); ++i) {
    const std::byte* begin = named_.regions[i];
    if (std::less_equal<>()(begin, bytes) && std::less<>()(bytes, begin + kRegionBytes)) {
      return i * kRegionBytes + static_cast<uint64_t>(bytes - begin);
    }
  }
  return std::nullopt;
}

void BlockFile::TellBroken(RunId run) const {
  MutexLock lock(listener_mutex_);
  if (broken_listener_) broken_listener_(run);
}

void BlockFile::SetBrokenListener(std::function<void(RunId)> listener) {
  MutexLock lock(listener_mutex_);
  broken_listener_ = std::move(listener);
}

uint64_t BlockFile::named_bytes() const {
  MutexLock lock(mutex_);
  return named_.end;
}

uint64_t BlockFile::scratch_bytes() const {
  MutexLock lock(mutex_);
  return scratch_.end;
}

uint64_t BlockFile::heap_bytes() const {
  MutexLock lock(mutex_);
  return heap_bytes_;
}

}  // namespace fanlight::store
