#include "fanlight/events/tensor_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "fanlight/base/endian.h"
#include "fanlight/events/parse.h"

namespace fanlight {
namespace {

using internal::Delimited;
using internal::Fixed32;
using internal::Fixed64;
using internal::ForEachField;
using internal::GetBytes;
using internal::Varint;

// How the exponent of all ones and the negative zero of a small float are used.
enum class Specials {
  kIeee,  // Infinities and NaNs.
  kFn,    // No infinity; NaN has all bits set.
  kFnuz,  // No infinity, no negative zero: its bits are NaN.
  kNone,  // Numbers alone.
};

struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  Specials specials;
};

double SmallFloat(uint32_t bits, FloatFormat format) {
  const uint32_t mantissa_mask = (1u << format.mantissa_bits) - 1;
  const uint32_t exponent_mask = (1u << format.exponent_bits) - 1;
  const uint32_t mantissa = bits & mantissa_mask;
  const uint32_t exponent = (bits >> format.mantissa_bits) & exponent_mask;
  const bool negative = ((bits >> (format.mantissa_bits + format.exponent_bits)) & 1u) != 0;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  switch (format.specials) {
    case Specials::kIeee:
      if (exponent == exponent_mask) {
        if (mantissa != 0) return kNan;
        const double infinity = std::numeric_limits<double>::infinity();
        return negative ? -infinity : infinity;
      }
      break;
    case Specials::kFn:
      if (exponent == exponent_mask && mantissa == mantissa_mask) return kNan;
      break;
    case Specials::kFnuz:
      if (negative && exponent == 0 && mantissa == 0) return kNan;
      break;
    case Specials::kNone:
      break;
  }
  const int lowest = 1 - format.bias - format.mantissa_bits;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, lowest)
                                         : std::ldexp(mantissa + mantissa_mask + 1,
                                                      static_cast<int>(exponent) - 1 + lowest);
  return negative ? -magnitude : magnitude;
}

constexpr FloatFormat kHalfFormat{5, 10, 15, Specials::kIeee};

// Where the elements of a dtype stand when they are not raw: the field's number in TensorProto.
enum class List : uint8_t {
  kNone = 0,
  kFloat = 5,
  kDouble = 6,
  kInt = 7,
  kString = 8,
  kInt64 = 10,
  kBool = 11,
  kHalf = 13,
  kUint32 = 16,
  kUint64 = 17,
  kFloat8 = 18,
};

struct DTypeRow {
  const char* name;
  uint8_t raw_bytes;  // Size of one element in tensor_content; 0: it has no numbers.
  List list;
};

// By DataType.
constexpr std::array<DTypeRow, 34> kDTypes = {{
    {"invalid", 0, List::kNone},
    {"float32", 4, List::kFloat},
    {"float64", 8, List::kDouble},
    {"int32", 4, List::kInt},
    {"uint8", 1, List::kInt},
    {"int16", 2, List::kInt},
    {"int8", 1, List::kInt},
    {"string", 0, List::kString},
    {"complex64", 0, List::kNone},
    {"int64", 8, List::kInt64},
    {"bool", 1, List::kBool},
    {"qint8", 1, List::kInt},
    {"quint8", 1, List::kInt},
    {"qint32", 4, List::kInt},
    {"bfloat16", 2, List::kHalf},
    {"qint16", 2, List::kInt},
    {"quint16", 2, List::kInt},
    {"uint16", 2, List::kInt},
    {"complex128", 0, List::kNone},
    {"float16", 2, List::kHalf},
    {"resource", 0, List::kNone},
    {"variant", 0, List::kNone},
    {"uint32", 4, List::kUint32},
    {"uint64", 8, List::kUint64},
    {"float8_e5m2", 1, List::kFloat8},
    {"float8_e4m3fn", 1, List::kFloat8},
    {"float8_e4m3fnuz", 1, List::kFloat8},
    {"float8_e4m3b11fnuz", 1, List::kFloat8},
    {"float8_e5m2fnuz", 1, List::kFloat8},
    {"int4", 1, List::kInt},
    {"uint4", 1, List::kInt},
    {"int2", 1, List::kInt},
    {"uint2", 1, List::kInt},
    {"float4_e2m1fn", 1, List::kFloat8},
}};

enum : int32_t {
  kFloat32 = 1,
  kFloat64 = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kInt64 = 9,
  kBool = 10,
  kQint8 = 11,
  kQuint8 = 12,
  kQint32 = 13,
  kBfloat16 = 14,
  kQint16 = 15,
  kQuint16 = 16,
  kUint16 = 17,
  kFloat16 = 19,
  kUint32 = 22,
  kUint64 = 23,
  kFloat8E5m2 = 24,
  kFloat8E4m3fn = 25,
  kFloat8E4m3fnuz = 26,
  kFloat8E4m3b11fnuz = 27,
  kFloat8E5m2fnuz = 28,
  kInt4 = 29,
  kUint4 = 30,
  kInt2 = 31,
  kUint2 = 32,
  kFloat4E2m1fn = 33,
};

double FromHalfBits(int32_t dtype, uint16_t bits) {
  if (dtype == kFloat16) return SmallFloat(bits, kHalfFormat);
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

double FromFloat8Bits(int32_t dtype, uint8_t bits) {
  switch (dtype) {
    case kFloat8E5m2:
      return SmallFloat(bits, {5, 2, 15, Specials::kIeee});
    case kFloat8E4m3fn:
      return SmallFloat(bits, {4, 3, 7, Specials::kFn});
    case kFloat8E4m3fnuz:
      return SmallFloat(bits, {4, 3, 8, Specials::kFnuz});
    case kFloat8E4m3b11fnuz:
      return SmallFloat(bits, {4, 3, 11, Specials::kFnuz});
    case kFloat8E5m2fnuz:
      return SmallFloat(bits, {5, 2, 16, Specials::kFnuz});
    default:
      return SmallFloat(bits & 0xfu, {2, 1, 1, Specials::kNone});
  }
}

// The low `width` bits of a byte as a signed number.
double SignedLowBits(uint8_t bits, int width) {
  const int value = bits & ((1 << width) - 1);
  return value >= (1 << (width - 1)) ? value - (1 << width) : value;
}

// One raw element; the caller made sure that its bytes are there.
double FromRaw(int32_t dtype, const std::byte* at) {
  switch (dtype) {
    case kFloat32:
      return LoadLittleEndian<float>(at);
    case kFloat64:
      return LoadLittleEndian<double>(at);
    case kInt32:
    case kQint32:
      return LoadLittleEndian<int32_t>(at);
    case kUint8:
    case kQuint8:
      return LoadLittleEndian<uint8_t>(at);
    case kInt16:
    case kQint16:
      return LoadLittleEndian<int16_t>(at);
    case kInt8:
    case kQint8:
      return LoadLittleEndian<int8_t>(at);
    case kInt64:
      return static_cast<double>(LoadLittleEndian<int64_t>(at));
    case kBool:
      return LoadLittleEndian<uint8_t>(at) != 0 ? 1 : 0;
    case kQuint16:
    case kUint16:
      return LoadLittleEndian<uint16_t>(at);
    case kBfloat16:
    case kFloat16:
      return FromHalfBits(dtype, LoadLittleEndian<uint16_t>(at));
    case kUint32:
      return LoadLittleEndian<uint32_t>(at);
    case kUint64:
      return static_cast<double>(LoadLittleEndian<uint64_t>(at));
    case kInt4:
      return SignedLowBits(LoadLittleEndian<uint8_t>(at), 4);
    case kUint4:
      return LoadLittleEndian<uint8_t>(at) & 0xfu;
    case kInt2:
      return SignedLowBits(LoadLittleEndian<uint8_t>(at), 2);
    case kUint2:
      return LoadLittleEndian<uint8_t>(at) & 0x3u;
    default:
      return FromFloat8Bits(dtype, LoadLittleEndian<uint8_t>(at));
  }
}

double FromVarint(int32_t dtype, List list, uint64_t value) {
  switch (list) {
    case List::kInt64:
      return static_cast<double>(static_cast<int64_t>(value));
    case List::kBool:
      return value != 0 ? 1 : 0;
    case List::kHalf:
      return FromHalfBits(dtype, static_cast<uint16_t>(value));
    case List::kUint32:
      return static_cast<uint32_t>(value);
    case List::kUint64:
      return static_cast<double>(value);
    default:
      return static_cast<int32_t>(static_cast<uint32_t>(value));
  }
}

const DTypeRow* FindDType(int32_t dtype) {
  if (dtype < 0 || static_cast<size_t>(dtype) >= kDTypes.size()) return nullptr;
  return &kDTypes[static_cast<size_t>(dtype)];
}

Result<const DTypeRow*> NumericDType(const TensorView& tensor) {
  const DTypeRow* row = FindDType(tensor.dtype);
  if (row == nullptr || row->raw_bytes == 0) {
    return Fail(ErrorCode::kInvalidArgument, "tensor of {}: want real numbers",
                DTypeName(tensor.dtype));
  }
  return row;
}

Status CheckContent(const TensorView& tensor, const DTypeRow& row) {
  // By division: the product could wrap.
  if (tensor.content.size() % row.raw_bytes == 0 &&
      tensor.content.size() / row.raw_bytes == tensor.element_count) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "tensor_content of {} bytes, want {} elements of {} ({} bytes each)",
              tensor.content.size(), tensor.element_count, row.name, row.raw_bytes);
}

// Calls `take(value)` for each element of the typed list, packed or not.
template <typename Take>
Status ForEachListed(const TensorView& tensor, List list, Take&& take) {
  const auto field = static_cast<protozero::pbf_tag_type>(list);
  const auto take_all = [&take](const auto& range, const auto& convert) {
    for (const auto value : range) take(convert(value));
  };
  const auto same = [](auto value) { return static_cast<double>(value); };
  const auto from_varint = [&](uint64_t value) { return FromVarint(tensor.dtype, list, value); };
  return ForEachField("TensorProto", tensor.message, [&](protozero::pbf_reader& reader) {
    if (reader.tag() != field) {
      reader.skip();
      return;
    }
    const bool packed = reader.wire_type() == protozero::pbf_wire_type::length_delimited;
    if (list == List::kFloat8) {
      if (!packed) return reader.skip();
      for (const std::byte bits : GetBytes(reader)) {
        take(FromFloat8Bits(tensor.dtype, std::to_integer<uint8_t>(bits)));
      }
    } else if (list == List::kFloat) {
      if (packed) return take_all(reader.get_packed_float(), same);
      if (reader.tag_and_type() != Fixed32(field)) return reader.skip();
      take(reader.get_float());
    } else if (list == List::kDouble) {
      if (packed) return take_all(reader.get_packed_double(), same);
      if (reader.tag_and_type() != Fixed64(field)) return reader.skip();
      take(reader.get_double());
    } else {
      if (packed) return take_all(reader.get_packed_uint64(), from_varint);
      if (reader.tag_and_type() != Varint(field)) return reader.skip();
      take(from_varint(reader.get_uint64()));
    }
  });
}

Status CheckCount(const TensorView& tensor, uint64_t max_elements) {
  if (tensor.element_count <= max_elements) return {};
  return Fail(ErrorCode::kTooLarge, "tensor too large: got {} elements, want at most {}",
              tensor.element_count, max_elements);
}

// Calls `dimension(size)` for each dimension. True when the rank is unknown.
template <typename Dimension>
Result<bool> ForEachDimension(Bytes shape, Dimension&& dimension) {
  bool unknown_rank = false;
  FL_TRY(ForEachField("TensorShapeProto", shape, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Delimited(2): {
        int64_t size = 0;
        protozero::pbf_reader dim = reader.get_message();
        while (dim.next()) {
          if (dim.tag_and_type() == Varint(1)) {
            size = dim.get_int64();
          } else {
            dim.skip();
          }
        }
        dimension(size);
        break;
      }
      case Varint(3):
        unknown_rank = reader.get_bool();
        break;
      default:
        reader.skip();
    }
  }));
  return unknown_rank;
}

Status ReadShape(TensorView& tensor) {
  if (tensor.shape.empty()) return {};
  bool has_zero = false;
  bool overflows = false;
  int64_t negative = 0;
  uint64_t count = 1;
  FL_ASSIGN_OR_RETURN(tensor.unknown_rank, ForEachDimension(tensor.shape, [&](int64_t size) {
                        ++tensor.rank;
                        if (size < 0) negative = size;
                        if (size == 0) has_zero = true;
                        if (size <= 0) return;
                        const auto factor = static_cast<uint64_t>(size);
                        if (count > std::numeric_limits<int64_t>::max() / factor) {
                          overflows = true;
                        } else {
                          count *= factor;
                        }
                      }));
  if (negative < 0) {
    return Fail(ErrorCode::kInvalidArgument, "tensor with a dimension of {}, want at least 0",
                negative);
  }
  tensor.element_count = has_zero || tensor.unknown_rank ? 0 : count;
  if (overflows && tensor.element_count != 0) {
    return Fail(ErrorCode::kTooLarge, "tensor of rank {} with more elements than 2^63",
                tensor.rank);
  }
  return {};
}

}  // namespace

Result<TensorView> DecodeTensor(Bytes bytes) {
  TensorView tensor;
  tensor.message = bytes;
  FL_TRY(ForEachField("TensorProto", bytes, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Varint(1):
        tensor.dtype = reader.get_enum();
        break;
      case Delimited(2):
        tensor.shape = GetBytes(reader);
        break;
      case Delimited(4):
        tensor.content = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }));
  FL_TRY(ReadShape(tensor));
  return tensor;
}

Result<std::vector<int64_t>> DimensionsOf(const TensorView& tensor) {
  std::vector<int64_t> dimensions;
  dimensions.reserve(static_cast<size_t>(tensor.rank));
  FL_TRY(ForEachDimension(tensor.shape, [&](int64_t size) { dimensions.push_back(size); }));
  return dimensions;
}

Result<double> ScalarOf(const TensorView& tensor) {
  FL_ASSIGN_OR_RETURN(const DTypeRow* row, NumericDType(tensor));
  if (tensor.element_count != 1) {
    return Fail(ErrorCode::kInvalidArgument, "tensor of {} elements, want one",
                tensor.element_count);
  }
  if (!tensor.content.empty()) {
    FL_TRY(CheckContent(tensor, *row));
    return FromRaw(tensor.dtype, tensor.content.data());
  }
  double first = 0;
  bool is_first = true;
  FL_TRY(ForEachListed(tensor, row->list, [&](double value) {
    if (std::exchange(is_first, false)) first = value;
  }));
  return first;
}

Result<std::vector<double>> NumbersOf(const TensorView& tensor, uint64_t max_elements) {
  FL_ASSIGN_OR_RETURN(const DTypeRow* row, NumericDType(tensor));
  FL_TRY(CheckCount(tensor, max_elements));
  const auto count = static_cast<size_t>(tensor.element_count);
  std::vector<double> numbers;
  if (!tensor.content.empty()) {
    FL_TRY(CheckContent(tensor, *row));
    numbers.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      numbers.push_back(FromRaw(tensor.dtype, tensor.content.data() + i * row->raw_bytes));
    }
    return numbers;
  }
  FL_TRY(ForEachListed(tensor, row->list, [&](double value) {
    if (numbers.size() < count) numbers.push_back(value);
  }));
  numbers.resize(count, numbers.empty() ? 0.0 : numbers.back());
  return numbers;
}

Result<std::vector<Bytes>> StringsOf(const TensorView& tensor, uint64_t max_elements) {
  if (tensor.dtype != kString) {
    return Fail(ErrorCode::kInvalidArgument, "tensor of {}, want string", DTypeName(tensor.dtype));
  }
  if (!tensor.content.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "string tensor with tensor_content of {} bytes, want string_val",
                tensor.content.size());
  }
  FL_TRY(CheckCount(tensor, max_elements));
  const auto count = static_cast<size_t>(tensor.element_count);
  std::vector<Bytes> strings;
  FL_TRY(ForEachField("TensorProto", tensor.message, [&](protozero::pbf_reader& reader) {
    if (reader.tag_and_type() != Delimited(static_cast<protozero::pbf_tag_type>(List::kString))) {
      return reader.skip();
    }
    const Bytes element = GetBytes(reader);
    if (strings.size() < count) strings.push_back(element);
  }));
  strings.resize(count, strings.empty() ? Bytes{} : strings.back());
  return strings;
}

std::string DTypeName(int32_t dtype) {
  const DTypeRow* row = FindDType(dtype);
  return row == nullptr ? fmt::format("dtype {}", dtype) : row->name;
}

}  // namespace fanlight
