// Columns of numbers as few bytes, for the page: the packed form of docs/api-v1.md.
//
//   PackedColumns out(change, 2, 0);
//   out.BeginSeries(flags, total, in_window, rows);
//   out.Integers(std::move(steps));
//   out.Floats(values, PackedColumns::Precision::kExact);
//   return std::move(out).Take();
//
// Columns of steps and of times are often the same for many series; from the second one on such a
// column costs a byte or two.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace fanlight::api {

class PackedColumns {
 public:
  enum class Form : uint8_t {
    kDoubles,
    kFloats,
    kRepeated,
    kIntegers,
    kRegular,
    kTimes,
    kRounded,
    kMilliseconds,
  };
  enum class Precision : uint8_t {
    kExact,
    kDigits,  // Five digits, and 1/32 of the median change from row to row.
    kDrawn,   // The latter alone.
  };

  PackedColumns(uint64_t change, size_t series, size_t groups);

  void Unsigned(uint64_t value);  // A varint.

  // A column. Integers beyond ±2^53 become doubles, as which the reader sees them anyway.
  void Integers(std::vector<int64_t> values);
  void Times(std::vector<double> values, bool is_for_screen);
  void Floats(std::span<const double> values, Precision precision);

  size_t size() const { return out_.size(); }
  void Reserve(size_t bytes) { out_.reserve(bytes); }
  std::string Take() && { return std::move(out_); }

 private:
  using Kept = std::variant<std::vector<int64_t>, std::vector<double>>;

  void Signed(int64_t value) {
    Unsigned(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  void Begin(Form form) {
    out_ += static_cast<char>(form);
    ++columns_;
  }
  template <typename T>
  void Raw(std::span<const T> values) {
    out_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  // What is written there is appended then: room made in the text itself would be cleared first.
  std::span<char> Scratch(size_t bytes) {
    if (scratch_.size() < bytes) scratch_.resize(bytes);
    return std::span(scratch_).first(bytes);
  }
  // Null where the column was there before, which is written then; else where it is kept from now
  // on.
  template <typename T>
  const std::vector<T>* Keep(std::vector<T> values);
  void AppendIntegers(std::span<const int64_t> values);
  bool AppendRounded(std::span<const double> values, bool are_floats, Precision precision);

  std::string out_;
  uint64_t columns_ = 0;
  // By checksum; the column's number and its numbers.
  std::unordered_multimap<uint32_t, std::pair<uint64_t, Kept>> kept_;
  std::vector<int64_t> orders_;  // Used anew for each column.
  std::vector<int64_t> changes_;
  std::vector<char> scratch_;
};

}  // namespace fanlight::api
