// Numbers as decimal text: the fewest digits that read back as the same value.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fanlight {

// The shortest decimal text that reads back as the same value, and of those the nearest to it,
// written as Python's repr writes it: "1.0", "0.1", "1e-05", "1e+16", "nan", "inf", "-inf". A
// float32 is told by its own shortest form.
std::string ShortestDecimal(double value);
std::string ShortestDecimal(float value);

// The same, written into a buffer; returns the end. There must be room for kMaxDecimalBytes, all of
// which may be written to.
inline constexpr size_t kMaxDecimalBytes = 32;
char* WriteShortestDecimal(char* into, double value);
char* WriteShortestDecimal(char* into, float value);

// Many, with `separator` between each two, in less time than one by one. There must be room for
// kMaxDecimalBytes + kMaxSeparatorBytes for each.
inline constexpr size_t kMaxSeparatorBytes = 2;
char* WriteShortestDecimals(char* into, std::span<const double> values, std::string_view separator);

}  // namespace fanlight
