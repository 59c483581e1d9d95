// Up to 4096 scalar points as bytes: bit-exact, small, and each point readable by itself.
//
//   header │ leaf 0 │ leaf 1 │ … │ packed bits of leaf 0: steps, wall times, values │ of leaf 1 │ …
//
// A leaf is 256 points. Its 128 bytes hold a summary (least and greatest value and where, sum, how
// many are not finite, range of steps and wall times) and how each column is packed. Integers are
// told as
//
//   v[i] = base + i · slope + u[i]     (mod 2^64)     with u[i] in `width` bits
//
// so regular steps take no bits at all, wall times take the bits of their jitter, and any point is
// one load away: a screenful of a long series needs a few points here and there, never a whole
// block decoded. Steps 10, 20, 30, 45: slope 11, base 8, u = 2, 1, 0, 4, width 3. Wall times are
// taken as whole numbers of 2^-22 s where that is exact for the whole leaf, which it is for every
// double clock between 2004 and 2038, else as the doubles' bits. Values are one constant, floats,
// doubles, doubles that are floats, or integers packed as above.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fanlight/board/store/series.h"

namespace fanlight::store {

inline constexpr uint32_t kLeafPoints = 256;
inline constexpr uint32_t kBlockPoints = 4096;

// What a leaf, a block or a stretch of points amounts to.
struct Summary {
  static constexpr uint16_t kNone = 0xffff;
  enum : uint8_t {
    kStepsRise = 1,
    kWallsRise = 2,
    kStepsRiseStrictly = 4,
    kHasNanWall = 8
  };  // "Rise": never fall.

  double sum = 0;  // Of the finite values.
  int64_t min_step = INT64_MAX;
  int64_t max_step = INT64_MIN;
  double min_wall_s = 0;  // Of the wall times that are numbers; +inf, -inf when none is.
  double max_wall_s = 0;
  uint16_t min_at =
      kNone;  // Index in the block of the least and greatest finite value (the first of equals),
  uint16_t max_at = kNone;
  uint16_t not_finite_at = kNone;  // and of the first NaN or infinity.
  uint16_t nans = 0;
  uint16_t positive_infinities = 0;
  uint16_t negative_infinities = 0;
  uint8_t flags = 0;
  uint8_t unused[3] = {};

  bool steps_rise() const { return (flags & kStepsRise) != 0; }
  bool walls_rise() const { return (flags & kWallsRise) != 0; }
  bool has_nan_wall() const { return (flags & kHasNanWall) != 0; }
};
static_assert(sizeof(Summary) == 56);

// The value with these bits, as readers see it. Float32 stands in the low half.
double ValueFromBits(ValueType type, uint64_t bits);

// Parallel columns to encode: equal lengths, 1 to kBlockPoints points.
struct PointColumns {
  std::span<const int64_t> steps;
  std::span<const double> wall_times_s;
  std::span<const uint64_t> value_bits;
  ValueType type = ValueType::kFloat32;
};

// Appends the encoded block to `into` (its length a multiple of 8) and returns the summary of the
// whole.
Summary EncodeBlock(const PointColumns& points, std::vector<std::byte>& into);

// Reads an encoded block. The bytes must be what EncodeBlock made, 8-byte aligned, and outlive
// this.
class ScalarBlock {
 public:
  explicit ScalarBlock(const std::byte* data) : data_(data) {}

  uint32_t points() const;
  uint32_t bytes() const;
  ValueType type() const;
  uint32_t leaves() const { return (points() + kLeafPoints - 1) / kLeafPoints; }
  const Summary& leaf(uint32_t index) const;

  int64_t StepAt(uint32_t index) const;
  double WallTimeAt(uint32_t index) const;
  uint64_t BitsAt(uint32_t index) const;
  double ValueAt(uint32_t index) const;

  // Points [first, first + into.size()).
  void Steps(uint32_t first, std::span<int64_t> into) const;
  void WallTimes(uint32_t first, std::span<double> into) const;
  void Values(uint32_t first, std::span<double> into) const;
  void Bits(uint32_t first, std::span<uint64_t> into) const;

  // Has the processor fetch what reading the least and the greatest value of each leaf, or a point, will want.
  void PrefetchExtremes() const;
  void PrefetchPoint(uint32_t index) const;

 private:
  template <typename Read>
  void ForEachLeaf(uint32_t first, size_t n, Read&& read) const;
  void PrefetchValue(uint32_t index) const;

  const std::byte* data_;
};

// Whether the places in a summary from outside lie among so many points.
bool IsIn(const Summary& summary, uint32_t points);

// Whether bytes from outside, 8-byte aligned, are a whole, undamaged block, which ScalarBlock may then read.
bool IsIntactBlock(std::span<const std::byte> bytes);

}  // namespace fanlight::store
