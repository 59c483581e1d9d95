// The loops of reductions: how elements are joined, and the walk that joins those of some axes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {

// Each has a start, which joining leaves as the other is, and says how two become one.
struct SumReducer {
  template <typename T>
  static constexpr T kStart = T{0};
  template <typename T>
  static T Join(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    } else {
      return a + b;
    }
  }
};
struct ProductReducer {
  template <typename T>
  static constexpr T kStart = T{1};
  template <typename T>
  static T Join(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    } else {
      return a * b;
    }
  }
};
struct MaxReducer {
  template <typename T>
  static constexpr T kStart =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                           : std::numeric_limits<T>::lowest();
  template <typename T>
  static T Join(T a, T b) {
    return a > b || a != a ? a : b;
  }
};
struct MinReducer {
  template <typename T>
  static constexpr T kStart =
      std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                           : std::numeric_limits<T>::max();
  template <typename T>
  static T Join(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

struct AllReducer {
  template <typename T>
  static constexpr T kStart = true;
  static bool Join(bool a, bool b) { return a && b; }
};
struct AnyReducer {
  template <typename T>
  static constexpr T kStart = false;
  static bool Join(bool a, bool b) { return a || b; }
};

// The elements of a run into one, sixteen at a time: the compiler can hold these in registers.
template <typename Reducer, typename T>
T ReduceFew(const T* in, int64_t count) {
  constexpr int kParts = 16;
  if (count < 2 * kParts) {
    T result = Reducer::template kStart<T>;
    for (int64_t i = 0; i < count; ++i) result = Reducer::Join(result, in[i]);
    return result;
  }
  T parts[kParts];
  for (int k = 0; k < kParts; ++k) parts[k] = in[k];
  int64_t i = kParts;
  for (; i + kParts <= count; i += kParts) {
    for (int k = 0; k < kParts; ++k) parts[k] = Reducer::Join(parts[k], in[i + k]);
  }
  for (; i < count; ++i) parts[i % kParts] = Reducer::Join(parts[i % kParts], in[i]);
  for (int width = kParts / 2; width > 0; width /= 2) {
    for (int k = 0; k < width; ++k) parts[k] = Reducer::Join(parts[k], parts[k + width]);
  }
  return parts[0];
}

// The same for runs of any length: a few at a time, then what these give. A rounded sum of many small
// terms would lose what it has become too large to feel.
template <typename Reducer, typename T>
T ReduceRun(const T* in, int64_t count) {
  constexpr int64_t kFew = 2048;
  constexpr int64_t kMaxParts = 64;
  T parts[kMaxParts];
  if (count <= kFew) return ReduceFew<Reducer>(in, count);
  int64_t step = kFew;
  while (step * kMaxParts < count) step *= kMaxParts;
  int64_t num_parts = 0;
  for (int64_t at = 0; at < count; at += step) {
    parts[num_parts++] = ReduceRun<Reducer>(in + at, std::min(step, count - at));
  }
  return ReduceFew<Reducer>(parts, num_parts);
}

// Joins what the dimensions of `loop` from `dim` on hold into `out`.
template <typename Reducer, typename T>
void ReduceDims(const StridedLoop& loop, int dim, const T* in, T* out) {
  const StridedLoop::Dim& d = loop.dims[static_cast<size_t>(dim)];
  if (dim == loop.rank - 1) {
    if (d.stride_b == 0) {
      *out = Reducer::Join(*out, ReduceRun<Reducer>(in, d.size));
    } else {
      for (int64_t i = 0; i < d.size; ++i) out[i] = Reducer::Join(out[i], in[i]);
    }
    return;
  }
  const auto reduce = [&](int64_t begin, int64_t end, T* to) {
    for (int64_t i = begin; i < end; ++i) {
      ReduceDims<Reducer>(loop, dim + 1, in + i * d.stride_a, to + i * d.stride_b);
    }
  };
  if constexpr (std::is_same_v<Reducer, SumReducer>) {
    if (d.stride_b == 0) {
      int64_t width = 1;  // Of what the dimensions within are reduced to.
      for (int k = dim + 1; k < loop.rank; ++k) {
        const StridedLoop::Dim& inner = loop.dims[static_cast<size_t>(k)];
        if (inner.stride_b != 0) width *= inner.size;
      }
      return AddInParts(0, d.size, width, out, reduce);
    }
  }
  reduce(0, d.size, out);
}

// Reduces the axes of the mask; `out` has the shape without them.
template <typename Reducer, typename T>
void Reduce(const T* in, const Shape& shape, uint32_t mask, T* out, int64_t num_outputs) {
  std::fill_n(out, num_outputs, Reducer::template kStart<T>);
  if (shape.num_elements() == 0) return;
  const StridedLoop loop = ReductionLoop(shape, mask);
  const StridedLoop::Dim inner = loop.dims[static_cast<size_t>(loop.rank) - 1];
  const StridedLoop::Dim outer = loop.dims[0];
  if (loop.rank == 2 && inner.stride_b == 0 && outer.stride_b == 1) {
    ForEachPiece(outer.size, inner.size, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        out[row] = ReduceRun<Reducer>(in + row * outer.stride_a, inner.size);
      }
    });
    return;
  }
  if constexpr (std::is_same_v<Reducer, SumReducer> && std::is_floating_point_v<T>) {
    if (loop.rank == 2 && inner.stride_b == 1 && outer.stride_b == 0) {
      return AddColumnSums(in, outer.size, inner.size, out);
    }
  }
  ReduceDims<Reducer>(loop, 0, in, out);
}

}  // namespace fanlight
