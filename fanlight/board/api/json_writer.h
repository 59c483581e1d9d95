// JSON text, written straight into one buffer: answers hold millions of numbers, and a tree of values
// would cost more than the numbers.
//
//   JsonWriter json(JsonWriter::Style::kCompact);
//   json.BeginObject().Key("run").Text("train").Key("values").BeginArray();
//   for (double v : values) json.Double(v);
//   json.EndArray().EndObject();
//   return std::move(json).Take();
//
// NaN and the infinities, which JSON lacks, are the texts "NaN", "Infinity", "-Infinity".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fanlight::api {

class JsonWriter {
 public:
  enum class Style {
    kPython,   // As Python's json.dumps: ", " and ": ", ASCII only.
    kCompact,  // No spaces, UTF-8.
  };
  explicit JsonWriter(Style style) : style_(style) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);
  JsonWriter& Text(std::string_view text);  // Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  JsonWriter& Double(double value);
  // A list of numbers.
  JsonWriter& Doubles(std::span<const double> values);
  JsonWriter& Ints(std::span<const int64_t> values);
  JsonWriter& OptionalDouble(std::optional<double> value) {
    return value ? Double(*value) : Null();
  }
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }
  // A value that is JSON already.
  JsonWriter& Raw(std::string_view json);

  size_t size() const { return used_; }
  // Makes room at once for an answer whose size is known about.
  void Reserve(size_t bytes) { static_cast<void>(Room(bytes - std::min(bytes, used_))); }
  std::string Take() && {
    out_.resize(used_);
    return std::move(out_);
  }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  template <typename T, typename Write>
  JsonWriter& List(std::span<const T> values, size_t most_bytes, Write&& write);
  void AppendString(std::string_view text);
  // At least `bytes` that may be written; what was is told by moving `used_`.
  char* Room(size_t bytes) {
    if (out_.size() - used_ < bytes) out_.resize(std::max(out_.size() * 2, used_ + bytes));
    return out_.data() + used_;
  }
  void Append(std::string_view text) {
    std::copy(text.begin(), text.end(), Room(text.size()));
    used_ += text.size();
  }
  void Append(char c) {
    *Room(1) = c;
    ++used_;
  }
  void Separate() {
    if (needs_comma_)
      Append(style_ == Style::kPython ? std::string_view(", ") : std::string_view(","));
    needs_comma_ = true;
  }

  const Style style_;
  bool needs_comma_ = false;
  std::string out_;  // Longer than what is used: numbers are written straight into it.
  size_t used_ = 0;
};

}  // namespace fanlight::api
