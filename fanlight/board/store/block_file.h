// Where encoded blocks live: an unlinked temporary file, written by pwrite and mapped read-only.
//
// The kernel may drop its pages and read them again, so a store of any size costs little memory. A
// full disk is an error of the write, never a signal: what could not be written stays on the heap,
// and stays right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/result.h"

namespace fanlight::store {

// Thread-safe. Bytes handed out by Append() are valid as long as this object lives and never
// change.
class BlockFile {
 public:
  // The file stands in `directory` without a name. Without a usable directory everything stays on
  // the heap.
  explicit BlockFile(const std::string& directory);
  ~BlockFile();
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  // Keeps `bytes`, which are at most kMaxAppendBytes, and returns where they stand, 8-byte aligned.
  static constexpr size_t kMaxAppendBytes = size_t{8} << 20;
  const std::byte* Append(std::span<const std::byte> bytes);

  // Bytes kept in the file, and those that had to stay on the heap.
  uint64_t file_bytes() const;
  uint64_t heap_bytes() const;

 private:
  // A part of the file, mapped as a whole. Nothing crosses the border of two regions.
  static constexpr uint64_t kRegionBytes = uint64_t{256} << 20;

  const std::byte* KeepOnHeap(std::span<const std::byte> bytes) FL_REQUIRES(mutex_);

  File file_;            // Closed when there is none.
  mutable Mutex mutex_;  // Guards what follows; not held while writing.
  uint64_t end_ FL_GUARDED_BY(mutex_) = 0;
  bool is_usable_ FL_GUARDED_BY(mutex_) = false;
  std::vector<std::byte*> regions_ FL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<std::byte[]>> heap_ FL_GUARDED_BY(mutex_);
  uint64_t heap_bytes_ FL_GUARDED_BY(mutex_) = 0;
};

}  // namespace fanlight::store
