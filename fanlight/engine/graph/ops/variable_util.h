// What ops on variables share, whether they name them by reference or by handle.
#pragma once

#include <type_traits>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/plan.h"

namespace fanlight {

// The shape that the variable at input `i` was made with.
// Errors: kInvalidArgument, when the input is a handle of which the variable is not known.
Result<PartialShape> VariableShapeAt(const InferenceContext& context, int i);

// The dtype of the variable's value, whichever way `variable` stands for it.
DType ValueDType(const Output& variable);

// variable = value. Errors: kInvalidArgument, when `declared` does not allow its shape.
Status AssignValue(VariableState& variable, const Tensor& value, const PartialShape& declared);

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

}  // namespace fanlight
