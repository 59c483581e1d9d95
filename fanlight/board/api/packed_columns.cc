#include "fanlight/board/api/packed_columns.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/board/api/packed_loops.h"

namespace fanlight::api {
namespace {

constexpr double kTicksPerSecond = 4194304;         // 2^22
constexpr double kLargestExact = 9007199254740992;  // 2^53
constexpr double kMillisecondSpanS = 4.096;         // Half a millisecond is 1/8192 of it.
constexpr uint32_t kInfinityBits = 0x7f800000;

// Neighbouring floats have neighbouring numbers.
int64_t OrderNumber(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const int64_t magnitude = bits & 0x7fffffff;
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

// Divided by 2^shift, to the nearest; never from a number to infinity.
int64_t Rounded(int64_t order, uint32_t shift) {
  const int64_t magnitude = std::abs(order);
  const int64_t half = shift == 0 ? 0 : int64_t{1} << (shift - 1);
  int64_t rounded = (magnitude + half) >> shift;
  if (magnitude >= kInfinityBits || rounded << shift >= kInfinityBits) {
    rounded = magnitude >> shift;
  }
  return order < 0 ? -rounded : rounded;
}

}  // namespace

PackedColumns::PackedColumns(uint64_t change, size_t series, size_t groups) {
  out_.resize(12);
  std::copy_n("FLC2", 4, out_.data());
  StoreLittleEndian(out_.data() + 4, change);
  Unsigned(series);
  Unsigned(groups);
}

void PackedColumns::Unsigned(uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
  out_ += static_cast<char>(value);
}

template <typename T>
const std::vector<T>* PackedColumns::Keep(std::vector<T> values) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(values));
  const uint32_t checksum = Crc32c(bytes);
  const auto [begin, end] = kept_.equal_range(checksum);
  for (auto i = begin; i != end; ++i) {
    const auto& [number, kept] = i->second;
    const auto* same = std::get_if<std::vector<T>>(&kept);
    // By their bits: a NaN equals itself.
    if (same == nullptr || same->size() != values.size() ||
        std::memcmp(same->data(), values.data(), bytes.size()) != 0) {
      continue;
    }
    const uint64_t again = number;
    Begin(Form::kRepeated);
    Unsigned(again);
    return nullptr;
  }
  const auto kept = kept_.emplace(checksum, std::pair(columns_, Kept(std::move(values))));
  return &std::get<std::vector<T>>(kept->second.second);
}

void PackedColumns::AppendIntegers(std::span<const int64_t> values) {
  constexpr size_t kMaxVarintBytes = 10;
  std::array<char, 256 * kMaxVarintBytes> buffer;
  Signed(values[0]);
  for (size_t i = 1; i < values.size();) {
    char* at = buffer.data();
    for (const size_t end = std::min(values.size(), i + 256); i < end; ++i) {
      // Numbers within ±2^53 have differences that do not overflow.
      const int64_t change = values[i] - values[i - 1];
      uint64_t rest = static_cast<uint64_t>(change) << 1 ^ static_cast<uint64_t>(change >> 63);
      for (; rest >= 0x80; rest >>= 7) *at++ = static_cast<char>(rest | 0x80);
      *at++ = static_cast<char>(rest);
    }
    out_.append(buffer.data(), at);
  }
}

void PackedColumns::Integers(std::vector<int64_t> values) {
  if (values.empty()) return Begin(Form::kDoubles);
  const IntegerScan scan = ScanIntegers(values.data(), values.size());
  if (static_cast<double>(scan.least) < -kLargestExact ||
      static_cast<double>(scan.greatest) > kLargestExact) {
    const std::vector<double> doubles(values.begin(), values.end());
    Begin(Form::kDoubles);
    Raw(std::span<const double>(doubles));
    return;
  }
  const std::vector<int64_t>* const column = Keep(std::move(values));
  if (column == nullptr) return;
  Begin(scan.is_regular ? Form::kRegular : Form::kIntegers);
  if (scan.is_regular) {
    Signed((*column)[0]);
    Signed(column->size() > 1 ? (*column)[1] - (*column)[0] : 0);
  } else {
    AppendIntegers(*column);
  }
}

void PackedColumns::Times(std::vector<double> values, bool is_for_screen) {
  if (values.empty()) return Begin(Form::kDoubles);
  const std::vector<double>* const column = Keep(std::move(values));
  if (column == nullptr) return;
  const size_t count = column->size();
  orders_.resize(count);
  if (is_for_screen) {
    const TimeScan scan = ScanTimes(column->data(), count);
    const double span = scan.greatest - scan.least;
    if (scan.are_finite && std::isfinite(span) && span >= kMillisecondSpanS &&
        std::max(-scan.least, scan.greatest) * 1000 <= kLargestExact) {
      RoundToIntegers(column->data(), count, 1000, orders_.data());
      Begin(Form::kMilliseconds);
      AppendIntegers(orders_);
      return;
    }
  }
  if (AreWhole(column->data(), count, kTicksPerSecond, kLargestExact)) {
    ToIntegers(column->data(), count, kTicksPerSecond, orders_.data());
    const std::span<char> differences = Scratch((count - 1) * sizeof(int32_t));
    if (WriteDifferences(orders_.data(), count, differences.data())) {
      Begin(Form::kTimes);
      Raw(std::span<const int64_t>(orders_.data(), 1));
      Raw(std::span<const char>(differences));
      return;
    }
  }
  Begin(Form::kDoubles);
  Raw(std::span<const double>(*column));
}

bool PackedColumns::AppendRounded(std::span<const double> values, bool are_floats,
                                  Precision precision) {
  orders_.clear();
  for (const double value : values) {
    // A double that is no float at all, not even nearly.
    const double magnitude = std::abs(value);
    if (std::isfinite(value) && magnitude != 0 &&
        !(magnitude >= std::numeric_limits<float>::min() &&
          magnitude <= std::numeric_limits<float>::max())) {
      return false;
    }
    orders_.push_back(OrderNumber(static_cast<float>(value)));
  }
  changes_.clear();
  for (size_t i = 1; i < orders_.size(); ++i) {
    changes_.push_back(std::abs(orders_[i] - orders_[i - 1]));
  }
  int64_t median = 0;
  if (!changes_.empty()) {
    const auto middle = changes_.begin() + static_cast<std::ptrdiff_t>(changes_.size() / 2);
    std::nth_element(changes_.begin(), middle, changes_.end());
    median = *middle;
  }
  // Being a float at all moves a number by half a step at most.
  if (!are_floats && median < 32) return false;
  const uint32_t most = precision == Precision::kDigits ? 6 : 20;
  uint32_t shift = 0;
  while (shift < most && int64_t{2} << shift <= median / 16) ++shift;
  for (int64_t& order : orders_) order = Rounded(order, shift);
  Begin(Form::kRounded);
  out_ += static_cast<char>(shift);
  AppendIntegers(orders_);
  return true;
}

void PackedColumns::Floats(std::span<const double> values, Precision precision) {
  if (values.empty()) return Begin(Form::kDoubles);
  const bool are_floats = AreFloats(values.data(), values.size());
  if (precision != Precision::kExact && AppendRounded(values, are_floats, precision)) return;
  if (!are_floats) {
    Begin(Form::kDoubles);
    Raw(values);
    return;
  }
  Begin(Form::kFloats);
  const std::span<char> floats = Scratch(values.size() * sizeof(float));
  WriteFloats(values.data(), values.size(), floats.data());
  Raw(std::span<const char>(floats));
}

}  // namespace fanlight::api
