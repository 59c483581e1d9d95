#include "fanlight/board/store/scalar_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"

namespace fanlight::store {
namespace {

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

class LeafWriter {
 public:
  LeafWriter(std::vector<std::byte>& into, size_t block_begin)
      : into_(into), block_begin_(block_begin) {}

  Column Pack(std::span<const uint64_t> numbers) {
    Column column{};
    column.coding = Coding::kPacked;
    const size_t n = numbers.size();
    if (n > 1) {
      // All arithmetic is modulo 2^64, so any steps at all come back, however far apart.
      const auto span = static_cast<int64_t>(numbers[n - 1] - numbers[0]);
      column.slope = static_cast<uint64_t>(span / static_cast<int64_t>(n - 1));
    }
    std::array<uint64_t, kLeafPoints> rest;
    auto least = std::numeric_limits<int64_t>::max();
    auto greatest = std::numeric_limits<int64_t>::min();
    uint64_t line = numbers[0];
    for (size_t i = 0; i < n; ++i, line += column.slope) {
      rest[i] = numbers[i] - line;
      least = std::min(least, static_cast<int64_t>(rest[i]));
      greatest = std::max(greatest, static_cast<int64_t>(rest[i]));
    }
    column.base = numbers[0] + static_cast<uint64_t>(least);
    const uint64_t range = static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least);
    auto width = static_cast<uint8_t>(std::bit_width(range));
    if (width > 56) width = 64;
    column.width = width;
    column.offset = Offset();
    if (width == 0) return column;

    const size_t bytes = (n * width + 7) / 8;
    std::byte* out = Grow((bytes + 7) & ~size_t{7});
    uint64_t word = 0;
    unsigned filled = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint64_t u = rest[i] - static_cast<uint64_t>(least);
      word |= u << filled;
      if (filled + width >= 64) {
        StoreLittleEndian(out, word);
        out += 8;
        const unsigned taken = 64 - filled;
        word = taken >= 64 ? 0 : u >> taken;
        filled = filled + width - 64;
      } else {
        filled += width;
      }
    }
    if (filled > 0) StoreLittleEndian(out, word);
    return column;
  }

  Column PackWalls(std::span<const double> walls) {
    std::array<uint64_t, kLeafPoints> numbers;
    bool is_exact = true;
    for (size_t i = 0; i < walls.size(); ++i) {
      const double scaled = walls[i] * kWallScale;
      // Beyond 2^53 the doubles' own bits are as short. Also false for NaN.
      const bool is_small = std::abs(scaled) < 9.0e15;
      const auto whole = static_cast<int64_t>(is_small ? scaled : 0.0);
      is_exact = is_exact && std::bit_cast<uint64_t>(static_cast<double>(whole) / kWallScale) ==
                                 std::bit_cast<uint64_t>(walls[i]);
      numbers[i] = static_cast<uint64_t>(whole);
    }
    if (!is_exact) {
      for (size_t i = 0; i < walls.size(); ++i) numbers[i] = std::bit_cast<uint64_t>(walls[i]);
    }
    Column column = Pack(std::span(numbers).first(walls.size()));
    column.is_wall_scaled = is_exact ? 1 : 0;
    return column;
  }

  Column PackValues(std::span<const uint64_t> bits, ValueType type) {
    const bool is_constant =
        std::all_of(bits.begin(), bits.end(), [&](uint64_t b) { return b == bits[0]; });
    if (is_constant || (type != ValueType::kFloat32 && type != ValueType::kFloat64)) {
      return Pack(bits);
    }
    Column column{};
    column.offset = Offset();
    if (type == ValueType::kFloat32) {
      column.coding = Coding::kFloat32;
      std::byte* out = Grow((bits.size() * 4 + 7) & ~size_t{7});
      for (size_t i = 0; i < bits.size(); ++i) {
        StoreLittleEndian(out + 4 * i, static_cast<uint32_t>(bits[i]));
      }
      return column;
    }
    // The check is on bits, because a NaN keeps its payload and -0.0 its sign.
    const auto is_float = [](uint64_t b) {
      const auto narrow = static_cast<float>(std::bit_cast<double>(b));
      return std::bit_cast<uint64_t>(static_cast<double>(narrow)) == b;
    };
    if (std::all_of(bits.begin(), bits.end(), is_float)) {
      column.coding = Coding::kFloat64AsFloat;
      std::byte* out = Grow((bits.size() * 4 + 7) & ~size_t{7});
      for (size_t i = 0; i < bits.size(); ++i) {
        StoreLittleEndian(out + 4 * i, static_cast<float>(std::bit_cast<double>(bits[i])));
      }
      return column;
    }
    column.coding = Coding::kFloat64;
    std::byte* out = Grow(bits.size() * 8);
    std::memcpy(out, bits.data(), bits.size_bytes());
    return column;
  }

 private:
  uint32_t Offset() const { return static_cast<uint32_t>(into_.size() - block_begin_); }
  std::byte* Grow(size_t bytes) {
    const size_t begin = into_.size();
    into_.resize(begin + bytes);
    return into_.data() + begin;
  }

  std::vector<std::byte>& into_;
  const size_t block_begin_;
};

Summary SummarizeLeaf(const PointColumns& points, uint32_t first, uint32_t count) {
  Summary summary;
  summary.min_wall_s = std::numeric_limits<double>::infinity();
  summary.max_wall_s = -std::numeric_limits<double>::infinity();
  bool steps_rise = true;
  bool steps_rise_strictly = true;
  bool walls_rise = true;
  bool has_nan_wall = false;
  int64_t last_step = points.steps[first];
  double last_wall = points.wall_times_s[first];
  for (uint32_t i = first; i < first + count; ++i) {
    const int64_t step = points.steps[i];
    summary.min_step = std::min(summary.min_step, step);
    summary.max_step = std::max(summary.max_step, step);
    steps_rise = steps_rise && step >= last_step;
    steps_rise_strictly = steps_rise_strictly && (step > last_step || i == first);
    last_step = step;
    const double wall = points.wall_times_s[i];
    summary.min_wall_s = wall < summary.min_wall_s ? wall : summary.min_wall_s;
    summary.max_wall_s = wall > summary.max_wall_s ? wall : summary.max_wall_s;
    walls_rise = walls_rise && wall >= last_wall;  // False for NaN.
    has_nan_wall = has_nan_wall || std::isnan(wall);
    last_wall = wall;
  }
  summary.flags = static_cast<uint8_t>((steps_rise ? Summary::kStepsRise : 0) |
                                       (steps_rise_strictly ? Summary::kStepsRiseStrictly : 0) |
                                       (walls_rise ? Summary::kWallsRise : 0) |
                                       (has_nan_wall ? Summary::kHasNanWall : 0));

  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  for (uint32_t i = first; i < first + count; ++i) {
    const double value = ValueFromBits(points.type, points.value_bits[i]);
    if (std::isfinite(value)) {
      summary.sum += value;
      if (value < least) {
        least = value;
        summary.min_at = static_cast<uint16_t>(i);
      }
      if (value > greatest) {
        greatest = value;
        summary.max_at = static_cast<uint16_t>(i);
      }
      continue;
    }
    if (summary.not_finite_at == Summary::kNone) summary.not_finite_at = static_cast<uint16_t>(i);
    if (std::isnan(value)) {
      ++summary.nans;
    } else {
      ++(value > 0 ? summary.positive_infinities : summary.negative_infinities);
    }
  }
  return summary;
}

// Adds a later leaf's summary to that of the block. `value_at` reads a value of the block.
template <typename ValueAt>
void Merge(Summary& whole, const Summary& part, bool steps_go_on, bool steps_go_on_strictly,
           bool walls_go_on, ValueAt&& value_at) {
  whole.sum += part.sum;
  whole.min_step = std::min(whole.min_step, part.min_step);
  whole.max_step = std::max(whole.max_step, part.max_step);
  whole.min_wall_s = std::min(whole.min_wall_s, part.min_wall_s);
  whole.max_wall_s = std::max(whole.max_wall_s, part.max_wall_s);
  if (part.min_at != Summary::kNone &&
      (whole.min_at == Summary::kNone || value_at(part.min_at) < value_at(whole.min_at))) {
    whole.min_at = part.min_at;
  }
  if (part.max_at != Summary::kNone &&
      (whole.max_at == Summary::kNone || value_at(part.max_at) > value_at(whole.max_at))) {
    whole.max_at = part.max_at;
  }
  if (whole.not_finite_at == Summary::kNone) whole.not_finite_at = part.not_finite_at;
  whole.nans = static_cast<uint16_t>(whole.nans + part.nans);
  whole.positive_infinities =
      static_cast<uint16_t>(whole.positive_infinities + part.positive_infinities);
  whole.negative_infinities =
      static_cast<uint16_t>(whole.negative_infinities + part.negative_infinities);
  // All flags but this one must hold for every part.
  const auto has_nan_wall = static_cast<uint8_t>((whole.flags | part.flags) & Summary::kHasNanWall);
  auto flags = static_cast<uint8_t>(whole.flags & part.flags);
  if (!steps_go_on) flags &= static_cast<uint8_t>(~Summary::kStepsRise);
  if (!steps_go_on_strictly) flags &= static_cast<uint8_t>(~Summary::kStepsRiseStrictly);
  if (!walls_go_on) flags &= static_cast<uint8_t>(~Summary::kWallsRise);
  whole.flags = static_cast<uint8_t>(flags | has_nan_wall);
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

Summary EncodeBlock(const PointColumns& points, std::vector<std::byte>& into) {
  const auto n = static_cast<uint32_t>(points.steps.size());
  FL_CHECK(n >= 1 && n <= kBlockPoints, "a block holds 1 to 4096 points");
  FL_CHECK(points.wall_times_s.size() == n && points.value_bits.size() == n,
           "columns of a block have equal lengths");
  const size_t begin = into.size();
  FL_CHECK(begin % 8 == 0, "blocks begin at multiples of 8");
  const uint32_t leaves = (n + kLeafPoints - 1) / kLeafPoints;
  into.resize(begin + sizeof(Header) + leaves * sizeof(Leaf));

  Summary whole;
  LeafWriter writer(into, begin);
  for (uint32_t index = 0; index < leaves; ++index) {
    const uint32_t first = index * kLeafPoints;
    const uint32_t count = std::min(kLeafPoints, n - first);
    Leaf leaf;
    leaf.summary = SummarizeLeaf(points, first, count);
    std::array<uint64_t, kLeafPoints> steps;
    for (uint32_t i = 0; i < count; ++i) steps[i] = static_cast<uint64_t>(points.steps[first + i]);
    leaf.steps = writer.Pack(std::span(steps).first(count));
    leaf.walls = writer.PackWalls(points.wall_times_s.subspan(first, count));
    leaf.values = writer.PackValues(points.value_bits.subspan(first, count), points.type);
    std::memcpy(into.data() + begin + sizeof(Header) + index * sizeof(Leaf), &leaf, sizeof(Leaf));
    if (index == 0) {
      whole = leaf.summary;
    } else {
      Merge(whole, leaf.summary, points.steps[first] >= points.steps[first - 1],
            points.steps[first] > points.steps[first - 1],
            points.wall_times_s[first] >= points.wall_times_s[first - 1],
            [&](uint16_t i) { return ValueFromBits(points.type, points.value_bits[i]); });
    }
  }
  into.resize(into.size() + kPadBytes);

  Header header{};
  header.bytes = static_cast<uint32_t>(into.size() - begin);
  header.points = static_cast<uint16_t>(n);
  header.version = kVersion;
  header.type = static_cast<uint8_t>(points.type);
  std::memcpy(into.data() + begin, &header, sizeof(Header));
  header.crc32c = Crc32c(std::span(into).subspan(begin + sizeof(uint32_t)));
  std::memcpy(into.data() + begin, &header.crc32c, sizeof(uint32_t));
  return whole;
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
  for (uint32_t i = 0; i < into.size();) {
    const Column& column = LeafOf(data_, (first + i) / kLeafPoints).values;
    uint32_t in_leaf = (first + i) % kLeafPoints;
    for (; in_leaf < kLeafPoints && i < into.size(); ++in_leaf, ++i) {
      into[i] = ValueFromBits(value_type, ValueBitsAt(data_, column, in_leaf));
    }
  }
}

bool IsIntactBlock(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(Header) + sizeof(Leaf) + kPadBytes) return false;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (header.version != kVersion || header.bytes != bytes.size() || header.points < 1 ||
      header.points > kBlockPoints || header.type > static_cast<uint8_t>(ValueType::kBool)) {
    return false;
  }
  // A right checksum says that we wrote it, and what we write is well-formed.
  return Crc32c(bytes.subspan(sizeof(uint32_t))) == header.crc32c;
}

}  // namespace fanlight::store
