#include "fanlight/engine/checkpoint/tensor_slice.h"

#include <algorithm>
#include <charconv>

#include "fanlight/base/text.h"

namespace fanlight::checkpoint {
namespace {

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Calls `each` for the pieces of `text` between separators.
template <typename Each>
bool ForEachPiece(std::string_view text, char separator, Each&& each) {
  while (true) {
    const size_t at = text.find(separator);
    if (!each(text.substr(0, at))) return false;
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at + 1);
  }
}

// Order-preserving codes, so that keys sort as (name, rank, extents) do: a count of bytes and then
// the number, big-endian.
void AppendOrderedUnsigned(std::string& out, uint64_t value) {
  char bytes[8];
  int count = 0;
  for (; value > 0; value >>= 8) bytes[count++] = static_cast<char>(value & 0xff);
  out.push_back(static_cast<char>(count));
  while (count > 0) out.push_back(bytes[--count]);
}

// Two's complement in the least number k of bytes that leaves room for a header of k one-bits and a
// zero bit, by which it is XORed.
void AppendOrderedSigned(std::string& out, int64_t value) {
  const uint64_t magnitude =
      value < 0 ? ~static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  int count = 1;
  while (count < 10 && 7 * count - 1 < 64 && (magnitude >> (7 * count - 1)) != 0) ++count;
  const char fill = value < 0 ? '\xff' : '\0';
  char bytes[10];
  for (int i = 0; i < count; ++i) {
    const int shift = 8 * (count - 1 - i);
    bytes[i] = shift >= 64 ? fill : static_cast<char>(static_cast<uint64_t>(value) >> shift);
  }
  // The header's ones run over into the second byte when there are more than eight.
  for (int bit = 0; bit < count; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (0x80 >> (bit % 8)));
  }
  out.append(bytes, static_cast<size_t>(count));
}

void AppendOrderedString(std::string& out, std::string_view text) {
  for (const char byte : text) {
    if (byte == '\0') {
      out.append("\0\xff", 2);
    } else if (byte == '\xff') {
      out.append("\xff\0", 2);
    } else {
      out.push_back(byte);
    }
  }
  out.append("\0\1", 2);
}

}  // namespace

std::string ToString(const TensorSlice& slice) {
  std::string text;
  for (const TensorSlice::Extent& extent : slice.extents) {
    if (!text.empty()) text += ':';
    text += extent.length == TensorSlice::Extent::kWhole
                ? "-"
                : fmt::format("{},{}", extent.start, extent.length);
  }
  return text;
}

Result<TensorSlice> Resolve(const TensorSlice& slice, const Shape& full) {
  if (slice.extents.size() != static_cast<size_t>(full.rank())) {
    return Fail(ErrorCode::kInvalidArgument,
                "slice of wrong rank: got {} extents in {}, want {} for the shape {}",
                slice.extents.size(), Quoted(ToString(slice)), full.rank(), ToString(full));
  }
  TensorSlice resolved = slice;
  for (size_t i = 0; i < resolved.extents.size(); ++i) {
    TensorSlice::Extent& extent = resolved.extents[i];
    const int64_t dim = full.dim(static_cast<int>(i));
    if (extent.length == TensorSlice::Extent::kWhole) extent = {.start = 0, .length = dim};
    if (extent.start < 0 || extent.length < 0 || extent.start > dim ||
        extent.length > dim - extent.start) {
      return Fail(ErrorCode::kInvalidArgument, "slice {} leaves the shape {} in dimension {}",
                  Quoted(ToString(slice)), ToString(full), i);
    }
  }
  return resolved;
}

Result<Shape> ShapeOf(const TensorSlice& resolved) {
  std::vector<int64_t> dims;
  dims.reserve(resolved.extents.size());
  for (const TensorSlice::Extent& extent : resolved.extents) dims.push_back(extent.length);
  return Shape::From(dims);
}

std::optional<TensorSlice> Intersect(const TensorSlice& a, const TensorSlice& b) {
  TensorSlice common;
  common.extents.reserve(a.extents.size());
  for (size_t i = 0; i < a.extents.size(); ++i) {
    const int64_t start = std::max(a.extents[i].start, b.extents[i].start);
    const int64_t end = std::min(a.extents[i].start + a.extents[i].length,
                                 b.extents[i].start + b.extents[i].length);
    if (end <= start) return std::nullopt;
    common.extents.push_back({.start = start, .length = end - start});
  }
  return common;
}

Result<SlicedShape> SlicedShape::Parse(std::string_view text) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                "bad shape and slice: got {}, want the dimensions and then \"start,length\" or "
                "\"-\" for each, such as \"6 4 0,4:-\"",
                Quoted(text));
  };
  const size_t last_space = text.rfind(' ');
  if (last_space == std::string_view::npos) return bad();
  std::vector<int64_t> dims;
  const bool dims_parsed =
      ForEachPiece(text.substr(0, last_space), ' ', [&](std::string_view piece) {
        const std::optional<int64_t> dim = ParseNumber(piece);
        if (dim) dims.push_back(*dim);
        return dim.has_value();
      });
  if (!dims_parsed) return bad();
  SlicedShape result;
  const bool slice_parsed =
      ForEachPiece(text.substr(last_space + 1), ':', [&](std::string_view piece) {
        if (piece == "-") {
          result.slice.extents.push_back({});
          return true;
        }
        const size_t comma = piece.find(',');
        if (comma == std::string_view::npos) return false;
        const std::optional<int64_t> start = ParseNumber(piece.substr(0, comma));
        const std::optional<int64_t> length = ParseNumber(piece.substr(comma + 1));
        if (start && length) result.slice.extents.push_back({*start, *length});
        return start.has_value() && length.has_value();
      });
  if (!slice_parsed) return bad();
  FL_ASSIGN_OR_RETURN(result.full, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(const TensorSlice resolved, Resolve(result.slice, result.full));
  FL_ASSIGN_OR_RETURN(result.part, ShapeOf(resolved));
  return result;
}

std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice) {
  std::string key;
  AppendOrderedUnsigned(key, 0);
  AppendOrderedString(key, name);
  AppendOrderedUnsigned(key, slice.extents.size());
  for (const TensorSlice::Extent& extent : slice.extents) {
    AppendOrderedSigned(key, extent.start);
    AppendOrderedSigned(key, extent.length);
  }
  return key;
}

}  // namespace fanlight::checkpoint
