#include "fanlight/engine/graph/ops/strided_slice.h"

#include <algorithm>
#include <array>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// A strided slice taken apart: for each dimension of the input where it begins, its stride and
// count; and the shape that comes out.
struct SliceSpec {
  std::array<int64_t, kMaxRank> begin{};
  std::array<int64_t, kMaxRank> stride{};
  std::array<int64_t, kMaxRank> count{};  // -1: not known.
  std::array<int, kMaxRank> at{};         // The dimension of `shape` it becomes; -1: shrunk.
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
    spec.at[d] = static_cast<int>(spec.shape.size());
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
      spec.at[d] = -1;
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
    spec.at[d] = static_cast<int>(spec.shape.size());
    spec.shape.push_back(spec.count[d]);
    ++d;
  }
  while (d < rank) whole();
  return spec;
}

// How many dimensions are left is told by the masks alone.
Status StridedSliceRank(InferenceContext& context) {
  const PartialShape& begin = context.input(1);
  if (begin.rank() != 1 || begin[0] < 0 || begin[0] > kMaxRank) return {};
  const auto rank = PartialShape::UnknownOfRank(context.input(0).rank());
  const std::vector<int64_t> zeros(static_cast<size_t>(begin[0]), 0);
  const std::vector<int64_t> ones(static_cast<size_t>(begin[0]), 1);
  FL_ASSIGN_OR_RETURN(const SliceSpec spec, ParseSlice(context.node(), rank, zeros, zeros, ones));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(spec.shape));
  context.set_output(0, shape);
  return {};
}

Status StridedSliceShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const auto begin = context.constant_integers(1);
  const auto end = context.constant_integers(2);
  const auto strides = context.constant_integers(3);
  if (!input.has_rank()) return {};
  if (!begin || !end || !strides) return StridedSliceRank(context);
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

Status StridedSliceAssignShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  if (context.num_outputs() != 0) context.set_output(0, variable);
  return {};
}

// The strides by which a value is read that is as large as a slice, or is repeated along some of its
// dimensions: by dimensions of the sliced tensor.
Result<Strides> BroadcastStrides(const SliceSpec& spec, const Shape& slice, const Tensor& value) {
  const int missing = slice.rank() - value.rank();
  bool fits = missing >= 0;
  for (int i = 0; fits && i < value.rank(); ++i) {
    fits = value.shape()[i] == 1 || value.shape()[i] == slice[missing + i];
  }
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument, "the slice has shape {}, cannot be assigned {}",
                ToString(slice), Describe(value));
  }
  const Strides own = RowMajorStrides(value.shape());
  Strides strides{};
  for (size_t d = 0; d < kMaxRank; ++d) {
    const int i = spec.at[d] - missing;
    if (spec.at[d] < 0 || i < 0 || i >= value.rank() || value.shape()[i] == 1) continue;
    strides[d] = own[static_cast<size_t>(i)];
  }
  return strides;
}

// Inputs: the variable, begin, end, strides, the value.
Status StridedSliceAssignKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const target, context.variable().ForUpdating());
  FL_ASSIGN_OR_RETURN(const SmallInts begin, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const SmallInts end, IntegersOf(context.input(2)));
  FL_ASSIGN_OR_RETURN(const SmallInts strides, IntegersOf(context.input(3)));
  const Tensor& value = context.input(4);
  FL_ASSIGN_OR_RETURN(const SliceSpec spec,
                      ParseSlice(context.node(), PartialShape(target->shape()), begin.span(),
                                 end.span(), strides.span()));
  FL_ASSIGN_OR_RETURN(const StridedBox box, BoxOf(spec, target->shape()));
  FL_ASSIGN_OR_RETURN(const Strides from, BroadcastStrides(spec, box.shape, value));
  if (box.shape.num_elements() != 0) {
    CopyBoxOf(box.dims, value, 0, from, *target, box.offset, box.steps);
  }
  return {};
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

constexpr std::string_view kSliceMasks =
    "T: type, Index: index, begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0, "
    "new_axis_mask: int = 0, shrink_axis_mask: int = 0";

constexpr OpSpec kOps[] = {
    {.name = "StridedSlice",
     .signature = "input: T, begin: Index, end: Index, strides: Index -> output: T",
     .attrs = kSliceMasks,
     .infer = StridedSliceShape,
     .gradient = StridedSliceGradient},
    {.name = "StridedSliceGrad",
     .signature = "shape: Index, begin: Index, end: Index, strides: Index, dy: T -> output: T",
     .attrs = kSliceMasks,
     .infer = StridedSliceGradShape},
    {.name = "StridedSliceAssign",
     .signature =
         "ref: Ref(T), begin: Index, end: Index, strides: Index, value: T -> output_ref: Ref(T)",
     .attrs = kSliceMasks,
     .infer = StridedSliceAssignShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ResourceStridedSliceAssign",
     .signature = "ref: resource, begin: Index, end: Index, strides: Index, value: T ->",
     .attrs = kSliceMasks,
     .infer = StridedSliceAssignShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"StridedSlice", DType::kInvalid, MakeFunctionKernel<StridedSliceKernel>},
    {"StridedSliceGrad", DType::kInvalid, MakeFunctionKernel<StridedSliceGradKernel>},
    {"StridedSliceAssign", DType::kInvalid, MakeFunctionKernel<StridedSliceAssignKernel>},
    {"ResourceStridedSliceAssign", DType::kInvalid, MakeFunctionKernel<StridedSliceAssignKernel>},
};

OpCall& WithMasks(OpCall& call, const StridedSliceOptions& options) {
  return call.Attr("begin_mask", options.begin_mask)
      .Attr("end_mask", options.end_mask)
      .Attr("ellipsis_mask", options.ellipsis_mask)
      .Attr("new_axis_mask", options.new_axis_mask)
      .Attr("shrink_axis_mask", options.shrink_axis_mask);
}

}  // namespace

Output StridedSlice(GraphBuilder& graph, const Operand& value, const Operand& begin,
                    const Operand& end, const Operand& strides, const StridedSliceOptions& options,
                    std::string_view name) {
  OpCall call(graph, "StridedSlice", name);
  call.Input(value, "input").Input(begin, "stack").Input(end, "stack_1").Input(strides, "stack_2");
  return WithMasks(call, options).Done();
}

Output StridedSliceAssign(GraphBuilder& graph, const Output& variable, const Operand& begin,
                          const Operand& end, const Operand& strides, const Operand& value,
                          const StridedSliceOptions& options, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  const DType dtype = value.is_output() ? DType::kInvalid : ValueDType(variable);
  OpCall call(graph, IsHandle(variable) ? "ResourceStridedSliceAssign" : "StridedSliceAssign",
              name);
  call.Input(variable, "ref").Input(begin, "begin").Input(end, "end").Input(strides, "strides");
  call.Input(value, "value", dtype);
  return WithMasks(call, options).Done();
}

std::span<const OpSpec> StridedSliceOps() { return kOps; }
std::span<const KernelDef> StridedSliceKernels() { return kKernels; }

}  // namespace fanlight
