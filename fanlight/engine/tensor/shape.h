// Shapes: of tensors (every dimension known) and of outputs of graph nodes (some may be unknown).
//
//   Shape image{100, 784};                             // "[100,784]", 78400 elements
//   PartialShape batch({PartialShape::kUnknown, 784});  // "[?,784]"
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "fanlight/base/result.h"

namespace fanlight {

inline constexpr int kMaxRank = 8;

// The lengths of a tensor's dimensions, the outermost first. The product never overflows.
class Shape {
 public:
  // The shape of a scalar.
  Shape() = default;
  // For dimensions that the program itself chose: aborts where From() would fail.
  Shape(std::initializer_list<int64_t> dims);

  // Errors: kInvalidArgument, for a negative dimension or more than kMaxRank of them;
  // kTooLarge, when the number of elements does not fit in 62 bits.
  static Result<Shape> From(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  int64_t dim(int i) const { return dims_[static_cast<size_t>(i)]; }
  int64_t operator[](int i) const { return dim(i); }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  int64_t num_elements() const { return num_elements_; }
  bool is_scalar() const { return rank_ == 0; }

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.dim(i) != b.dim(i)) return false;
    }
    return true;
  }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int64_t num_elements_ = 1;
  int rank_ = 0;
};

// "[100,784]"; a scalar is "[]".
std::string ToString(const Shape& shape);

// A shape of which nothing, the rank, or some or all dimensions are known.
class PartialShape {
 public:
  static constexpr int64_t kUnknown = -1;

  // Nothing is known, not even the rank.
  PartialShape() = default;
  PartialShape(const Shape& shape);  // NOLINT(google-explicit-constructor): loses nothing.
  // Dimensions chosen by the program; kUnknown where not known. Aborts where From() would fail.
  PartialShape(std::initializer_list<int64_t> dims);
  static PartialShape Unknown() { return {}; }
  static PartialShape UnknownOfRank(int rank);

  // Errors: kInvalidArgument, for a dimension below -1 or more than kMaxRank of them.
  static Result<PartialShape> From(std::span<const int64_t> dims);

  bool has_rank() const { return rank_ >= 0; }
  int rank() const { return rank_; }  // -1 when not known.
  int64_t dim(int i) const { return dims_[static_cast<size_t>(i)]; }
  int64_t operator[](int i) const { return dim(i); }
  void set_dim(int i, int64_t dim) { dims_[static_cast<size_t>(i)] = dim; }
  std::span<const int64_t> dims() const {
    return {dims_.data(), static_cast<size_t>(rank_ < 0 ? 0 : rank_)};
  }
  bool is_fully_known() const;
  std::optional<Shape> ToShape() const;  // nullopt unless fully known.
  // The number of elements, when it is known.
  std::optional<int64_t> num_elements() const;

  // Whether some shape is described by both.
  bool IsCompatibleWith(const PartialShape& other) const;

  friend bool operator==(const PartialShape& a, const PartialShape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.dim(i) != b.dim(i)) return false;
    }
    return true;
  }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = -1;
};

// "[?,784]"; "<unknown>" when the rank is not known.
std::string ToString(const PartialShape& shape);

// What both say together; kInvalidArgument when they contradict each other.
Result<PartialShape> Merge(const PartialShape& a, const PartialShape& b);

// The shape of an element-wise operation by NumPy's rule: aligned at the last dimension, a 1 is
// stretched. Errors: kInvalidArgument, when two dimensions differ and neither is 1.
Result<Shape> Broadcast(const Shape& a, const Shape& b);
Result<PartialShape> Broadcast(const PartialShape& a, const PartialShape& b);

}  // namespace fanlight
