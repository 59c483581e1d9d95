// IDX files, the format of MNIST: an array of any rank, its numbers big-endian, plain or gzipped.
//
//   00 00 08 03 | 00 00 00 14 | 00 00 00 1c | 00 00 00 1c | 6a 98 f9 ...
//   type, rank    20 images     28 rows       28 columns    bytes, row-major
//
// The first four bytes read as one big-endian number are called the magic: 2051 for images, 2049
// for labels. docs/formats/idx.md has the details.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight {

enum class IdxType : uint8_t {
  kUInt8 = 0x08,
  kInt8 = 0x09,
  kInt16 = 0x0b,
  kInt32 = 0x0c,
  kFloat32 = 0x0d,
  kFloat64 = 0x0e,
};

// One array, in memory or in the mapped pages of its file. Copies share it.
class IdxArray {
 public:
  IdxType type() const { return type_; }
  const std::vector<uint32_t>& dims() const { return dims_; }
  // As the file's first four bytes say it: type · 256 + rank.
  uint32_t magic() const {
    return static_cast<uint32_t>(type_) << 8 | static_cast<uint32_t>(dims_.size());
  }
  // The elements as the file has them: row-major, big-endian where they have more than one byte.
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  friend Result<IdxArray> ParseIdx(std::span<const std::byte> content, const std::string& path);
  friend Result<IdxArray> ReadIdx(const std::string& path);
  static Result<IdxArray> FromContent(std::shared_ptr<const std::byte[]> content, size_t size,
                                      const std::string& path);

  IdxType type_ = IdxType::kUInt8;
  std::vector<uint32_t> dims_;
  std::shared_ptr<const std::byte[]> content_;
  std::span<const uint8_t> bytes_;
};

// Reads a file; what is gzipped is told by its first bytes, not by its name. One that is not is
// mapped: no byte is read before it is used, and none may be cut off meanwhile.
// Errors: kInvalidArgument, when it is not IDX; kCorrupt, when it is shorter or longer than its
//         header says or the gzip stream is damaged; kIo and kNotFound from the file.
Result<IdxArray> ReadIdx(const std::string& path);

// The same for bytes in memory; `path` stands in messages only.
Result<IdxArray> ParseIdx(std::span<const std::byte> content, const std::string& path);

}  // namespace fanlight
