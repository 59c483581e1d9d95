// Writing and reading the fixed-size numbers and texts of index records. Little-endian, unaligned.
//
// A reader never goes past its end: what is missing reads as zero or empty, and ok() turns false. So a
// decoder reads a whole record and asks once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fanlight/base/endian.h"

namespace fanlight::store {

class ByteWriter {
 public:
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void Put(const T& value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  // A length of 4 bytes, then the bytes.
  void PutBytes(std::span<const std::byte> bytes) {
    Put(static_cast<uint32_t>(bytes.size()));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void PutText(std::string_view text) { PutBytes(std::as_bytes(std::span(text))); }

  std::span<const std::byte> bytes() const { return bytes_; }
  std::vector<std::byte> Take() { return std::move(bytes_); }
  void Clear() { bytes_.clear(); }

 private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
    requires std::is_trivially_copyable_v<T>
  T Take() {
    const auto taken = TakeRaw(sizeof(T));
    return taken.empty() ? T{} : LoadLittleEndian<T>(taken.data());
  }
  // The next `count` bytes; empty when they are not there.
  std::span<const std::byte> TakeRaw(size_t count) {
    if (!is_ok_ || count > bytes_.size() - at_) {
      is_ok_ = false;
      return {};
    }
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  std::span<const std::byte> TakeBytes() { return TakeRaw(Take<uint32_t>()); }
  std::string_view TakeText() {
    const auto taken = TakeBytes();
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  // A number of things that take at least `least_bytes` each: never more than can be there, so that
  // room may be made for them.
  uint32_t TakeCount(size_t least_bytes) {
    const auto count = Take<uint32_t>();
    if (is_ok_ && count > (bytes_.size() - at_) / least_bytes) is_ok_ = false;
    return is_ok_ ? count : 0;
  }

  bool ok() const { return is_ok_; }
  void Fail() { is_ok_ = false; }
  bool is_at_end() const { return at_ == bytes_.size(); }
  size_t position() const { return at_; }

 private:
  const std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool is_ok_ = true;
};

}  // namespace fanlight::store
