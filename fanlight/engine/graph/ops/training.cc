#include "fanlight/engine/graph/ops/training.h"

#include <array>
#include <cmath>
#include <utility>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/training_steps.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shapes

// An update's inputs are `slots` + 1 references, then scalars, but for the gradient at `gradient`.
template <int slots, int gradient>
Status UpdateShape(InferenceContext& context) {
  PartialShape shape = PartialShape::Unknown();
  for (int i = 0; i < context.num_inputs(); ++i) {
    if (i <= slots) {
      FL_ASSIGN_OR_RETURN(const PartialShape variable, VariableShapeAt(context, i));
      FL_ASSIGN_OR_RETURN(shape, Merge(shape, variable));
    } else if (i == gradient) {
      FL_ASSIGN_OR_RETURN(shape, Merge(shape, context.input(i)));
    } else {
      FL_TRY(context.WantRank(
          i, 0,
          fmt::format("argument \"{}\"", context.node().op->inputs[static_cast<size_t>(i)].name)));
    }
  }
  if (context.num_outputs() != 0) context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

// The elements that one update reads and writes, after the shapes have been checked.
template <typename T, size_t count>
struct UpdateArgs {
  std::array<T*, count> refs{};  // The variable and its slots.
  const T* gradient = nullptr;
  int64_t size = 0;
};

template <typename T, size_t count>
Result<UpdateArgs<T, count>> ArgsOf(KernelContext& context, int gradient_input) {
  UpdateArgs<T, count> args;
  const Tensor& gradient = context.input(gradient_input);
  for (size_t i = 0; i < count; ++i) {
    VariableState& variable = context.variable(static_cast<int>(i));
    FL_ASSIGN_OR_RETURN(Tensor* const value, variable.ForUpdating());
    if (!(value->shape() == gradient.shape())) {
      return Fail(ErrorCode::kInvalidArgument,
                  "variable {} has shape {}, cannot be updated by a gradient {}",
                  Describe(*variable.node), ToString(value->shape()), Describe(gradient));
    }
    args.refs[i] = value->template mutable_flat<T>().data();
  }
  args.gradient = gradient.flat<T>().data();
  args.size = gradient.num_elements();
  return args;
}

// Changes every element of a variable and its slots.
template <typename T, typename Step>
Status UpdateAll(KernelContext& context, int gradient_input, const Step& step) {
  FL_ASSIGN_OR_RETURN(const auto args, (ArgsOf<T, Step::kSlots + 1>(context, gradient_input)));
  ForEachPiece(args.size, 1, [&](int64_t begin, int64_t end) {
    [&]<size_t... slot>(std::index_sequence<slot...>) {
      for (int64_t i = begin; i < end; ++i) step(args.gradient[i], args.refs[slot][i]...);
    }(std::make_index_sequence<Step::kSlots + 1>());
  });
  return {};
}

template <typename T>
Status MomentumKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, MomentumStep<T>::Of(context, 2, 4));
  return UpdateAll<T>(context, 3, step);
}
template <typename T>
Status AdagradKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, AdagradStep<T>::Of(context, 2));
  return UpdateAll<T>(context, 3, step);
}
template <typename T>
Status AdadeltaKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, AdadeltaStep<T>::Of(context, 3));
  return UpdateAll<T>(context, 6, step);
}
template <typename T>
Status FtrlKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, FtrlStep<T>::Of(context, 4));
  return UpdateAll<T>(context, 3, step);
}
template <typename T>
Status RmsPropKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, RmsPropStep<T>::Of(context, 3));
  return UpdateAll<T>(context, 7, step);
}
template <typename T>
Status CenteredRmsPropKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto step, CenteredRmsPropStep<T>::Of(context, 4));
  return UpdateAll<T>(context, 8, step);
}

template <typename T>
Status AdamKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const auto args, (ArgsOf<T, 3>(context, 9)));
  FL_ASSIGN_OR_RETURN(const T beta1_power, Number<T>(context, 3));
  FL_ASSIGN_OR_RETURN(const T beta2_power, Number<T>(context, 4));
  FL_ASSIGN_OR_RETURN(const T rate, Number<T>(context, 5));
  FL_ASSIGN_OR_RETURN(const T beta1, Number<T>(context, 6));
  FL_ASSIGN_OR_RETURN(const T beta2, Number<T>(context, 7));
  FL_ASSIGN_OR_RETURN(const T epsilon, Number<T>(context, 8));
  const bool nesterov = context.node().attr<bool>("use_nesterov");
  const T alpha = rate * std::sqrt(T{1} - beta2_power) / (T{1} - beta1_power);
  const auto [variable, m, v] = args.refs;
  ForEachPiece(args.size, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T gradient = args.gradient[i];
      m[i] += (gradient - m[i]) * (T{1} - beta1);
      v[i] += (gradient * gradient - v[i]) * (T{1} - beta2);
      const T moment = nesterov ? gradient * (T{1} - beta1) + beta1 * m[i] : m[i];
      variable[i] -= moment * alpha / (std::sqrt(v[i]) + epsilon);
    }
  });
  return {};
}

// ---------------------------------------------------------------- tables

constexpr OpSpec kOps[] = {
    FL_UPDATE("ApplyMomentum", FL_ACCUM, ", lr: T, grad: T, momentum: T",
              ", use_nesterov: bool = false", (UpdateShape<1, 3>)),
    FL_UPDATE("ApplyAdagrad", FL_ACCUM, ", lr: T, grad: T", ", update_slots: bool = true",
              (UpdateShape<1, 3>)),
    FL_UPDATE("ApplyAdadelta", FL_ADADELTA_SLOTS, ", lr: T, rho: T, epsilon: T, grad: T", "",
              (UpdateShape<2, 6>)),
    FL_UPDATE("ApplyFtrl", FL_FTRL_SLOTS, ", grad: T, lr: T, l1: T, l2: T, lr_power: T",
              ", multiply_linear_by_lr: bool = false", (UpdateShape<2, 3>)),
    FL_UPDATE("ApplyFtrlV2", FL_FTRL_SLOTS,
              ", grad: T, lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T",
              ", multiply_linear_by_lr: bool = false", (UpdateShape<2, 3>)),
    FL_UPDATE("ApplyRMSProp", FL_RMS_SLOTS, FL_RMS_NUMBERS ", grad: T", "", (UpdateShape<2, 7>)),
    FL_UPDATE("ApplyCenteredRMSProp", FL_CENTERED_RMS_SLOTS, FL_RMS_NUMBERS ", grad: T", "",
              (UpdateShape<3, 8>)),
    FL_UPDATE("ApplyAdam", FL_ADAM_SLOTS,
              ", beta1_power: T, beta2_power: T, lr: T, beta1: T, beta2: T, epsilon: T, grad: T",
              ", use_nesterov: bool = false", (UpdateShape<2, 9>)),
};

constexpr KernelDef kKernels[] = {
    FL_UPDATE_KERNELS("ApplyMomentum", MomentumKernel),
    FL_UPDATE_KERNELS("ApplyAdagrad", AdagradKernel),
    FL_UPDATE_KERNELS("ApplyAdadelta", AdadeltaKernel),
    FL_UPDATE_KERNELS("ApplyFtrl", FtrlKernel),
    FL_UPDATE_KERNELS("ApplyFtrlV2", FtrlKernel),
    FL_UPDATE_KERNELS("ApplyRMSProp", RmsPropKernel),
    FL_UPDATE_KERNELS("ApplyCenteredRMSProp", CenteredRmsPropKernel),
    FL_UPDATE_KERNELS("ApplyAdam", AdamKernel),
};

// The call of an update: literals take the variable's dtype.
class UpdateCall {
 public:
  UpdateCall(GraphBuilder& graph, std::string_view op, std::string_view name,
             const Output& variable, bool of_rows = false)
      : dtype_(ValueDType(variable)),
        op_(fmt::format("{}{}{}", IsHandle(variable) ? "Resource" : "", of_rows ? "Sparse" : "",
                        op)),
        call_(graph, op_, name) {
    call_.Input(variable, "var");
  }
  UpdateCall& Input(const Operand& operand, std::string_view arg) {
    call_.Input(operand, arg, operand.is_output() ? DType::kInvalid : dtype_);
    return *this;
  }
  UpdateCall& Input(const Gradient& gradient) {
    call_.Input(gradient.values, "grad");
    if (gradient.is_sparse()) call_.Input(gradient.indices, "indices");
    return *this;
  }
  UpdateCall& Attr(std::string_view name, AttrValue value) {
    call_.Attr(name, std::move(value));
    return *this;
  }
  Output Done() { return call_.Done(); }

 private:
  const DType dtype_;
  const std::string op_;  // Its text is the call's.
  OpCall call_;
};

}  // namespace

Output ApplyMomentum(GraphBuilder& graph, const Output& variable, const Output& accumulator,
                     const Operand& learning_rate, const Gradient& gradient,
                     const Operand& momentum, bool use_nesterov, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyMomentum", name, variable, gradient.is_sparse())
      .Input(accumulator, "accum")
      .Input(learning_rate, "lr")
      .Input(gradient)
      .Input(momentum, "momentum")
      .Attr("use_nesterov", use_nesterov)
      .Done();
}

Output ApplyAdagrad(GraphBuilder& graph, const Output& variable, const Output& accumulator,
                    const Operand& learning_rate, const Gradient& gradient, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyAdagrad", name, variable, gradient.is_sparse())
      .Input(accumulator, "accum")
      .Input(learning_rate, "lr")
      .Input(gradient)
      .Done();
}

Output ApplyAdadelta(GraphBuilder& graph, const Output& variable, const Output& squares,
                     const Output& changes, const AdadeltaNumbers& numbers,
                     const Gradient& gradient, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyAdadelta", name, variable, gradient.is_sparse())
      .Input(squares, "accum")
      .Input(changes, "accum_update")
      .Input(numbers.learning_rate, "lr")
      .Input(numbers.decay, "rho")
      .Input(numbers.epsilon, "epsilon")
      .Input(gradient)
      .Done();
}

Output ApplyFtrl(GraphBuilder& graph, const Output& variable, const Output& squares,
                 const Output& linear, const FtrlNumbers& numbers, const Gradient& gradient,
                 std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  const bool shrinks = numbers.l2_shrinkage.is_valid();
  UpdateCall call(graph, shrinks ? "ApplyFtrlV2" : "ApplyFtrl", name, variable,
                  gradient.is_sparse());
  call.Input(squares, "accum")
      .Input(linear, "linear")
      .Input(gradient)
      .Input(numbers.learning_rate, "lr")
      .Input(numbers.l1, "l1")
      .Input(numbers.l2, "l2");
  if (shrinks) call.Input(numbers.l2_shrinkage, "l2_shrinkage");
  return call.Input(numbers.learning_rate_power, "lr_power").Done();
}

Output ApplyRmsProp(GraphBuilder& graph, const Output& variable, const Output& ms,
                    const Output& speed, const RmsPropNumbers& numbers, const Gradient& gradient,
                    std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyRMSProp", name, variable, gradient.is_sparse())
      .Input(ms, "ms")
      .Input(speed, "mom")
      .Input(numbers.learning_rate, "lr")
      .Input(numbers.decay, "rho")
      .Input(numbers.momentum, "momentum")
      .Input(numbers.epsilon, "epsilon")
      .Input(gradient)
      .Done();
}

Output ApplyCenteredRmsProp(GraphBuilder& graph, const Output& variable, const Output& mg,
                            const Output& ms, const Output& speed, const RmsPropNumbers& numbers,
                            const Gradient& gradient, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyCenteredRMSProp", name, variable, gradient.is_sparse())
      .Input(mg, "mg")
      .Input(ms, "ms")
      .Input(speed, "mom")
      .Input(numbers.learning_rate, "lr")
      .Input(numbers.decay, "rho")
      .Input(numbers.momentum, "momentum")
      .Input(numbers.epsilon, "epsilon")
      .Input(gradient)
      .Done();
}

Output ApplyAdam(GraphBuilder& graph, const Output& variable, const Output& m, const Output& v,
                 const AdamNumbers& numbers, const Operand& gradient, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  return UpdateCall(graph, "ApplyAdam", name, variable)
      .Input(m, "m")
      .Input(v, "v")
      .Input(numbers.beta1_power, "beta1_power")
      .Input(numbers.beta2_power, "beta2_power")
      .Input(numbers.learning_rate, "lr")
      .Input(numbers.beta1, "beta1")
      .Input(numbers.beta2, "beta2")
      .Input(numbers.epsilon, "epsilon")
      .Input(gradient, "grad")
      .Done();
}

std::span<const OpSpec> TrainingOps() { return kOps; }
std::span<const KernelDef> TrainingKernels() { return kKernels; }

}  // namespace fanlight
