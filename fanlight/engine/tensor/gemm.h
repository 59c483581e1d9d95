// Products of float32 matrices, with what follows the product done while the result is still in
// registers.
//
//   C = epilogue(A · B)      A [m, k], B [k, n], C [m, n]
//
// The columns of B are taken in panels as wide as four 512-bit or two shorter registers, each packed
// so that its rows lie one after another; six rows of A are multiplied at a time:
//
//            panel of B: k × 64              six rows of A, one element of each broadcast,
//            ┌────────┐                      times a row of the panel: 24 sums in registers
//      k     │ packed │
//            └────────┘
//   A ┌───┐  ┌────────┐
//   6 │   │  │ tile C │  ← bias, relu, mask, or C += scale · sum, then stored once
//     └───┘  └────────┘
//
// k is cut so that a block of a panel stays in the nearest cache while all rows of a part pass by.
// Transposed matrices are strides: packing B reads them, and of A six rows are packed together where
// many panels read them. While a tile is multiplied its part of C comes nearer, and so does a share
// of the panel that is packed next. Parts of C, some rows by some panels, go to the threads that are
// there.
// Numerics: each sum is added up over k in order in float32, in equal blocks of at most 400; the same
// bits at any number of threads.
#pragma once

#include <cstdint>

#include "fanlight/engine/tensor/workers.h"

namespace fanlight {

// A matrix in memory: element (i, j) at data[i · row_stride + j · col_stride].
struct MatrixView {
  const float* data = nullptr;
  int64_t row_stride = 0;
  int64_t col_stride = 1;

  const float* At(int64_t row, int64_t column) const {
    return data + row * row_stride + column * col_stride;
  }
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

// Whether a product is so large that handing half of it to another thread may pay.
bool IsWorthThreads(const GemmSizes& sizes);

// C's rows lie one after another. C overlaps neither A nor B.
void Gemm(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
          const GemmEpilogue& epilogue, const ThreadShare& threads);

}  // namespace fanlight
