#include "fanlight/engine/graph/ops/slicing.h"

#include <algorithm>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/math.h"

namespace fanlight {
namespace {

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
  const PartialShape input =
      WithRankOfLength(WithRankOfLength(context.input(0), context.input(1)), context.input(2));
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

// Inputs: the value, the sizes of the parts (one may be -1: what is left), the axis.
Status SplitVShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(context.WantRank(1, 1, "argument \"size_splits\""));
  if (!input.has_rank()) return {};
  const auto sizes = context.constant_integers(1);
  const auto axis = context.constant_integers(2);
  for (int i = 0; i < context.num_outputs(); ++i) {
    if (!axis) {
      context.set_output(i, PartialShape::UnknownOfRank(input.rank()));
      continue;
    }
    FL_ASSIGN_OR_RETURN(const int at, AxisOf((*axis)[0], input.rank()));
    PartialShape shape = input;
    shape.set_dim(at, PartialShape::kUnknown);
    if (sizes && static_cast<int>(sizes->size()) == context.num_outputs()) {
      int64_t known = 0;
      for (const int64_t size : *sizes) known += std::max<int64_t>(size, 0);
      int64_t size = (*sizes)[static_cast<size_t>(i)];
      if (size < 0 && input[at] >= 0) size = input[at] - known;
      if (size < -1 || (input[at] >= 0 && known > input[at])) {
        return Fail(ErrorCode::kInvalidArgument, "the parts have {} elements, axis {} of {} has {}",
                    known, at, ToString(input), input[at]);
      }
      shape.set_dim(at, size);
    }
    context.set_output(i, shape);
  }
  return {};
}

Status SplitVKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(context.input(1), DType::kInt64));
  FL_ASSIGN_OR_RETURN(const int64_t wanted, ScalarOf(context.input(2)));
  FL_ASSIGN_OR_RETURN(const int axis, AxisOf(wanted, input.rank()));
  const auto given = wide.flat<int64_t>();
  std::vector<int64_t> sizes(given.begin(), given.end());
  int64_t known = 0;
  int64_t num_open = 0;
  for (const int64_t size : sizes) {
    known += std::max<int64_t>(size, 0);
    num_open += size < 0 ? 1 : 0;
  }
  const int64_t rest = input.shape()[axis] - known;
  if (static_cast<int>(sizes.size()) != context.node().num_outputs() || num_open > 1 || rest < 0 ||
      (num_open == 0 && rest != 0)) {
    return Fail(ErrorCode::kInvalidArgument, "cannot split axis {} of {} into {} parts of {}", axis,
                Describe(input), context.node().num_outputs(), ToString(wide));
  }
  const Strides strides = RowMajorStrides(input.shape());
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t size = sizes[i] < 0 ? rest : sizes[i];
    std::vector<int64_t> dims(input.shape().dims().begin(), input.shape().dims().end());
    dims[static_cast<size_t>(axis)] = size;
    FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(static_cast<int>(i), shape));
    if (shape.num_elements() != 0) {
      CopyBoxOf(shape.dims(), input, begin * strides[static_cast<size_t>(axis)], strides, *output,
                0, RowMajorStrides(shape));
    }
    begin += size;
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

std::vector<Output> SplitGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> g) {
  return {{}, OpCall(graph, "ConcatV2", "concat").Inputs(g).Input(node.input(0), "axis").Done()};
}

std::vector<Output> SplitVGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  return {
      OpCall(graph, "ConcatV2", "concat").Inputs(g).Input(node.input(2), "axis").Done(), {}, {}};
}

std::vector<Output> UnpackGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  return {Stack(graph, {g.begin(), g.end()}, node.attr<int64_t>("axis"))};
}

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
    {.name = "Split",
     .signature = "split_dim: int32, value: T -> output: num_split * T",
     .attrs = "num_split: int, T: type",
     .infer = SplitShape,
     .gradient = SplitGradient},
    {.name = "SplitV",
     .signature = "value: T, size_splits: Tlen, split_dim: int32 -> output: num_split * T",
     .attrs = "num_split: int, T: type, Tlen: index = int64",
     .infer = SplitVShape,
     .gradient = SplitVGradient},
    {.name = "Unpack",
     .signature = "value: T -> output: num * T",
     .attrs = "num: int, T: type, axis: int = 0",
     .infer = UnpackShape,
     .gradient = UnpackGradient},
};

constexpr KernelDef kKernels[] = {
    {"ConcatV2", DType::kInvalid, MakeFunctionKernel<ConcatKernel>},
    {"ConcatOffset", DType::kInvalid, MakeFunctionKernel<ConcatOffsetKernel>},
    {"Slice", DType::kInvalid, MakeFunctionKernel<SliceKernel>},
    {"Split", DType::kInvalid, MakeFunctionKernel<SplitKernel>},
    {"SplitV", DType::kInvalid, MakeFunctionKernel<SplitVKernel>},
    {"Unpack", DType::kInvalid, MakeFunctionKernel<UnpackKernel>},
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

std::vector<Output> Split(GraphBuilder& graph, const Operand& value, int32_t count, int32_t axis,
                          std::string_view name) {
  const Node* node = OpCall(graph, "Split", name)
                         .Input(axis, "split_dim")
                         .Input(value, "value")
                         .Attr("num_split", int64_t{count})
                         .Done();
  return AllOutputs(node, static_cast<size_t>(std::max(count, 0)));
}

std::vector<Output> SplitBy(GraphBuilder& graph, const Operand& value,
                            const std::vector<int32_t>& sizes, int32_t axis,
                            std::string_view name) {
  const Node* node = OpCall(graph, "SplitV", name)
                         .Input(value, "value")
                         .Input(Tensor::Vector<int32_t>(std::span<const int32_t>(sizes)), "Const")
                         .Input(axis, "split_dim")
                         .Attr("num_split", static_cast<int64_t>(sizes.size()))
                         .Done();
  return AllOutputs(node, sizes.size());
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

std::span<const OpSpec> SlicingOps() { return kOps; }
std::span<const KernelDef> SlicingKernels() { return kKernels; }

}  // namespace fanlight
