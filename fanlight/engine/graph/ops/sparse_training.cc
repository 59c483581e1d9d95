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
Status AdadeltaKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, AdadeltaStep<T>::Of(context, 3));
  return UpdateRows<T>(context, 6, step);
}
template <typename T>
Status FtrlKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, FtrlStep<T>::Of(context, 5));
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

#define FL_ROWS ", grad: T, indices: Tindices"
#define FL_INDICES ", Tindices: index"

constexpr OpSpec kOps[] = {
    FL_UPDATE("SparseApplyMomentum", FL_ACCUM, ", lr: T" FL_ROWS ", momentum: T",
              FL_INDICES ", use_nesterov: bool = false", (SparseShape<1, 3>)),
    FL_UPDATE("SparseApplyAdagrad", FL_ACCUM, ", lr: T" FL_ROWS,
              FL_INDICES ", update_slots: bool = true", (SparseShape<1, 3>)),
    FL_UPDATE("SparseApplyAdadelta", FL_ADADELTA_SLOTS, ", lr: T, rho: T, epsilon: T" FL_ROWS,
              FL_INDICES, (SparseShape<2, 6>)),
    FL_UPDATE("SparseApplyFtrl", FL_FTRL_SLOTS, FL_ROWS ", lr: T, l1: T, l2: T, lr_power: T",
              FL_INDICES ", multiply_linear_by_lr: bool = false", (SparseShape<2, 3>)),
    FL_UPDATE("SparseApplyFtrlV2", FL_FTRL_SLOTS,
              FL_ROWS ", lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T",
              FL_INDICES ", multiply_linear_by_lr: bool = false", (SparseShape<2, 3>)),
    FL_UPDATE("SparseApplyRMSProp", FL_RMS_SLOTS, FL_RMS_NUMBERS FL_ROWS, FL_INDICES,
              (SparseShape<2, 7>)),
    FL_UPDATE("SparseApplyCenteredRMSProp", FL_CENTERED_RMS_SLOTS, FL_RMS_NUMBERS FL_ROWS,
              FL_INDICES, (SparseShape<3, 8>)),
};

constexpr KernelDef kKernels[] = {
    FL_UPDATE_KERNELS("SparseApplyMomentum", MomentumKernel),
    FL_UPDATE_KERNELS("SparseApplyAdagrad", AdagradKernel),
    FL_UPDATE_KERNELS("SparseApplyAdadelta", AdadeltaKernel),
    FL_UPDATE_KERNELS("SparseApplyFtrl", FtrlKernel),
    FL_UPDATE_KERNELS("SparseApplyFtrlV2", FtrlKernel),
    FL_UPDATE_KERNELS("SparseApplyRMSProp", RmsPropKernel),
    FL_UPDATE_KERNELS("SparseApplyCenteredRMSProp", CenteredRmsPropKernel),
};

}  // namespace

std::span<const OpSpec> SparseTrainingOps() { return kOps; }
std::span<const KernelDef> SparseTrainingKernels() { return kKernels; }

}  // namespace fanlight
