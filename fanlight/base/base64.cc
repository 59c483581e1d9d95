#include "fanlight/base/base64.h"

#include <cstdint>

namespace fanlight {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string Encode(std::string_view bytes, std::string_view last_two, bool is_padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t given = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < given ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j) {
      const uint32_t digit = group >> (18 - 6 * j) & 63;
      if (j <= given) {
        out += digit < 62 ? kLetters[digit] : last_two[digit - 62];
      } else if (is_padded) {
        out += '=';
      }
    }
  }
  return out;
}

int DigitValue(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

std::string Base64(std::string_view bytes) { return Encode(bytes, "+/", true); }
std::string Base64Url(std::string_view bytes) { return Encode(bytes, "-_", false); }

Result<std::string> FromBase64(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1)
    return Fail(ErrorCode::kInvalidArgument, "base64 text of {} digits is cut", text.size());
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const int digit = DigitValue(c);
    if (digit < 0)
      return Fail(ErrorCode::kInvalidArgument, "not a base64 digit: byte {:#04x}",
                  static_cast<unsigned char>(c));
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xff);
    }
  }
  return out;
}

}  // namespace fanlight
