// What a step of each optimizer does to one element of a variable and its slots: shared by the
// updates of whole variables and of some of their rows.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Scalar input `i` of an update. Errors: kInvalidArgument, when it is none.
template <typename T>
Result<T> Number(const KernelContext& context, int i) {
  const Tensor& tensor = context.input(i);
  if (tensor.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "argument \"{}\" is {}, want a scalar",
                context.node().op->inputs[static_cast<size_t>(i)].name, Describe(tensor));
  }
  return tensor.flat<T>()[0];
}

template <typename T>
struct MomentumStep {
  static constexpr size_t kSlots = 1;
  T rate;
  T momentum;
  bool is_nesterov;

  // From inputs `rate` and `momentum`.
  static Result<MomentumStep> Of(const KernelContext& context, int rate, int momentum) {
    MomentumStep step;
    FL_ASSIGN_OR_RETURN(step.rate, Number<T>(context, rate));
    FL_ASSIGN_OR_RETURN(step.momentum, Number<T>(context, momentum));
    step.is_nesterov = context.node().attr<bool>("use_nesterov");
    return step;
  }
  void operator()(T gradient, T& variable, T& speed) const {
    speed = speed * momentum + gradient;
    variable -= is_nesterov ? gradient * rate + speed * momentum * rate : speed * rate;
  }
};

template <typename T>
struct AdagradStep {
  static constexpr size_t kSlots = 1;
  T rate;
  bool updates_slots;

  static Result<AdagradStep> Of(const KernelContext& context, int rate) {
    AdagradStep step;
    FL_ASSIGN_OR_RETURN(step.rate, Number<T>(context, rate));
    step.updates_slots = context.node().attr<bool>("update_slots");
    return step;
  }
  void operator()(T gradient, T& variable, T& sum) const {
    if (updates_slots) sum += gradient * gradient;
    variable -= gradient * rate / std::sqrt(sum);
  }
};

template <typename T>
struct RmsPropNumbersOf {
  T rate;
  T decay;
  T momentum;
  T epsilon;

  // From inputs `first` and the three after it.
  Status Read(const KernelContext& context, int first) {
    FL_ASSIGN_OR_RETURN(rate, Number<T>(context, first));
    FL_ASSIGN_OR_RETURN(decay, Number<T>(context, first + 1));
    FL_ASSIGN_OR_RETURN(momentum, Number<T>(context, first + 2));
    FL_ASSIGN_OR_RETURN(epsilon, Number<T>(context, first + 3));
    return {};
  }
};

template <typename T>
struct RmsPropStep : RmsPropNumbersOf<T> {
  static constexpr size_t kSlots = 2;

  static Result<RmsPropStep> Of(const KernelContext& context, int first) {
    RmsPropStep step;
    FL_TRY(step.Read(context, first));
    return step;
  }
  void operator()(T gradient, T& variable, T& ms, T& speed) const {
    ms += (gradient * gradient - ms) * (T{1} - this->decay);
    speed = speed * this->momentum + gradient * this->rate / std::sqrt(ms + this->epsilon);
    variable -= speed;
  }
};

template <typename T>
struct CenteredRmsPropStep : RmsPropNumbersOf<T> {
  static constexpr size_t kSlots = 3;

  static Result<CenteredRmsPropStep> Of(const KernelContext& context, int first) {
    CenteredRmsPropStep step;
    FL_TRY(step.Read(context, first));
    return step;
  }
  void operator()(T gradient, T& variable, T& mg, T& ms, T& speed) const {
    ms += (gradient * gradient - ms) * (T{1} - this->decay);
    mg += (gradient - mg) * (T{1} - this->decay);
    const T variance = ms - mg * mg + this->epsilon;
    speed = speed * this->momentum + gradient * this->rate / std::sqrt(variance);
    variable -= speed;
  }
};

// `update` is the change of the variable by a rate of 1: as large as changes were lately, by as large as
// gradients were.
template <typename T>
struct AdadeltaStep {
  static constexpr size_t kSlots = 2;
  T rate;
  T decay;
  T epsilon;

  // From inputs `first` and the two after it.
  static Result<AdadeltaStep> Of(const KernelContext& context, int first) {
    AdadeltaStep step;
    FL_ASSIGN_OR_RETURN(step.rate, Number<T>(context, first));
    FL_ASSIGN_OR_RETURN(step.decay, Number<T>(context, first + 1));
    FL_ASSIGN_OR_RETURN(step.epsilon, Number<T>(context, first + 2));
    return step;
  }
  void operator()(T gradient, T& variable, T& squares, T& changes) const {
    squares = squares * decay + gradient * gradient * (T{1} - decay);
    const T update = std::sqrt(changes + epsilon) / std::sqrt(squares + epsilon) * gradient;
    variable -= update * rate;
    changes = changes * decay + update * update * (T{1} - decay);
  }
};

// The variable is where the sum of the gradients so far, linear in it, with squares around what it was and the
// penalties is least. Where `linear` keeps that sum times the rate (multiply_linear_by_lr), so do the penalties.
template <typename T>
struct FtrlStep {
  static constexpr size_t kSlots = 2;
  T rate;
  T l1;
  T l2;
  T shrinkage = 0;
  T power;  // Of the sum of squares: above 0, ½ for a root.

  // From inputs `first` and those after it; one of the newer form has a shrinkage before the power.
  static Result<FtrlStep> Of(const KernelContext& context, int first) {
    const bool multiplies = context.node().attr<bool>("multiply_linear_by_lr");
    FtrlStep step;
    std::array<T, 5> numbers{};
    const int count = context.num_inputs() - first;
    for (int i = 0; i < count; ++i) {
      FL_ASSIGN_OR_RETURN(numbers[static_cast<size_t>(i)], Number<T>(context, first + i));
      const bool is_power = i == count - 1;
      const bool is_positive = i == 0 && !multiplies;
      const bool fits = is_power      ? numbers[static_cast<size_t>(i)] <= 0
                        : is_positive ? numbers[static_cast<size_t>(i)] > 0
                                      : numbers[static_cast<size_t>(i)] >= 0;
      if (fits) continue;
      return Fail(ErrorCode::kInvalidArgument, "argument \"{}\" is {}, want {}",
                  context.node().op->inputs[static_cast<size_t>(first + i)].name,
                  numbers[static_cast<size_t>(i)],
                  is_power      ? "no positive number"
                  : is_positive ? "a positive number"
                                : "no negative number");
    }
    step.rate = multiplies ? T{1} : numbers[0];
    const T scale = multiplies ? numbers[0] : T{1};
    step.gradient_scale = scale;
    step.l1 = numbers[1] * scale;
    step.l2 = numbers[2] * scale;
    if (count == 5) step.shrinkage = numbers[3];
    step.power = -numbers[static_cast<size_t>(count) - 1];
    return step;
  }
  void operator()(T gradient, T& variable, T& squares, T& linear) const {
    const T sum = squares + gradient * gradient;
    const T before = Root(squares);
    const T after = Root(sum);
    const T shrunk = gradient + T{2} * shrinkage * variable;
    linear += shrunk * gradient_scale - (after - before) / rate * variable;
    const T bound = linear > 0 ? l1 : -l1;
    variable = std::abs(linear) > l1 ? (bound - linear) / (after / rate + T{2} * l2) : T{0};
    squares = sum;
  }

 private:
  T gradient_scale = 1;
  T Root(T x) const { return power == T{0.5} ? std::sqrt(x) : std::pow(x, power); }
};

// ---------------------------------------------------------------- tables

// The ops of an update, of a variable by reference and by handle: `slots(type)` are its references, `arguments` the
// rest of its signature.
#define FL_UPDATE(op_name, slots, arguments, attributes, shape)                 \
  {.name = op_name,                                                             \
   .signature = slots("Ref(T)") arguments " -> out: Ref(T)",                    \
   .attrs = "T: number, use_locking: bool = false" attributes,                  \
   .infer = shape,                                                              \
   .has_effect = true,                                                          \
   .has_no_gradient = true},                                                    \
  {                                                                             \
    .name = "Resource" op_name, .signature = slots("resource") arguments " ->", \
    .attrs = "T: number, use_locking: bool = false" attributes, .infer = shape, \
    .is_stateful = true, .has_effect = true, .has_no_gradient = true            \
  }
#define FL_ACCUM(type) "var: " type ", accum: " type
#define FL_ADADELTA_SLOTS(type) FL_ACCUM(type) ", accum_update: " type
#define FL_FTRL_SLOTS(type) FL_ACCUM(type) ", linear: " type
#define FL_RMS_SLOTS(type) "var: " type ", ms: " type ", mom: " type
#define FL_CENTERED_RMS_SLOTS(type) "var: " type ", mg: " type ", ms: " type ", mom: " type
#define FL_ADAM_SLOTS(type) "var: " type ", m: " type ", v: " type
#define FL_RMS_NUMBERS ", lr: T, rho: T, momentum: T, epsilon: T"

// Their kernels.
#define FL_UPDATE_KERNELS(op_name, kernel)                                        \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>},                  \
      {op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>},             \
      {"Resource" op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>}, { \
    "Resource" op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>       \
  }

}  // namespace fanlight
