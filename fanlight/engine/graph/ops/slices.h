// Vectors of indices as places of slices: what gather_nd, scatter_nd and their like share.
#pragma once

#include <cstdint>
#include <vector>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight {

// Vectors of indices into the first dimensions of a shape, as positions of whole slices.
struct Slices {
  std::vector<int64_t> positions;
  int64_t size = 1;  // Elements of a slice.
  int depth = 0;     // Dimensions that an index vector tells.

  // Errors: kInvalidArgument, when `indices` do not fit the shape or one is out of range.
  static Result<Slices> Of(const Tensor& indices, const Shape& shape);
};

// The shape of what stands at the vectors of `indices` in `whole`; unknown where that is not known.
// Errors: kInvalidArgument, when the vectors are longer than `whole` has dimensions.
Result<PartialShape> ShapeAt(const PartialShape& indices, const PartialShape& whole);

}  // namespace fanlight
