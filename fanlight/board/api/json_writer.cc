#include "fanlight/board/api/json_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "fanlight/base/decimal.h"
#include "fanlight/base/text.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxIntegerBytes = 24;

// The code point at `at` of well-formed UTF-8; moves `at` behind it.
uint32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const uint32_t first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t code_point = length == 1 ? first : first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(at + i) & 0x3f);
  at += length;
  return code_point;
}

char* WriteDouble(char* at, double value) {
  if (std::isfinite(value)) [[likely]]
    return WriteShortestDecimal(at, value);
  const std::string_view name = std::isnan(value) ? R"("NaN")"
                                : value > 0       ? R"("Infinity")"
                                                  : R"("-Infinity")";
  return std::copy(name.begin(), name.end(), at);
}

// Not none. `comma` is "," or ", ".
template <typename T, typename Write>
char* WriteEach(char* at, std::span<const T> values, std::string_view comma, Write&& write) {
  for (const T value : values) {
    at = write(at, value);
    std::memcpy(at, ", ", 2);
    at += comma.size();
  }
  return at - comma.size();
}

bool AreFinite(std::span<const double> values) {
  bool are_finite = true;
  for (const double value : values) are_finite &= std::isfinite(value);
  return are_finite;
}

}  // namespace

JsonWriter& JsonWriter::Open(char bracket) {
  Separate();
  Append(bracket);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  Append(bracket);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Separate();
  AppendString(name);
  Append(style_ == Style::kPython ? std::string_view(": ") : std::string_view(":"));
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Text(std::string_view text) {
  Separate();
  AppendString(text);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) {
  Separate();
  char* const begin = Room(kMaxIntegerBytes);
  used_ += static_cast<size_t>(std::to_chars(begin, begin + kMaxIntegerBytes, value).ptr - begin);
  return *this;
}

JsonWriter& JsonWriter::Uint(uint64_t value) {
  Separate();
  char* const begin = Room(kMaxIntegerBytes);
  used_ += static_cast<size_t>(std::to_chars(begin, begin + kMaxIntegerBytes, value).ptr - begin);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  Separate();
  char* const begin = Room(kMaxDecimalBytes);
  used_ += static_cast<size_t>(WriteDouble(begin, value) - begin);
  return *this;
}

template <typename T, typename Write>
JsonWriter& JsonWriter::List(std::span<const T> values, size_t most_bytes, Write&& write) {
  constexpr size_t kAtOnce = 256;
  BeginArray();
  const std::string_view comma = style_ == Style::kPython ? ", " : ",";
  for (size_t i = 0; i < values.size(); i += kAtOnce) {
    if (i > 0) Append(comma);
    const auto some = values.subspan(i, std::min(kAtOnce, values.size() - i));
    char* const begin = Room(some.size() * (most_bytes + kMaxSeparatorBytes));
    used_ += static_cast<size_t>(write(begin, some, comma) - begin);
  }
  return EndArray();
}

JsonWriter& JsonWriter::Doubles(std::span<const double> values) {
  return List(values, kMaxDecimalBytes,
              [](char* at, std::span<const double> some, std::string_view comma) {
                return AreFinite(some) ? WriteShortestDecimals(at, some, comma)
                                       : WriteEach(at, some, comma, WriteDouble);
              });
}

JsonWriter& JsonWriter::Ints(std::span<const int64_t> values) {
  return List(values, kMaxIntegerBytes,
              [](char* at, std::span<const int64_t> some, std::string_view comma) {
                return WriteEach(at, some, comma, [](char* to, int64_t value) {
                  return std::to_chars(to, to + kMaxIntegerBytes, value).ptr;
                });
              });
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  Append(json);
  return *this;
}

void JsonWriter::AppendString(std::string_view text) {
  std::string repaired;
  if (!IsUtf8(text)) {
    repaired = ToUtf8(text);
    text = repaired;
  }
  Append('"');
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80 && style_ == Style::kPython) {
      const uint32_t code_point = NextCodePoint(text, i);
      if (code_point < 0x10000) {
        Append(fmt::format("\\u{:04x}", code_point));
      } else {
        const uint32_t rest = code_point - 0x10000;
        Append(fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff)));
      }
      continue;
    }
    ++i;
    switch (byte) {
      case '"':
        Append("\\\"");
        break;
      case '\\':
        Append("\\\\");
        break;
      case '\n':
        Append("\\n");
        break;
      case '\r':
        Append("\\r");
        break;
      case '\t':
        Append("\\t");
        break;
      case '\b':
        Append("\\b");
        break;
      case '\f':
        Append("\\f");
        break;
      default:
        if (byte < 0x20 || (byte == 0x7f && style_ == Style::kCompact)) {
          Append(fmt::format("\\u{:04x}", byte));
        } else {
          Append(static_cast<char>(byte));
        }
    }
  }
  Append('"');
}

}  // namespace fanlight::api
