#include "fanlight/engine/graph/ops/dims.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status FillShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "the value to fill with"));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  context.set_output(0, shape);
  return {};
}

Status EmptyShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  context.set_output(0, shape);
  return {};
}

// As many lengths as the longer shape has.
Status BroadcastArgsShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 1, "argument \"s0\""));
  FL_TRY(context.WantRank(1, 1, "argument \"s1\""));
  PartialShape shape{PartialShape::kUnknown};
  if (context.input(0).is_fully_known() && context.input(1).is_fully_known()) {
    shape.set_dim(0, std::max(context.input(0)[0], context.input(1)[0]));
  }
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

Status VectorOfUnknownLengths(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) {
    context.set_output(i, PartialShape{PartialShape::kUnknown});
  }
  return {};
}

// ---------------------------------------------------------------- kernels

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

// TensorFlow leaves the elements as they are in memory, unless it is told to begin with zeros.
Status EmptyKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  *output = Tensor::Zeros(output->dtype(), shape);
  return {};
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

Status BroadcastArgsKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape a, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(const Shape b, ShapeOfElements(context.input(1)));
  FL_ASSIGN_OR_RETURN(const Shape shape, Broadcast(a, b));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {shape.rank()}));
  for (int i = 0; i < shape.rank(); ++i) StoreInteger(*output, static_cast<size_t>(i), shape[i]);
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

std::vector<Output> FillGradient(GraphBuilder& graph, const Node&, std::span<const Output> g) {
  return {{}, ReduceSum(graph, g[0])};
}

constexpr OpSpec kOps[] = {
    {.name = "Fill",
     .signature = "dims: index_type, value: T -> output: T",
     .attrs = "T: type, index_type: index = int32",
     .infer = FillShape,
     .gradient = FillGradient},
    {.name = "Empty",
     .signature = "shape: int32 -> output: dtype",
     .attrs = "dtype: type, init: bool = false",
     .infer = EmptyShape,
     .is_stateful = true,
     .has_no_gradient = true},
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
     .attrs =
         "Tidx: {bfloat16|float16|float32|float64|int8|int16|int32|int64|uint16|uint32|uint64} "
         "= int32",
     .infer = RangeShape,
     .has_no_gradient = true},
    {.name = "BroadcastArgs",
     .signature = "s0: T, s1: T -> r0: T",
     .attrs = "T: index = int32",
     .infer = BroadcastArgsShape,
     .has_no_gradient = true},
    {.name = "BroadcastGradientArgs",
     .signature = "s0: T, s1: T -> r0: T, r1: T",
     .attrs = "T: index = int32",
     .infer = VectorOfUnknownLengths,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"Fill", DType::kInvalid, MakeFunctionKernel<FillKernel>},
    {"Empty", DType::kInvalid, MakeFunctionKernel<EmptyKernel>},
    {"ZerosLike", DType::kInvalid, MakeFunctionKernel<ZerosLikeKernel>},
    {"Shape", DType::kInvalid, MakeFunctionKernel<ShapeKernel>},
    {"ShapeN", DType::kInvalid, MakeFunctionKernel<ShapeNKernel>},
    {"Size", DType::kInvalid, MakeFunctionKernel<SizeKernel>},
    {"Rank", DType::kInvalid, MakeFunctionKernel<RankKernel>},
    {"Range", DType::kInt32, MakeFunctionKernel<RangeKernel<int32_t>>},
    {"Range", DType::kInt64, MakeFunctionKernel<RangeKernel<int64_t>>},
    {"Range", DType::kFloat32, MakeFunctionKernel<RangeKernel<float>>},
    {"Range", DType::kFloat64, MakeFunctionKernel<RangeKernel<double>>},
    {"BroadcastArgs", DType::kInvalid, MakeFunctionKernel<BroadcastArgsKernel>},
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

std::vector<Output> ShapeN(GraphBuilder& graph, const std::vector<Output>& values,
                           std::string_view name) {
  const Node* node = OpCall(graph, "ShapeN", name).Inputs(values).Done();
  std::vector<Output> shapes;
  for (size_t i = 0; node != nullptr && i < values.size(); ++i) {
    shapes.emplace_back(node, static_cast<int>(i));
  }
  return shapes;
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

BroadcastAxes BroadcastGradientArgs(GraphBuilder& graph, const Operand& first_shape,
                                    const Operand& second_shape, std::string_view name) {
  const Node* node = OpCall(graph, "BroadcastGradientArgs", name)
                         .Input(first_shape, "s0")
                         .Input(second_shape, "s1")
                         .Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}};
}

std::span<const OpSpec> DimsOps() { return kOps; }
std::span<const KernelDef> DimsKernels() { return kKernels; }

}  // namespace fanlight
