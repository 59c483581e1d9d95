#include "fanlight/engine/graph/ops/state.h"

#include <cstring>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"

namespace fanlight {
namespace {

Status VariableShape(InferenceContext& context) {
  context.set_output(0, context.node().attr<PartialShape>("shape"));
  return {};
}

Status AssignShape(InferenceContext& context) {
  if (!context.node().attr<bool>("validate_shape")) {
    context.set_output(0, context.input(1));
    return {};
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Merge(context.input(0), context.input(1)));
  context.set_output(0, shape);
  return {};
}

Status UpdateShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Merge(context.input(0), context.input(1)));
  context.set_output(0, shape);
  return {};
}

Status ApplyGradientDescentShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "argument \"alpha\""));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Merge(context.input(0), context.input(2)));
  context.set_output(0, shape);
  return {};
}

Status AssignKernel(KernelContext& context) {
  const Tensor& value = context.input(1);
  VariableState& variable = context.variable();
  const auto& declared = variable.node->attr<PartialShape>("shape");
  if (context.node().attr<bool>("validate_shape") &&
      !declared.IsCompatibleWith(PartialShape(value.shape()))) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} has shape {}, cannot be assigned {}",
                Describe(*variable.node), ToString(declared), Describe(value));
  }
  if (value.data() == variable.value.data() && variable.value.is_valid()) return {};
  if (value.dtype() == DType::kString) {
    variable.value = value.Clone();
    return {};
  }
  FL_ASSIGN_OR_RETURN(Tensor* const target, variable.ForOverwriting(value.dtype(), value.shape()));
  if (value.num_bytes() != 0) std::memcpy(target->mutable_data(), value.data(), value.num_bytes());
  return {};
}

// variable = combine(variable, delta), element by element.
template <typename T, typename Combine>
Status Update(VariableState& variable, const Tensor& delta, Combine combine) {
  FL_ASSIGN_OR_RETURN(Tensor* const target, variable.ForUpdating());
  if (!(target->shape() == delta.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} has shape {}, cannot be updated by {}",
                Describe(*variable.node), ToString(target->shape()), Describe(delta));
  }
  T* const values = target->mutable_flat<T>().data();
  const T* const changes = delta.flat<T>().data();
  for (int64_t i = 0; i < delta.num_elements(); ++i) values[i] = combine(values[i], changes[i]);
  return {};
}

template <typename T>
T WrapAdd(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  } else {
    return a + b;
  }
}
template <typename T>
T WrapSub(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  } else {
    return a - b;
  }
}

template <typename T>
Status AssignAddKernel(KernelContext& context) {
  return Update<T>(context.variable(), context.input(1), WrapAdd<T>);
}

template <typename T>
Status AssignSubKernel(KernelContext& context) {
  return Update<T>(context.variable(), context.input(1), WrapSub<T>);
}

template <typename T>
Status ApplyGradientDescentKernel(KernelContext& context) {
  const Tensor& alpha = context.input(1);
  if (alpha.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "alpha is {}, want a scalar", Describe(alpha));
  }
  const T rate = alpha.flat<T>()[0];
  return Update<T>(context.variable(), context.input(2),
                   [rate](T value, T delta) { return value - rate * delta; });
}

constexpr OpSpec kOps[] = {
    {.name = "VariableV2",
     .signature = "-> ref: Ref(dtype)",
     .attrs = "shape: shape, dtype: type, container: string = \"\", shared_name: string = \"\"",
     .infer = VariableShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "Variable",
     .signature = "-> ref: Ref(dtype)",
     .attrs = "shape: shape, dtype: type, container: string = \"\", shared_name: string = \"\"",
     .infer = VariableShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "Assign",
     .signature = "ref: Ref(T), value: T -> output_ref: Ref(T)",
     .attrs = "T: type, validate_shape: bool = true, use_locking: bool = true",
     .infer = AssignShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "AssignAdd",
     .signature = "ref: Ref(T), value: T -> output_ref: Ref(T)",
     .attrs = "T: number, use_locking: bool = false",
     .infer = UpdateShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "AssignSub",
     .signature = "ref: Ref(T), value: T -> output_ref: Ref(T)",
     .attrs = "T: number, use_locking: bool = false",
     .infer = UpdateShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ApplyGradientDescent",
     .signature = "var: Ref(T), alpha: T, delta: T -> out: Ref(T)",
     .attrs = "T: number, use_locking: bool = false",
     .infer = ApplyGradientDescentShape,
     .has_effect = true,
     .has_no_gradient = true},
};

#define FL_UPDATES(op_name, kernel)                                    \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>},       \
      {op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>},  \
      {op_name, DType::kInt32, MakeFunctionKernel<kernel<int32_t>>}, { \
    op_name, DType::kInt64, MakeFunctionKernel<kernel<int64_t>>        \
  }

constexpr KernelDef kKernels[] = {
    {"Assign", DType::kInvalid, MakeFunctionKernel<AssignKernel>},
    FL_UPDATES("AssignAdd", AssignAddKernel),
    FL_UPDATES("AssignSub", AssignSubKernel),
    {"ApplyGradientDescent", DType::kFloat32,
     MakeFunctionKernel<ApplyGradientDescentKernel<float>>},
    {"ApplyGradientDescent", DType::kFloat64,
     MakeFunctionKernel<ApplyGradientDescentKernel<double>>},
};

Output AssignBy(GraphBuilder& graph, std::string_view op, const Output& ref, const Operand& value,
                std::string_view name) {
  if (!ref.is_valid()) return {};
  return OpCall(graph, op, name).Input(ref, "ref").Input(value, "value", ref.dtype()).Done();
}

}  // namespace

Variable MakeVariable(GraphBuilder& graph, const Operand& initial_value, std::string_view name,
                      const VariableOptions& options) {
  Variable variable;
  if (!graph.ok()) return variable;
  const auto no_controls = graph.NoControlDependencies();
  const auto scope = graph.NameScope(name);
  variable.is_trainable = options.is_trainable;
  variable.slice = options.slice;
  variable.initial_value = initial_value.ToOutput(graph, "initial_value");
  if (!graph.ok() || !variable.initial_value.is_valid()) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("variable \"{}\" has no initial value", graph.name_scope())});
    return variable;
  }
  const PartialShape shape =
      options.validate_shape ? variable.initial_value.shape() : PartialShape::Unknown();
  variable.ref =
      graph.AddNode({.op = "VariableV2",
                     .name = graph.name_scope() + "/",
                     .attrs = {{"dtype", variable.initial_value.dtype()}, {"shape", shape}}});
  if (!variable.ref.is_valid()) return variable;
  const auto place = graph.ColocateWith(variable.ref);
  variable.initializer =
      Assign(graph, variable.ref, variable.initial_value, "Assign", options.validate_shape).node;
  variable.value = Identity(graph, variable.ref, "read");
  if (!graph.ok()) return variable;
  graph.collections().Add(CollectionKeys::kVariables, variable);
  if (options.is_trainable) graph.collections().Add(CollectionKeys::kTrainableVariables, variable);
  return variable;
}

Output Assign(GraphBuilder& graph, const Output& ref, const Operand& value, std::string_view name,
              bool validate_shape) {
  if (!ref.is_valid()) return {};
  const auto place = graph.ColocateWith(ref);
  return OpCall(graph, "Assign", name)
      .Input(ref, "ref")
      .Input(value, "value", value.is_output() ? DType::kInvalid : ref.dtype())
      .Attr("validate_shape", validate_shape)
      .Done();
}

Output AssignAdd(GraphBuilder& graph, const Output& ref, const Operand& value,
                 std::string_view name) {
  return AssignBy(graph, "AssignAdd", ref, value, name);
}

Output AssignSub(GraphBuilder& graph, const Output& ref, const Operand& value,
                 std::string_view name) {
  return AssignBy(graph, "AssignSub", ref, value, name);
}

Output ApplyGradientDescent(GraphBuilder& graph, const Output& ref, const Operand& alpha,
                            const Operand& delta, std::string_view name) {
  if (!ref.is_valid()) return {};
  return OpCall(graph, "ApplyGradientDescent", name)
      .Input(ref, "var")
      .Input(alpha, "alpha", alpha.is_output() ? DType::kInvalid : ref.dtype())
      .Input(delta, "delta", delta.is_output() ? DType::kInvalid : ref.dtype())
      .Done();
}

const Node* VariablesInitializer(GraphBuilder& graph, const std::vector<Variable>& variables,
                                 std::string_view name) {
  std::vector<const Node*> initializers;
  for (const Variable& variable : variables) initializers.push_back(variable.initializer);
  return Group(graph, initializers, name);
}

const Node* GlobalVariablesInitializer(GraphBuilder& graph, std::string_view name) {
  return VariablesInitializer(graph, graph.collections().variables(), name);
}

std::span<const OpSpec> StateOps() { return kOps; }
std::span<const KernelDef> StateKernels() { return kKernels; }

}  // namespace fanlight
