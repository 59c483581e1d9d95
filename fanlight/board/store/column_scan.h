// What the encoder of blocks needs to know about a column of up to a few hundred numbers, each in one pass without
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

}  // namespace fanlight::store
