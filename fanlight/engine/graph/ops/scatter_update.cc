#include "fanlight/engine/graph/ops/scatter_update.h"

#include "fanlight/engine/graph/ops/combine.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

Status ScatterShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, 0));
  const PartialShape& indices = context.input(1);
  if (variable.has_rank() && indices.has_rank() && context.input(2).has_rank() &&
      context.input(2).rank() != 0) {
    if (variable.rank() < 1) {
      return Fail(ErrorCode::kInvalidArgument, "a scalar variable has no rows to update");
    }
    std::vector<int64_t> dims(indices.dims().begin(), indices.dims().end());
    dims.insert(dims.end(), variable.dims().begin() + 1, variable.dims().end());
    FL_ASSIGN_OR_RETURN(const PartialShape wanted, PartialShape::From(dims));
    if (!wanted.IsCompatibleWith(context.input(2))) {
      return Fail(ErrorCode::kInvalidArgument, "updates have shape {}, want {}",
                  ToString(context.input(2)), ToString(wanted));
    }
  }
  if (context.num_outputs() != 0) context.set_output(0, variable);
  return {};
}

struct QuotientOp {
  template <typename T>
  static T Apply(T a, T b) {
    if constexpr (std::is_signed_v<T> && std::is_integral_v<T>) {
      if (b == -1) return SubOp::Apply(T{0}, a);
    }
    return static_cast<T>(a / b);
  }
  template <typename T>
  static Status Check(T divisor) {
    if (std::is_integral_v<T> && divisor == T{0}) {
      return Fail(ErrorCode::kInvalidArgument, "an integer is divided by 0");
    }
    return {};
  }
};
template <typename Op, typename T>
Status ScatterKernel(KernelContext& context) {
  VariableState& variable = context.variable();
  const Tensor& indices = context.input(1);
  const Tensor& updates = context.input(2);
  FL_ASSIGN_OR_RETURN(Tensor* const value, variable.ForUpdating());
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(indices, DType::kInt64));
  const int64_t count = value->rank() < 1 ? 0 : value->shape()[0];
  const int64_t row = count == 0 ? 0 : value->num_elements() / count;
  const bool is_scalar = updates.rank() == 0 && updates.num_elements() == 1;
  if (value->rank() < 1 || (!is_scalar && updates.num_elements() != indices.num_elements() * row)) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} is {}, cannot be updated by {} at {}",
                Describe(*variable.node), Describe(*value), Describe(updates), Describe(indices));
  }
  for (const int64_t index : wide.flat<int64_t>()) {
    if (index >= 0 && index < count) continue;
    return Fail(ErrorCode::kInvalidArgument, "an index is {}, want 0 to {}", index, count - 1);
  }
  const T* from = updates.flat<T>().data();
  if constexpr (requires(T divisor) { Op::Check(divisor); }) {
    for (const T divisor : updates.flat<T>()) FL_TRY(Op::Check(divisor));
  }
  T* const out = value->mutable_flat<T>().data();
  for (const int64_t index : wide.flat<int64_t>()) {
    T* const target = out + index * row;
    for (int64_t i = 0; i < row; ++i) target[i] = Op::Apply(target[i], is_scalar ? *from : from[i]);
    if (!is_scalar) from += row;
  }
  return {};
}

#define FL_SCATTER(op_name, set)                                                    \
  {.name = op_name,                                                                 \
   .signature = "ref: Ref(T), indices: Tindices, updates: T -> output_ref: Ref(T)", \
   .attrs = "T: " set ", Tindices: index, use_locking: bool = false",               \
   .infer = ScatterShape,                                                           \
   .has_effect = true,                                                              \
   .has_no_gradient = true}
#define FL_RESOURCE_SCATTER(op_name, set)                                   \
  {.name = op_name,                                                         \
   .signature = "resource: resource, indices: Tindices, updates: dtype ->", \
   .attrs = "dtype: " set ", Tindices: index",                              \
   .infer = ScatterShape,                                                   \
   .is_stateful = true,                                                     \
   .has_effect = true,                                                      \
   .has_no_gradient = true}

#define FL_ORDERED "{bfloat16|float16|float32|float64|int32|int64}"

constexpr OpSpec kOps[] = {
    // TensorFlow's own default of use_locking differs here.
    {.name = "ScatterUpdate",
     .signature = "ref: Ref(T), indices: Tindices, updates: T -> output_ref: Ref(T)",
     .attrs = "T: type, Tindices: index, use_locking: bool = true",
     .infer = ScatterShape,
     .has_effect = true,
     .has_no_gradient = true},
    FL_SCATTER("ScatterAdd", "number"),
    FL_SCATTER("ScatterSub", "number"),
    FL_SCATTER("ScatterMul", "number"),
    FL_SCATTER("ScatterDiv", "number"),
    FL_SCATTER("ScatterMin", FL_ORDERED),
    FL_SCATTER("ScatterMax", FL_ORDERED),
    FL_RESOURCE_SCATTER("ResourceScatterUpdate", "type"),
    FL_RESOURCE_SCATTER("ResourceScatterAdd", "number"),
    FL_RESOURCE_SCATTER("ResourceScatterSub", "number"),
    FL_RESOURCE_SCATTER("ResourceScatterMul", "number"),
    FL_RESOURCE_SCATTER("ResourceScatterDiv", "number"),
    FL_RESOURCE_SCATTER("ResourceScatterMin", "number"),
    FL_RESOURCE_SCATTER("ResourceScatterMax", "number"),
};

#define FL_UPDATE(T) ScatterKernel<TakeOp, T>
#define FL_ADD(T) ScatterKernel<AddOp, T>
#define FL_SUB(T) ScatterKernel<SubOp, T>
#define FL_MUL(T) ScatterKernel<MulOp, T>
#define FL_DIV(T) ScatterKernel<QuotientOp, T>
#define FL_MIN(T) ScatterKernel<LowerOp, T>
#define FL_MAX(T) ScatterKernel<HigherOp, T>

constexpr KernelDef kKernels[] = {
    FL_REALS("ScatterUpdate", FL_UPDATE),
    FL_REALS("ScatterAdd", FL_ADD),
    FL_REALS("ScatterSub", FL_SUB),
    FL_REALS("ScatterMul", FL_MUL),
    FL_REALS("ScatterDiv", FL_DIV),
    FL_REALS("ScatterMin", FL_MIN),
    FL_REALS("ScatterMax", FL_MAX),
    FL_REALS("ResourceScatterUpdate", FL_UPDATE),
    FL_REALS("ResourceScatterAdd", FL_ADD),
    FL_REALS("ResourceScatterSub", FL_SUB),
    FL_REALS("ResourceScatterMul", FL_MUL),
    FL_REALS("ResourceScatterDiv", FL_DIV),
    FL_REALS("ResourceScatterMin", FL_MIN),
    FL_REALS("ResourceScatterMax", FL_MAX),
    {"ScatterUpdate", DType::kBool, MakeFunctionKernel<FL_UPDATE(bool)>},
    {"ResourceScatterUpdate", DType::kBool, MakeFunctionKernel<FL_UPDATE(bool)>},
};

}  // namespace

#define FL_SCATTER_FUNCTION(function)                                                  \
  Output function(GraphBuilder& graph, const Output& variable, const Operand& indices, \
                  const Operand& updates, std::string_view name) {                     \
    return ScatterInto(graph, #function, variable, indices, updates, name);            \
  }
FL_SCATTER_FUNCTION(ScatterUpdate)
FL_SCATTER_FUNCTION(ScatterAdd)
FL_SCATTER_FUNCTION(ScatterSub)
FL_SCATTER_FUNCTION(ScatterMul)
FL_SCATTER_FUNCTION(ScatterDiv)
FL_SCATTER_FUNCTION(ScatterMin)
FL_SCATTER_FUNCTION(ScatterMax)
#undef FL_SCATTER_FUNCTION

std::span<const OpSpec> ScatterUpdateOps() { return kOps; }
std::span<const KernelDef> ScatterUpdateKernels() { return kKernels; }

}  // namespace fanlight
