#include "fanlight/engine/graph/ops/slices.h"

#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {

Result<Slices> Slices::Of(const Tensor& indices, const Shape& shape) {
  Slices slices;
  const int64_t depth = indices.rank() < 1 ? -1 : indices.shape()[indices.rank() - 1];
  if (depth < 0 || depth > shape.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "indices {} do not fit shape {}", Describe(indices),
                ToString(shape));
  }
  slices.depth = static_cast<int>(depth);
  for (int i = slices.depth; i < shape.rank(); ++i) slices.size *= shape[i];
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(indices, DType::kInt64));
  const auto numbers = wide.flat<int64_t>();
  int64_t count = 1;
  for (int i = 0; i < indices.rank() - 1; ++i) count *= indices.shape()[i];
  slices.positions.reserve(static_cast<size_t>(count));
  for (size_t row = 0; row < static_cast<size_t>(count); ++row) {
    int64_t position = 0;
    for (int d = 0; d < slices.depth; ++d) {
      const int64_t index = numbers[row * static_cast<size_t>(depth) + static_cast<size_t>(d)];
      if (index < 0 || index >= shape[d]) {
        return Fail(ErrorCode::kInvalidArgument, "index {} of vector {} is {}, want 0 to {}", d,
                    row, index, shape[d] - 1);
      }
      position = position * shape[d] + index;
    }
    slices.positions.push_back(position);
  }
  return slices;
}

Result<PartialShape> ShapeAt(const PartialShape& indices, const PartialShape& whole) {
  if (!whole.has_rank() || !indices.has_rank()) return PartialShape::Unknown();
  if (indices.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "indices of slices must have at least rank 1");
  }
  const int64_t depth = indices[indices.rank() - 1];
  if (depth < 0) return PartialShape::Unknown();
  if (depth > whole.rank()) {
    return Fail(ErrorCode::kInvalidArgument,
                "indices {} have {} numbers each, params {} want at most {}", ToString(indices),
                depth, ToString(whole), whole.rank());
  }
  std::vector<int64_t> dims(indices.dims().begin(), indices.dims().end() - 1);
  dims.insert(dims.end(), whole.dims().begin() + depth, whole.dims().end());
  return PartialShape::From(dims);
}

}  // namespace fanlight
