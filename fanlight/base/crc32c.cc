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

// A CRC is a polynomial over the bits, the highest power in the lowest bit, modulo this one.
constexpr uint32_t kPolynomial = 0x82f63b78u;

constexpr uint32_t TimesX(uint32_t a) { return (a >> 1) ^ ((a & 1) != 0 ? kPolynomial : 0); }

constexpr uint32_t Product(uint32_t a, uint32_t b) {
  uint32_t sum = 0;
  for (uint32_t power = 1u << 31; power != 0; power >>= 1) {
    if ((a & power) != 0) sum ^= b;
    b = TimesX(b);
  }
  return sum;
}

}  // namespace

uint32_t Crc32cCombine(uint32_t first, uint32_t second, uint64_t second_bytes) {
  // Each byte that follows multiplies the first part by x^8. The inversions at both ends of a CRC
  // cancel out.
  uint32_t factor = 1u << 31;  // 1.
  uint32_t square = 1u << 23;  // x^8, then its squares.
  for (uint64_t left = second_bytes; left != 0; left >>= 1) {
    if ((left & 1) != 0) factor = Product(factor, square);
    square = Product(square, square);
  }
  return Product(factor, first) ^ second;
}

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
