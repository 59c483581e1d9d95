// Copies of boxes of elements: what slicing, joining and padding are made of.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {

using Strides = std::array<int64_t, kMaxRank>;

inline Strides RowMajorStrides(const Shape& shape) {
  Strides strides{};
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= shape[i];
  }
  return strides;
}

// Strides of a result that lies in one piece, by the dimensions of what was sliced.
inline Strides DenseStrides(std::span<const int64_t> dims) {
  Strides strides{};
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

// Copies a box of `dims` elements, each side moving by its own strides. Everything that this family
// does is one or several of these.
template <typename T>
void CopyBox(std::span<const int64_t> dims, const T* from, const Strides& from_strides, T* to,
             const Strides& to_strides) {
  if (dims.empty()) {
    *to = *from;
    return;
  }
  for (const int64_t dim : dims) {
    if (dim == 0) return;
  }
  const size_t last = dims.size() - 1;
  std::array<int64_t, kMaxRank> index{};
  for (;;) {
    if (from_strides[last] == 1 && to_strides[last] == 1) {
      std::copy_n(from, dims[last], to);
    } else {
      for (int64_t i = 0; i < dims[last]; ++i)
        to[i * to_strides[last]] = from[i * from_strides[last]];
    }
    size_t d = last;
    for (;;) {
      if (d == 0) return;
      --d;
      from += from_strides[d];
      to += to_strides[d];
      if (++index[d] < dims[d]) break;
      from -= from_strides[d] * dims[d];
      to -= to_strides[d] * dims[d];
      index[d] = 0;
    }
  }
}

// The same for a tensor of any type; offsets and strides in elements.
inline void CopyBoxOf(std::span<const int64_t> dims, const Tensor& from, int64_t from_offset,
                      const Strides& from_strides, Tensor& to, int64_t to_offset,
                      const Strides& to_strides) {
  const auto copy = [&]<typename T>(const T* source, T* target) {
    CopyBox(dims, source + from_offset, from_strides, target + to_offset, to_strides);
  };
  if (from.dtype() == DType::kString) {
    copy(from.flat<std::string>().data(), to.mutable_flat<std::string>().data());
    return;
  }
  struct Sixteen {
    uint64_t words[2];
  };
  switch (DTypeSize(from.dtype())) {
    case 1:
      return copy(static_cast<const uint8_t*>(from.data()),
                  static_cast<uint8_t*>(to.mutable_data()));
    case 2:
      return copy(static_cast<const uint16_t*>(from.data()),
                  static_cast<uint16_t*>(to.mutable_data()));
    case 4:
      return copy(static_cast<const uint32_t*>(from.data()),
                  static_cast<uint32_t*>(to.mutable_data()));
    case 8:
      return copy(static_cast<const uint64_t*>(from.data()),
                  static_cast<uint64_t*>(to.mutable_data()));
    default:
      return copy(static_cast<const Sixteen*>(from.data()),
                  static_cast<Sixteen*>(to.mutable_data()));
  }
}

inline void SetToZero(Tensor& tensor) {
  if (tensor.dtype() == DType::kString) {
    for (std::string& text : tensor.mutable_flat<std::string>()) text.clear();
  } else if (tensor.num_bytes() != 0) {
    std::memset(tensor.mutable_data(), 0, tensor.num_bytes());
  }
}

}  // namespace fanlight
