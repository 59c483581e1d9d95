// Products of float32 matrices of the sizes that small networks have, with what follows the product
// done while the result is still in registers.
//
//   C = epilogue(A · B)      A [m, k], B [k, n], C [m, n]
//
// The columns of B are taken in panels as wide as two (with 512-bit vectors: four) registers, each
// packed so that its rows lie one after another; six rows of A are multiplied at a time:
//
//            panel of B: k × 16              six rows of A, one element of each broadcast,
//            ┌────────┐                      times a row of the panel: twelve sums in registers
//      k     │ packed │
//            └────────┘
//   A ┌───┐  ┌────────┐
//   6 │   │  │ tile C │  ← bias, relu, mask, or C += scale · sum, then stored once
//     └───┘  └────────┘
//
// Transposed matrices are strides: packing B reads them, and A is read element by element anyway.
// Above a few thousand rows or columns a library's product is faster: see kMaxElements.
// Numerics: each sum is added up over k in order in float32, in blocks of 512; the same bits at any
// number of threads.
#pragma once

#include <cstdint>

namespace fanlight {

// A matrix in memory: element (i, j) at data[i · row_stride + j · col_stride].
struct MatrixView {
  const float* data = nullptr;
  int64_t row_stride = 0;
  int64_t col_stride = 1;
};

// What is done with the product P before it is stored.
struct GemmEpilogue {
  // C += scale · P where it is set; else C = P, changed by the rest, in this order.
  bool accumulates = false;
  float scale = 1;
  const float* bias = nullptr;  // n numbers, added to each row.
  bool relu = false;            // max(·, 0); NaN stays.
  // Where mask (m rows of n, one after another) is not above 0, the result is 0.
  const float* mask = nullptr;
};

struct GemmSizes {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
};

// Whether this product is small enough to be faster here than in a library.
bool IsSmallGemm(const GemmSizes& sizes);

// C's rows lie one after another. C overlaps neither A nor B. Up to `num_threads` OpenMP threads
// where the product is worth them.
void Gemm(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
          const GemmEpilogue& epilogue, int num_threads);

}  // namespace fanlight
