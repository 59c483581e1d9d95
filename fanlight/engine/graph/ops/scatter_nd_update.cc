#include "fanlight/engine/graph/ops/scatter_nd_update.h"

#include <cstring>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/combine.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/slices.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

Status CheckUpdates(const InferenceContext& context, const PartialShape& whole) {
  FL_ASSIGN_OR_RETURN(const PartialShape wanted, ShapeAt(context.input(1), whole));
  if (wanted.IsCompatibleWith(context.input(2))) return {};
  return Fail(ErrorCode::kInvalidArgument, "updates have shape {}, want {}",
              ToString(context.input(2)), ToString(wanted));
}

Status VariableSlicesShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  FL_TRY(CheckUpdates(context, variable));
  if (context.num_outputs() != 0) context.set_output(0, variable);
  return {};
}

Status TensorSlicesShape(InferenceContext& context) {
  FL_TRY(CheckUpdates(context, context.input(0)));
  context.set_output(0, context.input(0));
  return {};
}

template <typename Op, typename T>
Status UpdateSlices(Tensor& value, const Tensor& indices, const Tensor& updates) {
  FL_ASSIGN_OR_RETURN(const Slices slices, Slices::Of(indices, value.shape()));
  if (updates.num_elements() != static_cast<int64_t>(slices.positions.size()) * slices.size) {
    return Fail(ErrorCode::kInvalidArgument, "updates {} do not fit indices {} of {}",
                Describe(updates), Describe(indices), Describe(value));
  }
  const T* from = updates.flat<T>().data();
  T* const out = value.mutable_flat<T>().data();
  for (const int64_t position : slices.positions) {
    T* const target = out + position * slices.size;
    for (int64_t i = 0; i < slices.size; ++i) target[i] = Op::Apply(target[i], from[i]);
    from += slices.size;
  }
  return {};
}

template <typename Op, typename T>
Status VariableSlicesKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const value, context.variable().ForUpdating());
  return UpdateSlices<Op, T>(*value, context.input(1), context.input(2));
}

template <typename Op, typename T>
Status TensorSlicesKernel(KernelContext& context) {
  const Tensor& value = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, value.shape()));
  if (value.num_bytes() != 0) {
    std::memmove(output->mutable_data(), value.data(), value.num_bytes());
  }
  return UpdateSlices<Op, T>(*output, context.input(1), context.input(2));
}

std::vector<Output> TensorUpdateGradient(GraphBuilder& graph, const Node& node,
                                         std::span<const Output> g) {
  const Output rest =
      TensorScatterUpdate(graph, g[0], node.input(1), ZerosLike(graph, node.input(2)));
  return {rest, {}, GatherNd(graph, g[0], node.input(1))};
}

std::vector<Output> TensorAddGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {Identity(graph, g[0]), {}, GatherNd(graph, g[0], node.input(1))};
}

std::vector<Output> TensorSubGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {Identity(graph, g[0]), {}, Neg(graph, GatherNd(graph, g[0], node.input(1)))};
}

#define FL_SLICES_OF_REF(op_name, set, locks)                                       \
  {.name = op_name,                                                                 \
   .signature = "ref: Ref(T), indices: Tindices, updates: T -> output_ref: Ref(T)", \
   .attrs = "T: " set ", Tindices: index, use_locking: bool = " locks,              \
   .infer = VariableSlicesShape,                                                    \
   .has_effect = true,                                                              \
   .has_no_gradient = true}
#define FL_SLICES_OF_HANDLE(op_name, set)                            \
  {.name = op_name,                                                  \
   .signature = "ref: resource, indices: Tindices, updates: T ->",   \
   .attrs = "T: " set ", Tindices: index, use_locking: bool = true", \
   .infer = VariableSlicesShape,                                     \
   .is_stateful = true,                                              \
   .has_effect = true,                                               \
   .has_no_gradient = true}
#define FL_SLICES_OF_TENSOR(op_name, set, rule)                          \
  {.name = op_name,                                                      \
   .signature = "tensor: T, indices: Tindices, updates: T -> output: T", \
   .attrs = "T: " set ", Tindices: index",                               \
   .infer = TensorSlicesShape,                                           \
   .gradient = rule}

constexpr OpSpec kOps[] = {
    FL_SLICES_OF_REF("ScatterNdUpdate", "type", "true"),
    FL_SLICES_OF_REF("ScatterNdAdd", "number", "false"),
    FL_SLICES_OF_REF("ScatterNdSub", "number", "false"),
    FL_SLICES_OF_REF("ScatterNdMin", "number", "false"),
    FL_SLICES_OF_REF("ScatterNdMax", "number", "false"),
    FL_SLICES_OF_HANDLE("ResourceScatterNdUpdate", "type"),
    FL_SLICES_OF_HANDLE("ResourceScatterNdAdd", "type"),
    FL_SLICES_OF_HANDLE("ResourceScatterNdSub", "type"),
    FL_SLICES_OF_HANDLE("ResourceScatterNdMin", "type"),
    FL_SLICES_OF_HANDLE("ResourceScatterNdMax", "type"),
    FL_SLICES_OF_TENSOR("TensorScatterUpdate", "type", TensorUpdateGradient),
    FL_SLICES_OF_TENSOR("TensorScatterAdd", "type", TensorAddGradient),
    FL_SLICES_OF_TENSOR("TensorScatterSub", "type", TensorSubGradient),
};

#define FL_UPDATE(T) VariableSlicesKernel<TakeOp, T>
#define FL_ADD(T) VariableSlicesKernel<AddOp, T>
#define FL_SUB(T) VariableSlicesKernel<SubOp, T>
#define FL_MIN(T) VariableSlicesKernel<LowerOp, T>
#define FL_MAX(T) VariableSlicesKernel<HigherOp, T>
#define FL_TENSOR_UPDATE(T) TensorSlicesKernel<TakeOp, T>
#define FL_TENSOR_ADD(T) TensorSlicesKernel<AddOp, T>
#define FL_TENSOR_SUB(T) TensorSlicesKernel<SubOp, T>

constexpr KernelDef kKernels[] = {
    FL_REALS("ScatterNdUpdate", FL_UPDATE),
    FL_REALS("ScatterNdAdd", FL_ADD),
    FL_REALS("ScatterNdSub", FL_SUB),
    FL_REALS("ScatterNdMin", FL_MIN),
    FL_REALS("ScatterNdMax", FL_MAX),
    FL_REALS("ResourceScatterNdUpdate", FL_UPDATE),
    FL_REALS("ResourceScatterNdAdd", FL_ADD),
    FL_REALS("ResourceScatterNdSub", FL_SUB),
    FL_REALS("ResourceScatterNdMin", FL_MIN),
    FL_REALS("ResourceScatterNdMax", FL_MAX),
    FL_REALS("TensorScatterUpdate", FL_TENSOR_UPDATE),
    FL_REALS("TensorScatterAdd", FL_TENSOR_ADD),
    FL_REALS("TensorScatterSub", FL_TENSOR_SUB),
    {"ScatterNdUpdate", DType::kBool, MakeFunctionKernel<FL_UPDATE(bool)>},
    {"ResourceScatterNdUpdate", DType::kBool, MakeFunctionKernel<FL_UPDATE(bool)>},
    {"TensorScatterUpdate", DType::kBool, MakeFunctionKernel<FL_TENSOR_UPDATE(bool)>},
};

}  // namespace

#define FL_VARIABLE_FUNCTION(function)                                                 \
  Output function(GraphBuilder& graph, const Output& variable, const Operand& indices, \
                  const Operand& updates, std::string_view name) {                     \
    return ScatterInto(graph, #function, variable, indices, updates, name);            \
  }
FL_VARIABLE_FUNCTION(ScatterNdUpdate)
FL_VARIABLE_FUNCTION(ScatterNdAdd)
FL_VARIABLE_FUNCTION(ScatterNdSub)
FL_VARIABLE_FUNCTION(ScatterNdMin)
FL_VARIABLE_FUNCTION(ScatterNdMax)
#undef FL_VARIABLE_FUNCTION

#define FL_TENSOR_FUNCTION(function)                                                 \
  Output function(GraphBuilder& graph, const Operand& value, const Operand& indices, \
                  const Operand& updates, std::string_view name) {                   \
    return OpCall(graph, #function, name)                                            \
        .Input(value, "tensor")                                                      \
        .Input(indices, "indices")                                                   \
        .Input(updates, "updates")                                                   \
        .Done();                                                                     \
  }
FL_TENSOR_FUNCTION(TensorScatterUpdate)
FL_TENSOR_FUNCTION(TensorScatterAdd)
FL_TENSOR_FUNCTION(TensorScatterSub)
#undef FL_TENSOR_FUNCTION

std::span<const OpSpec> ScatterNdUpdateOps() { return kOps; }
std::span<const KernelDef> ScatterNdUpdateKernels() { return kKernels; }

}  // namespace fanlight
