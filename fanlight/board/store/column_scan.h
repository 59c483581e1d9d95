// Loops over a column of up to a few thousand numbers, for the encoder of blocks and for their readers, each without
// branches, so that the compiler makes vector code of it; the processor's best form is chosen when the program starts.
// Internal to the store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fanlight::store {

// The numbers told as a line through the first one and what remains: numbers[i] = numbers[0] + i · slope + rest[i],
// modulo 2^64. `least` and `greatest` are of `rest`, as signed numbers.
struct LineRest {
  int64_t least = 0;
  int64_t greatest = 0;
};
LineRest ScanLine(const uint64_t* numbers, size_t n, uint64_t slope, uint64_t* rest);

struct OrderScan {
  int64_t least = 0;
  int64_t greatest = 0;
  bool rises = true;  // Never falls.
  bool rises_strictly = true;
};
OrderScan ScanOrder(const int64_t* numbers, size_t n);

// Those bits in which some number differs from the first.
uint64_t DifferingBits(const uint64_t* numbers, size_t n);

// Floats, each in the low half of a word.
struct FloatScan {
  bool is_finite = true;  // All of them; else the rest says nothing.
  float least = 0;
  float greatest = 0;
  double sum = 0;
};
FloatScan ScanFloats(const uint64_t* bits, size_t n);
// The index of the first float that equals `value`; `n` when none does.
size_t FindFloat(const uint64_t* bits, size_t n, float value);
// The low halves, one after another.
void NarrowFloats(const uint64_t* bits, size_t n, uint32_t* into);

// Numbers packed around a line: base + i · slope + u[i], modulo 2^64, with u[i] in `width` bits, up to 56, or 64.
struct PackedLine {
  const std::byte* bits = nullptr;  // Of u; eight readable bytes wherever one begins.
  uint8_t width = 0;
  uint64_t base = 0;
  uint64_t slope = 0;
};
// Numbers [first, first + n).
void ReadLine(const PackedLine& line, uint32_t first, size_t n, uint64_t* into);
// Whole numbers, as signed ones, times `unit`.
void ScaleIntegers(const uint64_t* numbers, size_t n, double unit, double* into);
// `floats` need not be aligned.
void WidenFloats(const std::byte* floats, size_t n, double* into);

struct ValueScan {
  bool is_finite = true;  // All of them.
  double least = 0;       // Of those that are no NaN; +inf and -inf when there is none.
  double greatest = 0;
};
ValueScan ScanValues(const double* values, size_t n);
// The index of the first number that equals `value`; `n` when none does.
size_t FindValue(const double* values, size_t n, double value);

}  // namespace fanlight::store
