#include "fanlight/engine/graph/ops/resource.h"

#include <algorithm>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status ReadVariableShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  context.set_output(0, variable);
  return {};
}

Status VariableShapeShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  context.set_output(0, PartialShape{variable.rank()});
  return {};
}

Status ResourceGatherShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape params, VariableShapeAt(context, 0));
  if (context.node().attr<int64_t>("batch_dims") != 0) {
    return Fail(ErrorCode::kUnimplemented, "batch_dims is {}, want 0",
                context.node().attr<int64_t>("batch_dims"));
  }
  const PartialShape& indices = context.input(1);
  if (!params.has_rank() || !indices.has_rank()) return {};
  if (params.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "rows cannot be gathered from a scalar variable");
  }
  std::vector<int64_t> dims(indices.dims().begin(), indices.dims().end());
  dims.insert(dims.end(), params.dims().begin() + 1, params.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

Status ReadVariableKernel(KernelContext& context) {
  context.SetOutput(0, context.input(0));
  return {};
}

Status IsInitializedKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, Shape()));
  output->mutable_flat<bool>()[0] = context.input(0).is_valid();
  return {};
}

Status NothingKernel(KernelContext&) { return {}; }

Status VariableShapeKernel(KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {shape.rank()}));
  for (int i = 0; i < shape.rank(); ++i) StoreInteger(*output, static_cast<size_t>(i), shape[i]);
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> ReadVariableGradient(GraphBuilder&, const Node&, std::span<const Output> g) {
  return {g[0]};
}

Gradient ResourceGatherGradient(GraphBuilder& graph, const Node& node, const Output& gradient) {
  const Output shape = OpCall(graph, "VariableShape", "")
                           .Input(node.input(0), "input")
                           .Attr("out_type", DType::kInt32)
                           .Done();
  return RowsGradient(graph, gradient, node.input(1), shape);
}

constexpr OpSpec kOps[] = {
    {.name = "VarHandleOp",
     .signature = "-> resource: resource",
     .attrs = "container: string = \"\", shared_name: string = \"\", debug_name: string = \"\", "
              "dtype: type, shape: shape, allowed_devices: list(string) = []",
     .infer = ScalarOutputs,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "ReadVariableOp",
     .signature = "resource: resource -> value: dtype",
     .attrs = "dtype: type",
     .infer = ReadVariableShape,
     .gradient = ReadVariableGradient,
     .may_alias_input = true,
     .hands_on_gradient = true},
    {.name = "VarIsInitializedOp",
     .signature = "resource: resource -> is_initialized: bool",
     .infer = ScalarOutputs,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "IsVariableInitialized",
     .signature = "ref: Ref(dtype) -> is_initialized: bool",
     .attrs = "dtype: type",
     .infer = ScalarOutputs,
     .is_stateful = true,
     .has_no_gradient = true},
    // What TensorFlow puts before a saver's reads: its own handles copy on reads until then.
    {.name = "DisableCopyOnRead",
     .signature = "resource: resource ->",
     .infer = NoOutputs,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "VariableShape",
     .signature = "input: resource -> output: out_type",
     .attrs = "out_type: index = int32",
     .infer = VariableShapeShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "ResourceGather",
     .signature = "resource: resource, indices: Tindices -> output: dtype",
     .attrs = "batch_dims: int = 0, validate_indices: bool = true, dtype: type, Tindices: index",
     .infer = ResourceGatherShape,
     .rows_gradient = ResourceGatherGradient,
     .is_stateful = true},
};

constexpr KernelDef kKernels[] = {
    {"ReadVariableOp", DType::kInvalid, MakeFunctionKernel<ReadVariableKernel>},
    {"VarIsInitializedOp", DType::kInvalid, MakeFunctionKernel<IsInitializedKernel>},
    {"IsVariableInitialized", DType::kInvalid, MakeFunctionKernel<IsInitializedKernel>},
    {"DisableCopyOnRead", DType::kInvalid, MakeFunctionKernel<NothingKernel>},
    {"VariableShape", DType::kInvalid, MakeFunctionKernel<VariableShapeKernel>},
    {"ResourceGather", DType::kInvalid, MakeFunctionKernel<GatherKernel>},
};

}  // namespace

Output VarHandle(GraphBuilder& graph, DType dtype, const PartialShape& shape,
                 std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  return OpCall(graph, "VarHandleOp", graph.name_scope() + "/")
      .Attr("dtype", dtype)
      .Attr("shape", shape)
      .Attr("shared_name", graph.name_scope())
      .Done();
}

Output ReadVariable(GraphBuilder& graph, const Output& handle, std::string_view name) {
  const Node* variable = handle.is_valid() ? VariableNodeOf(handle) : nullptr;
  if (!graph.ok() || variable == nullptr) return {};
  return OpCall(graph, "ReadVariableOp", name)
      .Input(handle, "resource")
      .Attr("dtype", variable->attr<DType>("dtype"))
      .Done();
}

Output IsInitialized(GraphBuilder& graph, const Output& variable, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  const bool is_resource = IsHandle(variable);
  return OpCall(graph, is_resource ? "VarIsInitializedOp" : "IsVariableInitialized",
                is_resource && name == "IsVariableInitialized" ? "VarIsInitializedOp" : name)
      .Input(variable, "ref")
      .Done();
}

Output ResourceGather(GraphBuilder& graph, const Output& handle, const Operand& indices,
                      std::string_view name) {
  const Node* variable = handle.is_valid() ? VariableNodeOf(handle) : nullptr;
  if (!graph.ok() || variable == nullptr) return {};
  return OpCall(graph, "ResourceGather", name)
      .Input(handle, "resource")
      .Input(indices, "indices")
      .Attr("dtype", variable->attr<DType>("dtype"))
      .Done();
}

std::span<const OpSpec> ResourceOps() { return kOps; }
std::span<const KernelDef> ResourceKernels() { return kKernels; }

}  // namespace fanlight
