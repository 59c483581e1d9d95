#include "fanlight/engine/graph/ops/array.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

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
  if (input.is_fully_known()) {
    FL_ASSIGN_OR_RETURN(const Shape from, Shape::From(input.dims()));
    FL_ASSIGN_OR_RETURN(const Shape shape, ResolveReshape(*dims, from));
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

Status EnsureShapeShape(InferenceContext& context) {
  const auto wanted = context.node().attr<PartialShape>("shape");
  if (!wanted.IsCompatibleWith(context.input(0))) {
    return Fail(ErrorCode::kInvalidArgument, "the value has shape {}, want {}",
                ToString(context.input(0)), ToString(wanted));
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Merge(wanted, context.input(0)));
  context.set_output(0, shape);
  return {};
}

Status EnsureShapeKernel(KernelContext& context) {
  const auto wanted = context.node().attr<PartialShape>("shape");
  const Tensor& value = context.input(0);
  if (!wanted.IsCompatibleWith(value.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "the value is {}, want shape {}", Describe(value),
                ToString(wanted));
  }
  context.SetOutput(0, value);
  return {};
}

Status ReshapeKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts dims, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const Shape shape, ResolveReshape(dims.span(), input.shape()));
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

Status SameShapesAsInputs(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, context.input(i));
  return {};
}
Status IdentityNKernel(KernelContext& context) {
  for (int i = 0; i < context.num_inputs(); ++i) context.SetOutput(i, context.input(i));
  return {};
}
std::vector<Output> IdentityNGradient(GraphBuilder&, const Node&, std::span<const Output> g) {
  return {g.begin(), g.end()};
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
     .may_alias_input = true,
     .hands_on_gradient = true},
    {.name = "IdentityN",
     .signature = "input: T -> output: T",
     .attrs = "T: list(type)",
     .infer = SameShapesAsInputs,
     .gradient = IdentityNGradient},
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
    {.name = "EnsureShape",
     .signature = "input: T -> output: T",
     .attrs = "shape: shape, T: type",
     .infer = EnsureShapeShape,
     .gradient = IdentityGradient,
     .may_alias_input = true,
     .hands_on_gradient = true},
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
};

constexpr KernelDef kKernels[] = {
    {"Const", DType::kInvalid, MakeFunctionKernel<ConstKernel>},
    {"Placeholder", DType::kInvalid, MakeFunctionKernel<PlaceholderKernel>},
    {"PlaceholderWithDefault", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"Identity", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"IdentityN", DType::kInvalid, MakeFunctionKernel<IdentityNKernel>},
    {"StopGradient", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"PreventGradient", DType::kInvalid, MakeFunctionKernel<IdentityKernel>},
    {"EnsureShape", DType::kInvalid, MakeFunctionKernel<EnsureShapeKernel>},
    {"Reshape", DType::kInvalid, MakeFunctionKernel<ReshapeKernel>},
    {"ExpandDims", DType::kInvalid, MakeFunctionKernel<ExpandDimsKernel>},
    {"Squeeze", DType::kInvalid, MakeFunctionKernel<SqueezeKernel>},
};

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

Output EnsureShape(GraphBuilder& graph, const Operand& value, const PartialShape& shape,
                   std::string_view name) {
  return OpCall(graph, "EnsureShape", name).Input(value, "input").Attr("shape", shape).Done();
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

std::span<const OpSpec> ArrayOps() { return kOps; }
std::span<const KernelDef> ArrayKernels() { return kKernels; }

}  // namespace fanlight
