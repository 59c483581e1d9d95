#include "fanlight/base/crc32c.h"

#include <isa-l.h>

#include <algorithm>

#include "fanlight/base/crc32c_instruction.h"

namespace fanlight {
namespace {

#if defined(__x86_64__)
// Below this the library's dispatch and set-up cost more than they save: event files consist of
// payloads of some dozen bytes. 4 ns in place of 12 at 24 bytes (records-bench, 2026-11-23).
constexpr size_t kShortBytes = 128;

bool CanAdvanceShort(size_t bytes) {
  return bytes <= kShortBytes && internal::HasCrc32cInstruction();
}
#endif

}  // namespace

uint32_t Crc32c(std::span<const std::byte> bytes) { return Crc32cExtend(0, bytes); }

uint32_t Crc32cExtend(uint32_t crc, std::span<const std::byte> bytes) {
  // The library takes the length as an int and does neither the first nor the last inversion.
  constexpr size_t kMaxPiece = size_t{1} << 30;
  uint32_t state = ~crc;
#if defined(__x86_64__)
  if (CanAdvanceShort(bytes.size()))
    return ~internal::AdvanceCrc32c(state, bytes.data(), bytes.size());
#endif
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kMaxPiece);
    // It only reads; its signature lacks the const.
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(piece), state);
    bytes = bytes.subspan(piece);
  }
  return ~state;
}

}  // namespace fanlight
