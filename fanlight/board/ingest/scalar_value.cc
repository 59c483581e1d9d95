#include "fanlight/board/ingest/scalar_value.h"

#include <bit>

#include "fanlight/base/endian.h"
#include "fanlight/events/parse.h"

namespace fanlight::ingest {
namespace {

using internal::Delimited;
using internal::Fixed32;
using internal::Fixed64;
using internal::Varint;
using store::ValueType;

enum : int32_t {
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kInt64 = 9,
  kBool = 10,
  kUint16 = 17,
  kUint32 = 22,
  kUint64 = 23,
};

ValueType TypeOf(int32_t dtype) {
  switch (dtype) {
    case kDouble:
      return ValueType::kFloat64;
    case kInt32:
    case kUint8:
    case kInt16:
    case kInt8:
    case kInt64:
    case kUint16:
    case kUint32:
      return ValueType::kInt64;
    case kUint64:
      return ValueType::kUint64;
    case kBool:
      return ValueType::kBool;
    default:
      return ValueType::kFloat32;  // Also half and smaller floats, which it holds exactly.
  }
}

// The last element of the list that a 32- or 64-bit type is written to, as bits; nothing when the
// list is empty.
std::optional<uint64_t> ListedBits(const TensorView& tensor) {
  std::optional<uint64_t> bits;
  const auto status =
      internal::ForEachField("TensorProto", tensor.message, [&](protozero::pbf_reader& reader) {
        switch (reader.tag_and_type()) {
          case Fixed32(5):
            if (tensor.dtype != kFloat) break;
            bits = reader.get_fixed32();
            return;
          case Delimited(5):
            if (tensor.dtype != kFloat) break;
            for (const uint32_t value : reader.get_packed_fixed32()) bits = value;
            return;
          case Fixed64(6):
            if (tensor.dtype != kDouble) break;
            bits = reader.get_fixed64();
            return;
          case Delimited(6):
            if (tensor.dtype != kDouble) break;
            for (const uint64_t value : reader.get_packed_fixed64()) bits = value;
            return;
          case Varint(10):
            if (tensor.dtype != kInt64) break;
            bits = reader.get_uint64();
            return;
          case Delimited(10):
            if (tensor.dtype != kInt64) break;
            for (const uint64_t value : reader.get_packed_uint64()) bits = value;
            return;
          case Varint(17):
            if (tensor.dtype != kUint64) break;
            bits = reader.get_uint64();
            return;
          case Delimited(17):
            if (tensor.dtype != kUint64) break;
            for (const uint64_t value : reader.get_packed_uint64()) bits = value;
            return;
          default:
            break;
        }
        reader.skip();
      });
  return status ? bits : std::nullopt;
}

}  // namespace

std::optional<ScalarValue> ScalarValueOf(const TensorView& tensor) {
  if (tensor.element_count != 1 || tensor.unknown_rank) return std::nullopt;
  ScalarValue value;
  value.type = TypeOf(tensor.dtype);
  const std::byte* raw = tensor.content.data();
  if (tensor.dtype == kFloat && tensor.content.size() == 4) {
    value.bits = LoadLittleEndian<uint32_t>(raw);
    return value;
  }
  const bool is_wide = tensor.dtype == kDouble || tensor.dtype == kInt64 || tensor.dtype == kUint64;
  if (is_wide && tensor.content.size() == 8) {
    value.bits = LoadLittleEndian<uint64_t>(raw);
    return value;
  }
  if (tensor.content.empty() && (is_wide || tensor.dtype == kFloat)) {
    if (const auto bits = ListedBits(tensor)) {
      value.bits = *bits;
      return value;
    }
  }
  const Result<double> number = ScalarOf(tensor);
  if (!number) return std::nullopt;
  switch (value.type) {
    case ValueType::kFloat32:
      value.bits = std::bit_cast<uint32_t>(static_cast<float>(*number));
      break;
    case ValueType::kFloat64:
      value.bits = std::bit_cast<uint64_t>(*number);
      break;
    default:
      // Smaller than 2^53 here, so exact.
      value.bits = static_cast<uint64_t>(static_cast<int64_t>(*number));
  }
  return value;
}

}  // namespace fanlight::ingest
