// CRC32C of short bytes by the processor's instruction, to be inlined where the caller is compiled for SSE 4.2 too.
#pragma once

#if defined(__x86_64__)
#include <nmmintrin.h>

#include <cstddef>
#include <cstdint>

#include "fanlight/base/endian.h"

namespace fanlight::internal {

// The state advanced over `bytes` bytes; it begins as ~0, and the CRC is its complement. Each step waits for the one
// before it.
__attribute__((target("sse4.2"))) inline uint32_t AdvanceCrc32c(uint32_t state, const std::byte* at,
                                                                size_t bytes) {
  uint64_t wide = state;
  for (; bytes >= 8; at += 8, bytes -= 8) {
    wide = _mm_crc32_u64(wide, LoadLittleEndian<uint64_t>(at));
  }
  auto narrow = static_cast<uint32_t>(wide);
  if ((bytes & 4) != 0) {
    narrow = _mm_crc32_u32(narrow, LoadLittleEndian<uint32_t>(at));
    at += 4;
  }
  if ((bytes & 2) != 0) {
    narrow = _mm_crc32_u16(narrow, LoadLittleEndian<uint16_t>(at));
    at += 2;
  }
  if ((bytes & 1) != 0) narrow = _mm_crc32_u8(narrow, LoadLittleEndian<uint8_t>(at));
  return narrow;
}

inline bool HasCrc32cInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

}  // namespace fanlight::internal
#endif
