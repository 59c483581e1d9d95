// Text for people and for JSON: quoting, UTF-8, natural order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fanlight {

// `text` in double quotes, as messages show names and paths: control characters and bytes that are
// not UTF-8 become
// \xNN, quotes and backslashes are escaped, and past 200 bytes it is cut with "…".
std::string Quoted(std::string_view text);

// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool IsUtf8(std::string_view text);

// `text` with U+FFFD in place of each byte that is not part of well-formed UTF-8.
std::string ToUtf8(std::string_view text);

// Less-than in natural order: runs of digits compare as numbers, so "run2" < "run10". A total
// order: names that differ compare as different.
bool NaturalLess(std::string_view a, std::string_view b);

// A count of bytes for people: "512 B", "1.5 MiB".
std::string HumanBytes(uint64_t bytes);

}  // namespace fanlight
