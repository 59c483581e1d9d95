// What kernels share: small integer vectors from tensors, loops over broadcast and reduced shapes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/engine/tensor/workers.h"

namespace fanlight {

// Up to as many integers as a shape may have, on the stack.
struct SmallInts {
  std::array<int64_t, 2 * kMaxRank> values{};
  size_t count = 0;

  std::span<const int64_t> span() const { return {values.data(), count}; }
  int64_t operator[](size_t i) const { return values[i]; }
};

// The elements of an int32 or int64 tensor of rank 0 or 1.
// Errors: kInvalidArgument, for other tensors or too many elements.
Result<SmallInts> IntegersOf(const Tensor& tensor);

// The shape that a tensor's elements describe. Errors: those of IntegersOf and Shape::From.
Result<Shape> ShapeOfElements(const Tensor& tensor);

// `shape` with one -1 replaced so that it has `num_elements`.
// Errors: kInvalidArgument, when that is not possible or the numbers of elements differ.
Result<Shape> ResolveReshape(std::span<const int64_t> dims, int64_t num_elements);

// The axes as a bit mask over `rank` dimensions. Errors: kInvalidArgument, out of [-rank, rank).
Result<uint32_t> AxesMask(std::span<const int64_t> axes, int rank);

// `shape` without the dimensions of the mask, or with 1 in their place.
Shape ReducedShape(const Shape& shape, uint32_t mask, bool keep_dims);

// The axis counted from the front. Errors: kInvalidArgument, out of [-rank, rank).
Result<int> AxisOf(int64_t axis, int rank);

// The only element of an int32 or int64 tensor. Errors: kInvalidArgument, for other tensors.
Result<int64_t> ScalarOf(const Tensor& tensor);

// Stores an integer in an int32 or int64 tensor.
inline void StoreInteger(Tensor& tensor, size_t i, int64_t value) {
  if (tensor.dtype() == DType::kInt32) {
    tensor.mutable_flat<int32_t>()[i] = static_cast<int32_t>(value);
  } else {
    tensor.mutable_flat<int64_t>()[i] = value;
  }
}

// Calls work(begin, end) for parts of the items in [0, count), each of about so many elements that
// are read or written once; for enough of them on the threads that the run may use. Which parts there
// are does not depend on the threads.
template <typename Work>
void ForEachPiece(int64_t count, int64_t item_elements, const Work& work) {
  // 32 Ki elements: with less a thread is done before it would be awake.
  constexpr int64_t kPieceElements = int64_t{32} << 10;
  const int64_t items = std::max<int64_t>(1, kPieceElements / std::max<int64_t>(1, item_elements));
  const int64_t pieces = (count + items - 1) / items;
  if (pieces <= 2) {
    if (count > 0) work(int64_t{0}, count);
    return;
  }
  ThreadShare::Current().ForEachPart(
      pieces, [&](int64_t i) { work(i * items, std::min(count, (i + 1) * items)); });
}

// out[c] += the sum of column c of a matrix whose rows lie one after another. Sums of fixed blocks of
// rows are added up, which threads may make: the bits are the same at any number of them.
template <typename T>
void AddColumnSums(const T* in, int64_t rows, int64_t columns, T* out) {
  constexpr int64_t kMaxBlocks = 64;
  constexpr int64_t kMinBlockElements = int64_t{32} << 10;
  const int64_t blocks = columns == 0
                             ? 0
                             : std::clamp<int64_t>(rows * columns / kMinBlockElements, 1,
                                                   std::clamp<int64_t>(rows, 1, kMaxBlocks));
  const auto add = [&](int64_t begin, int64_t end, T* sums) {
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = in + row * columns;
      for (int64_t c = 0; c < columns; ++c) sums[c] = static_cast<T>(sums[c] + from[c]);
    }
  };
  if (blocks <= 2) return add(0, rows, out);
  std::vector<T> sums(static_cast<size_t>(blocks * columns));
  ThreadShare::Current().ForEachPart(blocks, [&](int64_t i) {
    add(rows * i / blocks, rows * (i + 1) / blocks, sums.data() + i * columns);
  });
  for (int64_t i = 0; i < blocks; ++i) {
    for (int64_t c = 0; c < columns; ++c) {
      out[c] = static_cast<T>(out[c] + sums[static_cast<size_t>(i * columns + c)]);
    }
  }
}

// Copies elements whatever their type: strings by value, all others as bytes.
template <typename Copy>
Status CopyElements(const Tensor& from, Tensor& to, Copy copy) {
  if (from.dtype() == DType::kString) {
    copy(from.flat<std::string>().data(), to.mutable_flat<std::string>().data(), 1);
    return {};
  }
  const auto size = static_cast<int64_t>(DTypeSize(from.dtype()));
  switch (size) {
    case 4:
      copy(static_cast<const uint32_t*>(from.data()), static_cast<uint32_t*>(to.mutable_data()), 1);
      return {};
    case 8:
      copy(static_cast<const uint64_t*>(from.data()), static_cast<uint64_t*>(to.mutable_data()), 1);
      return {};
    default:  // Elements of `size` bytes each.
      copy(static_cast<const uint8_t*>(from.data()), static_cast<uint8_t*>(to.mutable_data()),
           size);
      return {};
  }
}

// A walk over a shape with two element offsets that move by their own strides: the innermost
// dimension is left to the caller as one run. Dimensions that move alike are merged.
struct StridedLoop {
  struct Dim {
    int64_t size;
    int64_t stride_a;
    int64_t stride_b;
  };
  std::array<Dim, kMaxRank> dims{};  // The outermost first.
  int rank = 0;                      // At least 1.

  // Calls run(position, offset_a, offset_b) for each run of the innermost dimension, where
  // `position` is the offset in the whole shape.
  template <typename Run>
  void ForEachRun(Run run) const {
    std::array<int64_t, kMaxRank> index{};
    const int64_t length = dims[static_cast<size_t>(rank) - 1].size;
    int64_t total = 1;
    for (int i = 0; i < rank; ++i) total *= dims[static_cast<size_t>(i)].size;
    int64_t a = 0;
    int64_t b = 0;
    for (int64_t position = 0; position < total; position += length) {
      run(position, a, b);
      for (int i = rank - 2; i >= 0; --i) {
        const auto d = static_cast<size_t>(i);
        a += dims[d].stride_a;
        b += dims[d].stride_b;
        if (++index[d] < dims[d].size) break;
        a -= dims[d].stride_a * dims[d].size;
        b -= dims[d].stride_b * dims[d].size;
        index[d] = 0;
      }
    }
  }
};

// The walk of an element-wise op of two arguments whose result has `shape`.
StridedLoop BroadcastLoop(const Shape& shape, const Shape& a, const Shape& b);

// The walk over `shape` where offset_a is the element and offset_b the element that it is reduced
// into.
StridedLoop ReductionLoop(const Shape& shape, uint32_t mask);

}  // namespace fanlight
