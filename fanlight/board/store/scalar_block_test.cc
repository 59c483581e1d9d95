#include "fanlight/board/store/scalar_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace fanlight::store {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Points {
  std::vector<int64_t> steps;
  std::vector<double> walls;
  std::vector<uint64_t> bits;
  ValueType type = ValueType::kFloat32;

  PointColumns columns() const {
    return {.steps = steps, .wall_times_s = walls, .value_bits = bits, .type = type};
  }
};

uint64_t Bits(double value) { return std::bit_cast<uint64_t>(value); }
uint64_t Bits(float value) { return std::bit_cast<uint32_t>(value); }

// Encodes, checks that every way of reading gives the points back bit for bit, and the summaries against brute force.
void ExpectRoundTrip(const Points& points) {
  std::vector<std::byte> bytes(16);  // Not at the beginning, as in a buffer that is used again.
  const Summary whole = EncodeBlock(points.columns(), bytes);
  const std::span<const std::byte> encoded = std::span(bytes).subspan(16);
  ASSERT_EQ(encoded.size() % 8, 0u);
  ASSERT_TRUE(IsIntactBlock(encoded));
  const ScalarBlock block(encoded.data());
  const auto n = static_cast<uint32_t>(points.steps.size());
  ASSERT_EQ(block.points(), n);
  ASSERT_EQ(block.type(), points.type);

  std::vector<int64_t> steps(n);
  std::vector<double> walls(n);
  std::vector<uint64_t> bits(n);
  block.Steps(0, steps);
  block.WallTimes(0, walls);
  block.Bits(0, bits);
  for (uint32_t i = 0; i < n; ++i) {
    ASSERT_EQ(steps[i], points.steps[i]) << i;
    ASSERT_EQ(block.StepAt(i), points.steps[i]) << i;
    ASSERT_EQ(Bits(walls[i]), Bits(points.walls[i])) << i;
    ASSERT_EQ(Bits(block.WallTimeAt(i)), Bits(points.walls[i])) << i;
    ASSERT_EQ(bits[i], points.bits[i]) << i;
    ASSERT_EQ(block.BitsAt(i), points.bits[i]) << i;
  }

  const auto check = [&](const Summary& summary, uint32_t first, uint32_t end) {
    double sum = 0;
    double min = kInf;
    double max = -kInf;
    uint32_t nans = 0;
    uint32_t positive = 0;
    uint32_t negative = 0;
    int64_t min_step = INT64_MAX;
    int64_t max_step = INT64_MIN;
    bool rises = true;
    bool rises_strictly = true;
    for (uint32_t i = first; i < end; ++i) {
      const double value = ValueFromBits(points.type, points.bits[i]);
      nans += std::isnan(value) ? 1 : 0;
      positive += value == kInf ? 1 : 0;
      negative += value == -kInf ? 1 : 0;
      if (std::isfinite(value)) {
        sum += value;
        min = std::min(min, value);
        max = std::max(max, value);
      } else {
        ASSERT_LE(summary.not_finite_at, i);
      }
      min_step = std::min(min_step, points.steps[i]);
      max_step = std::max(max_step, points.steps[i]);
      rises = rises && (i == first || points.steps[i] >= points.steps[i - 1]);
      rises_strictly = rises_strictly && (i == first || points.steps[i] > points.steps[i - 1]);
    }
    if (min <= max) {
      EXPECT_EQ(block.ValueAt(summary.min_at), min);
      EXPECT_EQ(block.ValueAt(summary.max_at), max);
      if (std::isfinite(sum)) {
        EXPECT_NEAR(summary.sum, sum, 1e-9 * (std::abs(sum) + 1e-300) * n);
      }
    } else {
      EXPECT_EQ(summary.min_at, Summary::kNone);
    }
    EXPECT_EQ(summary.nans, nans);
    EXPECT_EQ(summary.positive_infinities, positive);
    EXPECT_EQ(summary.negative_infinities, negative);
    EXPECT_EQ(summary.min_step, min_step);
    EXPECT_EQ(summary.max_step, max_step);
    EXPECT_EQ(summary.steps_rise(), rises);
    EXPECT_EQ((summary.flags & Summary::kStepsRiseStrictly) != 0, rises_strictly);
  };
  check(whole, 0, n);
  for (uint32_t leaf = 0; leaf < block.leaves(); ++leaf) {
    check(block.leaf(leaf), leaf * kLeafPoints, std::min(n, (leaf + 1) * kLeafPoints));
  }
}

Points Regular(uint32_t n) {
  Points points;
  std::mt19937_64 random(n);
  for (uint32_t i = 0; i < n; ++i) {
    points.steps.push_back(i * 10);
    points.walls.push_back(1.7e9 + i * 0.25 + static_cast<double>(random() >> 44) / 4194304.0);
    points.bits.push_back(
        Bits(static_cast<float>(static_cast<double>(random() >> 40) / 16777216.0)));
  }
  return points;
}

TEST(ScalarBlock, GivesPointsBackAtEverySize) {
  for (const uint32_t n : {1u, 2u, 3u, 255u, 256u, 257u, 1000u, 4095u, 4096u}) {
    SCOPED_TRACE(n);
    ExpectRoundTrip(Regular(n));
  }
}

TEST(ScalarBlock, TakesLessThanEightBytesAPoint) {
  std::vector<std::byte> bytes;
  EncodeBlock(Regular(4096).columns(), bytes);
  EXPECT_LT(bytes.size(), 4096u * 8);
}

TEST(ScalarBlock, KeepsNanPayloadsNegativeZeroAndDenormals) {
  Points points = Regular(600);
  const uint32_t specials[] = {0x7fc00000, 0x7f800001, 0xffc12345, 0x80000000,
                               0x00000001, 0x7f800000, 0xff800000, 0x7f7fffff};
  for (size_t i = 0; i < 600; i += 7) points.bits[i] = specials[(i / 7) % 8];
  ExpectRoundTrip(points);

  points.type = ValueType::kFloat64;
  const uint64_t wide[] = {Bits(0.1),    0x7ff8000000000001, 0x7ff0000000000001, Bits(-0.0),
                           Bits(5e-324), Bits(kInf),         Bits(-kInf),        Bits(1.5)};
  for (size_t i = 0; i < 600; ++i) points.bits[i] = wide[i % 8];
  ExpectRoundTrip(points);
  // Doubles that are floats, and those that are nearly.
  for (size_t i = 0; i < 600; ++i)
    points.bits[i] = Bits(static_cast<double>(static_cast<float>(i) * 0.1f));
  ExpectRoundTrip(points);
  for (size_t i = 0; i < 600; ++i) points.bits[i] = Bits(std::numeric_limits<double>::quiet_NaN());
  ExpectRoundTrip(points);
}

TEST(ScalarBlock, KeepsAnySteps) {
  Points points = Regular(1000);
  for (size_t i = 0; i < 1000; ++i) points.steps[i] = 7;
  ExpectRoundTrip(points);
  for (size_t i = 0; i < 1000; ++i) points.steps[i] = 1000 - static_cast<int64_t>(i);
  ExpectRoundTrip(points);
  for (size_t i = 0; i < 1000; ++i) points.steps[i] = i % 2 == 0 ? INT64_MIN : INT64_MAX;
  ExpectRoundTrip(points);
  std::mt19937_64 random(1);
  for (int64_t& step : points.steps) step = static_cast<int64_t>(random());
  ExpectRoundTrip(points);
  for (int64_t& step : points.steps) step = static_cast<int64_t>(random() >> 7);
  ExpectRoundTrip(points);
  for (int64_t& step : points.steps) step = static_cast<int64_t>(random() >> 8);
  ExpectRoundTrip(points);
}

TEST(ScalarBlock, KeepsAnyWallTimes) {
  Points points = Regular(700);
  points.walls[5] = std::numeric_limits<double>::quiet_NaN();
  points.walls[300] = kInf;
  points.walls[301] = -kInf;
  points.walls[302] = -0.0;
  points.walls[303] = 1e300;
  points.walls[600] = 1.5e-9;
  ExpectRoundTrip(points);
  for (size_t i = 0; i < 700; ++i) points.walls[i] = 0.1 * static_cast<double>(i);
  ExpectRoundTrip(points);
}

TEST(ScalarBlock, KeepsIntegers) {
  Points points = Regular(300);
  std::mt19937_64 random(2);
  for (const ValueType type : {ValueType::kInt64, ValueType::kUint64, ValueType::kBool}) {
    points.type = type;
    for (uint64_t& bits : points.bits) bits = type == ValueType::kBool ? random() & 1 : random();
    ExpectRoundTrip(points);
  }
}

TEST(ScalarBlock, TellsDamageInEveryByte) {
  std::vector<std::byte> bytes;
  EncodeBlock(Regular(300).columns(), bytes);
  ASSERT_TRUE(IsIntactBlock(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{0x10};
    EXPECT_FALSE(IsIntactBlock(bytes)) << i;
    bytes[i] ^= std::byte{0x10};
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(IsIntactBlock(std::span(bytes).first(size))) << size;
  }
}

}  // namespace
}  // namespace fanlight::store
