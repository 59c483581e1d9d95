// Values as most of a log holds them: an event of wall time, step and summary, its values each like the tag's last one
// but for the four bytes of a scalar or the raw bytes of a tensor. For EventSink, which draws them, and for the workers
// that decode scalars ahead of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "fanlight/base/endian.h"
#include "fanlight/events/event.h"

namespace fanlight::ingest {

// Fields as they are tagged in an Event, a Summary and a Summary.Value.
inline constexpr auto kWallTimeField = std::byte{0x09};
inline constexpr auto kStepField = std::byte{0x10};
inline constexpr auto kSummaryField = std::byte{0x2a};
inline constexpr auto kValueField = std::byte{0x0a};
inline constexpr auto kTagField = std::byte{0x0a};
inline constexpr auto kSimpleValueField = std::byte{0x15};

// A varint of up to ten bytes at `at`, which moves behind it; nothing when it does not end before `end`.
inline std::optional<uint64_t> TakeVarint(const std::byte*& at, const std::byte* end) {
  uint64_t value = 0;
  for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// An event of wall time, step and summary in this order and nothing else, as all writers make them. False for any
// other, which DecodeEvent() decodes.
inline bool DecodePlainSummary(Bytes bytes, EventView& event) {
  const std::byte* at = bytes.data();
  const std::byte* end = at + bytes.size();
  if (bytes.size() < 11 || at[0] != kWallTimeField) return false;
  event.wall_time_s = LoadLittleEndian<double>(at + 1);
  at += 9;
  if (*at == kStepField) {
    ++at;
    const auto step = TakeVarint(at, end);
    if (!step || at == end) return false;
    event.step = static_cast<int64_t>(*step);
  }
  if (*at != kSummaryField) return false;
  ++at;
  const auto length = TakeVarint(at, end);
  if (!length || *length != static_cast<uint64_t>(end - at)) return false;
  event.kind = EventKind::kSummary;
  event.payload = {at, end};
  return true;
}

// The bytes of the value that stands at `at`, when its length takes two bytes at most; empty when it does not or no
// whole value stands there.
inline Bytes PlainValueAt(const std::byte* at, const std::byte* end) {
  if (end - at <= 2 || at[0] != kValueField) return {};
  auto length = static_cast<uint32_t>(at[1]);
  const std::byte* value = at + 2;
  if (length >= 0x80) {
    const auto second = static_cast<uint32_t>(at[2]);
    if (second >= 0x80) return {};
    length = (length & 0x7fu) | second << 7;
    ++value;
  }
  if (end - value < static_cast<std::ptrdiff_t>(length)) return {};
  return {value, length};
}

// The last scalar value of a tag as it stood in the file, in words of 8 bytes; the last word may overlap the one
// before.
struct ScalarPattern {
  static constexpr size_t kMaxWords = 32;
  uint32_t bytes = 0;      // 0: nothing to expect.
  uint32_t number_at = 0;  // Where the four bytes of the number are.
  std::vector<uint64_t> words{};
  std::vector<uint64_t> masks{};  // Zero where the number is.

  bool Matches(Bytes value) const {
    if (value.size() != bytes || bytes == 0) return false;
    uint64_t differs = 0;
    const size_t last = words.size() - 1;
    for (size_t i = 0; i < last; ++i) {
      differs |= (LoadLittleEndian<uint64_t>(value.data() + 8 * i) ^ words[i]) & masks[i];
    }
    // Counted from the end, so that nothing behind the value is read.
    differs |= (LoadLittleEndian<uint64_t>(value.data() + bytes - 8) ^ words[last]) & masks[last];
    return differs == 0;
  }
  uint32_t NumberIn(Bytes value) const {
    return LoadLittleEndian<uint32_t>(value.data() + number_at);
  }
};

// The last value of a tag that was a tensor of raw bytes, such as a histogram, without those bytes: a value that is the
// same but for them holds a tensor of the same shape, and is referred to without being decoded.
struct TensorPattern {
  static constexpr size_t kMaxFrameBytes = 256;
  size_t bytes = 0;                // Of the value; 0: nothing to expect.
  size_t content_at = 0;           // Where the raw bytes begin.
  std::vector<std::byte> frame{};  // All others.

  static TensorPattern Of(Bytes value, Bytes content) {
    const size_t frame_bytes = value.size() - content.size();
    if (content.empty() || frame_bytes > kMaxFrameBytes) return {};
    const std::byte* value_end = value.data() + value.size();
    TensorPattern pattern{.bytes = value.size(),
                          .content_at = static_cast<size_t>(content.data() - value.data())};
    pattern.frame.assign(value.data(), content.data());
    pattern.frame.insert(pattern.frame.end(), content.data() + content.size(), value_end);
    return pattern;
  }
  bool Matches(Bytes value) const {
    if (value.size() != bytes || bytes == 0) return false;
    const size_t behind = frame.size() - content_at;
    return std::memcmp(value.data(), frame.data(), content_at) == 0 &&
           std::memcmp(value.data() + bytes - behind, frame.data() + content_at, behind) == 0;
  }
};

}  // namespace fanlight::ingest
