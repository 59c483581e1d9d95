#include "fanlight/engine/graph/ops/state.h"

#include <type_traits>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/initial_value.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/variable_util.h"

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

Status ResourceApplyGradientDescentShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "argument \"alpha\""));
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  FL_TRY(Merge(variable, context.input(2)));
  return {};
}

Status AssignVariableShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  FL_TRY(Merge(variable, context.input(1)));
  return {};
}

Status AssignKernel(KernelContext& context) {
  VariableState& variable = context.variable();
  const bool validates = context.node().attr<bool>("validate_shape");
  return AssignValue(
      variable, context.input(1),
      validates ? variable.node->attr<PartialShape>("shape") : PartialShape::Unknown());
}

Status AssignVariableKernel(KernelContext& context) {
  VariableState& variable = context.variable();
  return AssignValue(variable, context.input(1), variable.node->attr<PartialShape>("shape"));
}

// variable = combine(variable, delta), element by element.
template <typename T, typename Combine>
Status UpdateValue(VariableState& variable, const Tensor& delta, Combine combine) {
  FL_ASSIGN_OR_RETURN(Tensor* const target, variable.ForUpdating());
  if (!(target->shape() == delta.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} has shape {}, cannot be updated by {}",
                Describe(*variable.node), ToString(target->shape()), Describe(delta));
  }
  T* const values = target->mutable_flat<T>().data();
  const T* const changes = delta.flat<T>().data();
  ForEachPiece(delta.num_elements(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) values[i] = combine(values[i], changes[i]);
  });
  return {};
}

template <typename T>
Status AssignAddKernel(KernelContext& context) {
  return UpdateValue<T>(context.variable(), context.input(1), [](T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    } else {
      return a + b;
    }
  });
}

template <typename T>
Status AssignSubKernel(KernelContext& context) {
  return UpdateValue<T>(context.variable(), context.input(1), [](T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
    } else {
      return a - b;
    }
  });
}

template <typename T>
Status ApplyGradientDescentKernel(KernelContext& context) {
  const Tensor& alpha = context.input(1);
  if (alpha.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "alpha is {}, want a scalar", Describe(alpha));
  }
  const T rate = alpha.flat<T>()[0];
  return UpdateValue<T>(context.variable(), context.input(2),
                        [rate](T value, T delta) { return value - rate * delta; });
}

Status CountUpToShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Merge(variable, PartialShape(Shape())));
  context.set_output(0, shape);
  return {};
}

template <typename T>
Status CountUpToKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const variable, context.variable().ForUpdating());
  if (variable->rank() != 0) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} is {}, want a scalar to count in",
                Describe(*context.variable().node), Describe(*variable));
  }
  T& count = variable->mutable_flat<T>()[0];
  const int64_t limit = context.node().attr<int64_t>("limit");
  if (count >= limit) return Fail(ErrorCode::kOutOfRange, "Reached limit of {}", limit);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, Shape()));
  output->mutable_flat<T>()[0] = count++;
  return {};
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
    {.name = "AssignVariableOp",
     .signature = "resource: resource, value: dtype ->",
     .attrs = "dtype: type, validate_shape: bool = false",
     .infer = AssignVariableShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "AssignAddVariableOp",
     .signature = "resource: resource, value: dtype ->",
     .attrs = "dtype: type",
     .infer = AssignVariableShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "AssignSubVariableOp",
     .signature = "resource: resource, value: dtype ->",
     .attrs = "dtype: type",
     .infer = AssignVariableShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ResourceApplyGradientDescent",
     .signature = "var: resource, alpha: T, delta: T ->",
     .attrs = "T: number, use_locking: bool = false",
     .infer = ResourceApplyGradientDescentShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ApplyGradientDescent",
     .signature = "var: Ref(T), alpha: T, delta: T -> out: Ref(T)",
     .attrs = "T: number, use_locking: bool = false",
     .infer = ApplyGradientDescentShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "CountUpTo",
     .signature = "ref: Ref(T) -> output: T",
     .attrs = "limit: int, T: index",
     .infer = CountUpToShape,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ResourceCountUpTo",
     .signature = "resource: resource -> output: T",
     .attrs = "limit: int, T: index",
     .infer = CountUpToShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
};

#define FL_ADD(T) AssignAddKernel<T>
#define FL_SUB(T) AssignSubKernel<T>

constexpr KernelDef kKernels[] = {
    {"CountUpTo", DType::kInt32, MakeFunctionKernel<CountUpToKernel<int32_t>>},
    {"CountUpTo", DType::kInt64, MakeFunctionKernel<CountUpToKernel<int64_t>>},
    {"ResourceCountUpTo", DType::kInt32, MakeFunctionKernel<CountUpToKernel<int32_t>>},
    {"ResourceCountUpTo", DType::kInt64, MakeFunctionKernel<CountUpToKernel<int64_t>>},
    {"Assign", DType::kInvalid, MakeFunctionKernel<AssignKernel>},
    FL_REALS("AssignAdd", FL_ADD),
    FL_REALS("AssignSub", FL_SUB),
    {"AssignVariableOp", DType::kInvalid, MakeFunctionKernel<AssignVariableKernel>},
    FL_REALS("AssignAddVariableOp", FL_ADD),
    FL_REALS("AssignSubVariableOp", FL_SUB),
    {"ResourceApplyGradientDescent", DType::kFloat32,
     MakeFunctionKernel<ApplyGradientDescentKernel<float>>},
    {"ResourceApplyGradientDescent", DType::kFloat64,
     MakeFunctionKernel<ApplyGradientDescentKernel<double>>},
    {"ApplyGradientDescent", DType::kFloat32,
     MakeFunctionKernel<ApplyGradientDescentKernel<float>>},
    {"ApplyGradientDescent", DType::kFloat64,
     MakeFunctionKernel<ApplyGradientDescentKernel<double>>},
};

Output AssignBy(GraphBuilder& graph, std::string_view op, const Output& ref, const Operand& value,
                std::string_view name) {
  if (!graph.ok() || !ref.is_valid()) return {};
  const std::string full_op(op);
  return OpCall(graph, IsHandle(ref) ? full_op + "VariableOp" : full_op, name)
      .Input(ref, "ref")
      .Input(value, "value", ValueDType(ref))
      .Done();
}

Variable Collected(GraphBuilder& graph, Variable variable,
                   const std::vector<std::string>& collections) {
  if (!graph.ok()) return variable;
  for (const std::string& collection : collections) graph.collections().Add(collection, variable);
  if (variable.is_trainable) {
    graph.collections().Add(CollectionKeys::kTrainableVariables, variable);
  }
  return variable;
}

// The nodes of a variable by handle, in the scope that has its name.
Variable MakeResourceVariable(GraphBuilder& graph, Variable variable, const PartialShape& shape,
                              const VariableOptions& options) {
  const std::string name = graph.name_scope();
  variable.ref = VarHandle(graph, variable.initial_value.dtype(), shape, name + "/");
  if (!variable.ref.is_valid()) return variable;
  IsInitialized(graph, variable.ref, name + "/IsInitialized/VarIsInitializedOp/");
  variable.initializer = Assign(graph, variable.ref, variable.initial_value, "Assign").node;
  variable.value = ReadVariable(graph, variable.ref, name + "/Read/ReadVariableOp/");
  return Collected(graph, std::move(variable), options.collections);
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
  if (options.is_resource) return MakeResourceVariable(graph, std::move(variable), shape, options);
  variable.ref =
      graph.AddNode({.op = "VariableV2",
                     .name = graph.name_scope() + "/",
                     .attrs = {{"dtype", variable.initial_value.dtype()}, {"shape", shape}}});
  if (!variable.ref.is_valid()) return variable;
  const auto place = graph.ColocateWith(variable.ref);
  const Output initial =
      WithInitializedVariables(graph, variable.initial_value, graph.name_scope() + "/");
  variable.initializer =
      Assign(graph, variable.ref, initial, "Assign", options.validate_shape).node;
  variable.value = Identity(graph, variable.ref, "read");
  return Collected(graph, std::move(variable), options.collections);
}

Output Assign(GraphBuilder& graph, const Output& ref, const Operand& value, std::string_view name,
              bool validate_shape) {
  if (!graph.ok() || !ref.is_valid()) return {};
  if (IsHandle(ref)) return AssignBy(graph, "Assign", ref, value, name);
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
  if (!graph.ok() || !ref.is_valid()) return {};
  const DType dtype = ValueDType(ref);
  return OpCall(graph, IsHandle(ref) ? "ResourceApplyGradientDescent" : "ApplyGradientDescent",
                name)
      .Input(ref, "var")
      .Input(alpha, "alpha", alpha.is_output() ? DType::kInvalid : dtype)
      .Input(delta, "delta", delta.is_output() ? DType::kInvalid : dtype)
      .Done();
}

Output CountUpTo(GraphBuilder& graph, const Output& ref, int64_t limit, std::string_view name) {
  if (!graph.ok() || !ref.is_valid()) return {};
  return OpCall(graph, IsHandle(ref) ? "ResourceCountUpTo" : "CountUpTo", name)
      .Input(ref, "ref")
      .Attr("T", ValueDType(ref))
      .Attr("limit", limit)
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
