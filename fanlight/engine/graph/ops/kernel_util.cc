#include "fanlight/engine/graph/ops/kernel_util.h"

#include "fanlight/base/check.h"

namespace fanlight {
namespace {

// Appends a dimension, merged with the one before where both move through it as one.
void Append(StridedLoop& loop, StridedLoop::Dim dim) {
  if (dim.size == 1) return;
  if (loop.rank > 0) {
    StridedLoop::Dim& last = loop.dims[static_cast<size_t>(loop.rank) - 1];
    if (last.stride_a == dim.stride_a * dim.size && last.stride_b == dim.stride_b * dim.size) {
      last = {last.size * dim.size, dim.stride_a, dim.stride_b};
      return;
    }
  }
  loop.dims[static_cast<size_t>(loop.rank++)] = dim;
}

void FinishLoop(StridedLoop& loop) {
  if (loop.rank == 0) loop.dims[static_cast<size_t>(loop.rank++)] = {1, 0, 0};
}

// Element strides of `shape` seen as part of a shape of `rank`; 0 where it is stretched.
std::array<int64_t, kMaxRank> BroadcastStrides(const Shape& shape, int rank) {
  std::array<int64_t, kMaxRank> strides{};
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i + rank - shape.rank())] = shape[i] == 1 ? 0 : stride;
    stride *= shape[i];
  }
  return strides;
}

}  // namespace

Result<SmallInts> IntegersOf(const Tensor& tensor) {
  SmallInts ints;
  const bool is_integer = tensor.dtype() == DType::kInt32 || tensor.dtype() == DType::kInt64;
  if (!is_integer || tensor.rank() > 1 ||
      tensor.num_elements() > static_cast<int64_t>(ints.values.size())) {
    return Fail(ErrorCode::kInvalidArgument, "got {}, want at most {} int32 or int64 in a vector",
                Describe(tensor), ints.values.size());
  }
  ints.count = static_cast<size_t>(tensor.num_elements());
  for (size_t i = 0; i < ints.count; ++i) {
    ints.values[i] =
        tensor.dtype() == DType::kInt32 ? tensor.flat<int32_t>()[i] : tensor.flat<int64_t>()[i];
  }
  return ints;
}

Result<Shape> ShapeOfElements(const Tensor& tensor) {
  FL_ASSIGN_OR_RETURN(const SmallInts dims, IntegersOf(tensor));
  return Shape::From(dims.span());
}

Result<Shape> ResolveReshape(std::span<const int64_t> dims, const Shape& from) {
  std::array<int64_t, 2 * kMaxRank> resolved{};
  int64_t known = 1;
  int unknown = -1;
  bool has_zero = false;
  for (size_t i = 0; i < dims.size(); ++i) {
    resolved[i] = dims[i];
    if (dims[i] == -1) {
      if (unknown >= 0) {
        return Fail(ErrorCode::kInvalidArgument, "a shape to reshape to has more than one -1");
      }
      unknown = static_cast<int>(i);
    } else if (dims[i] < 0 || (dims[i] > 0 && known > (int64_t{1} << 62) / dims[i])) {
      return Fail(ErrorCode::kInvalidArgument, "a shape to reshape to has dimension {}", dims[i]);
    } else if (dims[i] == 0) {
      has_zero = true;
    } else {
      known *= dims[i];
    }
  }
  if (unknown >= 0) {
    int64_t counted = 1;
    bool leaves_out = false;
    for (const int64_t dim : from.dims()) {
      if (dim == 0 && has_zero) {
        leaves_out = true;
      } else {
        counted *= dim;
      }
    }
    if (!leaves_out && counted % known != 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "cannot reshape {} elements: the known dimensions have {}", counted, known);
    }
    resolved[static_cast<size_t>(unknown)] = counted / known;
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From({resolved.data(), dims.size()}));
  if (shape.num_elements() != from.num_elements()) {
    return Fail(ErrorCode::kInvalidArgument, "cannot reshape {} elements to shape {}",
                from.num_elements(), ToString(shape));
  }
  return shape;
}

Result<uint32_t> AxesMask(std::span<const int64_t> axes, int rank) {
  uint32_t mask = 0;
  for (const int64_t axis : axes) {
    if (axis < -rank || axis >= rank) {
      return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for rank {}", axis, rank);
    }
    mask |= 1u << (axis < 0 ? axis + rank : axis);
  }
  return mask;
}

Shape ReducedShape(const Shape& shape, uint32_t mask, bool keep_dims) {
  std::array<int64_t, kMaxRank> dims{};
  size_t rank = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if ((mask >> i & 1) == 0) {
      dims[rank++] = shape[i];
    } else if (keep_dims) {
      dims[rank++] = 1;
    }
  }
  auto reduced = Shape::From({dims.data(), rank});
  FL_CHECK(reduced.has_value(), "a reduced shape is no larger");
  return *reduced;
}

StridedLoop BroadcastLoop(const Shape& shape, const Shape& a, const Shape& b) {
  const auto strides_a = BroadcastStrides(a, shape.rank());
  const auto strides_b = BroadcastStrides(b, shape.rank());
  StridedLoop loop;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto d = static_cast<size_t>(i);
    Append(loop, {shape[i], strides_a[d], strides_b[d]});
  }
  FinishLoop(loop);
  return loop;
}

StridedLoop ReductionLoop(const Shape& shape, uint32_t mask) {
  std::array<int64_t, kMaxRank> strides{};
  std::array<int64_t, kMaxRank> targets{};
  int64_t stride = 1;
  int64_t target = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    const auto d = static_cast<size_t>(i);
    strides[d] = stride;
    stride *= shape[i];
    if ((mask >> i & 1) == 0) {
      targets[d] = target;
      target *= shape[i];
    }
  }
  StridedLoop loop;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto d = static_cast<size_t>(i);
    Append(loop, {shape[i], strides[d], targets[d]});
  }
  FinishLoop(loop);
  return loop;
}

Result<int> AxisOf(int64_t axis, int rank) {
  FL_TRY(AxesMask(std::span(&axis, 1), rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<int64_t> ScalarOf(const Tensor& tensor) {
  FL_ASSIGN_OR_RETURN(const SmallInts ints, IntegersOf(tensor));
  if (ints.count != 1) {
    return Fail(ErrorCode::kInvalidArgument, "got {}, want one number", Describe(tensor));
  }
  return ints[0];
}

}  // namespace fanlight
