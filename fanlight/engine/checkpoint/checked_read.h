// Reads bytes of a file together with their checksum. Each piece is checksummed while it is in the
// cache; where there is much, several threads read pieces, and their checksums are combined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "fanlight/base/file.h"
#include "fanlight/base/result.h"

namespace fanlight::checkpoint {

// Fills `into` from `offset` and returns the CRC32C of the bytes.
// Errors: kOutOfRange, when the file ends before; kIo. The bytes of `into` are undefined then.
Result<uint32_t> ReadChecked(const File& file, uint64_t offset, std::span<std::byte> into);

// The CRC32C of `size` bytes from `offset`, which are kept nowhere. Errors: the same.
Result<uint32_t> ChecksumOf(const File& file, uint64_t offset, uint64_t size);

// Bytes of a file where the page cache holds them. Writing to them changes the program's copy only.
// The file must not be made shorter by anyone while this lives: reading what is gone ends the
// program with SIGBUS. Replacing it by a rename, as whoever writes checkpoints does, is fine.
class MappedBytes {
 public:
  // Errors: kOutOfRange, when the file ends before; kIo.
  static Result<std::shared_ptr<MappedBytes>> Map(const File& file, uint64_t offset, uint64_t size);
  ~MappedBytes();
  MappedBytes(const MappedBytes&) = delete;
  MappedBytes& operator=(const MappedBytes&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }
  // Their CRC32C. Errors: kIo, when they cannot be read.
  Result<uint32_t> Checksum() const;

 private:
  MappedBytes(std::span<std::byte> pages, size_t skipped);

  const std::span<std::byte> pages_;  // Whole pages.
  const std::span<std::byte> bytes_;  // What was asked for.
};

}  // namespace fanlight::checkpoint
