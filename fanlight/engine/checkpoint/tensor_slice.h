// A part of a variable: how savers name it, and the key under which a bundle keeps it.
//
//   FL_ASSIGN_OR_RETURN(const SlicedShape rows, SlicedShape::Parse("6 4 0,4:-"));
//   // rows.full is [6,4], rows.part is [4,4]: rows 0 to 3, all columns.
//   EncodeSliceKey("w", rows.slice);  // 00 'w' 00 01 01 02 80 84 80 7f
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/shape.h"

namespace fanlight::checkpoint {

// A box of a tensor, one extent a dimension.
struct TensorSlice {
  struct Extent {
    static constexpr int64_t kWhole = -1;
    int64_t start = 0;
    // kWhole stands for the whole dimension and is not the same as its length written out: the
    // keys differ.
    int64_t length = kWhole;
    friend bool operator==(const Extent&, const Extent&) = default;
  };
  std::vector<Extent> extents;
  friend bool operator==(const TensorSlice&, const TensorSlice&) = default;
};

// "0,4:-": TensorFlow's text of a slice.
std::string ToString(const TensorSlice& slice);

// A slice of a tensor of shape `full`, written out: every extent with start and length.
// Errors: kInvalidArgument, when the ranks differ or an extent leaves the tensor.
Result<TensorSlice> Resolve(const TensorSlice& slice, const Shape& full);

// The shape of a slice whose extents are all written out.
Result<Shape> ShapeOf(const TensorSlice& resolved);

// What two slices, both written out and of one rank, have in common; nullopt when nothing.
std::optional<TensorSlice> Intersect(const TensorSlice& a, const TensorSlice& b);

// One element of SaveV2's and RestoreV2's shape_and_slices.
struct SlicedShape {
  Shape full;
  TensorSlice slice;  // As written.
  Shape part;

  // Errors: kInvalidArgument, when `text` is not "D0 D1 ... start,length:-:..." or leaves the
  // shape.
  static Result<SlicedShape> Parse(std::string_view text);
};

// The key of a slice: the name and the extents in a code that keeps their order.
std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice);

// Slice keys begin with a zero byte; names do not.
inline bool IsSliceKey(std::string_view key) { return !key.empty() && key.front() == '\0'; }

}  // namespace fanlight::checkpoint
