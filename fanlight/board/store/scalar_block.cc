#include "fanlight/board/store/scalar_block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/board/store/column_scan.h"
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

PackedLine LineOf(const std::byte* data, const Column& column) {
  return {.bits = data + column.offset,
          .width = column.width,
          .base = column.base,
          .slope = column.slope};
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

double ScalarBlock::ValueAt(uint32_t index) const { return ValueFromBits(type(), BitsAt(index)); }

// Calls read(leaf, first, count, done) for points [first, first + n) leaf by leaf: `first` is the place in the leaf,
// `done` are read before.
template <typename Read>
void ScalarBlock::ForEachLeaf(uint32_t first, size_t n, Read&& read) const {
  for (size_t done = 0; done < n;) {
    const auto at = first + static_cast<uint32_t>(done);
    const uint32_t in_leaf = at % kLeafPoints;
    const size_t count = std::min<size_t>(n - done, kLeafPoints - in_leaf);
    read(LeafOf(data_, at / kLeafPoints), in_leaf, count, done);
    done += count;
  }
}

void ScalarBlock::Steps(uint32_t first, std::span<int64_t> into) const {
  ForEachLeaf(first, into.size(), [&](const Leaf& leaf, uint32_t at, size_t count, size_t done) {
    ReadLine(LineOf(data_, leaf.steps), at, count, reinterpret_cast<uint64_t*>(into.data() + done));
  });
}

void ScalarBlock::WallTimes(uint32_t first, std::span<double> into) const {
  ForEachLeaf(first, into.size(), [&](const Leaf& leaf, uint32_t at, size_t count, size_t done) {
    uint64_t numbers[kLeafPoints];
    ReadLine(LineOf(data_, leaf.walls), at, count, numbers);
    if (leaf.walls.is_wall_scaled != 0) {
      ScaleIntegers(numbers, count, 1.0 / kWallScale, into.data() + done);
    } else {
      std::memcpy(into.data() + done, numbers, count * sizeof(double));
    }
  });
}

void ScalarBlock::Bits(uint32_t first, std::span<uint64_t> into) const {
  ForEachLeaf(first, into.size(), [&](const Leaf& leaf, uint32_t at, size_t count, size_t done) {
    for (uint32_t i = 0; i < count; ++i) into[done + i] = ValueBitsAt(data_, leaf.values, at + i);
  });
}

void ScalarBlock::Values(uint32_t first, std::span<double> into) const {
  const ValueType value_type = type();
  ForEachLeaf(first, into.size(), [&](const Leaf& leaf, uint32_t at, size_t count, size_t done) {
    const Column& column = leaf.values;
    const bool are_floats =
        (value_type == ValueType::kFloat32 && column.coding == Coding::kFloat32) ||
        (value_type == ValueType::kFloat64 && column.coding == Coding::kFloat64AsFloat);
    if (are_floats) {
      WidenFloats(data_ + column.offset + size_t{4} * at, count, into.data() + done);
    } else {
      for (uint32_t i = 0; i < count; ++i) {
        into[done + i] = ValueFromBits(value_type, ValueBitsAt(data_, column, at + i));
      }
    }
  });
}

void ScalarBlock::PrefetchExtremes() const {
  for (uint32_t i = 0; i < leaves(); ++i) {
    const Summary& summary = leaf(i);
    if (summary.min_at == Summary::kNone) continue;
    PrefetchValue(summary.min_at);
    PrefetchValue(summary.max_at);
  }
}

void ScalarBlock::PrefetchPoint(uint32_t index) const {
  const Column& walls = LeafOf(data_, index / kLeafPoints).walls;
  __builtin_prefetch(data_ + walls.offset + size_t{index % kLeafPoints} * walls.width / 8);
  PrefetchValue(index);
}

void ScalarBlock::PrefetchValue(uint32_t index) const {
  const Column& column = LeafOf(data_, index / kLeafPoints).values;
  const size_t bits = column.coding == Coding::kPacked    ? column.width
                      : column.coding == Coding::kFloat64 ? 64
                                                          : 32;
  __builtin_prefetch(data_ + column.offset + size_t{index % kLeafPoints} * bits / 8);
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
