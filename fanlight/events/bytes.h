// Borrowed bytes, and text as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace fanlight {

// Bytes that someone else keeps alive: the reader's buffer, a payload, a caller's string.
using Bytes = std::span<const std::byte>;

inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace fanlight
