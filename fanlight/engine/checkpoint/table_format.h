// The sorted string table in which a checkpoint keeps its index: keys in order, each with a value.
//
//   [data block][trailer] ... [metaindex block][trailer][index block][trailer][footer]
//
// A block is entries, then the offsets of its restart points (uint32 each), then their number. An
// entry is three varints (bytes shared with the key before, further key bytes, value bytes), the
// further key bytes, the value. At a restart point nothing is shared. The trailer is a type byte
// and the masked CRC32C of block and type. The index block has one entry a data block: a key at or
// after all of its keys and before the next block's, and where the block stands. The footer is two
// such handles (metaindex, index), zeros up to 40 bytes, and the magic.
//
// Worked example and limits: docs/formats/checkpoint.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fanlight::checkpoint {

inline constexpr size_t kTableTrailerBytes = 5;
inline constexpr size_t kTableFooterBytes = 48;
inline constexpr uint64_t kTableMagic = 0xdb4775248b80fb57u;
inline constexpr char kTableBlockPlain = 0;
inline constexpr char kTableBlockSnappy = 1;
// A data block is closed once it would take this many bytes.
inline constexpr size_t kTableBlockBytes = 262144;
// A new key this large, value included, begins a block of its own.
inline constexpr size_t kTableLargeEntryBytes = 2 * kTableBlockBytes;
inline constexpr int kTableDataRestartInterval = 16;
inline constexpr int kTableIndexRestartInterval = 1;

}  // namespace fanlight::checkpoint
