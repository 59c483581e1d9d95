#include "fanlight/engine/checkpoint/bundle_format.h"

#include <limits>
#include <optional>

#include "fanlight/base/text.h"
#include "fanlight/proto/checkpoint.pb.h"
#include "fanlight/proto/parse.h"

namespace fanlight::checkpoint {
namespace {

// The newest bundle version that this reader understands.
constexpr int32_t kBundleVersion = 1;
constexpr int32_t kMaxShards = 1'000'000;

}  // namespace

std::string EncodeHeader(const BundleHeader& header) {
  proto::BundleHeaderProto message;
  message.set_num_shards(header.num_shards);
  message.set_endianness(header.is_big_endian ? proto::BundleHeaderProto::BIG
                                              : proto::BundleHeaderProto::LITTLE);
  message.mutable_version()->set_producer(header.producer);
  message.mutable_version()->set_min_consumer(header.min_consumer);
  return message.SerializeAsString();
}

std::string EncodeEntry(const BundleEntry& entry) {
  proto::BundleEntryProto message;
  message.set_dtype(static_cast<proto::DataType>(entry.dtype));
  message.mutable_shape();  // There for a scalar too.
  for (const int64_t dim : entry.shape.dims()) message.mutable_shape()->add_dim()->set_size(dim);
  message.set_shard_id(entry.shard);
  message.set_offset(static_cast<int64_t>(entry.offset));
  message.set_size(static_cast<int64_t>(entry.size));
  message.set_crc32c(entry.masked_crc32c);
  for (const TensorSlice& slice : entry.slices) {
    proto::TensorSliceProto* slice_message = message.add_slices();
    for (const TensorSlice::Extent& extent : slice.extents) {
      auto* extent_message = slice_message->add_extent();
      if (extent.length == TensorSlice::Extent::kWhole) continue;
      extent_message->set_start(extent.start);
      extent_message->set_length(extent.length);
    }
  }
  return message.SerializeAsString();
}

Result<BundleHeader> DecodeHeader(std::string_view bytes, std::string_view where) {
  proto::BundleHeaderProto message;
  if (!ParseMessage(bytes, message)) {
    return Fail(ErrorCode::kCorrupt, "checkpoint header cannot be parsed: {}", where);
  }
  if (message.version().min_consumer() > kBundleVersion) {
    return Fail(ErrorCode::kUnimplemented,
                "checkpoint asks for a newer reader: got version {}, want at most {}: {}",
                message.version().min_consumer(), kBundleVersion, where);
  }
  if (message.num_shards() < 1 || message.num_shards() > kMaxShards) {
    return Fail(ErrorCode::kCorrupt, "checkpoint header with {} shards, want 1 to {}: {}",
                message.num_shards(), kMaxShards, where);
  }
  if (message.endianness() != proto::BundleHeaderProto::LITTLE &&
      message.endianness() != proto::BundleHeaderProto::BIG) {
    return Fail(ErrorCode::kCorrupt, "checkpoint header with unknown byte order {}: {}",
                static_cast<int>(message.endianness()), where);
  }
  return BundleHeader{.num_shards = message.num_shards(),
                      .is_big_endian = message.endianness() == proto::BundleHeaderProto::BIG,
                      .producer = message.version().producer(),
                      .min_consumer = message.version().min_consumer()};
}

Result<BundleEntry> DecodeEntry(std::string_view bytes, std::string_view where) {
  proto::BundleEntryProto message;
  if (!ParseMessage(bytes, message)) {
    return Fail(ErrorCode::kCorrupt, "checkpoint entry cannot be parsed: {}", where);
  }
  const std::optional<DType> dtype = DTypeFromNumber(message.dtype());
  if (!dtype || static_cast<int>(*dtype) != static_cast<int>(message.dtype())) {
    return Fail(ErrorCode::kUnimplemented, "checkpoint entry of unknown type {}: {}",
                static_cast<int>(message.dtype()), where);
  }
  BundleEntry entry;
  entry.dtype = *dtype;
  std::vector<int64_t> dims;
  for (const auto& dim : message.shape().dim()) dims.push_back(dim.size());
  Result<Shape> shape = message.shape().unknown_rank()
                            ? Fail(ErrorCode::kCorrupt, "shape of unknown rank")
                            : Shape::From(dims);
  if (!shape) {
    return Fail(ErrorCode::kCorrupt, "checkpoint entry: {}: {}", shape.error().message, where);
  }
  entry.shape = *shape;
  if (message.shard_id() < 0 || message.offset() < 0 || message.size() < 0 ||
      message.offset() > std::numeric_limits<int64_t>::max() - message.size()) {
    return Fail(ErrorCode::kCorrupt,
                "checkpoint entry in an impossible place: shard {}, offset {}, size {}: {}",
                message.shard_id(), message.offset(), message.size(), where);
  }
  entry.shard = message.shard_id();
  entry.offset = static_cast<uint64_t>(message.offset());
  entry.size = static_cast<uint64_t>(message.size());
  entry.masked_crc32c = message.crc32c();
  for (const proto::TensorSliceProto& slice_message : message.slices()) {
    TensorSlice slice;
    for (const auto& extent : slice_message.extent()) {
      slice.extents.push_back(extent.has_length_hack_case() ==
                                      proto::TensorSliceProto::Extent::kLength
                                  ? TensorSlice::Extent{extent.start(), extent.length()}
                                  : TensorSlice::Extent{});
    }
    if (Result<TensorSlice> resolved = Resolve(slice, entry.shape); !resolved) {
      return Fail(ErrorCode::kCorrupt, "checkpoint entry: {}: {}", resolved.error().message, where);
    }
    entry.slices.push_back(std::move(slice));
  }
  return entry;
}

std::string IndexPath(std::string_view prefix) { return fmt::format("{}.index", prefix); }

std::string DataPath(std::string_view prefix, int32_t shard, int32_t num_shards) {
  return fmt::format("{}.data-{:05d}-of-{:05d}", prefix, shard, num_shards);
}

}  // namespace fanlight::checkpoint
