// What a bundle's index says about its tensors. A bundle is a checkpoint of version 2: the table
// PREFIX.index (table_format.h) and the files PREFIX.data-SSSSS-of-NNNNN with the tensors' bytes.
//
//   key ""      → BundleHeaderProto: number of shards, byte order, version
//   key name    → BundleEntryProto: dtype, shape, shard, offset, size, masked CRC32C
//   key 00 ...  → the same for one slice; the entry of the name then lists the slices
//
// docs/formats/checkpoint.md tells the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/tensor_slice.h"
#include "fanlight/engine/tensor/dtype.h"
#include "fanlight/engine/tensor/shape.h"

namespace fanlight::checkpoint {

struct BundleHeader {
  int32_t num_shards = 1;
  bool is_big_endian = false;
  int32_t producer = 1;
  int32_t min_consumer = 0;
};

struct BundleEntry {
  DType dtype = DType::kInvalid;
  Shape shape;
  int32_t shard = 0;
  uint64_t offset = 0;
  uint64_t size = 0;  // In the data file, in bytes.
  uint32_t masked_crc32c = 0;
  std::vector<TensorSlice> slices{};  // Not empty: the tensor's bytes are in these slices' entries.
};

std::string EncodeHeader(const BundleHeader& header);
std::string EncodeEntry(const BundleEntry& entry);

// Errors of both: kCorrupt, when the bytes are no such message or hold impossible numbers; `where`
// ends the message. kUnimplemented, for a header that asks for a newer reader.
Result<BundleHeader> DecodeHeader(std::string_view bytes, std::string_view where);
Result<BundleEntry> DecodeEntry(std::string_view bytes, std::string_view where);

// PREFIX.index, and PREFIX.data-00001-of-00003.
std::string IndexPath(std::string_view prefix);
std::string DataPath(std::string_view prefix, int32_t shard, int32_t num_shards);

}  // namespace fanlight::checkpoint
