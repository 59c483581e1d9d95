// The bytes of an encoded block, as scalar_block.h draws them. For its encoder and its readers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fanlight/board/store/scalar_block.h"

namespace fanlight::store::block_layout {

enum class Coding : uint8_t {
  kPacked,          // base + i · slope + u[i].
  kFloat32,         // 4 bytes a value.
  kFloat64,         // 8 bytes a value.
  kFloat64AsFloat,  // Doubles that are floats: 4 bytes a value.
};

struct Header {
  uint32_t crc32c;  // Of all bytes of the block behind this field.
  uint32_t bytes;
  uint16_t points;
  uint8_t version;
  uint8_t type;
  uint32_t unused;
};
static_assert(sizeof(Header) == 16);
constexpr uint8_t kVersion = 1;

struct Column {
  uint64_t base;
  uint64_t slope;
  uint32_t offset;  // Of the packed bits, from the start of the block.
  uint8_t width;    // Bits; up to 56, or 64.
  Coding coding;
  uint8_t is_wall_scaled;  // Wall times: whole numbers of 2^-22 s.
  uint8_t unused;
};
static_assert(sizeof(Column) == 24);

struct Leaf {
  Summary summary;
  Column steps;
  Column walls;
  Column values;
};
static_assert(sizeof(Leaf) == 128);

constexpr double kWallScale = 4194304.0;  // 2^22
// Readers of packed bits load 8 bytes wherever a value begins.
constexpr size_t kPadBytes = 8;

}  // namespace fanlight::store::block_layout
