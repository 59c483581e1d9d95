// Little- and big-endian integers in byte buffers. Callers make sure that the bytes are there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace fanlight {

static_assert(std::endian::native == std::endian::little,
              "the columns and formats assume a little-endian machine");

template <typename T>
T ByteSwapped(T value) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  for (size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// The T whose little-endian bytes stand at `bytes`, which need not be aligned.
template <typename T>
T LoadLittleEndian(const void* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <typename T>
T LoadBigEndian(const void* bytes) {
  return ByteSwapped(LoadLittleEndian<T>(bytes));
}

template <typename T>
void StoreLittleEndian(void* bytes, T value) {
  std::memcpy(bytes, &value, sizeof(T));
}

}  // namespace fanlight
