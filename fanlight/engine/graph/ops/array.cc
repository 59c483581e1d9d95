#include "fanlight/engine/graph/ops/array.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status ConstShape(InferenceContext& context) {
  const auto& value = context.node().attr<Tensor>("value");
  const auto dtype = context.node().attr<DType>("dtype");
  if (value.dtype() != dtype) {
    return Fail(ErrorCode::kInvalidArgument, "the value is {}, attribute \"dtype\" says {}",
                Describe(value), DTypeName(dtype));
  }
  context.set_output(0, value.shape());
  return {};
}

Status PlaceholderShape(InferenceContext& context) {
  context.set_output(0, context.node().attr<PartialShape>("shape"));
  return {};
}

Status PlaceholderWithDefaultShape(InferenceContext& context) {
  const auto& shape = context.node().attr<PartialShape>("shape");
  FL_TRY(Merge(context.input(0), shape));
  context.set_output(0, shape);
  return {};
}

Status ReshapeShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const auto dims = context.constant_integers(1);
  if (!dims) {
    FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(1));
    context.set_output(0, shape);
    return {};
  }
  FL_TRY(context.WantRank(1, 1, "the shape to reshape to"));
  if (const auto num_elements = input.num_elements()) {
    FL_ASSIGN_OR_RETURN(const Shape shape, ResolveReshape(*dims, *num_elements));
    context.set_output(0, shape);
    return {};
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(*dims));
  context.set_output(0, shape);
  return {};
}

Status ExpandDimsShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  if (!input.has_rank()) return {};
  const auto axis = context.constant_integers(1);
  if (!axis || axis->size() != 1) {
    if (input.rank() < kMaxRank)
      context.set_output(0, PartialShape::UnknownOfRank(input.rank() + 1));
    return {};
  }
  const int64_t rank = input.rank();
  const int64_t at = (*axis)[0] < 0 ? (*axis)[0] + rank + 1 : (*axis)[0];
  if (at < 0 || at > rank) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", (*axis)[0],
                ToString(input));
  }
  std::vector<int64_t> dims(input.dims().begin(), input.dims().end());
  dims.insert(dims.begin() + at, 1);
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Result<PartialShape> Squeezed(const PartialShape& input, const std::vector<int64_t>& axes) {
  if (!input.has_rank()) return PartialShape::Unknown();
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(axes, input.rank()));
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    if (axes.empty()) {
      if (input[i] < 0) return PartialShape::Unknown();
      if (input[i] != 1) dims.push_back(input[i]);
    } else if ((mask >> i & 1) == 0) {
      dims.push_back(input[i]);
    } else if (input[i] > 1 || input[i] == 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "cannot squeeze dimension {} of shape {}: it is not 1", i, ToString(input));
    }
  }
  return PartialShape::From(dims);
}

Status SqueezeShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(
      const PartialShape shape,
      Squeezed(context.input(0), context.node().attr<std::vector<int64_t>>("squeeze_dims")));
  context.set_output(0, shape);
  return {};
}

Status TileShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  if (!input.has_rank()) return {};
  const auto multiples = context.constant_integers(1);
  if (!multiples) {
    context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  if (multiples->size() != static_cast<size_t>(input.rank())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} multiples for shape {}, want {}",
                multiples->size(), ToString(input), input.rank());
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t multiple = (*multiples)[static_cast<size_t>(i)];
    if (multiple < 0 || (multiple > 0 && input[i] > (int64_t{1} << 62) / multiple)) {
      return Fail(ErrorCode::kInvalidArgument, "multiple {} is {}, want 0 or more", i, multiple);
    }
    dims.push_back(input[i] < 0 ? -1 : input[i] * multiple);
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status BroadcastToShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(1));
  FL_ASSIGN_OR_RETURN(const PartialShape both, Broadcast(context.input(0), shape));
  if (!both.IsCompatibleWith(shape)) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} cannot be broadcast to {}",
                ToString(context.input(0)), ToString(shape));
  }
  context.set_output(0, shape);
  return {};
}

Status FillShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "the value to fill with"));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  context.set_output(0, shape);
  return {};
}

Status ShapeShape(InferenceContext& context) {
  context.set_output(0, PartialShape{context.input(0).rank()});
  return {};
}

Status ShapeNShape(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) {
    context.set_output(i, PartialShape{context.input(i).rank()});
  }
  return {};
}

Status RangeShape(InferenceContext& context) {
  for (int i = 0; i < 3; ++i) FL_TRY(context.WantRank(i, 0, "an argument of a range"));
  const auto start = context.constant_integers(0);
  const auto limit = context.constant_integers(1);
  const auto delta = context.constant_integers(2);
  if (start && limit && delta && (*delta)[0] != 0) {
    const int64_t span = (*delta)[0] > 0 ? (*limit)[0] - (*start)[0] : (*start)[0] - (*limit)[0];
    const int64_t step = (*delta)[0] > 0 ? (*delta)[0] : -(*delta)[0];
    context.set_output(0, PartialShape{span <= 0 ? 0 : (span + step - 1) / step});
    return {};
  }
  context.set_output(0, PartialShape{PartialShape::kUnknown});
  return {};
}

Status PackShape(InferenceContext& context) {
  if (context.num_inputs() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "there is nothing to stack");
  }
  PartialShape merged = context.input(0);
  for (int i = 1; i < context.num_inputs(); ++i) {
    FL_ASSIGN_OR_RETURN(merged, Merge(merged, context.input(i)));
  }
  if (!merged.has_rank()) return {};
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? axis + merged.rank() + 1 : axis;
  if (at < 0 || at > merged.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", axis,
                ToString(merged));
  }
  std::vector<int64_t> dims(merged.dims().begin(), merged.dims().end());
  dims.insert(dims.begin() + at, context.num_inputs());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status GatherShape(InferenceContext& context) {
  const PartialShape& params = context.input(0);
  const PartialShape& indices = context.input(1);
  const auto axis = context.constant_integers(2);
  if (!params.has_rank() || !indices.has_rank() || !axis || axis->size() != 1) return {};
  const int64_t at = (*axis)[0] < 0 ? (*axis)[0] + params.rank() : (*axis)[0];
  if (at < 0 || at >= params.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", (*axis)[0],
                ToString(params));
  }
  std::vector<int64_t> dims(params.dims().begin(), params.dims().end());
  dims.erase(dims.begin() + at);
  dims.insert(dims.begin() + at, indices.dims().begin(), indices.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status TransposeShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const auto permutation = context.constant_integers(1);
  if (!permutation) {
    if (input.has_rank()) context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  if (!input.has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(*permutation, input.rank()));
  if (permutation->size() != static_cast<size_t>(input.rank()) ||
      mask != (1u << input.rank()) - 1) {
    return Fail(ErrorCode::kInvalidArgument, "the permutation of shape {} is none of {} dimensions",
                ToString(input), input.rank());
  }
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t from = (*permutation)[static_cast<size_t>(i)];
    shape.set_dim(i, input[static_cast<int>(from < 0 ? from + input.rank() : from)]);
  }
  context.set_output(0, shape);
  return {};
}

Status VectorOfUnknownLengths(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) {
    context.set_output(i, PartialShape{PartialShape::kUnknown});
  }
  return {};
}

// The size of dimension 0 is one more than the largest index; the rest is that of the data.
Status DynamicStitchShape(InferenceContext& context) {
  const int count = context.num_inputs() / 2;
  int64_t largest = -1;
  bool is_known = true;
  for (int i = 0; i < count; ++i) {
    const auto indices = context.constant_integers(i);
    if (!indices) {
      is_known = false;
      break;
    }
    for (const int64_t index : *indices) largest = std::max(largest, index);
  }
  const PartialShape& indices = context.input(0);
  const PartialShape& data = context.input(count);
  if (!indices.has_rank() || !data.has_rank() || data.rank() < indices.rank()) return {};
  std::vector<int64_t> dims = {is_known ? largest + 1 : -1};
  dims.insert(dims.end(), data.dims().begin() + indices.rank(), data.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

Status ConstKernel(KernelContext& context) {
  context.SetOutput(0, context.node().attr<Tensor>("value"));
  return {};
}

Status PlaceholderKernel(KernelContext& context) {
  return Fail(ErrorCode::kInvalidArgument, "the placeholder {} must be fed with {}{}",
              Describe(context.node()), DTypeName(context.node().output_dtypes[0]),
              ToString(context.node().output_shapes[0]));
}

Status IdentityKernel(KernelContext& context) {
  context.SetOutput(0, context.input(0));
  return {};
}

Status ReshapeKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts dims, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const Shape shape, ResolveReshape(dims.span(), input.num_elements()));
  context.SetOutput(0, input.Reshaped(shape));
  return {};
}

Status ExpandDimsKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts axis, IntegersOf(context.input(1)));
  if (axis.count != 1) return Fail(ErrorCode::kInvalidArgument, "want one axis");
  const int64_t at = axis[0] < 0 ? axis[0] + input.rank() + 1 : axis[0];
  if (at < 0 || at > input.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for {}", axis[0],
                Describe(input));
  }
  std::vector<int64_t> dims(input.shape().dims().begin(), input.shape().dims().end());
  dims.insert(dims.begin() + at, 1);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  context.SetOutput(0, input.Reshaped(shape));
  return {};
}

Status SqueezeKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape,
                      Squeezed(context.input(0).shape(),
                               context.node().attr<std::vector<int64_t>>("squeeze_dims")));
  context.SetOutput(0, context.input(0).Reshaped(*shape.ToShape()));
  return {};
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

// output[i…] = input[i… mod its dimension]: Tile, and BroadcastTo by a stride of 0.
template <typename T>
void CopyStretched(const T* from, T* to, int64_t width, const Shape& from_shape,
                   const Shape& to_shape) {
  const int64_t total = to_shape.num_elements();
  std::array<int64_t, kMaxRank> index{};
  const int rank = to_shape.rank();
  std::array<int64_t, kMaxRank> strides{};
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= from_shape[i];
  }
  for (int64_t position = 0; position < total; ++position) {
    int64_t source = 0;
    for (int i = 0; i < rank; ++i) {
      source += index[static_cast<size_t>(i)] % from_shape[i] * strides[static_cast<size_t>(i)];
    }
    for (int64_t k = 0; k < width; ++k) to[position * width + k] = from[source * width + k];
    for (int i = rank - 1; i >= 0; --i) {
      if (++index[static_cast<size_t>(i)] < to_shape[i]) break;
      index[static_cast<size_t>(i)] = 0;
    }
  }
}

Status StretchTo(KernelContext& context, const Shape& shape) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  if (shape.num_elements() == 0) return {};
  std::vector<int64_t> dims(static_cast<size_t>(shape.rank() - input.rank()), 1);
  dims.insert(dims.end(), input.shape().dims().begin(), input.shape().dims().end());
  FL_ASSIGN_OR_RETURN(const Shape from, Shape::From(dims));
  return CopyElements(input, *output, [&](const auto* source, auto* target, int64_t width) {
    if (input.num_elements() == 1 && width == 1) {
      std::fill_n(target, shape.num_elements(), *source);
    } else {
      CopyStretched(source, target, width, from, shape);
    }
  });
}

Status TileKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts multiples, IntegersOf(context.input(1)));
  if (multiples.count != static_cast<size_t>(input.rank())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} multiples, want {}", multiples.count,
                input.rank());
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t multiple = multiples[static_cast<size_t>(i)];
    if (multiple < 0 || (multiple > 0 && input.shape()[i] > (int64_t{1} << 62) / multiple)) {
      return Fail(ErrorCode::kInvalidArgument, "multiple {} is {}, want 0 or more", i, multiple);
    }
    dims.push_back(input.shape()[i] * multiple);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  return StretchTo(context, shape);
}

Status BroadcastToKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(1)));
  FL_ASSIGN_OR_RETURN(const Shape both, Broadcast(context.input(0).shape(), shape));
  if (!(both == shape)) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} cannot be broadcast to {}",
                ToString(context.input(0).shape()), ToString(shape));
  }
  return StretchTo(context, shape);
}

Status FillKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(0)));
  const Tensor& value = context.input(1);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  return CopyElements(value, *output, [&](const auto* source, auto* target, int64_t width) {
    for (int64_t i = 0; i < shape.num_elements(); ++i) {
      for (int64_t k = 0; k < width; ++k) target[i * width + k] = source[k];
    }
  });
}

Status ZerosLikeKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, context.input(0).shape()));
  if (output->dtype() == DType::kString) {
    for (std::string& text : output->mutable_flat<std::string>()) text.clear();
  } else if (output->num_bytes() != 0) {
    std::memset(output->mutable_data(), 0, output->num_bytes());
  }
  return {};
}

void StoreInteger(Tensor& tensor, size_t i, int64_t value) {
  if (tensor.dtype() == DType::kInt32) {
    tensor.mutable_flat<int32_t>()[i] = static_cast<int32_t>(value);
  } else {
    tensor.mutable_flat<int64_t>()[i] = value;
  }
}

Status ShapeKernel(KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {shape.rank()}));
  for (int i = 0; i < shape.rank(); ++i) StoreInteger(*output, static_cast<size_t>(i), shape[i]);
  return {};
}

Status ShapeNKernel(KernelContext& context) {
  for (int i = 0; i < context.num_inputs(); ++i) {
    const Shape& shape = context.input(i).shape();
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(i, {shape.rank()}));
    for (int d = 0; d < shape.rank(); ++d) StoreInteger(*output, static_cast<size_t>(d), shape[d]);
  }
  return {};
}

Status SizeKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {}));
  StoreInteger(*output, 0, context.input(0).num_elements());
  return {};
}

Status RankKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {}));
  StoreInteger(*output, 0, context.input(0).rank());
  return {};
}

template <typename T>
Status RangeKernel(KernelContext& context) {
  const T start = context.input(0).scalar<T>();
  const T limit = context.input(1).scalar<T>();
  const T delta = context.input(2).scalar<T>();
  if (delta == T{0}) return Fail(ErrorCode::kInvalidArgument, "a range's delta is 0");
  double count = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) /
                           static_cast<double>(delta));
  if (!(count >= 0)) count = 0;
  if (count > 0x1p40) return Fail(ErrorCode::kTooLarge, "a range has {} elements", count);
  const auto length = static_cast<int64_t>(count);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {length}));
  T value = start;
  for (T& element : output->mutable_flat<T>()) {
    element = value;
    value = static_cast<T>(value + delta);
  }
  return {};
}

// Rows of `count` elements of each input, side by side along the new axis.
Status PackKernel(KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? axis + shape.rank() + 1 : axis;
  int64_t inner = 1;
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  for (int64_t i = at; i < shape.rank(); ++i) inner *= shape[static_cast<int>(i)];
  dims.insert(dims.begin() + at, context.num_inputs());
  FL_ASSIGN_OR_RETURN(const Shape result, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, result));
  for (int i = 0; i < context.num_inputs(); ++i) {
    const Tensor& input = context.input(i);
    if (!(input.shape() == shape)) {
      return Fail(ErrorCode::kInvalidArgument, "cannot stack shapes {} and {}", ToString(shape),
                  ToString(input.shape()));
    }
    const int64_t outer = inner == 0 ? 0 : shape.num_elements() / inner;
    FL_TRY(CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
      const int64_t run = inner * width;
      for (int64_t row = 0; row < outer; ++row) {
        std::copy_n(from + row * run, run, to + (row * context.num_inputs() + i) * run);
      }
    }));
  }
  return {};
}

Status GatherKernel(KernelContext& context) {
  const Tensor& params = context.input(0);
  const Tensor& indices = context.input(1);
  FL_ASSIGN_OR_RETURN(const SmallInts axes, IntegersOf(context.input(2)));
  if (axes.count != 1) return Fail(ErrorCode::kInvalidArgument, "want one axis");
  const int64_t at = axes[0] < 0 ? axes[0] + params.rank() : axes[0];
  if (at < 0 || at >= params.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for {}", axes[0],
                Describe(params));
  }
  const int64_t limit = params.shape()[static_cast<int>(at)];
  int64_t outer = 1;
  int64_t inner = 1;
  std::vector<int64_t> dims;
  for (int i = 0; i < at; ++i) {
    outer *= params.shape()[i];
    dims.push_back(params.shape()[i]);
  }
  dims.insert(dims.end(), indices.shape().dims().begin(), indices.shape().dims().end());
  for (int i = static_cast<int>(at) + 1; i < params.rank(); ++i) {
    inner *= params.shape()[i];
    dims.push_back(params.shape()[i]);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const int64_t count = indices.num_elements();
  const auto index_at = [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    return indices.dtype() == DType::kInt32 ? int64_t{indices.flat<int32_t>()[k]}
                                            : indices.flat<int64_t>()[k];
  };
  for (int64_t i = 0; i < count; ++i) {
    if (index_at(i) < 0 || index_at(i) >= limit) {
      return Fail(ErrorCode::kInvalidArgument, "index {} is {}, want 0 to {}", i, index_at(i),
                  limit - 1);
    }
  }
  return CopyElements(params, *output, [&](const auto* from, auto* to, int64_t width) {
    const int64_t run = inner * width;
    for (int64_t row = 0; row < outer; ++row) {
      for (int64_t i = 0; i < count; ++i) {
        std::copy_n(from + (row * limit + index_at(i)) * run, run, to + (row * count + i) * run);
      }
    }
  });
}

template <typename T>
void TransposeElements(const T* from, T* to, int64_t width, const Shape& from_shape,
                       const Shape& to_shape, const SmallInts& permutation) {
  std::array<int64_t, kMaxRank> strides{};
  int64_t stride = width;
  for (int i = from_shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= from_shape[i];
  }
  const int rank = to_shape.rank();
  std::array<int64_t, kMaxRank> index{};
  for (int64_t position = 0; position < to_shape.num_elements(); ++position) {
    int64_t source = 0;
    for (int i = 0; i < rank; ++i) {
      const auto d = static_cast<size_t>(i);
      const int64_t axis = permutation[d] < 0 ? permutation[d] + rank : permutation[d];
      source += index[d] * strides[static_cast<size_t>(axis)];
    }
    for (int64_t k = 0; k < width; ++k) to[position * width + k] = from[source + k];
    for (int i = rank - 1; i >= 0; --i) {
      if (++index[static_cast<size_t>(i)] < to_shape[i]) break;
      index[static_cast<size_t>(i)] = 0;
    }
  }
}

Status TransposeKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts permutation, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(permutation.span(), input.rank()));
  if (permutation.count != static_cast<size_t>(input.rank()) || mask != (1u << input.rank()) - 1) {
    return Fail(ErrorCode::kInvalidArgument, "the permutation of {} is none of its dimensions",
                Describe(input));
  }
  std::vector<int64_t> dims;
  for (const int64_t axis : permutation.span()) {
    dims.push_back(input.shape()[static_cast<int>(axis < 0 ? axis + input.rank() : axis)]);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    TransposeElements(from, to, width, input.shape(), shape, permutation);
  });
}

Status InvertPermutationKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const SmallInts permutation, IntegersOf(context.input(0)));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, context.input(0).shape()));
  uint32_t seen = 0;
  for (size_t i = 0; i < permutation.count; ++i) {
    const int64_t to = permutation[i];
    if (to < 0 || to >= static_cast<int64_t>(permutation.count) || (seen >> to & 1) != 0) {
      return Fail(ErrorCode::kInvalidArgument, "{} is no permutation", ToString(context.input(0)));
    }
    seen |= 1u << to;
    StoreInteger(*output, static_cast<size_t>(to), static_cast<int64_t>(i));
  }
  return {};
}

Status DynamicStitchKernel(KernelContext& context) {
  const int count = context.num_inputs() / 2;
  int32_t largest = -1;
  for (int i = 0; i < count; ++i) {
    for (const int32_t index : context.input(i).flat<int32_t>()) {
      if (index < 0) return Fail(ErrorCode::kInvalidArgument, "index {} is negative", index);
      largest = std::max(largest, index);
    }
  }
  const int indices_rank = context.input(0).rank();
  std::vector<int64_t> dims = {int64_t{largest} + 1};
  const Shape& first = context.input(count).shape();
  for (int i = indices_rank; i < first.rank(); ++i) dims.push_back(first[i]);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const int64_t row = largest < 0 ? 0 : shape.num_elements() / (int64_t{largest} + 1);
  for (int i = 0; i < count; ++i) {
    const Tensor& indices = context.input(i);
    const Tensor& data = context.input(count + i);
    if (data.num_elements() != indices.num_elements() * row) {
      return Fail(ErrorCode::kInvalidArgument, "data {} has {}, want {} rows of {} elements", i,
                  Describe(data), indices.num_elements(), row);
    }
    FL_TRY(CopyElements(data, *output, [&](const auto* from, auto* to, int64_t width) {
      const int64_t run = row * width;
      for (int64_t k = 0; k < indices.num_elements(); ++k) {
        std::copy_n(from + k * run, run,
                    to + indices.flat<int32_t>()[static_cast<size_t>(k)] * run);
      }
    }));
  }
  return {};
}

Status BroadcastGradientArgsKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape a, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(const Shape b, ShapeOfElements(context.input(1)));
  FL_TRY(Broadcast(a, b));
  const int rank = std::max(a.rank(), b.rank());
  SmallInts axes[2];
  for (int axis = 0; axis < rank && !(a == b); ++axis) {
    const int in_a = axis - (rank - a.rank());
    const int in_b = axis - (rank - b.rank());
    const int64_t x = in_a < 0 ? 1 : a[in_a];
    const int64_t y = in_b < 0 ? 1 : b[in_b];
    // Where both are 1, summing changes nothing: TensorFlow lists such axes for both.
    if (x == 1) axes[0].values[axes[0].count++] = axis;
    if (y == 1) axes[1].values[axes[1].count++] = axis;
  }
  for (int i = 0; i < 2; ++i) {
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(i, {static_cast<int64_t>(axes[i].count)}));
    for (size_t k = 0; k < axes[i].count; ++k) StoreInteger(*output, k, axes[i][k]);
  }
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> IdentityGradient(GraphBuilder&, const Node&, std::span<const Output> g) {
  return {g[0]};
}

std::vector<Output> ReshapeGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  gradients[0] = ReshapeLike(graph, g[0], node.input(0));
  return gradients;
}

std::vector<Output> TileGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  // Each dimension d·m is split into (m, d), and the m copies are added.
  const Output shape = ShapeOf(graph, node.input(0));
  const Output both = Stack(graph, {Cast(graph, node.input(1), DType::kInt32), shape});
  const Output split = Reshape(graph, Transpose(graph, both, {1, 0}), {-1});
  const Output axes = Range(graph, 0, Size(graph, split), 2);
  return {Reshape(graph, SumAlong(graph, Reshape(graph, g[0], split), axes, false), shape), {}};
}

std::vector<Output> BroadcastToGradient(GraphBuilder& graph, const Node& node,
                                        std::span<const Output> g) {
  const Output shape = ShapeOf(graph, node.input(0));
  const BroadcastAxes axes =
      BroadcastGradientArgs(graph, shape, Cast(graph, node.input(1), DType::kInt32));
  return {Reshape(graph, SumAlong(graph, g[0], axes.first, /*keep_dims=*/true), shape), {}};
}

std::vector<Output> FillGradient(GraphBuilder& graph, const Node&, std::span<const Output> g) {
  return {{}, ReduceSum(graph, g[0])};
}

std::vector<Output> PackGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  std::vector<Output> gradients;
  const int64_t axis = node.attr<int64_t>("axis");
  for (int i = 0; i < node.num_inputs(); ++i) {
    gradients.push_back(Gather(graph, g[0], i, static_cast<int32_t>(axis)));
  }
  return gradients;
}

std::vector<Output> TransposeGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {Transpose(graph, g[0], InvertPermutation(graph, node.input(1))), {}};
}

constexpr OpSpec kOps[] = {
    {.name = "Const",
     .signature = "-> output: dtype",
     .attrs = "value: tensor, dtype: type",
     .infer = ConstShape,
     .has_no_gradient = true},
    {.name = "Placeholder",
     .signature = "-> output: dtype",
     .attrs = "dtype: type, shape: shape = unknown",
     .infer = PlaceholderShape,
     .has_no_gradient = true},
    {.name = "PlaceholderWithDefault",
     .signature = "input: dtype -> output: dtype",
     .attrs = "dtype: type, shape: shape",
     .infer = PlaceholderWithDefaultShape,
     .gradient = IdentityGradient,
     .may_alias_input = true},
    {.name = "Identity",
     .signature = "input: T -> output: T",
     .attrs = "T: type",
     .infer = SameShapeAsFirstInput,
     .gradient = IdentityGradient,
     .may_alias_input = true},
    {.name = "StopGradient",
     .signature = "input: T -> output: T",
     .attrs = "T: type",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true,
     .may_alias_input = true},
    {.name = "PreventGradient",
     .signature = "input: T -> output: T",
     .attrs = "T: type, message: string = \"\"",
     .infer = SameShapeAsFirstInput,
     .may_alias_input = true},
    {.name = "Reshape",
     .signature = "tensor: T, shape: Tshape -> output: T",
     .attrs = "T: type, Tshape: index = int32",
     .infer = ReshapeShape,
     .gradient = ReshapeGradient,
     .may_alias_input = true},
    {.name = "ExpandDims",
     .signature = "input: T, dim: Tdim -> output: T",
     .attrs = "T: type, Tdim: index = int32",
     .infer = ExpandDimsShape,
     .gradient = ReshapeGradient,
     .may_alias_input = true},
    {.name = "Squeeze",
     .signature = "input: T -> output: T",
     .attrs = "T: type, squeeze_dims: list(int) = []",
     .infer = SqueezeShape,
     .gradient = ReshapeGradient,
     .may_alias_input = true},
    {.name = "Tile",
     .signature = "input: T, multiples: Tmultiples -> output: T",
     .attrs = "T: type, Tmultiples: index = int32",
     .infer = TileShape,
     .gradient = TileGradient},
    {.name = "BroadcastTo",
     .signature = "input: T, shape: Tidx -> output: T",
     .attrs = "T: type, Tidx: index = int32",
     .infer = BroadcastToShape,
     .gradient = BroadcastToGradient},
    {.name = "Fill",
     .signature = "dims: index_type, value: T -> output: T",
     .attrs = "T: type, index_type: index = int32",
     .infer = FillShape,
     .gradient = FillGradient},
    {.name = "ZerosLike",
     .signature = "x: T -> y: T",
     .attrs = "T: type",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true},
    {.name = "Shape",
     .signature = "input: T -> output: out_type",
     .attrs = "T: type, out_type: index = int32",
     .infer = ShapeShape,
     .has_no_gradient = true},
    {.name = "ShapeN",
     .signature = "input: N * T -> output: N * out_type",
     .attrs = "N: int, T: type, out_type: index = int32",
     .infer = ShapeNShape,
     .has_no_gradient = true},
    {.name = "Size",
     .signature = "input: T -> output: out_type",
     .attrs = "T: type, out_type: index = int32",
     .infer = ScalarOutputs,
     .has_no_gradient = true},
    {.name = "Rank",
     .signature = "input: T -> output: int32",
     .attrs = "T: type",
     .infer = ScalarOutputs,
     .has_no_gradient = true},
    {.name = "Range",
     .signature = "start: Tidx, limit: Tidx, delta: Tidx -> output: Tidx",
     .attrs = "Tidx: realnumber = int32",
     .infer = RangeShape,
     .has_no_gradient = true},
    {.name = "Pack",
     .signature = "values: N * T -> output: T",
     .attrs = "N: int, T: type, axis: int = 0",
     .infer = PackShape,
     .gradient = PackGradient},
    {.name = "GatherV2",
     .signature = "params: Tparams, indices: Tindices, axis: Taxis -> output: Tparams",
     .attrs = "batch_dims: int = 0, Tparams: type, Tindices: index, Taxis: index",
     .infer = GatherShape},
    {.name = "Transpose",
     .signature = "x: T, perm: Tperm -> y: T",
     .attrs = "T: type, Tperm: index = int32",
     .infer = TransposeShape,
     .gradient = TransposeGradient},
    {.name = "InvertPermutation",
     .signature = "x: T -> y: T",
     .attrs = "T: index = int32",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true},
    {.name = "DynamicStitch",
     .signature = "indices: N * int32, data: N * T -> merged: T",
     .attrs = "N: int, T: type",
     .infer = DynamicStitchShape},
    {.name = "BroadcastGradientArgs",
     .signature = "s0: T, s1: T -> r0: T, r1: T",
     .attrs = "T: index = int32",
     .infer = VectorOfUnknownLengths,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"Const", DType::kInvalid, MakeFunctionKernel<ConstKernel>},
    {"Placeholder", DType::kInvalid, MakeFunctionKernel<PlaceholderKernel>},
    {"PlaceholderWithDefault", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"Identity", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"StopGradient", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"PreventGradient", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"Reshape", DType::kInvalid, MakeFunctionKernel<ReshapeKernel>},
    {"ExpandDims", DType::kInvalid, MakeFunctionKernel<ExpandDimsKernel>},
    {"Squeeze", DType::kInvalid, MakeFunctionKernel<SqueezeKernel>},
    {"Tile", DType::kInvalid, MakeFunctionKernel<TileKernel>},
    {"BroadcastTo", DType::kInvalid, MakeFunctionKernel<BroadcastToKernel>},
    {"Fill", DType::kInvalid, MakeFunctionKernel<FillKernel>},
    {"ZerosLike", DType::kInvalid, MakeFunctionKernel<ZerosLikeKernel>},
    {"Shape", DType::kInvalid, MakeFunctionKernel<ShapeKernel>},
    {"ShapeN", DType::kInvalid, MakeFunctionKernel<ShapeNKernel>},
    {"Size", DType::kInvalid, MakeFunctionKernel<SizeKernel>},
    {"Rank", DType::kInvalid, MakeFunctionKernel<RankKernel>},
    {"Range", DType::kInt32, MakeFunctionKernel<RangeKernel<int32_t>>},
    {"Range", DType::kInt64, MakeFunctionKernel<RangeKernel<int64_t>>},
    {"Range", DType::kFloat32, MakeFunctionKernel<RangeKernel<float>>},
    {"Range", DType::kFloat64, MakeFunctionKernel<RangeKernel<double>>},
    {"Pack", DType::kInvalid, MakeFunctionKernel<PackKernel>},
    {"GatherV2", DType::kInvalid, MakeFunctionKernel<GatherKernel>},
    {"Transpose", DType::kInvalid, MakeFunctionKernel<TransposeKernel>},
    {"InvertPermutation", DType::kInvalid, MakeFunctionKernel<InvertPermutationKernel>},
    {"DynamicStitch", DType::kInvalid, MakeFunctionKernel<DynamicStitchKernel>},
    {"BroadcastGradientArgs", DType::kInvalid, MakeFunctionKernel<BroadcastGradientArgsKernel>},
};

// Below this many elements zeros and ones are constants of the graph.
constexpr int64_t kMaxConstElements = 1000;

Output FilledTensor(GraphBuilder& graph, const Shape& shape, DType dtype, int32_t value,
                    std::string_view name) {
  if (!graph.ok()) return {};
  auto scalar = ConvertTo(Tensor::Scalar(value), dtype);
  if (!scalar) {
    graph.KeepError(scalar.error().With(name));
    return {};
  }
  if (shape.num_elements() < kMaxConstElements) {
    Tensor tensor(dtype, shape);
    for (size_t i = 0; i < static_cast<size_t>(shape.num_elements()); ++i) {
      std::memcpy(tensor.mutable_bytes().data() + i * DTypeSize(dtype), scalar->data(),
                  DTypeSize(dtype));
    }
    return Constant(graph, std::move(tensor), name);
  }
  std::vector<int32_t> dims;
  for (const int64_t dim : shape.dims()) dims.push_back(static_cast<int32_t>(dim));
  return OpCall(graph, "Fill", name)
      .Input(Tensor::Vector<int32_t>(std::span<const int32_t>(dims)), "shape_as_tensor")
      .Input(*scalar, "Const")
      .Done();
}

}  // namespace

Output Constant(GraphBuilder& graph, Tensor value, std::string_view name) {
  const DType dtype = value.dtype();
  return graph.AddNode({.op = "Const",
                        .name = std::string(name),
                        .attrs = {{"dtype", dtype}, {"value", std::move(value)}}});
}

Output Placeholder(GraphBuilder& graph, DType dtype, const PartialShape& shape,
                   std::string_view name) {
  return OpCall(graph, "Placeholder", name).Attr("dtype", dtype).Attr("shape", shape).Done();
}

Output PlaceholderWithDefault(GraphBuilder& graph, const Operand& value, const PartialShape& shape,
                              std::string_view name) {
  return OpCall(graph, "PlaceholderWithDefault", name)
      .Input(value, "input")
      .Attr("shape", shape)
      .Done();
}

Output Identity(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "Identity", name).Input(value, "input").Done();
}

Output StopGradient(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "StopGradient", name).Input(value, "input").Done();
}

Output Reshape(GraphBuilder& graph, const Operand& value, const Operand& shape,
               std::string_view name) {
  return OpCall(graph, "Reshape", name).Input(value, "tensor").Input(shape, "shape").Done();
}

Output ExpandDims(GraphBuilder& graph, const Operand& value, const Operand& axis,
                  std::string_view name) {
  return OpCall(graph, "ExpandDims", name).Input(value, "input").Input(axis, "dim").Done();
}

Output Squeeze(GraphBuilder& graph, const Operand& value, std::vector<int64_t> axes,
               std::string_view name) {
  return OpCall(graph, "Squeeze", name)
      .Input(value, "input")
      .Attr("squeeze_dims", std::move(axes))
      .Done();
}

Output Tile(GraphBuilder& graph, const Operand& value, const Operand& multiples,
            std::string_view name) {
  return OpCall(graph, "Tile", name).Input(value, "input").Input(multiples, "multiples").Done();
}

Output BroadcastTo(GraphBuilder& graph, const Operand& value, const Operand& shape,
                   std::string_view name) {
  return OpCall(graph, "BroadcastTo", name).Input(value, "input").Input(shape, "shape").Done();
}

Output Fill(GraphBuilder& graph, const Operand& shape, const Operand& value,
            std::string_view name) {
  return OpCall(graph, "Fill", name).Input(shape, "dims").Input(value, "value").Done();
}

Output Zeros(GraphBuilder& graph, const Shape& shape, DType dtype, std::string_view name) {
  return FilledTensor(graph, shape, dtype, 0, name);
}

Output Ones(GraphBuilder& graph, const Shape& shape, DType dtype, std::string_view name) {
  return FilledTensor(graph, shape, dtype, 1, name);
}

Output ZerosLike(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "ZerosLike", name).Input(value, "x").Done();
}

Output OnesLike(GraphBuilder& graph, const Operand& value, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "tensor");
  if (!graph.ok()) return {};
  const Output shape = ShapeOf(graph, input);
  auto one = ConvertTo(Tensor::Scalar(int32_t{1}), input.dtype());
  if (!one) {
    graph.KeepError(one.error().With(name));
    return {};
  }
  const Output filler = Constant(graph, *one);
  return OpCall(graph, "Fill", graph.name_scope() + "/")
      .Input(shape, "dims")
      .Input(filler, "value")
      .Done();
}

Output ShapeOf(GraphBuilder& graph, const Operand& value, std::string_view name) {
  if (!graph.ok()) return {};
  if (value.is_output()) {
    const Output output = value.ToOutput(graph, "input");
    if (const auto shape = output.shape().ToShape()) {
      std::vector<int32_t> dims;
      for (const int64_t dim : shape->dims()) dims.push_back(static_cast<int32_t>(dim));
      return Constant(graph, Tensor::Vector<int32_t>(std::span<const int32_t>(dims)), name);
    }
  }
  return ShapeOp(graph, value, name);
}

Output ShapeOp(GraphBuilder& graph, const Operand& value, std::string_view name, DType dtype) {
  return OpCall(graph, "Shape", name).Input(value, "input").Attr("out_type", dtype).Done();
}

Output Size(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "Size", name).Input(value, "input").Done();
}

Output Rank(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "Rank", name).Input(value, "input").Done();
}

Output Range(GraphBuilder& graph, const Operand& start, const Operand& limit, const Operand& delta,
             std::string_view name) {
  DType dtype = DType::kInt32;
  for (const Operand* operand : {&start, &limit, &delta}) {
    if (operand->dtype() != DType::kInvalid) dtype = operand->dtype();
  }
  return OpCall(graph, "Range", name)
      .Input(start, "start", dtype)
      .Input(limit, "limit", dtype)
      .Input(delta, "delta", dtype)
      .Done();
}

Output Stack(GraphBuilder& graph, const std::vector<Output>& values, int64_t axis,
             std::string_view name) {
  return OpCall(graph, "Pack", name).Inputs(values).Attr("axis", axis).Done();
}

Output Gather(GraphBuilder& graph, const Operand& params, const Operand& indices,
              const Operand& axis, std::string_view name) {
  return OpCall(graph, "GatherV2", name)
      .Input(params, "params")
      .Input(indices, "indices")
      .Input(axis, "axis")
      .Done();
}

Output Transpose(GraphBuilder& graph, const Operand& value, const Operand& permutation,
                 std::string_view name) {
  return OpCall(graph, "Transpose", name).Input(value, "a").Input(permutation, "perm").Done();
}

Output InvertPermutation(GraphBuilder& graph, const Operand& permutation, std::string_view name) {
  return OpCall(graph, "InvertPermutation", name).Input(permutation, "x").Done();
}

Output DynamicStitch(GraphBuilder& graph, const std::vector<Output>& indices,
                     const std::vector<Output>& data, std::string_view name) {
  return OpCall(graph, "DynamicStitch", name).Inputs(indices).Inputs(data).Done();
}

BroadcastAxes BroadcastGradientArgs(GraphBuilder& graph, const Operand& first_shape,
                                    const Operand& second_shape, std::string_view name) {
  const Node* node = OpCall(graph, "BroadcastGradientArgs", name)
                         .Input(first_shape, "s0")
                         .Input(second_shape, "s1")
                         .Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}};
}

std::span<const OpSpec> ArrayOps() { return kOps; }
std::span<const KernelDef> ArrayKernels() { return kKernels; }

}  // namespace fanlight
