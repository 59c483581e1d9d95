#include "fanlight/board/store/blob.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "fanlight/base/endian.h"

namespace fanlight::store {
namespace {

// Numbers of DataType in the protocol.
enum : int32_t {
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kInt64 = 9,
  kBool = 10,
  kBfloat16 = 14,
  kUint16 = 17,
  kHalf = 19,
  kUint32 = 22,
  kUint64 = 23,
};

double HalfToDouble(uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  const int exponent = (bits >> 10) & 0x1f;
  const double fraction = (bits & 0x3ff) / 1024.0;
  if (exponent == 0x1f) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, -14);
  return sign * std::ldexp(1.0 + fraction, exponent - 15);
}

template <typename T>
void Widen(std::span<const std::byte> data, std::vector<double>& into) {
  into.reserve(data.size() / sizeof(T));
  for (size_t i = 0; i + sizeof(T) <= data.size(); i += sizeof(T)) {
    into.push_back(static_cast<double>(LoadLittleEndian<T>(data.data() + i)));
  }
}

}  // namespace

Result<std::vector<double>> ToDoubles(const TensorValue& tensor) {
  std::vector<double> result;
  switch (tensor.dtype) {
    case kFloat:
      Widen<float>(tensor.data, result);
      return result;
    case kDouble:
      Widen<double>(tensor.data, result);
      return result;
    case kInt32:
      Widen<int32_t>(tensor.data, result);
      return result;
    case kUint8:
    case kBool:
      Widen<uint8_t>(tensor.data, result);
      return result;
    case kInt16:
      Widen<int16_t>(tensor.data, result);
      return result;
    case kInt8:
      Widen<int8_t>(tensor.data, result);
      return result;
    case kInt64:
      Widen<int64_t>(tensor.data, result);
      return result;
    case kUint16:
      Widen<uint16_t>(tensor.data, result);
      return result;
    case kUint32:
      Widen<uint32_t>(tensor.data, result);
      return result;
    case kUint64:
      Widen<uint64_t>(tensor.data, result);
      return result;
    case kHalf:
    case kBfloat16:
      for (size_t i = 0; i + 2 <= tensor.data.size(); i += 2) {
        const auto bits = LoadLittleEndian<uint16_t>(tensor.data.data() + i);
        result.push_back(tensor.dtype == kHalf ? HalfToDouble(bits)
                                               : std::bit_cast<float>(uint32_t{bits} << 16));
      }
      return result;
    default:
      return Fail(ErrorCode::kInvalidArgument, "a tensor of type {} has no numbers to show",
                  tensor.dtype);
  }
}

Result<std::vector<Bucket>> ToBuckets(const TensorValue& histogram) {
  if (histogram.shape.size() != 2 || histogram.shape[1] != 3) {
    return Fail(ErrorCode::kInvalidArgument,
                "a histogram has rows of left, right, count: want shape [k, 3], got {} dimensions",
                histogram.shape.size());
  }
  FL_ASSIGN_OR_RETURN(const std::vector<double> cells, ToDoubles(histogram));
  std::vector<Bucket> buckets;
  buckets.reserve(cells.size() / 3);
  for (size_t i = 0; i + 3 <= cells.size(); i += 3) {
    buckets.push_back({cells[i], cells[i + 1], cells[i + 2]});
  }
  const auto is_filled = [](const Bucket& bucket) { return bucket.count != 0; };
  const auto first = std::find_if(buckets.begin(), buckets.end(), is_filled);
  const auto last = std::find_if(buckets.rbegin(), buckets.rend(), is_filled).base();
  if (first >= last) return std::vector<Bucket>{};
  return std::vector<Bucket>(first, last);
}

}  // namespace fanlight::store
