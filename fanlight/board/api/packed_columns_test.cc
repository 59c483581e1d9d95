#include "fanlight/board/api/packed_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace fanlight::api {
namespace {

using Form = PackedColumns::Form;
using Precision = PackedColumns::Precision;
using ::testing::ElementsAre;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Reads as docs/api-v1.md says.
class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {
    EXPECT_EQ(bytes_.substr(0, 4), "FLC2");
    at_ = 12;
    EXPECT_EQ(Unsigned(), 0u);
    EXPECT_EQ(Unsigned(), 0u);
  }
  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.at(at_++));
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  int64_t Signed() {
    const uint64_t value = Unsigned();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  template <typename T>
  T Raw() {
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  std::vector<double> Column(size_t rows, Form* form_seen = nullptr) {
    const auto form = static_cast<Form>(bytes_.at(at_++));
    if (form_seen != nullptr) *form_seen = form;
    std::vector<double> column;
    int64_t number = 0;
    uint32_t shift = 0;
    if (form == Form::kRepeated) {
      column = columns_.at(Unsigned());
    } else if (form == Form::kRegular) {
      number = Signed();
      for (const int64_t slope = Signed(); column.size() < rows; number += slope)
        column.push_back(static_cast<double>(number));
    } else if (form == Form::kTimes) {
      number = Raw<int64_t>();
      column.push_back(std::ldexp(static_cast<double>(number), -22));
      while (column.size() < rows) {
        number += Raw<int32_t>();
        column.push_back(std::ldexp(static_cast<double>(number), -22));
      }
    } else {
      if (form == Form::kRounded) shift = Raw<uint8_t>();
      while (column.size() < rows) {
        if (form == Form::kDoubles) {
          column.push_back(Raw<double>());
        } else if (form == Form::kFloats) {
          column.push_back(Raw<float>());
        } else {
          number += Signed();
          if (form == Form::kIntegers) column.push_back(static_cast<double>(number));
          if (form == Form::kMilliseconds) column.push_back(static_cast<double>(number) / 1000);
          if (form == Form::kRounded) {
            const auto bits = static_cast<uint32_t>(std::abs(number) << shift);
            column.push_back(std::bit_cast<float>(number < 0 ? bits | 0x80000000u : bits));
          }
        }
      }
    }
    columns_.push_back(column);
    EXPECT_EQ(column.size(), rows);
    return column;
  }
  bool is_at_end() const { return at_ == bytes_.size(); }

 private:
  std::string bytes_;
  size_t at_ = 0;
  std::vector<std::vector<double>> columns_;
};

void ExpectSame(const std::vector<double>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(want[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_EQ(got[i], want[i]) << i;
    }
  }
}

TEST(PackedColumns, BytesAreThoseOfTheContract) {
  PackedColumns out(7, 1, 0);
  out.Integers({10, 20, 30});
  out.Integers({1, 3, 2});
  out.Integers({10, 20, 30});
  const std::string bytes = std::move(out).Take();
  EXPECT_EQ(bytes, std::string("FLC2\x07\0\0\0\0\0\0\0"
                               "\x01\0"
                               "\x04\x14\x14"
                               "\x03\x02\x04\x01"
                               "\x02\0",
                               23));
}

TEST(PackedColumns, ExactColumnsAreExact) {
  std::mt19937_64 random(1);
  std::vector<double> floats;
  std::vector<double> doubles;
  std::vector<double> times;
  std::vector<double> far_times;
  std::vector<int64_t> steps;
  double time = 1.7e9;
  for (int i = 0; i < 1000; ++i) {
    floats.push_back(static_cast<float>(random() % 100000) / 7.0F);
    doubles.push_back(static_cast<double>(random()) / 7.0);
    time += std::ldexp(static_cast<double>(random() % 1000000), -22);
    times.push_back(time);
    far_times.push_back(time * 1000 + i * 0.1);
    steps.push_back(static_cast<int64_t>(random() >> 12) - (int64_t{1} << 51));
  }
  floats[5] = kNan;
  floats[6] = kInf;
  floats[7] = -kInf;
  doubles[5] = kNan;
  PackedColumns out(0, 0, 0);
  out.Floats(floats, Precision::kExact);
  out.Floats(doubles, Precision::kExact);
  out.Times(times, false);
  out.Times(far_times, false);
  out.Times(times, false);
  out.Integers(steps);
  out.Integers({INT64_MIN, INT64_MAX});
  out.Integers({});
  out.Integers({5});
  Reader reader(std::move(out).Take());
  Form form{};
  ExpectSame(reader.Column(1000, &form), floats);
  EXPECT_EQ(form, Form::kFloats);
  ExpectSame(reader.Column(1000, &form), doubles);
  EXPECT_EQ(form, Form::kDoubles);
  ExpectSame(reader.Column(1000, &form), times);
  EXPECT_EQ(form, Form::kTimes);
  ExpectSame(reader.Column(1000, &form), far_times);
  EXPECT_EQ(form, Form::kDoubles);
  ExpectSame(reader.Column(1000, &form), times);
  EXPECT_EQ(form, Form::kRepeated);
  ExpectSame(reader.Column(1000), {steps.begin(), steps.end()});
  ExpectSame(reader.Column(2, &form), {-9223372036854775808.0, 9223372036854775808.0});
  EXPECT_EQ(form, Form::kDoubles);
  EXPECT_TRUE(reader.Column(0).empty());
  ExpectSame(reader.Column(1), {5});
  EXPECT_TRUE(reader.is_at_end());
}

double MedianChange(const std::vector<double>& values) {
  std::vector<double> changes;
  for (size_t i = 1; i < values.size(); ++i) {
    if (std::isfinite(values[i] - values[i - 1]))
      changes.push_back(std::abs(values[i] - values[i - 1]));
  }
  std::sort(changes.begin(), changes.end());
  return changes[changes.size() / 2];
}

// Curves as they are: noise, decay over many decades, small changes far from zero, a spike.
TEST(PackedColumns, RoundedColumnsKeepDigitsAndShape) {
  std::mt19937 random(2);
  std::normal_distribution<double> noise(0, 1);
  std::vector<std::vector<double>> curves(6);
  for (int i = 0; i < 300; ++i) {
    curves[0].push_back(static_cast<float>(1 + 0.1 * noise(random)));
    curves[1].push_back(std::exp(-i * 0.1) * (1 + 0.1 * noise(random)));
    curves[2].push_back(1000 + 0.001 * noise(random));
    curves[3].push_back(i == 100 ? 1e9 : 5 + noise(random));
    curves[4].push_back(noise(random));
    curves[5].push_back(i < 200 ? 0.1 : 0.01);
  }
  curves[0][7] = kNan;
  curves[0][8] = kInf;
  curves[0][9] = -kInf;
  curves[0][10] = std::numeric_limits<float>::max();
  for (size_t c = 0; c < curves.size(); ++c) {
    SCOPED_TRACE(c);
    const std::vector<double>& curve = curves[c];
    for (const Precision precision : {Precision::kDigits, Precision::kDrawn}) {
      PackedColumns out(0, 0, 0);
      out.Floats(curve, precision);
      const std::string bytes = std::move(out).Take();
      if (c == 0) {
        EXPECT_LT(bytes.size(), precision == Precision::kDigits ? 850u : 550u);
      }
      Reader reader(bytes);
      const std::vector<double> got = reader.Column(curve.size());
      const double change = MedianChange(curve);
      for (size_t i = 0; i < curve.size(); ++i) {
        if (!std::isfinite(curve[i])) {
          ExpectSame({got[i]}, {curve[i]});
          continue;
        }
        ASSERT_TRUE(std::isfinite(got[i]));
        if (precision == Precision::kDigits) {
          EXPECT_NEAR(got[i], curve[i], 0.5e-5 * std::abs(curve[i])) << i;
        }
        // On curves of one size the change is the same in numbers and in order numbers.
        if (c == 0 || c == 2) {
          EXPECT_NEAR(got[i], curve[i], std::abs(curve[i]) > 2000 ? curve[i] / 100 : change / 16)
              << i;
        }
      }
    }
  }
}

TEST(PackedColumns, WallTimesForTheScreenAreMilliseconds) {
  std::vector<double> times;
  for (int i = 0; i < 100; ++i) times.push_back(1.7e9 + i * 1.23456789);
  std::vector<double> close;
  for (int i = 0; i < 100; ++i) close.push_back(1.7e9 + std::ldexp(i, -20));
  PackedColumns out(0, 0, 0);
  out.Times(times, true);
  out.Times(close, true);
  Reader reader(std::move(out).Take());
  Form form{};
  const std::vector<double> got = reader.Column(100, &form);
  EXPECT_EQ(form, Form::kMilliseconds);
  for (size_t i = 0; i < 100; ++i) EXPECT_NEAR(got[i], times[i], 0.00051);
  ExpectSame(reader.Column(100, &form), close);
  EXPECT_EQ(form, Form::kTimes);
}

TEST(PackedColumns, TimesThatAreNoTicksStayWhatTheyAre) {
  // The last ones: half a tick, and more ticks than doubles tell apart.
  for (const auto& [base, other] :
       {std::pair(1e9, kNan), {1e9, kInf}, {1e9, -kInf}, {1e9, 1e9 + 0x1p-23}, {3e9, 3e9 + 0.5}}) {
    for (size_t place = 0; place < 20; ++place) {
      std::vector<double> times;
      for (int i = 0; i < 20; ++i) times.push_back(base + i * 0.25);
      times[place] = other;
      for (const bool is_for_screen : {false, true}) {
        SCOPED_TRACE(testing::Message() << other << " at " << place);
        PackedColumns out(0, 0, 0);
        out.Times(times, is_for_screen && !std::isfinite(other));
        Form form{};
        ExpectSame(Reader(std::move(out).Take()).Column(times.size(), &form), times);
        EXPECT_EQ(form, Form::kDoubles);
      }
    }
  }
}

}  // namespace
}  // namespace fanlight::api
