// What a step of each optimizer does to one element of a variable and its slots: shared by the
// updates of whole variables and of some of their rows.
#pragma once

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

}  // namespace fanlight
