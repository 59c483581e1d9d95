#include "fanlight/engine/graph/ops/sparse_training.h"

#include <array>
#include <utility>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/training_steps.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// An update's inputs are `slots` + 1 references, then scalars, but for the gradient at `gradient` and
// the indices after it.
template <int slots, int gradient>
Status SparseShape(InferenceContext& context) {
  PartialShape shape = PartialShape::Unknown();
  for (int i = 0; i < context.num_inputs(); ++i) {
    if (i <= slots) {
      FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, i));
      FL_ASSIGN_OR_RETURN(shape, Merge(shape, variable));
    } else if (i == gradient + 1) {
      FL_TRY(context.WantRank(i, 1, "argument \"indices\""));
    } else if (i != gradient) {
      FL_TRY(context.WantRank(
          i, 0,
          fmt::format("argument \"{}\"", context.node().op->inputs[static_cast<size_t>(i)].name)));
    }
  }
  const PartialShape& rows = context.input(gradient);
  if (shape.has_rank() && rows.has_rank() && context.input(gradient + 1).has_rank()) {
    if (shape.rank() < 1) {
      return Fail(ErrorCode::kInvalidArgument, "a scalar variable has no rows to update");
    }
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
    dims[0] = context.input(gradient + 1)[0];
    FL_ASSIGN_OR_RETURN(const PartialShape wanted, PartialShape::From(dims));
    if (!wanted.IsCompatibleWith(rows)) {
      return Fail(ErrorCode::kInvalidArgument, "gradients have shape {}, want {}", ToString(rows),
                  ToString(wanted));
    }
  }
  if (context.num_outputs() != 0) context.set_output(0, shape);
  return {};
}

template <typename T, typename Step>
Status UpdateRows(KernelContext& context, int gradient_input, const Step& step) {
  const Tensor& gradient = context.input(gradient_input);
  FL_ASSIGN_OR_RETURN(const Tensor indices,
                      ConvertTo(context.input(gradient_input + 1), DType::kInt64));
  std::array<T*, Step::kSlots + 1> refs{};
  int64_t count = 0;
  int64_t row = 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    VariableState& variable = context.variable(static_cast<int>(i));
    FL_ASSIGN_OR_RETURN(Tensor* const value, variable.ForUpdating());
    const bool has_rows = value->rank() >= 1;
    if (i == 0 && has_rows) {
      count = value->shape()[0];
      row = count == 0 ? 0 : value->num_elements() / count;
    }
    if (!has_rows || value->shape()[0] != count || value->num_elements() != count * row ||
        gradient.num_elements() != indices.num_elements() * row) {
      return Fail(ErrorCode::kInvalidArgument,
                  "variable {} is {}, cannot be updated by {} at {} rows", Describe(*variable.node),
                  Describe(*value), Describe(gradient), indices.num_elements());
    }
    refs[i] = value->template mutable_flat<T>().data();
  }
  for (const int64_t index : indices.flat<int64_t>()) {
    if (index >= 0 && index < count) continue;
    return Fail(ErrorCode::kInvalidArgument, "an index is {}, want 0 to {}", index, count - 1);
  }
  const T* from = gradient.flat<T>().data();
  for (const int64_t index : indices.flat<int64_t>()) {
    for (int64_t at = index * row; at < (index + 1) * row; ++at, ++from) {
      [&]<size_t... i>(std::index_sequence<i...>) {
        step(*from, refs[i][at]...);
      }(std::make_index_sequence<Step::kSlots + 1>());
    }
  }
  return {};
}

template <typename T>
Status MomentumKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, MomentumStep<T>::Of(context, 2, 5));
  return UpdateRows<T>(context, 3, step);
}
template <typename T>
Status AdagradKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, AdagradStep<T>::Of(context, 2));
  return UpdateRows<T>(context, 3, step);
}
template <typename T>
Status RmsPropKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, RmsPropStep<T>::Of(context, 3));
  return UpdateRows<T>(context, 7, step);
}
template <typename T>
Status CenteredRmsPropKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, CenteredRmsPropStep<T>::Of(context, 4));
  return UpdateRows<T>(context, 8, step);
}

#define FL_SPARSE_UPDATE(op_name, text, set, shape) \
  {.name = op_name,                                 \
   .signature = text,                               \
   .attrs = "T: number, Tindices: index, " set,     \
   .infer = shape,                                  \
   .has_effect = true,                              \
   .has_no_gradient = true}
#define FL_RESOURCE_UPDATE(op_name, text, set, shape) \
  {.name = op_name,                                   \
   .signature = text,                                 \
   .attrs = "T: number, Tindices: index, " set,       \
   .infer = shape,                                    \
   .is_stateful = true,                               \
   .has_effect = true,                                \
   .has_no_gradient = true}
#define FL_LOCKING "use_locking: bool = false"

constexpr auto kMomentumShape = SparseShape<1, 3>;
constexpr auto kAdagradShape = SparseShape<1, 3>;
constexpr auto kRmsPropShape = SparseShape<2, 7>;
constexpr auto kCenteredRmsPropShape = SparseShape<3, 8>;

constexpr OpSpec kOps[] = {
    FL_SPARSE_UPDATE("SparseApplyMomentum",
                     "var: Ref(T), accum: Ref(T), lr: T, grad: T, indices: Tindices, momentum: T "
                     "-> out: Ref(T)",
                     FL_LOCKING ", use_nesterov: bool = false", kMomentumShape),
    FL_SPARSE_UPDATE("SparseApplyAdagrad",
                     "var: Ref(T), accum: Ref(T), lr: T, grad: T, indices: Tindices -> out: Ref(T)",
                     FL_LOCKING ", update_slots: bool = true", kAdagradShape),
    FL_SPARSE_UPDATE("SparseApplyRMSProp",
                     "var: Ref(T), ms: Ref(T), mom: Ref(T), lr: T, rho: T, momentum: T, "
                     "epsilon: T, grad: T, indices: Tindices -> out: Ref(T)",
                     FL_LOCKING, kRmsPropShape),
    FL_SPARSE_UPDATE("SparseApplyCenteredRMSProp",
                     "var: Ref(T), mg: Ref(T), ms: Ref(T), mom: Ref(T), lr: T, rho: T, "
                     "momentum: T, epsilon: T, grad: T, indices: Tindices -> out: Ref(T)",
                     FL_LOCKING, kCenteredRmsPropShape),
    FL_RESOURCE_UPDATE("ResourceSparseApplyMomentum",
                       "var: resource, accum: resource, lr: T, grad: T, indices: Tindices, "
                       "momentum: T ->",
                       FL_LOCKING ", use_nesterov: bool = false", kMomentumShape),
    FL_RESOURCE_UPDATE("ResourceSparseApplyAdagrad",
                       "var: resource, accum: resource, lr: T, grad: T, indices: Tindices ->",
                       FL_LOCKING ", update_slots: bool = true", kAdagradShape),
    FL_RESOURCE_UPDATE("ResourceSparseApplyRMSProp",
                       "var: resource, ms: resource, mom: resource, lr: T, rho: T, momentum: T, "
                       "epsilon: T, grad: T, indices: Tindices ->",
                       FL_LOCKING, kRmsPropShape),
    FL_RESOURCE_UPDATE("ResourceSparseApplyCenteredRMSProp",
                       "var: resource, mg: resource, ms: resource, mom: resource, lr: T, rho: T, "
                       "momentum: T, epsilon: T, grad: T, indices: Tindices ->",
                       FL_LOCKING, kCenteredRmsPropShape),
};
#undef FL_SPARSE_UPDATE
#undef FL_RESOURCE_UPDATE
#undef FL_LOCKING

#define FL_BOTH(op_name, kernel)                                                  \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>},                  \
      {op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>},             \
      {"Resource" op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>}, { \
    "Resource" op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>       \
  }

constexpr KernelDef kKernels[] = {
    FL_BOTH("SparseApplyMomentum", MomentumKernel),
    FL_BOTH("SparseApplyAdagrad", AdagradKernel),
    FL_BOTH("SparseApplyRMSProp", RmsPropKernel),
    FL_BOTH("SparseApplyCenteredRMSProp", CenteredRmsPropKernel),
};
#undef FL_BOTH

}  // namespace

std::span<const OpSpec> SparseTrainingOps() { return kOps; }
std::span<const KernelDef> SparseTrainingKernels() { return kKernels; }

}  // namespace fanlight
