// CRC32C (Castagnoli) by the processor's own instruction, and the masked form that records and
// checkpoints store.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fanlight {

// CRC32C of `bytes`; Crc32c of "123456789" is 0xe3069283.
uint32_t Crc32c(std::span<const std::byte> bytes);

// CRC32C of the bytes that gave `crc` followed by `bytes`. Crc32cExtend(0, b) == Crc32c(b).
uint32_t Crc32cExtend(uint32_t crc, std::span<const std::byte> bytes);

// CRC32C of the bytes that gave `first` followed by `second_bytes` bytes that gave `second`: pieces
// of one whole can be checksummed on several threads.
uint32_t Crc32cCombine(uint32_t first, uint32_t second, uint64_t second_bytes);

// The form stored in files: a CRC over bytes that themselves hold CRCs would be weak, so it is
// rotated and shifted.
constexpr uint32_t MaskCrc32c(uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }
constexpr uint32_t UnmaskCrc32c(uint32_t masked) { return std::rotl(masked - 0xa282ead8u, 15); }

}  // namespace fanlight
