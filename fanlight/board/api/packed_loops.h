// Loops over the numbers of a packed column, without branches, so that the compiler makes vector code of them. For
// packed_columns.cc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fanlight::api {

struct IntegerScan {
  int64_t least = 0;
  int64_t greatest = 0;
  bool is_regular = true;  // Each is as far from the one before as the second from the first.
};
// `n` is at least 1.
IntegerScan ScanIntegers(const int64_t* values, size_t n);

struct TimeScan {
  double least = 0;  // Of those that are no NaN; +inf and -inf when there is none.
  double greatest = 0;
  bool are_finite = true;
};
TimeScan ScanTimes(const double* times, size_t n);
// Whether every product is a whole number up to `largest`.
bool AreWhole(const double* values, size_t n, double factor, double largest);
// Whole parts of the products.
void ToIntegers(const double* values, size_t n, double factor, int64_t* into);
// The nearest whole numbers of the products.
void RoundToIntegers(const double* values, size_t n, double factor, int64_t* into);
// Writes the n - 1 differences between neighbours; false when some do not fit.
bool WriteDifferences(const int64_t* values, size_t n, char* into);

// Whether every number is a float, or NaN.
bool AreFloats(const double* values, size_t n);
void WriteFloats(const double* values, size_t n, char* into);

}  // namespace fanlight::api
