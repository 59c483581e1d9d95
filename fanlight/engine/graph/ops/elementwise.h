// Element-wise kernels: an operation on one element, and the loops that apply it with NumPy's
// broadcasting. What the families of element-wise ops share; no interface of the engine.
#pragma once

#include <cmath>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {

// Signed integers wrap around, as TensorFlow's do.
template <typename T, typename F>
T Wrapping(T x, T y, F f) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    // Small types would be promoted to int, where a product may overflow.
    using Wide = std::conditional_t<(sizeof(U) < sizeof(uint32_t)), uint32_t, U>;
    return static_cast<T>(static_cast<U>(
        f(static_cast<Wide>(static_cast<U>(x)), static_cast<Wide>(static_cast<U>(y)))));
  } else {
    return f(x, y);
  }
}

struct AddOp {
  template <typename T>
  static T Apply(T x, T y) {
    return Wrapping(x, y, [](auto a, auto b) { return a + b; });
  }
};
struct SubOp {
  template <typename T>
  static T Apply(T x, T y) {
    return Wrapping(x, y, [](auto a, auto b) { return a - b; });
  }
};
struct MulOp {
  template <typename T>
  static T Apply(T x, T y) {
    return Wrapping(x, y, [](auto a, auto b) { return a * b; });
  }
};
struct NegOp {
  template <typename T>
  static T Apply(T x) {
    if constexpr (std::is_floating_point_v<T>) return -x;
    return SubOp::Apply(T{0}, x);
  }
};

template <typename Op, typename T, typename R>
void BinaryRun(const T* x, int64_t step_x, const T* y, int64_t step_y, R* out, int64_t count) {
  if (step_x == 1 && step_y == 1) {
    for (int64_t i = 0; i < count; ++i) out[i] = Op::Apply(x[i], y[i]);
  } else if (step_y == 0 && step_x == 1) {
    const T right = *y;
    for (int64_t i = 0; i < count; ++i) out[i] = Op::Apply(x[i], right);
  } else if (step_x == 0 && step_y == 1) {
    const T left = *x;
    for (int64_t i = 0; i < count; ++i) out[i] = Op::Apply(left, y[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = Op::Apply(x[i * step_x], y[i * step_y]);
  }
}

template <typename Op, typename T>
Status BinaryKernel(KernelContext& context) {
  using R = decltype(Op::Apply(std::declval<T>(), std::declval<T>()));
  const Tensor& x = context.input(0);
  const Tensor& y = context.input(1);
  // An operation that not every second argument allows says so before the loop.
  if constexpr (requires(T value) { Op::Check(value); }) {
    if (x.num_elements() != 0) {
      for (const T& value : y.flat<T>()) FL_TRY(Op::Check(value));
    }
  }
  if (x.shape() == y.shape()) {
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
    const T* const left = x.flat<T>().data();
    const T* const right = y.flat<T>().data();
    R* const out = output->mutable_flat<R>().data();
    ForEachPiece(x.num_elements(), 1, [&](int64_t begin, int64_t end) {
      BinaryRun<Op>(left + begin, 1, right + begin, 1, out + begin, end - begin);
    });
    return {};
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Broadcast(x.shape(), y.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const StridedLoop loop = BroadcastLoop(shape, x.shape(), y.shape());
  const StridedLoop::Dim inner = loop.dims[static_cast<size_t>(loop.rank) - 1];
  const T* const left = x.flat<T>().data();
  const T* const right = y.flat<T>().data();
  R* const out = output->mutable_flat<R>().data();
  loop.ForEachRun([&](int64_t position, int64_t a, int64_t b) {
    BinaryRun<Op>(left + a, inner.stride_a, right + b, inner.stride_b, out + position, inner.size);
  });
  return {};
}

template <typename Op, typename T>
Status UnaryKernel(KernelContext& context) {
  using R = decltype(Op::Apply(std::declval<T>()));
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const T* const in = x.flat<T>().data();
  R* const out = output->mutable_flat<R>().data();
  ForEachPiece(x.num_elements(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = Op::Apply(in[i]);
  });
  return {};
}

using Gradients1 = std::vector<Output>;
using Incoming = std::span<const Output>;

// Gradients that wait for the incoming one, as TensorFlow makes them, so that constants within are
// not made before they are needed.
template <typename Make>
Gradients1 After(GraphBuilder& graph, const Output& incoming, Make make) {
  const auto scope = graph.ControlDependencies({incoming.node});
  return {make()};
}

// A number as a Const of the dtype of `like`.
inline Output ConstLike(GraphBuilder& graph, double value, const Output& like) {
  return Operand(value).ToOutput(graph, "Const", like.dtype());
}

// Rows of op tables.
#define FL_BINARY(op_name, set, grad) \
  {.name = op_name,                   \
   .signature = "x: T, y: T -> z: T", \
   .attrs = "T: " set,                \
   .infer = BroadcastOfTwoInputs,     \
   .gradient = grad,                  \
   .is_elementwise = true}
#define FL_COMPARISON(op_name, set)      \
  {.name = op_name,                      \
   .signature = "x: T, y: T -> z: bool", \
   .attrs = "T: " set,                   \
   .infer = BroadcastOfTwoInputs,        \
   .has_no_gradient = true}
#define FL_UNARY(op_name, set, grad) \
  {.name = op_name,                  \
   .signature = "x: T -> y: T",      \
   .attrs = "T: " set,               \
   .infer = SameShapeAsFirstInput,   \
   .gradient = grad,                 \
   .is_elementwise = true}
#define FL_PREDICATE(op_name)      \
  {.name = op_name,                \
   .signature = "x: T -> y: bool", \
   .attrs = "T: floating",         \
   .infer = SameShapeAsFirstInput, \
   .has_no_gradient = true}
#define FL_ROUNDING(op_name, set)  \
  {.name = op_name,                \
   .signature = "x: T -> y: T",    \
   .attrs = "T: " set,             \
   .infer = SameShapeAsFirstInput, \
   .has_no_gradient = true,        \
   .is_elementwise = true}
#define FL_RESULT_GRADIENT(op_name)    \
  {.name = op_name,                    \
   .signature = "y: T, dy: T -> z: T", \
   .attrs = "T: floating",             \
   .infer = SameShapeAsFirstInput,     \
   .is_elementwise = true}

// Rows of kernel tables.
#define FL_FLOATS(op_name, kernel, Op)                                 \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<Op, float>>}, { \
    op_name, DType::kFloat64, MakeFunctionKernel<kernel<Op, double>>   \
  }
#define FL_NUMBERS(op_name, kernel, Op)                                                            \
  FL_FLOATS(op_name, kernel, Op), {op_name, DType::kInt8, MakeFunctionKernel<kernel<Op, int8_t>>}, \
      {op_name, DType::kInt16, MakeFunctionKernel<kernel<Op, int16_t>>},                           \
      {op_name, DType::kInt32, MakeFunctionKernel<kernel<Op, int32_t>>},                           \
      {op_name, DType::kInt64, MakeFunctionKernel<kernel<Op, int64_t>>},                           \
      {op_name, DType::kUInt8, MakeFunctionKernel<kernel<Op, uint8_t>>},                           \
      {op_name, DType::kUInt16, MakeFunctionKernel<kernel<Op, uint16_t>>},                         \
      {op_name, DType::kUInt32, MakeFunctionKernel<kernel<Op, uint32_t>>}, {                       \
    op_name, DType::kUInt64, MakeFunctionKernel<kernel<Op, uint64_t>>                              \
  }
#define FL_SIGNED(op_name, kernel, Op)                                                             \
  FL_FLOATS(op_name, kernel, Op), {op_name, DType::kInt8, MakeFunctionKernel<kernel<Op, int8_t>>}, \
      {op_name, DType::kInt16, MakeFunctionKernel<kernel<Op, int16_t>>},                           \
      {op_name, DType::kInt32, MakeFunctionKernel<kernel<Op, int32_t>>}, {                         \
    op_name, DType::kInt64, MakeFunctionKernel<kernel<Op, int64_t>>                                \
  }

// A literal takes the dtype of the other argument.
inline Output Binary(GraphBuilder& graph, std::string_view op, const Operand& x, const Operand& y,
                     std::string_view name) {
  const DType dtype = x.is_output() ? x.dtype() : y.dtype();
  return OpCall(graph, op, name)
      .Input(x, "x", x.is_output() ? DType::kInvalid : dtype)
      .Input(y, "y", y.is_output() ? DType::kInvalid : dtype)
      .Done();
}

inline Output Unary(GraphBuilder& graph, std::string_view op, const Operand& x,
                    std::string_view name) {
  return OpCall(graph, op, name).Input(x, "x").Done();
}

}  // namespace fanlight
