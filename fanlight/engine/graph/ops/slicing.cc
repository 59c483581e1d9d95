#include "fanlight/engine/graph/ops/slicing.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/math.h"

namespace fanlight {
namespace {

using Strides = std::array<int64_t, kMaxRank>;

Strides RowMajorStrides(const Shape& shape) {
  Strides strides{};
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= shape[i];
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
void CopyBoxOf(std::span<const int64_t> dims, const Tensor& from, int64_t from_offset,
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

void SetToZero(Tensor& tensor) {
  if (tensor.dtype() == DType::kString) {
    for (std::string& text : tensor.mutable_flat<std::string>()) text.clear();
  } else if (tensor.num_bytes() != 0) {
    std::memset(tensor.mutable_data(), 0, tensor.num_bytes());
  }
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

// ---------------------------------------------------------------- Concat

// The axis is the last input.
Status ConcatShape(InferenceContext& context) {
  const int count = context.num_inputs() - 1;
  if (count == 0) return Fail(ErrorCode::kInvalidArgument, "there is nothing to concatenate");
  const auto axis = context.constant_integers(count);
  PartialShape merged;
  int64_t total = 0;
  for (int i = 0; i < count; ++i) {
    const PartialShape& input = context.input(i);
    if (!input.has_rank()) {
      total = -1;
      continue;
    }
    if (!axis || axis->size() != 1) {
      if (!merged.has_rank()) merged = PartialShape::UnknownOfRank(input.rank());
      continue;
    }
    FL_ASSIGN_OR_RETURN(const int at, AxisOf((*axis)[0], input.rank()));
    PartialShape others = input;
    others.set_dim(at, PartialShape::kUnknown);
    FL_ASSIGN_OR_RETURN(merged, Merge(merged, others));
    total = total < 0 || input[at] < 0 ? -1 : total + input[at];
  }
  if (merged.has_rank() && axis && axis->size() == 1) {
    FL_ASSIGN_OR_RETURN(const int at, AxisOf((*axis)[0], merged.rank()));
    merged.set_dim(at, total);
  }
  context.set_output(0, merged);
  return {};
}

Status ConcatKernel(KernelContext& context) {
  const int count = context.num_inputs() - 1;
  const Tensor& first = context.input(0);
  FL_ASSIGN_OR_RETURN(const int64_t axis, ScalarOf(context.input(count)));
  FL_ASSIGN_OR_RETURN(const int at, AxisOf(axis, first.rank()));
  std::vector<int64_t> dims(first.shape().dims().begin(), first.shape().dims().end());
  dims[static_cast<size_t>(at)] = 0;
  for (int i = 0; i < count; ++i) {
    const Shape& shape = context.input(i).shape();
    bool fits = shape.rank() == first.rank();
    for (int d = 0; fits && d < shape.rank(); ++d) {
      fits = d == at || shape[d] == first.shape()[d];
    }
    if (!fits) {
      return Fail(ErrorCode::kInvalidArgument, "cannot concatenate {} and {} along axis {}",
                  Describe(first), Describe(context.input(i)), at);
    }
    dims[static_cast<size_t>(at)] += shape[at];
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const Strides strides = RowMajorStrides(shape);
  int64_t offset = 0;
  for (int i = 0; i < count; ++i) {
    const Tensor& input = context.input(i);
    if (input.num_elements() != 0) {
      CopyBoxOf(input.shape().dims(), input, 0, RowMajorStrides(input.shape()), *output, offset,
                strides);
    }
    offset += input.shape()[at] * strides[static_cast<size_t>(at)];
  }
  return {};
}

// Where each tensor begins in their concatenation, from their shapes.
Status ConcatOffsetShape(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, context.input(i + 1));
  return {};
}

Status ConcatOffsetKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const int64_t axis, ScalarOf(context.input(0)));
  int64_t offset = 0;
  for (int i = 1; i < context.num_inputs(); ++i) {
    FL_ASSIGN_OR_RETURN(const SmallInts shape, IntegersOf(context.input(i)));
    FL_ASSIGN_OR_RETURN(const int at, AxisOf(axis, static_cast<int>(shape.count)));
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(i - 1, context.input(i).shape()));
    const auto out = output->mutable_flat<int32_t>();
    std::fill(out.begin(), out.end(), 0);
    out[static_cast<size_t>(at)] = static_cast<int32_t>(offset);
    offset += shape[static_cast<size_t>(at)];
  }
  return {};
}

// ---------------------------------------------------------------- Slice

Status SliceShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const auto begin = context.constant_integers(1);
  const auto size = context.constant_integers(2);
  if (!input.has_rank()) return {};
  if (!size) {
    context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  if (size->size() != static_cast<size_t>(input.rank()) ||
      (begin && begin->size() != size->size())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} sizes for shape {}", size->size(),
                ToString(input));
  }
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t wanted = (*size)[static_cast<size_t>(i)];
    const int64_t from = begin ? (*begin)[static_cast<size_t>(i)] : 0;
    if (wanted >= 0) {
      shape.set_dim(i, wanted);
    } else if (begin && input[i] >= 0) {
      shape.set_dim(i, input[i] - from);
    }
    if (wanted < -1 || from < 0 ||
        (input[i] >= 0 && from + std::max<int64_t>(wanted, 0) > input[i])) {
      return Fail(ErrorCode::kInvalidArgument,
                  "dimension {} of shape {} has no slice of {} from {}", i, ToString(input), wanted,
                  from);
    }
  }
  context.set_output(0, shape);
  return {};
}

Status SliceKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts begin, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const SmallInts size, IntegersOf(context.input(2)));
  const auto rank = static_cast<size_t>(input.rank());
  if (begin.count != rank || size.count != rank) {
    return Fail(ErrorCode::kInvalidArgument, "got {} begins and {} sizes for {}", begin.count,
                size.count, Describe(input));
  }
  const Strides strides = RowMajorStrides(input.shape());
  std::vector<int64_t> dims;
  int64_t offset = 0;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t dim = input.shape()[static_cast<int>(i)];
    const int64_t wanted = size[i] == -1 ? dim - begin[i] : size[i];
    if (begin[i] < 0 || wanted < 0 || begin[i] > dim || wanted > dim - begin[i]) {
      return Fail(ErrorCode::kInvalidArgument, "dimension {} of {} has no slice of {} from {}", i,
                  Describe(input), size[i], begin[i]);
    }
    dims.push_back(wanted);
    offset += begin[i] * strides[i];
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  if (shape.num_elements() != 0) {
    CopyBoxOf(shape.dims(), input, offset, strides, *output, 0, RowMajorStrides(shape));
  }
  return {};
}

// ---------------------------------------------------------------- StridedSlice

// A strided slice taken apart: for each dimension of the input where it begins, its stride and
// count; and the shape that comes out.
struct SliceSpec {
  std::array<int64_t, kMaxRank> begin{};
  std::array<int64_t, kMaxRank> stride{};
  std::array<int64_t, kMaxRank> count{};  // -1: not known.
  std::vector<int64_t> shape;             // With new and without shrunk dimensions.
};

Result<SliceSpec> ParseSlice(const Node& node, const PartialShape& input,
                             std::span<const int64_t> begin, std::span<const int64_t> end,
                             std::span<const int64_t> strides) {
  const auto mask = [&](const char* name, size_t i) {
    return (node.attr<int64_t>(name) >> i & 1) != 0;
  };
  if (begin.size() != end.size() || begin.size() != strides.size()) {
    return Fail(ErrorCode::kInvalidArgument, "got {} begins, {} ends and {} strides", begin.size(),
                end.size(), strides.size());
  }
  SliceSpec spec;
  size_t num_named = 0;
  for (size_t i = 0; i < begin.size(); ++i) {
    if (!mask("ellipsis_mask", i) && !mask("new_axis_mask", i)) ++num_named;
  }
  const auto rank = static_cast<size_t>(input.rank());
  if (num_named > rank) {
    return Fail(ErrorCode::kInvalidArgument, "a slice names {} dimensions of shape {}", num_named,
                ToString(input));
  }
  size_t d = 0;
  const auto whole = [&] {
    spec.stride[d] = 1;
    spec.count[d] = input[static_cast<int>(d)];
    spec.shape.push_back(spec.count[d]);
    ++d;
  };
  for (size_t i = 0; i < begin.size(); ++i) {
    if (mask("ellipsis_mask", i)) {
      for (size_t left = rank - num_named; left > 0; --left) whole();
      continue;
    }
    if (mask("new_axis_mask", i)) {
      spec.shape.push_back(1);
      continue;
    }
    const int64_t dim = input[static_cast<int>(d)];
    const int64_t stride = strides[i];
    if (stride == 0) return Fail(ErrorCode::kInvalidArgument, "stride {} of a slice is 0", i);
    const bool shrinks = mask("shrink_axis_mask", i);
    spec.stride[d] = shrinks ? 1 : stride;
    if (shrinks) {
      const int64_t at = begin[i] < 0 && dim >= 0 ? begin[i] + dim : begin[i];
      if (dim >= 0 && (at < 0 || at >= dim)) {
        return Fail(ErrorCode::kInvalidArgument, "index {} is out of range for dimension {} of {}",
                    begin[i], d, ToString(input));
      }
      spec.begin[d] = at;
      spec.count[d] = 1;
      ++d;
      continue;
    }
    if (dim < 0) {
      spec.count[d] = -1;
    } else {
      // Positions from 0 to dim going up, from dim − 1 to −1 going down.
      const int64_t low = stride > 0 ? 0 : -1;
      const int64_t high = stride > 0 ? dim : dim - 1;
      const auto clamp = [&](int64_t at) { return std::clamp(at < 0 ? at + dim : at, low, high); };
      const int64_t from = mask("begin_mask", i) ? (stride > 0 ? low : high) : clamp(begin[i]);
      const int64_t to = mask("end_mask", i) ? (stride > 0 ? high : low) : clamp(end[i]);
      const int64_t span = stride > 0 ? to - from : from - to;
      const int64_t step = stride > 0 ? stride : -stride;
      spec.begin[d] = from;
      spec.count[d] = span <= 0 ? 0 : (span - 1) / step + 1;
    }
    spec.shape.push_back(spec.count[d]);
    ++d;
  }
  while (d < rank) whole();
  return spec;
}

Status StridedSliceShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const auto begin = context.constant_integers(1);
  const auto end = context.constant_integers(2);
  const auto strides = context.constant_integers(3);
  if (!input.has_rank() || !begin || !end || !strides) return {};
  FL_ASSIGN_OR_RETURN(const SliceSpec spec,
                      ParseSlice(context.node(), input, *begin, *end, *strides));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(spec.shape));
  context.set_output(0, shape);
  return {};
}

struct StridedBox {
  Shape shape;                    // Of the result.
  std::span<const int64_t> dims;  // Counts, in `spec`.
  Strides steps{};                // Element strides in the sliced tensor.
  int64_t offset = 0;
};

Result<StridedBox> BoxOf(const SliceSpec& spec, const Shape& sliced) {
  StridedBox box;
  FL_ASSIGN_OR_RETURN(box.shape, Shape::From(spec.shape));
  const Strides strides = RowMajorStrides(sliced);
  box.dims = {spec.count.data(), static_cast<size_t>(sliced.rank())};
  for (size_t i = 0; i < box.dims.size(); ++i) {
    box.steps[i] = strides[i] * spec.stride[i];
    box.offset += strides[i] * spec.begin[i];
  }
  return box;
}

// Strides of a result that lies in one piece, by the dimensions of what was sliced.
Strides DenseStrides(std::span<const int64_t> dims) {
  Strides strides{};
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

Status StridedSliceKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts begin, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const SmallInts end, IntegersOf(context.input(2)));
  FL_ASSIGN_OR_RETURN(const SmallInts strides, IntegersOf(context.input(3)));
  FL_ASSIGN_OR_RETURN(const SliceSpec spec, ParseSlice(context.node(), PartialShape(input.shape()),
                                                       begin.span(), end.span(), strides.span()));
  FL_ASSIGN_OR_RETURN(const StridedBox box, BoxOf(spec, input.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, box.shape));
  if (box.shape.num_elements() != 0) {
    CopyBoxOf(box.dims, input, box.offset, box.steps, *output, 0, DenseStrides(box.dims));
  }
  return {};
}

Status StridedSliceGradShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  context.set_output(0, shape);
  return {};
}

// Inputs: the sliced tensor's shape, begin, end, strides, the gradient of the slice.
Status StridedSliceGradKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(const SmallInts begin, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const SmallInts end, IntegersOf(context.input(2)));
  FL_ASSIGN_OR_RETURN(const SmallInts strides, IntegersOf(context.input(3)));
  const Tensor& gradient = context.input(4);
  FL_ASSIGN_OR_RETURN(const SliceSpec spec, ParseSlice(context.node(), PartialShape(shape),
                                                       begin.span(), end.span(), strides.span()));
  FL_ASSIGN_OR_RETURN(const StridedBox box, BoxOf(spec, shape));
  if (!(box.shape == gradient.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "the slice has shape {}, its gradient is {}",
                ToString(box.shape), Describe(gradient));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  SetToZero(*output);
  if (gradient.num_elements() != 0) {
    CopyBoxOf(box.dims, gradient, 0, DenseStrides(box.dims), *output, box.offset, box.steps);
  }
  return {};
}

// ---------------------------------------------------------------- Split and Unpack

// The axis is input 0.
Status SplitShape(InferenceContext& context) {
  const PartialShape& input = context.input(1);
  if (!input.has_rank()) return {};
  const auto axis = context.constant_integers(0);
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  if (axis && axis->size() == 1) {
    FL_ASSIGN_OR_RETURN(const int at, AxisOf((*axis)[0], input.rank()));
    shape = input;
    if (input[at] >= 0) {
      if (context.num_outputs() == 0 || input[at] % context.num_outputs() != 0) {
        return Fail(ErrorCode::kInvalidArgument, "dimension {} of shape {} has no {} equal parts",
                    at, ToString(input), context.num_outputs());
      }
      shape.set_dim(at, input[at] / context.num_outputs());
    }
  }
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, shape);
  return {};
}

Status SplitKernel(KernelContext& context) {
  const Tensor& input = context.input(1);
  FL_ASSIGN_OR_RETURN(const int64_t axis, ScalarOf(context.input(0)));
  FL_ASSIGN_OR_RETURN(const int at, AxisOf(axis, input.rank()));
  const int count = context.node().num_outputs();
  if (count == 0 || input.shape()[at] % count != 0) {
    return Fail(ErrorCode::kInvalidArgument, "dimension {} of {} has no {} equal parts", at,
                Describe(input), count);
  }
  std::vector<int64_t> dims(input.shape().dims().begin(), input.shape().dims().end());
  const int64_t part = input.shape()[at] / count;
  dims[static_cast<size_t>(at)] = part;
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  const Strides strides = RowMajorStrides(input.shape());
  for (int i = 0; i < count; ++i) {
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(i, shape));
    if (shape.num_elements() == 0) continue;
    CopyBoxOf(shape.dims(), input, i * part * strides[static_cast<size_t>(at)], strides, *output, 0,
              RowMajorStrides(shape));
  }
  return {};
}

Status UnpackShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  if (!input.has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const int at, AxisOf(context.node().attr<int64_t>("axis"), input.rank()));
  if (input[at] >= 0 && input[at] != context.num_outputs()) {
    return Fail(ErrorCode::kInvalidArgument, "dimension {} of shape {} is not {}", at,
                ToString(input), context.num_outputs());
  }
  std::vector<int64_t> dims(input.dims().begin(), input.dims().end());
  dims.erase(dims.begin() + at);
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, shape);
  return {};
}

Status UnpackKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const int at, AxisOf(context.node().attr<int64_t>("axis"), input.rank()));
  const int count = context.node().num_outputs();
  if (input.shape()[at] != count) {
    return Fail(ErrorCode::kInvalidArgument, "dimension {} of {} is not {}", at, Describe(input),
                count);
  }
  const Shape shape = ReducedShape(input.shape(), 1u << at, /*keep_dims=*/false);
  std::vector<int64_t> box(input.shape().dims().begin(), input.shape().dims().end());
  box[static_cast<size_t>(at)] = 1;
  const Strides strides = RowMajorStrides(input.shape());
  for (int i = 0; i < count; ++i) {
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(i, shape));
    if (shape.num_elements() == 0) continue;
    CopyBoxOf(box, input, i * strides[static_cast<size_t>(at)], strides, *output, 0,
              DenseStrides(box));
  }
  return {};
}

// ---------------------------------------------------------------- Pad and OneHot

Status PadShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(context.WantRank(1, 2, "argument \"paddings\""));
  if (!input.has_rank()) return {};
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  if (const Tensor* paddings = context.constant(1)) {
    const auto wide = ConvertTo(*paddings, DType::kInt64);
    if (!wide || paddings->num_elements() != 2 * input.rank()) {
      return Fail(ErrorCode::kInvalidArgument, "got paddings {} for shape {}, want [{},2]",
                  Describe(*paddings), ToString(input), input.rank());
    }
    for (int i = 0; i < input.rank(); ++i) {
      const int64_t before = wide->flat<int64_t>()[static_cast<size_t>(2 * i)];
      const int64_t after = wide->flat<int64_t>()[static_cast<size_t>(2 * i + 1)];
      if (before < 0 || after < 0) {
        return Fail(ErrorCode::kInvalidArgument, "padding of dimension {} is negative", i);
      }
      if (input[i] >= 0) shape.set_dim(i, before + input[i] + after);
    }
  }
  context.set_output(0, shape);
  return {};
}

Status PadKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  const Tensor& paddings = context.input(1);
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(paddings, DType::kInt64));
  if (paddings.rank() != 2 || paddings.num_elements() != 2 * input.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "got paddings {} for {}", Describe(paddings),
                Describe(input));
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t before = wide.flat<int64_t>()[static_cast<size_t>(2 * i)];
    const int64_t after = wide.flat<int64_t>()[static_cast<size_t>(2 * i + 1)];
    constexpr int64_t kMost = int64_t{1} << 40;
    if (before < 0 || after < 0 || before > kMost || after > kMost) {
      return Fail(ErrorCode::kInvalidArgument, "padding of dimension {} is {} and {}", i, before,
                  after);
    }
    dims.push_back(before + input.shape()[i] + after);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  SetToZero(*output);
  const Strides strides = RowMajorStrides(shape);
  int64_t offset = 0;
  for (int i = 0; i < input.rank(); ++i) {
    offset += wide.flat<int64_t>()[static_cast<size_t>(2 * i)] * strides[static_cast<size_t>(i)];
  }
  if (input.num_elements() != 0) {
    CopyBoxOf(input.shape().dims(), input, 0, RowMajorStrides(input.shape()), *output, offset,
              strides);
  }
  return {};
}

Status OneHotShape(InferenceContext& context) {
  const PartialShape& indices = context.input(0);
  if (!indices.has_rank()) return {};
  const int64_t axis = context.node().attr<int64_t>("axis");
  if (axis < -1 || axis > indices.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", axis,
                ToString(indices));
  }
  const auto depth = context.constant_integers(1);
  std::vector<int64_t> dims(indices.dims().begin(), indices.dims().end());
  dims.insert(axis < 0 ? dims.end() : dims.begin() + axis,
              depth && depth->size() == 1 ? (*depth)[0] : -1);
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

template <typename T>
Status OneHotKernel(KernelContext& context) {
  const Tensor& indices = context.input(0);
  FL_ASSIGN_OR_RETURN(const int64_t depth, ScalarOf(context.input(1)));
  const T on = context.input(2).scalar<T>();
  const T off = context.input(3).scalar<T>();
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? indices.rank() : axis;
  if (depth < 0 || at > indices.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "depth {} along axis {} of {}", depth, axis,
                Describe(indices));
  }
  std::vector<int64_t> dims(indices.shape().dims().begin(), indices.shape().dims().end());
  dims.insert(dims.begin() + at, depth);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(indices, DType::kInt64));
  const std::span<T> out = output->mutable_flat<T>();
  std::fill(out.begin(), out.end(), off);
  int64_t inner = 1;
  for (int i = static_cast<int>(at); i < indices.rank(); ++i) inner *= indices.shape()[i];
  for (int64_t i = 0; i < indices.num_elements(); ++i) {
    const int64_t index = wide.flat<int64_t>()[static_cast<size_t>(i)];
    if (index < 0 || index >= depth) continue;
    out[static_cast<size_t>((i / inner * depth + index) * inner + i % inner)] = on;
  }
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> ConcatGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  const size_t count = node.inputs.size() - 1;
  if (count == 1) {
    gradients[0] = g[0];
    return gradients;
  }
  const Output axis = node.inputs[count];
  std::vector<Output> shapes;
  for (size_t i = 0; i < count; ++i) shapes.push_back(ShapeOf(graph, node.inputs[i]));
  const Node* offsets =
      OpCall(graph, "ConcatOffset", "").Input(axis, "concat_dim").Inputs(shapes).Done();
  if (offsets == nullptr) return gradients;
  for (size_t i = 0; i < count; ++i) {
    gradients[i] = Slice(graph, g[0], Output(offsets, static_cast<int>(i)), shapes[i]);
  }
  return gradients;
}

// The incoming gradient with zeros before and after it.
std::vector<Output> SliceGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> g) {
  const Output begin = Cast(graph, node.input(1), DType::kInt32);
  const Output shape = ShapeOf(graph, node.input(0));
  const Output end = Add(graph, begin, ShapeOf(graph, Output(&node)), "add");
  const Output ones = OnesLike(graph, begin);
  const Output gradient = OpCall(graph, "StridedSliceGrad", "")
                              .Input(shape, "shape")
                              .Input(begin, "begin")
                              .Input(end, "end")
                              .Input(ones, "strides")
                              .Input(g[0], "dy")
                              .Done();
  return {gradient, {}, {}};
}

std::vector<Output> StridedSliceGradient(GraphBuilder& graph, const Node& node,
                                         std::span<const Output> g) {
  const Output shape = ShapeOf(graph, node.input(0));
  OpCall call(graph, "StridedSliceGrad", "");
  call.Input(shape, "shape").Inputs(std::span(node.inputs).subspan(1)).Input(g[0], "dy");
  for (const char* mask :
       {"begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"}) {
    call.Attr(mask, node.attr<int64_t>(mask));
  }
  return {call.Done(), {}, {}, {}};
}

std::vector<Output> SplitGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> g) {
  return {{}, OpCall(graph, "ConcatV2", "concat").Inputs(g).Input(node.input(0), "axis").Done()};
}

std::vector<Output> UnpackGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  return {Stack(graph, {g.begin(), g.end()}, node.attr<int64_t>("axis"))};
}

std::vector<Output> PadGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  // The first column of the paddings is where the value begins.
  const Output first = Reshape(graph,
                               OpCall(graph, "StridedSlice", "strided_slice")
                                   .Input(node.input(1), "input")
                                   .Input({0, 0}, "begin")
                                   .Input({0, 1}, "end")
                                   .Input({1, 1}, "strides")
                                   .Attr("begin_mask", int64_t{1})
                                   .Attr("end_mask", int64_t{1})
                                   .Done(),
                               {-1});
  return {Slice(graph, g[0], first, ShapeOf(graph, node.input(0))), {}};
}

constexpr std::string_view kSliceMasks =
    "T: type, Index: index, begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0, "
    "new_axis_mask: int = 0, shrink_axis_mask: int = 0";

constexpr OpSpec kOps[] = {
    {.name = "ConcatV2",
     .signature = "values: N * T, axis: Tidx -> output: T",
     .attrs = "N: int, T: type, Tidx: index = int32",
     .infer = ConcatShape,
     .gradient = ConcatGradient},
    {.name = "ConcatOffset",
     .signature = "concat_dim: int32, shape: N * int32 -> offset: N * int32",
     .attrs = "N: int",
     .infer = ConcatOffsetShape,
     .has_no_gradient = true},
    {.name = "Slice",
     .signature = "input: T, begin: Index, size: Index -> output: T",
     .attrs = "T: type, Index: index",
     .infer = SliceShape,
     .gradient = SliceGradient},
    {.name = "StridedSlice",
     .signature = "input: T, begin: Index, end: Index, strides: Index -> output: T",
     .attrs = kSliceMasks,
     .infer = StridedSliceShape,
     .gradient = StridedSliceGradient},
    {.name = "StridedSliceGrad",
     .signature = "shape: Index, begin: Index, end: Index, strides: Index, dy: T -> output: T",
     .attrs = kSliceMasks,
     .infer = StridedSliceGradShape},
    {.name = "Split",
     .signature = "split_dim: int32, value: T -> output: num_split * T",
     .attrs = "num_split: int, T: type",
     .infer = SplitShape,
     .gradient = SplitGradient},
    {.name = "Unpack",
     .signature = "value: T -> output: num * T",
     .attrs = "num: int, T: type, axis: int = 0",
     .infer = UnpackShape,
     .gradient = UnpackGradient},
    {.name = "Pad",
     .signature = "input: T, paddings: Tpaddings -> output: T",
     .attrs = "T: type, Tpaddings: index = int32",
     .infer = PadShape,
     .gradient = PadGradient},
    {.name = "OneHot",
     .signature = "indices: TI, depth: int32, on_value: T, off_value: T -> output: T",
     .attrs = "axis: int = -1, T: type, TI: {uint8|int8|int32|int64} = int64",
     .infer = OneHotShape,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"ConcatV2", DType::kInvalid, MakeFunctionKernel<ConcatKernel>},
    {"ConcatOffset", DType::kInvalid, MakeFunctionKernel<ConcatOffsetKernel>},
    {"Slice", DType::kInvalid, MakeFunctionKernel<SliceKernel>},
    {"StridedSlice", DType::kInvalid, MakeFunctionKernel<StridedSliceKernel>},
    {"StridedSliceGrad", DType::kInvalid, MakeFunctionKernel<StridedSliceGradKernel>},
    {"Split", DType::kInvalid, MakeFunctionKernel<SplitKernel>},
    {"Unpack", DType::kInvalid, MakeFunctionKernel<UnpackKernel>},
    {"Pad", DType::kInvalid, MakeFunctionKernel<PadKernel>},
    {"OneHot", DType::kFloat32, MakeFunctionKernel<OneHotKernel<float>>},
    {"OneHot", DType::kFloat64, MakeFunctionKernel<OneHotKernel<double>>},
    {"OneHot", DType::kInt32, MakeFunctionKernel<OneHotKernel<int32_t>>},
    {"OneHot", DType::kInt64, MakeFunctionKernel<OneHotKernel<int64_t>>},
    {"OneHot", DType::kBool, MakeFunctionKernel<OneHotKernel<bool>>},
};

std::vector<Output> AllOutputs(const Node* node, size_t count) {
  std::vector<Output> outputs(count);
  for (size_t i = 0; node != nullptr && i < count; ++i) {
    outputs[i] = Output(node, static_cast<int>(i));
  }
  return outputs;
}

}  // namespace

Output Concat(GraphBuilder& graph, const std::vector<Output>& values, int32_t axis,
              std::string_view name) {
  return OpCall(graph, "ConcatV2", name).Inputs(values).Input(axis, "axis").Done();
}

Output Slice(GraphBuilder& graph, const Operand& value, const Operand& begin, const Operand& size,
             std::string_view name) {
  return OpCall(graph, "Slice", name)
      .Input(value, "input")
      .Input(begin, "begin")
      .Input(size, "size")
      .Done();
}

Output StridedSlice(GraphBuilder& graph, const Operand& value, const Operand& begin,
                    const Operand& end, const Operand& strides, const StridedSliceOptions& options,
                    std::string_view name) {
  return OpCall(graph, "StridedSlice", name)
      .Input(value, "input")
      .Input(begin, "stack")
      .Input(end, "stack_1")
      .Input(strides, "stack_2")
      .Attr("begin_mask", options.begin_mask)
      .Attr("end_mask", options.end_mask)
      .Attr("ellipsis_mask", options.ellipsis_mask)
      .Attr("new_axis_mask", options.new_axis_mask)
      .Attr("shrink_axis_mask", options.shrink_axis_mask)
      .Done();
}

std::vector<Output> Split(GraphBuilder& graph, const Operand& value, int32_t count, int32_t axis,
                          std::string_view name) {
  const Node* node = OpCall(graph, "Split", name)
                         .Input(axis, "split_dim")
                         .Input(value, "value")
                         .Attr("num_split", int64_t{count})
                         .Done();
  return AllOutputs(node, static_cast<size_t>(std::max(count, 0)));
}

std::vector<Output> Unstack(GraphBuilder& graph, const Operand& value, int64_t axis,
                            std::string_view name) {
  if (!graph.ok()) return {};
  const Output input = value.ToOutput(graph, "value");
  if (!input.is_valid()) return {};
  const PartialShape& shape = input.shape();
  const int64_t at = axis < 0 ? axis + shape.rank() : axis;
  if (!shape.has_rank() || at < 0 || at >= shape.rank() || shape[static_cast<int>(at)] < 0) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{} has shape {}: how many slices axis {} has is not known",
                                 input.name(), ToString(shape), axis)});
    return {};
  }
  const int64_t count = shape[static_cast<int>(at)];
  const Node* node = OpCall(graph, "Unpack", name)
                         .Input(input, "value")
                         .Attr("num", count)
                         .Attr("axis", axis)
                         .Done();
  return AllOutputs(node, static_cast<size_t>(count));
}

Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name) {
  return OpCall(graph, "Pad", name).Input(value, "input").Input(paddings, "paddings").Done();
}

Output OneHot(GraphBuilder& graph, const Operand& indices, int32_t depth, const Operand& on,
              const Operand& off, std::string_view name) {
  return OpCall(graph, "OneHot", name)
      .Input(indices, "indices")
      .Input(depth, "depth")
      .Input(on, "on_value")
      .Input(off, "off_value")
      .Done();
}

std::span<const OpSpec> SlicingOps() { return kOps; }
std::span<const KernelDef> SlicingKernels() { return kKernels; }

}  // namespace fanlight
