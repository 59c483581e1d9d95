// What kernels share: small integer vectors from tensors, loops over broadcast and reduced shapes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
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

// `dims` with one -1 replaced so that there are as many elements as in `from`. Where `dims` has zeros, so
// that any number would do, dimensions of 0 on both sides are left out of the count: a batch without
// examples keeps the shape of an example.
// Errors: kInvalidArgument, when that is not possible or the numbers of elements differ.
Result<Shape> ResolveReshape(std::span<const int64_t> dims, const Shape& from);

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

// Adds the rows [begin, end) into the `width` numbers of `sums`. `add` does so for a few rows; the sums
// of every few are added up, and those of every few of these: a rounded sum of many small terms would
// lose what it has become too large to feel.
template <typename T, typename Add>
void AddInParts(int64_t begin, int64_t end, int64_t width, T* sums, const Add& add) {
  constexpr int64_t kMaxRows = 256;
  constexpr int64_t kMaxParts = 64;
  if (end - begin <= kMaxRows || !std::is_floating_point_v<T>) return add(begin, end, sums);
  int64_t step = kMaxRows;
  while (step * kMaxParts < end - begin) step *= kMaxParts;
  std::vector<T> part(static_cast<size_t>(width));
  for (int64_t row = begin; row < end; row += step) {
    std::fill(part.begin(), part.end(), T{0});
    AddInParts(row, std::min(end, row + step), width, part.data(), add);
    for (int64_t i = 0; i < width; ++i) sums[i] += part[static_cast<size_t>(i)];
  }
}

// out[c] += the sum of column c of a matrix whose rows lie one after another.
template <typename T>
void AddRows(const T* in, int64_t rows, int64_t columns, T* out) {
  AddInParts(0, rows, columns, out, [&](int64_t begin, int64_t end, T* sums) {
    const T* from = in + begin * columns;
    int64_t row = begin;
    for (; row + 4 <= end; row += 4, from += 4 * columns) {
      const T* const second = from + columns;
      const T* const third = second + columns;
      const T* const fourth = third + columns;
      for (int64_t c = 0; c < columns; ++c) {
        sums[c] = static_cast<T>(sums[c] + ((from[c] + second[c]) + (third[c] + fourth[c])));
      }
    }
    for (; row < end; ++row, from += columns) {
      for (int64_t c = 0; c < columns; ++c) sums[c] = static_cast<T>(sums[c] + from[c]);
    }
  });
}

// The same. Sums of fixed blocks of rows are added up, which threads may make: the bits are the same
// at any number of them.
template <typename T>
void AddColumnSums(const T* in, int64_t rows, int64_t columns, T* out) {
  constexpr int64_t kMaxBlocks = 64;
  constexpr int64_t kMinBlockElements = int64_t{32} << 10;
  // Of narrow rows several are taken as one, which vector registers are worth.
  constexpr int64_t kMinColumns = 32;
  if (columns > 0 && 2 * columns <= kMinColumns && rows * columns >= 4 * kMinColumns) {
    const int64_t joined = kMinColumns / columns;
    const int64_t width = joined * columns;
    std::vector<T> sums(static_cast<size_t>(width));
    AddColumnSums(in, rows / joined, width, sums.data());
    AddRows(sums.data(), joined, columns, out);
    return AddRows(in + rows / joined * width, rows % joined, columns, out);
  }
  const int64_t blocks = columns == 0
                             ? 0
                             : std::clamp<int64_t>(rows * columns / kMinBlockElements, 1,
                                                   std::clamp<int64_t>(rows, 1, kMaxBlocks));
  if (blocks <= 2) return AddRows(in, rows, columns, out);
  std::vector<T> sums(static_cast<size_t>(blocks * columns));
  ThreadShare::Current().ForEachPart(blocks, [&](int64_t i) {
    const int64_t begin = rows * i / blocks;
    AddRows(in + begin * columns, rows * (i + 1) / blocks - begin, columns,
            sums.data() + i * columns);
  });
  AddRows(sums.data(), blocks, columns, out);
}

// Rows of a kernel table, one for each type of real number; make(T) is the function for T.
#define FL_REALS(op_name, make)                                        \
  {op_name, DType::kFloat32, MakeFunctionKernel<make(float)>},         \
      {op_name, DType::kFloat64, MakeFunctionKernel<make(double)>},    \
      {op_name, DType::kInt8, MakeFunctionKernel<make(int8_t)>},       \
      {op_name, DType::kInt16, MakeFunctionKernel<make(int16_t)>},     \
      {op_name, DType::kInt32, MakeFunctionKernel<make(int32_t)>},     \
      {op_name, DType::kInt64, MakeFunctionKernel<make(int64_t)>},     \
      {op_name, DType::kUInt8, MakeFunctionKernel<make(uint8_t)>},     \
      {op_name, DType::kUInt16, MakeFunctionKernel<make(uint16_t)>},   \
      {op_name, DType::kUInt32, MakeFunctionKernel<make(uint32_t)>}, { \
    op_name, DType::kUInt64, MakeFunctionKernel<make(uint64_t)>        \
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
