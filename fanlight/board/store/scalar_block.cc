#include "fanlight/board/store/scalar_block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/board/store/scalar_block_layout.h"

namespace fanlight::store {
namespace {

using namespace block_layout;

const Header& HeaderOf(const std::byte* data) { return *reinterpret_cast<const Header*>(data); }
const Leaf& LeafOf(const std::byte* data, uint32_t leaf) {
  return reinterpret_cast<const Leaf*>(data + sizeof(Header))[leaf];
}

uint64_t LowBits(uint8_t width) { return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

uint64_t PackedAt(const std::byte* data, const Column& column, uint32_t index) {
  const uint64_t predicted = column.base + index * column.slope;
  if (column.width == 0) return predicted;
  const uint64_t bit = uint64_t{index} * column.width;
  const auto word = LoadLittleEndian<uint64_t>(data + column.offset + bit / 8);
  return predicted + ((word >> (bit % 8)) & LowBits(column.width));
}

double WallFromBits(const Column& column, uint64_t bits) {
  if (column.is_wall_scaled != 0) {
    return static_cast<double>(static_cast<int64_t>(bits)) * (1.0 / kWallScale);
  }
  return std::bit_cast<double>(bits);
}

uint64_t ValueBitsAt(const std::byte* data, const Column& column, uint32_t index) {
  switch (column.coding) {
    case Coding::kFloat32:
      return LoadLittleEndian<uint32_t>(data + column.offset + size_t{4} * index);
    case Coding::kFloat64:
      return LoadLittleEndian<uint64_t>(data + column.offset + size_t{8} * index);
    case Coding::kFloat64AsFloat:
      return std::bit_cast<uint64_t>(
          static_cast<double>(LoadLittleEndian<float>(data + column.offset + size_t{4} * index)));
    case Coding::kPacked:
      break;
  }
  return PackedAt(data, column, index);
}

}  // namespace

double ValueFromBits(ValueType type, uint64_t bits) {
  switch (type) {
    case ValueType::kFloat32:
      return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    case ValueType::kFloat64:
      return std::bit_cast<double>(bits);
    case ValueType::kInt64:
      return static_cast<double>(static_cast<int64_t>(bits));
    case ValueType::kUint64:
    case ValueType::kBool:
      break;
  }
  return static_cast<double>(bits);
}

uint32_t ScalarBlock::points() const { return HeaderOf(data_).points; }
uint32_t ScalarBlock::bytes() const { return HeaderOf(data_).bytes; }
ValueType ScalarBlock::type() const { return static_cast<ValueType>(HeaderOf(data_).type); }
const Summary& ScalarBlock::leaf(uint32_t index) const { return LeafOf(data_, index).summary; }

int64_t ScalarBlock::StepAt(uint32_t index) const {
  return static_cast<int64_t>(
      PackedAt(data_, LeafOf(data_, index / kLeafPoints).steps, index % kLeafPoints));
}

double ScalarBlock::WallTimeAt(uint32_t index) const {
  const Column& column = LeafOf(data_, index / kLeafPoints).walls;
  return WallFromBits(column, PackedAt(data_, column, index % kLeafPoints));
}

uint64_t ScalarBlock::BitsAt(uint32_t index) const {
  return ValueBitsAt(data_, LeafOf(data_, index / kLeafPoints).values, index % kLeafPoints);
}

void ScalarBlock::Steps(uint32_t first, std::span<int64_t> into) const {
  for (uint32_t i = 0; i < into.size();) {
    const Column& column = LeafOf(data_, (first + i) / kLeafPoints).steps;
    uint32_t in_leaf = (first + i) % kLeafPoints;
    for (; in_leaf < kLeafPoints && i < into.size(); ++in_leaf, ++i) {
      into[i] = static_cast<int64_t>(PackedAt(data_, column, in_leaf));
    }
  }
}

void ScalarBlock::WallTimes(uint32_t first, std::span<double> into) const {
  for (uint32_t i = 0; i < into.size();) {
    const Column& column = LeafOf(data_, (first + i) / kLeafPoints).walls;
    uint32_t in_leaf = (first + i) % kLeafPoints;
    for (; in_leaf < kLeafPoints && i < into.size(); ++in_leaf, ++i) {
      into[i] = WallFromBits(column, PackedAt(data_, column, in_leaf));
    }
  }
}

void ScalarBlock::Bits(uint32_t first, std::span<uint64_t> into) const {
  for (uint32_t i = 0; i < into.size();) {
    const Column& column = LeafOf(data_, (first + i) / kLeafPoints).values;
    uint32_t in_leaf = (first + i) % kLeafPoints;
    for (; in_leaf < kLeafPoints && i < into.size(); ++in_leaf, ++i) {
      into[i] = ValueBitsAt(data_, column, in_leaf);
    }
  }
}

void ScalarBlock::Values(uint32_t first, std::span<double> into) const {
  const ValueType value_type = type();
  while (!into.empty()) {
    const Column& column = LeafOf(data_, first / kLeafPoints).values;
    const uint32_t in_leaf = first % kLeafPoints;
    const size_t count = std::min<size_t>(into.size(), kLeafPoints - in_leaf);
    const bool are_floats =
        (value_type == ValueType::kFloat32 && column.coding == Coding::kFloat32) ||
        (value_type == ValueType::kFloat64 && column.coding == Coding::kFloat64AsFloat);
    if (are_floats) {
      const std::byte* at = data_ + column.offset + size_t{4} * in_leaf;
      for (size_t i = 0; i < count; ++i) {
        into[i] = static_cast<double>(LoadLittleEndian<float>(at + 4 * i));
      }
    } else {
      for (uint32_t i = 0; i < count; ++i) {
        into[i] = ValueFromBits(value_type, ValueBitsAt(data_, column, in_leaf + i));
      }
    }
    first += static_cast<uint32_t>(count);
    into = into.subspan(count);
  }
}

bool IsIn(const Summary& summary, uint32_t points) {
  for (const uint16_t at : {summary.min_at, summary.max_at, summary.not_finite_at}) {
    if (at != Summary::kNone && at >= points) return false;
  }
  return true;
}

namespace {

// Whether all that a reader loads of the column lies within a block of `block_bytes`.
bool IsWithin(const Column& column, uint32_t points, size_t block_bytes) {
  size_t needed = 0;
  switch (column.coding) {
    case Coding::kPacked:
      if (column.width > 56 && column.width != 64) return false;
      if (column.width == 0) return true;
      needed = (size_t{points} * column.width + 7) / 8 + kPadBytes;
      break;
    case Coding::kFloat32:
    case Coding::kFloat64AsFloat:
      needed = size_t{points} * 4;
      break;
    case Coding::kFloat64:
      needed = size_t{points} * 8;
      break;
    default:
      return false;
  }
  return column.offset <= block_bytes && needed <= block_bytes - column.offset;
}

bool IsWellFormed(const std::byte* data, const Header& header) {
  const uint32_t leaves = (header.points + kLeafPoints - 1) / kLeafPoints;
  if (header.bytes < sizeof(Header) + leaves * sizeof(Leaf) + kPadBytes) return false;
  for (uint32_t i = 0; i < leaves; ++i) {
    const Leaf& leaf = LeafOf(data, i);
    const uint32_t points = std::min(kLeafPoints, header.points - i * kLeafPoints);
    if (!IsIn(leaf.summary, header.points) || leaf.steps.coding != Coding::kPacked ||
        leaf.walls.coding != Coding::kPacked || !IsWithin(leaf.steps, points, header.bytes) ||
        !IsWithin(leaf.walls, points, header.bytes) ||
        !IsWithin(leaf.values, points, header.bytes)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool IsIntactBlock(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(Header) + sizeof(Leaf) + kPadBytes) return false;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.version != kVersion || header.bytes != bytes.size() || header.points < 1 ||
      header.points > kBlockPoints || header.type > static_cast<uint8_t>(ValueType::kBool)) {
    return false;
  }
  // A right checksum says that we wrote it; the shape is looked at all the same, because readers rely
  // on it.
  return Crc32c(bytes.subspan(sizeof(uint32_t))) == header.crc32c &&
         IsWellFormed(bytes.data(), header);
}

}  // namespace fanlight::store
