#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/board/store/column_scan.h"
#include "fanlight/board/store/scalar_block.h"
#include "fanlight/board/store/scalar_block_layout.h"

namespace fanlight::store {
namespace {

using namespace block_layout;

constexpr size_t kLeaves = kBlockPoints / kLeafPoints;
constexpr size_t kMaxBlockBytes =
    sizeof(Header) + kLeaves * (sizeof(Leaf) + 3 * sizeof(uint64_t) * kLeafPoints) + kPadBytes;

// Doubles from 2^30 to 2^31 have this exponent, so their unit in the last place is 2^-22: seconds of the years 2004 to
// 2038. The mantissa with its hidden bit is then the whole number of 2^-22 s.
constexpr uint64_t kClockExponent = uint64_t{1023 + 30} << 52;
constexpr uint64_t kExponentBits = uint64_t{0xfff} << 52;
constexpr uint64_t kHiddenBit = uint64_t{1} << 52;

using Numbers = std::array<uint64_t, kLeafPoints>;

// Packs numbers of one width one after another. A few streams at a time, because each next number waits for the one
// before it: where one stream ends, a whole byte ends.
class BitPacker {
 public:
  BitPacker(std::byte* out, uint8_t width) : out_(out), width_(width) {}
  // Writes up to 8 bytes further than what is packed.
  void Put(uint64_t number) {
    word_ |= number << filled_;
    StoreLittleEndian(out_, word_);
    filled_ += width_;
    out_ += filled_ / 8;
    word_ >>= filled_ & ~7u;
    filled_ &= 7;
  }

 private:
  std::byte* out_;
  const unsigned width_;
  unsigned filled_ = 0;  // Bits of word_; below 8 between calls, so a number has 56 at most.
  uint64_t word_ = 0;
};

class LeafWriter {
 public:
  // Writes from `block` + `begin` on; there is room for every leaf.
  LeafWriter(std::byte* block, size_t begin) : block_(block), end_(begin) {}
  size_t end() const { return end_; }

  Column Pack(const uint64_t* numbers, size_t n) {
    Column column{};
    column.coding = Coding::kPacked;
    if (n > 1) {
      // All arithmetic is modulo 2^64, so any steps at all come back, however far apart.
      const auto span = static_cast<int64_t>(numbers[n - 1] - numbers[0]);
      column.slope = static_cast<uint64_t>(span / static_cast<int64_t>(n - 1));
    }
    Numbers rest;
    const LineRest line = ScanLine(numbers, n, column.slope, rest.data());
    const auto least = static_cast<uint64_t>(line.least);
    column.base = numbers[0] + least;
    auto width = static_cast<uint8_t>(std::bit_width(static_cast<uint64_t>(line.greatest) - least));
    if (width > 56) width = 64;
    column.width = width;
    column.offset = static_cast<uint32_t>(end_);
    if (width == 0) return column;
    for (size_t i = 0; i < n; ++i) rest[i] -= least;
    if (width == 64) {
      Append(rest.data(), n * sizeof(uint64_t));
      return column;
    }
    std::array<std::byte, kLeafPoints * 7 + kPadBytes> packed;
    PackBits(rest.data(), n, width, packed.data());
    Append(packed.data(), (n * width + 7) / 8);
    return column;
  }

  Column PackWalls(const double* walls, size_t n, bool has_clock_exponent) {
    Numbers numbers;
    std::memcpy(numbers.data(), walls, n * sizeof(double));
    bool is_exact = true;
    if (has_clock_exponent) {
      for (size_t i = 0; i < n; ++i) numbers[i] = (numbers[i] & ~kExponentBits) | kHiddenBit;
    } else {
      is_exact = ScaleWalls(walls, n, numbers);
    }
    Column column = Pack(numbers.data(), n);
    column.is_wall_scaled = is_exact ? 1 : 0;
    return column;
  }

  Column PackValues(const uint64_t* bits, size_t n, ValueType type) {
    const bool is_constant = DifferingBits(bits, n) == 0;
    if (is_constant || (type != ValueType::kFloat32 && type != ValueType::kFloat64)) {
      return Pack(bits, n);
    }
    Column column{};
    column.offset = static_cast<uint32_t>(end_);
    std::array<uint32_t, kLeafPoints> narrow;
    if (type == ValueType::kFloat32) {
      column.coding = Coding::kFloat32;
      NarrowFloats(bits, n, narrow.data());
      Append(narrow.data(), n * sizeof(float));
      return column;
    }
    // The check is on bits, because a NaN keeps its payload and -0.0 its sign.
    bool are_floats = true;
    for (size_t i = 0; i < n; ++i) {
      const auto value = static_cast<float>(std::bit_cast<double>(bits[i]));
      narrow[i] = std::bit_cast<uint32_t>(value);
      are_floats = are_floats && std::bit_cast<uint64_t>(static_cast<double>(value)) == bits[i];
    }
    column.coding = are_floats ? Coding::kFloat64AsFloat : Coding::kFloat64;
    if (are_floats) {
      Append(narrow.data(), n * sizeof(float));
    } else {
      Append(bits, n * sizeof(double));
    }
    return column;
  }

 private:
  // False when some wall time is no whole number of 2^-22 s: `numbers` are the doubles' own bits then.
  static bool ScaleWalls(const double* walls, size_t n, Numbers& numbers) {
    for (size_t i = 0; i < n; ++i) {
      const double scaled = walls[i] * kWallScale;
      // Beyond 2^53 the doubles' own bits are as short. Also false for NaN.
      const bool is_small = std::abs(scaled) < 9.0e15;
      const auto whole = static_cast<int64_t>(is_small ? scaled : 0.0);
      if (std::bit_cast<uint64_t>(static_cast<double>(whole) / kWallScale) !=
          std::bit_cast<uint64_t>(walls[i])) {
        std::memcpy(numbers.data(), walls, n * sizeof(double));
        return false;
      }
      numbers[i] = static_cast<uint64_t>(whole);
    }
    return true;
  }

  static void PackBits(const uint64_t* numbers, size_t n, uint8_t width, std::byte* out) {
    constexpr size_t kQuarter = kLeafPoints / 4;
    if (n != kLeafPoints) {
      BitPacker packer(out, width);
      for (size_t i = 0; i < n; ++i) packer.Put(numbers[i]);
      return;
    }
    // What a stream writes too much of is right again once the next one has been copied behind it.
    std::array<std::array<std::byte, kQuarter * 7 + kPadBytes>, 4> parts;
    BitPacker a(parts[0].data(), width);
    BitPacker b(parts[1].data(), width);
    BitPacker c(parts[2].data(), width);
    BitPacker d(parts[3].data(), width);
    for (size_t i = 0; i < kQuarter; ++i) {
      a.Put(numbers[i]);
      b.Put(numbers[i + kQuarter]);
      c.Put(numbers[i + 2 * kQuarter]);
      d.Put(numbers[i + 3 * kQuarter]);
    }
    const size_t part_bytes = kQuarter / 8 * width;
    for (size_t i = 0; i < 4; ++i) std::memcpy(out + i * part_bytes, parts[i].data(), part_bytes);
  }

  // Adds the bytes and zeros up to a multiple of 8.
  void Append(const void* bytes, size_t size) {
    std::memcpy(block_ + end_, bytes, size);
    const size_t padded = (size + 7) & ~size_t{7};
    std::memset(block_ + end_ + size, 0, padded - size);
    end_ += padded;
  }

  std::byte* const block_;
  size_t end_;
};

// The bit pattern of the wall times; whether all have a clock's exponent.
bool HaveClockExponent(const double* walls, size_t n) {
  Numbers bits;
  std::memcpy(bits.data(), walls, n * sizeof(double));
  return (DifferingBits(bits.data(), n) & kExponentBits) == 0 &&
         (bits[0] & kExponentBits) == kClockExponent;
}

void SummarizeSteps(const int64_t* steps, size_t n, Summary& summary) {
  const OrderScan order = ScanOrder(steps, n);
  summary.min_step = order.least;
  summary.max_step = order.greatest;
  if (order.rises) summary.flags |= Summary::kStepsRise;
  if (order.rises_strictly) summary.flags |= Summary::kStepsRiseStrictly;
}

void SummarizeWalls(const double* walls, size_t n, bool has_clock_exponent, Summary& summary) {
  if (has_clock_exponent) {
    // Positive doubles are ordered as their bits are.
    std::array<int64_t, kLeafPoints> bits;
    std::memcpy(bits.data(), walls, n * sizeof(double));
    const OrderScan order = ScanOrder(bits.data(), n);
    summary.min_wall_s = std::bit_cast<double>(order.least);
    summary.max_wall_s = std::bit_cast<double>(order.greatest);
    if (order.rises) summary.flags |= Summary::kWallsRise;
    return;
  }
  summary.min_wall_s = std::numeric_limits<double>::infinity();
  summary.max_wall_s = -std::numeric_limits<double>::infinity();
  bool rises = true;
  bool has_nan = false;
  double last = walls[0];
  for (size_t i = 0; i < n; ++i) {
    const double wall = walls[i];
    summary.min_wall_s = wall < summary.min_wall_s ? wall : summary.min_wall_s;
    summary.max_wall_s = wall > summary.max_wall_s ? wall : summary.max_wall_s;
    rises = rises && wall >= last;  // False for NaN.
    has_nan = has_nan || std::isnan(wall);
    last = wall;
  }
  if (rises) summary.flags |= Summary::kWallsRise;
  if (has_nan) summary.flags |= Summary::kHasNanWall;
}

// Values `first` to `first` + n of the block.
void SummarizeValues(const PointColumns& points, uint32_t first, uint32_t n, Summary& summary) {
  const uint64_t* bits = points.value_bits.data() + first;
  if (points.type == ValueType::kFloat32) {
    const FloatScan scan = ScanFloats(bits, n);
    if (scan.is_finite) {
      summary.sum = scan.sum;
      summary.min_at = static_cast<uint16_t>(first + FindFloat(bits, n, scan.least));
      summary.max_at = static_cast<uint16_t>(first + FindFloat(bits, n, scan.greatest));
      return;
    }
  }
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  for (uint32_t i = 0; i < n; ++i) {
    const double value = ValueFromBits(points.type, bits[i]);
    const auto at = static_cast<uint16_t>(first + i);
    if (std::isfinite(value)) {
      summary.sum += value;
      if (value < least) {
        least = value;
        summary.min_at = at;
      }
      if (value > greatest) {
        greatest = value;
        summary.max_at = at;
      }
      continue;
    }
    if (summary.not_finite_at == Summary::kNone) summary.not_finite_at = at;
    if (std::isnan(value)) {
      ++summary.nans;
    } else {
      ++(value > 0 ? summary.positive_infinities : summary.negative_infinities);
    }
  }
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

Summary EncodeBlock(const PointColumns& points, std::vector<std::byte>& into) {
  const auto n = static_cast<uint32_t>(points.steps.size());
  FL_CHECK(n >= 1 && n <= kBlockPoints, "a block holds 1 to 4096 points");
  FL_CHECK(points.wall_times_s.size() == n && points.value_bits.size() == n,
           "columns of a block have equal lengths");
  FL_CHECK(into.size() % 8 == 0, "blocks begin at multiples of 8");
  const uint32_t leaves = (n + kLeafPoints - 1) / kLeafPoints;

  // Not in `into`, which would clear what it grows by.
  alignas(8) std::array<std::byte, kMaxBlockBytes> block;
  Summary whole;
  LeafWriter writer(block.data(), sizeof(Header) + leaves * sizeof(Leaf));
  for (uint32_t index = 0; index < leaves; ++index) {
    const uint32_t first = index * kLeafPoints;
    const uint32_t count = std::min(kLeafPoints, n - first);
    const int64_t* steps = points.steps.data() + first;
    const double* walls = points.wall_times_s.data() + first;
    const bool has_clock_exponent = HaveClockExponent(walls, count);
    Leaf leaf;
    SummarizeSteps(steps, count, leaf.summary);
    SummarizeWalls(walls, count, has_clock_exponent, leaf.summary);
    SummarizeValues(points, first, count, leaf.summary);
    Numbers numbers;
    std::memcpy(numbers.data(), steps, count * sizeof(int64_t));
    leaf.steps = writer.Pack(numbers.data(), count);
    leaf.walls = writer.PackWalls(walls, count, has_clock_exponent);
    leaf.values = writer.PackValues(points.value_bits.data() + first, count, points.type);
    std::memcpy(block.data() + sizeof(Header) + index * sizeof(Leaf), &leaf, sizeof(Leaf));
    if (index == 0) {
      whole = leaf.summary;
    } else {
      Merge(whole, leaf.summary, steps[0] >= steps[-1], steps[0] > steps[-1], walls[0] >= walls[-1],
            [&](uint16_t i) { return ValueFromBits(points.type, points.value_bits[i]); });
    }
  }
  const size_t bytes = writer.end() + kPadBytes;
  std::memset(block.data() + writer.end(), 0, kPadBytes);

  Header header{};
  header.bytes = static_cast<uint32_t>(bytes);
  header.points = static_cast<uint16_t>(n);
  header.version = kVersion;
  header.type = static_cast<uint8_t>(points.type);
  std::memcpy(block.data(), &header, sizeof(Header));
  header.crc32c = Crc32c(std::span(block).subspan(sizeof(uint32_t), bytes - sizeof(uint32_t)));
  std::memcpy(block.data(), &header.crc32c, sizeof(uint32_t));
  into.insert(into.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(bytes));
  return whole;
}

}  // namespace fanlight::store
