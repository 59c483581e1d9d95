// Where a reader gets the bytes of one file from, while that file may still be growing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/base/result.h"

namespace fanlight {

// Not thread-safe: one reader per source.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `into.size()` bytes that stand at `offset`. Fewer may come at any time; none means
  // that the source ends at or before `offset` for now. A later call may find more.
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) = 0;
  // What messages call it: the path.
  virtual const std::string& name() const = 0;
};

// A file of this machine, read by pread: a file that is truncated while it is read ends early,
// where a mapped one would raise SIGBUS.
class FileByteSource final : public ByteSource {
 public:
  explicit FileByteSource(File file) : file_(std::move(file)) {}
  Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) override {
    return file_.ReadSomeAt(offset, into);
  }
  const std::string& name() const override { return file_.path(); }

 private:
  File file_;
};

}  // namespace fanlight
