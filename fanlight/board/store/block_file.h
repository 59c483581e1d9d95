// Where encoded blocks live: a file, written by pwrite and mapped read-only.
//
//   index file   ──full disk, or none──►  unlinked temporary file  ──full disk──►  heap
//
// The kernel may drop a file's pages and read them again, so a store of any size costs little memory. A
// full disk is an error of the write, never a signal: what could not be written goes to the next place,
// and stays right. Files only grow: what was handed out never changes and is never cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/result.h"
#include "fanlight/board/store/ids.h"

namespace fanlight::store {

// Thread-safe. Bytes handed out are valid as long as this object lives and never change.
class BlockFile {
 public:
  // A file with a name, which outlives the process.
  struct Named {
    File file;
    uint64_t bytes = 0;  // How much of it is there and may be asked for by Kept().
    bool is_writable = true;
    uint64_t max_bytes = UINT64_MAX;  // It grows no further.
  };
  // Bytes go to an unlinked file in `scratch_directory`; without a usable one, on the heap.
  explicit BlockFile(std::string scratch_directory);
  // They go to the end of `named` first, when it is writable.
  BlockFile(Named named, std::string scratch_directory);
  ~BlockFile();
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  // Keeps `bytes`, which are at most kMaxAppendBytes, and returns where they stand, 8-byte aligned.
  static constexpr size_t kMaxAppendBytes = size_t{8} << 20;
  const std::byte* Append(std::span<const std::byte> bytes);

  // What was in the named file when it was opened; empty when the range is not within it.
  std::span<const std::byte> Kept(uint64_t offset, uint64_t bytes) const;
  // Where bytes handed out stand in the named file; nothing when they live elsewhere.
  std::optional<uint64_t> OffsetOf(const std::byte* bytes) const;

  // Bytes of this run, kept from before, are not what they were: tells `listener`, on the thread of
  // whoever found out.
  void TellBroken(RunId run) const;
  void SetBrokenListener(std::function<void(RunId)> listener);

  // Bytes in the named file, in the temporary one, and on the heap.
  uint64_t named_bytes() const;
  uint64_t scratch_bytes() const;
  uint64_t heap_bytes() const;

 private:
  // A part of a file, mapped as a whole. Nothing crosses the border of two regions.
  static constexpr uint64_t kRegionBytes = uint64_t{256} << 20;
  struct Place {
    File file;  // Closed when there is none.
    uint64_t end = 0;
    uint64_t max_bytes = UINT64_MAX;
    bool is_writable = false;
    std::vector<std::byte*> regions{};
  };

  bool MapUpTo(Place& place, uint64_t end) const;
  // Reserves room and tells where; null when there is none.
  const std::byte* Reserve(Place& place, uint64_t bytes, uint64_t& offset) FL_REQUIRES(mutex_);
  void GiveUp(Place& place, int error) FL_REQUIRES(mutex_);
  const std::byte* KeepOnHeap(std::span<const std::byte> bytes) FL_REQUIRES(mutex_);

  mutable Mutex listener_mutex_;  // Held while the listener is called.
  std::function<void(RunId)> broken_listener_ FL_GUARDED_BY(listener_mutex_);

  const std::string scratch_directory_;
  const uint64_t kept_bytes_;  // Of the named file, when it was opened.
  mutable Mutex mutex_;        // Guards what follows; not held while writing.
  Place named_ FL_GUARDED_BY(mutex_);
  Place scratch_ FL_GUARDED_BY(mutex_);
  bool is_scratch_tried_ FL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<std::byte[]>> heap_ FL_GUARDED_BY(mutex_);
  uint64_t heap_bytes_ FL_GUARDED_BY(mutex_) = 0;
};

// Gathers many small pieces for a block file, so that they cost a write together and not each. Not thread-safe; the file
// outlives it.
class BlockBatch {
 public:
  explicit BlockBatch(BlockFile& file) : file_(file) {}
  ~BlockBatch() { Write(); }
  BlockBatch(const BlockBatch&) = delete;
  BlockBatch& operator=(const BlockBatch&) = delete;

  // `append(bytes)` puts the piece at the end of `bytes`, whose size stays a multiple of 8. `place` is told where it
  // stands by the next Write(), or sooner, and must stay until then.
  template <typename Append>
  void Add(Append&& append, const std::byte*& place) {
    if (bytes_.size() >= kManyBytes) Write();
    places_.push_back({&place, bytes_.size()});
    append(bytes_);
  }
  void Write();

 private:
  static constexpr size_t kManyBytes = size_t{256} << 10;
  struct Place {
    const std::byte** told;
    size_t at;
  };
  BlockFile& file_;
  std::vector<std::byte> bytes_;
  std::vector<Place> places_;
};

// Writes all of `bytes` at `offset`. False, with errno set, when the system says no.
bool WriteAllAt(int descriptor, uint64_t offset, std::span<const std::byte> bytes);

}  // namespace fanlight::store
