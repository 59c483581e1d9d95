#include "fanlight/engine/tensor/shape.h"

#include <algorithm>

#include "fanlight/base/check.h"

namespace fanlight {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 62;

template <typename Dims>
std::string Print(const Dims& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i != 0) text += ',';
    text += dims[i] < 0 ? "?" : std::to_string(dims[i]);
  }
  return text + "]";
}

}  // namespace

Shape::Shape(std::initializer_list<int64_t> dims) {
  auto made = From({dims.begin(), dims.size()});
  FL_CHECK(made.has_value(), made ? "" : made.error().message);
  *this = *made;
}

Result<Shape> Shape::From(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} has rank {}, at most {} is supported",
                Print(dims), dims.size(), kMaxRank);
  }
  Shape shape;
  shape.rank_ = static_cast<int>(dims.size());
  const bool is_empty = std::find(dims.begin(), dims.end(), 0) != dims.end();
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = dims[i];
    if (dim < 0) {
      return Fail(ErrorCode::kInvalidArgument, "shape has dimension {}: got {}, want at least 0", i,
                  dim);
    }
    // An empty shape's other dimensions are bounded too, so that products of some of them are safe.
    if (dim > 0 && shape.num_elements_ > kMaxElements / dim) {
      return Fail(ErrorCode::kTooLarge, "shape {} has more than 2^62 elements", Print(dims));
    }
    if (dim > 0) shape.num_elements_ *= dim;
    shape.dims_[i] = dim;
  }
  if (is_empty) shape.num_elements_ = 0;
  return shape;
}

std::string ToString(const Shape& shape) { return Print(shape.dims()); }

PartialShape::PartialShape(const Shape& shape) : rank_(shape.rank()) {
  std::copy(shape.dims().begin(), shape.dims().end(), dims_.begin());
}

PartialShape::PartialShape(std::initializer_list<int64_t> dims) {
  auto made = From({dims.begin(), dims.size()});
  FL_CHECK(made.has_value(), made ? "" : made.error().message);
  *this = *made;
}

PartialShape PartialShape::UnknownOfRank(int rank) {
  FL_CHECK(rank >= 0 && rank <= kMaxRank, "rank out of range");
  PartialShape shape;
  shape.rank_ = rank;
  for (int i = 0; i < rank; ++i) shape.set_dim(i, kUnknown);
  return shape;
}

Result<PartialShape> PartialShape::From(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} has rank {}, at most {} is supported",
                Print(dims), dims.size(), kMaxRank);
  }
  PartialShape shape;
  shape.rank_ = static_cast<int>(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < kUnknown) {
      return Fail(ErrorCode::kInvalidArgument, "shape has dimension {}: got {}, want at least -1",
                  i, dims[i]);
    }
    shape.dims_[i] = dims[i];
  }
  if (shape.is_fully_known()) FL_TRY(Shape::From(dims));
  return shape;
}

bool PartialShape::is_fully_known() const {
  if (rank_ < 0) return false;
  return std::all_of(dims().begin(), dims().end(), [](int64_t dim) { return dim >= 0; });
}

std::optional<Shape> PartialShape::ToShape() const {
  if (!is_fully_known()) return std::nullopt;
  auto shape = Shape::From(dims());
  if (!shape) return std::nullopt;
  return *shape;
}

std::optional<int64_t> PartialShape::num_elements() const {
  const std::optional<Shape> shape = ToShape();
  if (!shape) return std::nullopt;
  return shape->num_elements();
}

bool PartialShape::IsCompatibleWith(const PartialShape& other) const {
  if (rank_ < 0 || other.rank_ < 0) return true;
  if (rank_ != other.rank_) return false;
  for (int i = 0; i < rank_; ++i) {
    if (dim(i) >= 0 && other.dim(i) >= 0 && dim(i) != other.dim(i)) return false;
  }
  return true;
}

std::string ToString(const PartialShape& shape) {
  return shape.has_rank() ? Print(shape.dims()) : "<unknown>";
}

Result<PartialShape> Merge(const PartialShape& a, const PartialShape& b) {
  if (!a.IsCompatibleWith(b)) {
    return Fail(ErrorCode::kInvalidArgument, "shapes {} and {} contradict each other", ToString(a),
                ToString(b));
  }
  if (!a.has_rank()) return b;
  PartialShape merged = a;
  for (int i = 0; i < b.rank(); ++i) {
    if (merged.dim(i) < 0) merged.set_dim(i, b.dim(i));
  }
  return merged;
}

Result<PartialShape> Broadcast(const PartialShape& a, const PartialShape& b) {
  if (!a.has_rank() || !b.has_rank()) return PartialShape::Unknown();
  const int rank = std::max(a.rank(), b.rank());
  PartialShape result = PartialShape::UnknownOfRank(rank);
  for (int i = 0; i < rank; ++i) {
    const int in_a = i - (rank - a.rank());
    const int in_b = i - (rank - b.rank());
    const int64_t x = in_a < 0 ? 1 : a.dim(in_a);
    const int64_t y = in_b < 0 ? 1 : b.dim(in_b);
    if (x >= 0 && y >= 0 && x != y && x != 1 && y != 1) {
      return Fail(ErrorCode::kInvalidArgument,
                  "shapes {} and {} cannot be broadcast together: dimension {} of the result would "
                  "be {} and {}",
                  ToString(a), ToString(b), i, x, y);
    }
    if (x == 1) {
      result.set_dim(i, y);
    } else if (y == 1 || x == y) {
      result.set_dim(i, x);
    } else {
      result.set_dim(i, std::max(x, y));  // One is unknown: it must be 1 or equal the other.
    }
  }
  return result;
}

Result<Shape> Broadcast(const Shape& a, const Shape& b) {
  if (a == b) return a;
  FL_ASSIGN_OR_RETURN(PartialShape result, Broadcast(PartialShape(a), PartialShape(b)));
  return Shape::From(result.dims());
}

}  // namespace fanlight
