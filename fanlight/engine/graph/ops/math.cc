#include "fanlight/engine/graph/ops/math.h"

#include <cmath>
#include <type_traits>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- arithmetic of one element

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
struct DivOp {
  template <typename T>
  static T Apply(T x, T y) {
    return x / y;
  }
};
struct FloorDivOp {
  template <typename T>
  static T Apply(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::floor(x / y);
    } else if constexpr (std::is_signed_v<T>) {
      if (y == -1) return Wrapping(T{0}, x, [](auto a, auto b) { return a - b; });
      const T quotient = static_cast<T>(x / y);
      return static_cast<T>(quotient - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0));
    } else {
      return static_cast<T>(x / y);
    }
  }
};
struct FloorModOp {
  template <typename T>
  static T Apply(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
      const T rest = std::fmod(x, y);
      return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    } else if constexpr (std::is_signed_v<T>) {
      if (y == -1) return 0;
      const T rest = static_cast<T>(x % y);
      return static_cast<T>(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);
    } else {
      return static_cast<T>(x % y);
    }
  }
};
struct PowOp {
  template <typename T>
  static T Apply(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
      if (y == T{2}) return x * x;
      if (y == T{1}) return x;
      return std::pow(x, y);
    } else {
      T result = 1;
      for (T power = x; y > 0; y = static_cast<T>(y >> 1)) {
        if ((y & 1) != 0) result = MulOp::Apply(result, power);
        power = MulOp::Apply(power, power);
      }
      return result;
    }
  }
};
// NaN comes through from either side.
struct MaximumOp {
  template <typename T>
  static T Apply(T x, T y) {
    return x > y || x != x ? x : y;
  }
};
struct MinimumOp {
  template <typename T>
  static T Apply(T x, T y) {
    return x < y || x != x ? x : y;
  }
};
struct SquaredDifferenceOp {
  template <typename T>
  static T Apply(T x, T y) {
    const T difference = SubOp::Apply(x, y);
    return MulOp::Apply(difference, difference);
  }
};
struct GreaterOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x > y;
  }
};
struct GreaterEqualOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x >= y;
  }
};
struct LessOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x < y;
  }
};
struct LessEqualOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x <= y;
  }
};
struct EqualOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x == y;
  }
};
struct NotEqualOp {
  template <typename T>
  static bool Apply(const T& x, const T& y) {
    return x != y;
  }
};
struct AndOp {
  static bool Apply(bool x, bool y) { return x && y; }
};
struct OrOp {
  static bool Apply(bool x, bool y) { return x || y; }
};
// The gradients of functions told by their result y and the incoming gradient g.
struct TanhGradOp {
  template <typename T>
  static T Apply(T y, T g) {
    return g * (1 - y * y);
  }
};
struct SigmoidGradOp {
  template <typename T>
  static T Apply(T y, T g) {
    return g * y * (1 - y);
  }
};
struct SqrtGradOp {
  template <typename T>
  static T Apply(T y, T g) {
    return g * T{0.5} / y;
  }
};
struct RsqrtGradOp {
  template <typename T>
  static T Apply(T y, T g) {
    return g * T{-0.5} * y * y * y;
  }
};
struct ReciprocalGradOp {
  template <typename T>
  static T Apply(T y, T g) {
    return -g * y * y;
  }
};

struct NegOp {
  template <typename T>
  static T Apply(T x) {
    if constexpr (std::is_floating_point_v<T>) return -x;
    return SubOp::Apply(T{0}, x);
  }
};
struct AbsOp {
  template <typename T>
  static T Apply(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::fabs(x);
    } else {
      return x < 0 ? NegOp::Apply(x) : x;
    }
  }
};
struct SignOp {
  template <typename T>
  static T Apply(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      if (x != x) return x;
    }
    return static_cast<T>((x > 0) - (x < 0));
  }
};
struct SquareOp {
  template <typename T>
  static T Apply(T x) {
    return MulOp::Apply(x, x);
  }
};
#define FL_UNARY_FLOAT(name, expression) \
  struct name {                          \
    template <typename T>                \
    static T Apply(T x) {                \
      return expression;                 \
    }                                    \
  }
FL_UNARY_FLOAT(SqrtOp, std::sqrt(x));
FL_UNARY_FLOAT(RsqrtOp, T{1} / std::sqrt(x));
FL_UNARY_FLOAT(ReciprocalOp, T{1} / x);
FL_UNARY_FLOAT(ExpOp, std::exp(x));
FL_UNARY_FLOAT(LogOp, std::log(x));
FL_UNARY_FLOAT(Log1pOp, std::log1p(x));
FL_UNARY_FLOAT(SinOp, std::sin(x));
FL_UNARY_FLOAT(CosOp, std::cos(x));
FL_UNARY_FLOAT(TanhOp, std::tanh(x));
FL_UNARY_FLOAT(SigmoidOp, T{1} / (T{1} + std::exp(-x)));
FL_UNARY_FLOAT(FloorOp, std::floor(x));
FL_UNARY_FLOAT(CeilOp, std::ceil(x));
#undef FL_UNARY_FLOAT
struct NotOp {
  static bool Apply(bool x) { return !x; }
};

// ---------------------------------------------------------------- kernels

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
  constexpr bool kDividesIntegers =
      std::is_integral_v<T> && (std::is_same_v<Op, FloorDivOp> || std::is_same_v<Op, FloorModOp> ||
                                std::is_same_v<Op, DivOp>);
  if constexpr (kDividesIntegers) {
    for (const T divisor : y.flat<T>()) {
      if (divisor == 0 && x.num_elements() != 0)
        return Fail(ErrorCode::kInvalidArgument, "an integer is divided by 0");
    }
  }
  if constexpr (std::is_same_v<Op, PowOp> && std::is_signed_v<T> && std::is_integral_v<T>) {
    for (const T exponent : y.flat<T>()) {
      if (exponent < 0) {
        return Fail(ErrorCode::kInvalidArgument, "an integer has the negative power {}", exponent);
      }
    }
  }
  if (x.shape() == y.shape()) {
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
    BinaryRun<Op>(x.flat<T>().data(), 1, y.flat<T>().data(), 1, output->mutable_flat<R>().data(),
                  x.num_elements());
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
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const T* const in = x.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (int64_t i = 0; i < x.num_elements(); ++i) out[i] = Op::Apply(in[i]);
  return {};
}

template <typename T>
Status SelectKernel(KernelContext& context) {
  const Tensor& condition = context.input(0);
  const Tensor& x = context.input(1);
  const Tensor& y = context.input(2);
  if (!(x.shape() == y.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "cannot choose between shapes {} and {}",
                ToString(x.shape()), ToString(y.shape()));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const auto choices = condition.flat<bool>();
  const bool by_row =
      condition.rank() == 1 && x.rank() > 1 && condition.num_elements() == x.shape()[0];
  if (!(condition.shape() == x.shape()) && condition.rank() != 0 && !by_row) {
    return Fail(ErrorCode::kInvalidArgument, "condition {} does not fit {}", Describe(condition),
                Describe(x));
  }
  const int64_t total = x.num_elements();
  const int64_t per_choice = choices.empty() ? 0 : total / static_cast<int64_t>(choices.size());
  const auto from_x = x.flat<T>();
  const auto from_y = y.flat<T>();
  const auto out = output->mutable_flat<T>();
  size_t at = 0;
  for (const bool choice : choices) {
    for (int64_t i = 0; i < per_choice; ++i, ++at) out[at] = choice ? from_x[at] : from_y[at];
  }
  return {};
}

template <typename T>
Status SelectV2Kernel(KernelContext& context) {
  const Tensor& condition = context.input(0);
  const Tensor& x = context.input(1);
  const Tensor& y = context.input(2);
  FL_ASSIGN_OR_RETURN(const Shape values, Broadcast(x.shape(), y.shape()));
  FL_ASSIGN_OR_RETURN(const Shape shape, Broadcast(values, condition.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const auto choices = condition.flat<bool>();
  const auto out = output->mutable_flat<T>();
  // Each pass walks the result with one of the choices of a value.
  const auto pass = [&](const Tensor& value, bool wanted) {
    const auto from = value.flat<T>();
    const StridedLoop loop = BroadcastLoop(shape, condition.shape(), value.shape());
    const StridedLoop::Dim inner = loop.dims[static_cast<size_t>(loop.rank) - 1];
    loop.ForEachRun([&](int64_t position, int64_t a, int64_t b) {
      for (int64_t i = 0; i < inner.size; ++i) {
        if (choices[static_cast<size_t>(a + i * inner.stride_a)] == wanted) {
          out[static_cast<size_t>(position + i)] =
              from[static_cast<size_t>(b + i * inner.stride_b)];
        }
      }
    });
  };
  pass(x, true);
  pass(y, false);
  return {};
}

Status CastKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  return ConvertInto(x, *output);
}

template <typename T>
Status AddNKernel(KernelContext& context) {
  const Tensor& first = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, first.shape()));
  T* const out = output->mutable_flat<T>().data();
  const int64_t count = first.num_elements();
  for (int k = 0; k < context.num_inputs(); ++k) {
    const Tensor& input = context.input(k);
    if (!(input.shape() == first.shape())) {
      return Fail(ErrorCode::kInvalidArgument, "cannot add shapes {} and {}",
                  ToString(first.shape()), ToString(input.shape()));
    }
    const T* const in = input.flat<T>().data();
    if (k == 0) {
      for (int64_t i = 0; i < count; ++i) out[i] = in[i];
    } else {
      for (int64_t i = 0; i < count; ++i) out[i] = AddOp::Apply(out[i], in[i]);
    }
  }
  return {};
}

// ---------------------------------------------------------------- shape rules

Status SelectShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape values, Merge(context.input(1), context.input(2)));
  const PartialShape& condition = context.input(0);
  if (condition.has_rank() && values.has_rank() && condition.rank() != 0) {
    const bool by_row = condition.rank() == 1 && values.rank() > 1;
    const bool fits = by_row ? PartialShape{condition[0]}.IsCompatibleWith(PartialShape{values[0]})
                             : condition.IsCompatibleWith(values);
    if (!fits) {
      return Fail(ErrorCode::kInvalidArgument, "condition {} does not fit values {}",
                  ToString(condition), ToString(values));
    }
  }
  context.set_output(0, values);
  return {};
}

Status SelectV2Shape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape values, Broadcast(context.input(1), context.input(2)));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Broadcast(context.input(0), values));
  context.set_output(0, shape);
  return {};
}

Status AddNShape(InferenceContext& context) {
  if (context.num_inputs() == 0)
    return Fail(ErrorCode::kInvalidArgument, "there is nothing to add");
  PartialShape merged = context.input(0);
  for (int i = 1; i < context.num_inputs(); ++i) {
    FL_ASSIGN_OR_RETURN(merged, Merge(merged, context.input(i)));
  }
  context.set_output(0, merged);
  return {};
}

// ---------------------------------------------------------------- gradients

using Gradients1 = std::vector<Output>;
using Incoming = std::span<const Output>;

Gradients1 AddGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  if (ShapesKnownAndEqual({node.input(0), node.input(1), g[0]})) return {g[0], g[0]};
  return ReduceGradientArgs(graph, node.input(0), node.input(1), g[0], g[0]);
}

Gradients1 SubGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output negative = Neg(graph, g[0]);
  if (ShapesKnownAndEqual({node.input(0), node.input(1), g[0]})) return {g[0], negative};
  return ReduceGradientArgs(graph, node.input(0), node.input(1), g[0], negative);
}

Gradients1 MulGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  if (ShapesKnownAndEqual({x, y, g[0]})) return {Mul(graph, g[0], y), Mul(graph, g[0], x)};
  const Output gradient_x = Mul(graph, g[0], y);
  const Output gradient_y = Mul(graph, x, g[0]);
  return ReduceGradientArgs(graph, x, y, gradient_x, gradient_y);
}

Gradients1 RealDivGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const auto divide = [&](const Output& a, const Output& b) { return Div(graph, a, b, "RealDiv"); };
  const Output gradient_x = divide(g[0], y);
  const Output gradient_y = Mul(graph, g[0], divide(divide(Neg(graph, x), y), y), "mul");
  return ReduceGradientArgs(graph, x, y, gradient_x, gradient_y);
}

Gradients1 PowGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const Output z(&node, 0);
  // One statement for each node: the order of arguments' evaluation is not the order of nodes.
  const Output scaled = Mul(graph, g[0], y, "mul");
  const Output power = Pow(graph, x, Sub(graph, y, 1));
  const Output gradient_x = Mul(graph, scaled, power, "mul");
  // The logarithm where it is real; elsewhere y has no gradient.
  const Output positive = Greater(graph, x, 0);
  const Output safe_x = Select(graph, positive, x, OnesLike(graph, x));
  const Output log_safe_x = Log(graph, safe_x);
  const Output log_x = Select(graph, positive, log_safe_x, ZerosLike(graph, x));
  const Output weighted = Mul(graph, g[0], z, "mul");
  const Output gradient_y = Mul(graph, weighted, log_x, "mul");
  return ReduceGradientArgs(graph, x, y, gradient_x, gradient_y);
}

Gradients1 ExtremeGradient(GraphBuilder& graph, const Node& node, Incoming g, bool is_maximum) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const Output zeros = ZerosLike(graph, g[0]);
  const Output takes_x = is_maximum ? GreaterEqual(graph, x, y) : LessEqual(graph, x, y);
  const auto choose = [&](const Output& a, const Output& b) {
    return OpCall(graph, "SelectV2", "")
        .Input(takes_x, "condition")
        .Input(a, "t")
        .Input(b, "e")
        .Done();
  };
  const Output gradient_x = choose(g[0], zeros);
  const Output gradient_y = choose(zeros, g[0]);
  return ReduceGradientArgs(graph, x, y, gradient_x, gradient_y);
}
Gradients1 MaximumGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ExtremeGradient(graph, node, g, true);
}
Gradients1 MinimumGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ExtremeGradient(graph, node, g, false);
}

Gradients1 SquaredDifferenceGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const Output doubled = Mul(graph, 2, g[0], "scalar_mul");
  const Output gradient_x = Mul(graph, doubled, Sub(graph, x, y), "mul");
  return ReduceGradientArgs(graph, x, y, gradient_x, Neg(graph, gradient_x));
}

// Gradients that wait for the incoming one, as TensorFlow makes them, so that constants within are
// not made before they are needed.
template <typename Make>
Gradients1 After(GraphBuilder& graph, const Output& incoming, Make make) {
  const auto scope = graph.ControlDependencies({incoming.node});
  return {make()};
}

Gradients1 NegGradient(GraphBuilder& graph, const Node&, Incoming g) { return {Neg(graph, g[0])}; }
Gradients1 AbsGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return {Mul(graph, g[0], Sign(graph, node.input(0)), "mul")};
}
Gradients1 SignGradient(GraphBuilder& graph, const Node& node, Incoming) {
  return {ZerosLike(graph, node.input(0))};
}
Gradients1 SquareGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] {
    const Output two = Operand(2.0).ToOutput(graph, "Const", node.input(0).dtype());
    return Mul(graph, g[0], Mul(graph, node.input(0), two));
  });
}
Gradients1 ExpGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Output(&node), "mul"); });
}
Gradients1 LogGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0],
               [&] { return Mul(graph, g[0], Reciprocal(graph, node.input(0)), "mul"); });
}
Gradients1 Log1pGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] {
    return Mul(graph, g[0], Reciprocal(graph, Add(graph, 1, node.input(0), "add")), "mul");
  });
}
Gradients1 SinGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Cos(graph, node.input(0)), "mul"); });
}
Gradients1 CosGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] {
    const Output sine = Sin(graph, node.input(0));
    return Mul(graph, Neg(graph, g[0]), sine, "mul");
  });
}
// An op of its own computes it from the result.
Gradients1 ByResult(GraphBuilder& graph, const Node& node, const Output& g, std::string_view op) {
  return {OpCall(graph, op, "").Input(Output(&node), "y").Input(g, "dy").Done()};
}
Gradients1 TanhGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const auto scope = graph.ControlDependencies({g[0].node});
  return ByResult(graph, node, g[0], "TanhGrad");
}
Gradients1 SigmoidGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const auto scope = graph.ControlDependencies({g[0].node});
  return ByResult(graph, node, g[0], "SigmoidGrad");
}
Gradients1 SqrtGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ByResult(graph, node, g[0], "SqrtGrad");
}
Gradients1 RsqrtGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ByResult(graph, node, g[0], "RsqrtGrad");
}
Gradients1 ReciprocalGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ByResult(graph, node, g[0], "ReciprocalGrad");
}

Gradients1 SelectGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output condition = node.input(0);
  const Output zeros = ZerosLike(graph, node.input(1));
  return {{}, Select(graph, condition, g[0], zeros), Select(graph, condition, zeros, g[0])};
}

Gradients1 SelectV2Gradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output condition = node.input(0);
  const Output zeros = ZerosLike(graph, g[0]);
  const auto choose = [&](const Output& a, const Output& b) {
    return OpCall(graph, "SelectV2", "")
        .Input(condition, "condition")
        .Input(a, "t")
        .Input(b, "e")
        .Done();
  };
  const Output to_x = choose(g[0], zeros);
  const Output to_y = choose(zeros, g[0]);
  // Each against the whole result, since the condition may have stretched both.
  return {{},
          ReduceGradientArgs(graph, node.input(1), Output(&node), to_x, {})[0],
          ReduceGradientArgs(graph, node.input(2), Output(&node), to_y, {})[0]};
}

Gradients1 CastGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const DType from = node.attr<DType>("SrcT");
  const DType to = node.attr<DType>("DstT");
  if (!IsFloating(from) || !IsFloating(to)) return {{}};
  return {Cast(graph, g[0], from)};
}

Gradients1 AddNGradient(GraphBuilder&, const Node& node, Incoming g) {
  return Gradients1(static_cast<size_t>(node.num_inputs()), g[0]);
}

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
#define FL_RESULT_GRADIENT(op_name)    \
  {.name = op_name,                    \
   .signature = "y: T, dy: T -> z: T", \
   .attrs = "T: floating",             \
   .infer = SameShapeAsFirstInput,     \
   .is_elementwise = true}

constexpr OpSpec kOps[] = {
    FL_BINARY("Add", "number", AddGradient),
    FL_BINARY("AddV2", "number", AddGradient),
    FL_BINARY("Sub", "number", SubGradient),
    FL_BINARY("Mul", "number", MulGradient),
    FL_BINARY("Div", "number", RealDivGradient),
    FL_BINARY("RealDiv", "number", RealDivGradient),
    {.name = "FloorDiv",
     .signature = "x: T, y: T -> z: T",
     .attrs = "T: number",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true,
     .is_elementwise = true},
    {.name = "FloorMod",
     .signature = "x: T, y: T -> z: T",
     .attrs = "T: number",
     .infer = BroadcastOfTwoInputs,
     .is_elementwise = true},
    FL_BINARY("Pow", "number", PowGradient),
    FL_BINARY("Maximum", "realnumber", MaximumGradient),
    FL_BINARY("Minimum", "realnumber", MinimumGradient),
    FL_BINARY("SquaredDifference", "number", SquaredDifferenceGradient),
    FL_UNARY("Neg", "number", NegGradient),
    FL_UNARY("Abs", "realnumber", AbsGradient),
    FL_UNARY("Sign", "number", SignGradient),
    FL_UNARY("Square", "number", SquareGradient),
    FL_UNARY("Sqrt", "number", SqrtGradient),
    FL_UNARY("Rsqrt", "number", RsqrtGradient),
    FL_UNARY("Reciprocal", "number", ReciprocalGradient),
    FL_UNARY("Exp", "number", ExpGradient),
    FL_UNARY("Log", "number", LogGradient),
    FL_UNARY("Log1p", "number", Log1pGradient),
    FL_UNARY("Sin", "number", SinGradient),
    FL_UNARY("Cos", "number", CosGradient),
    FL_UNARY("Tanh", "number", TanhGradient),
    FL_UNARY("Sigmoid", "number", SigmoidGradient),
    {.name = "Floor",
     .signature = "x: T -> y: T",
     .attrs = "T: floating",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true,
     .is_elementwise = true},
    {.name = "Ceil",
     .signature = "x: T -> y: T",
     .attrs = "T: floating",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true,
     .is_elementwise = true},
    FL_RESULT_GRADIENT("TanhGrad"),
    FL_RESULT_GRADIENT("SigmoidGrad"),
    FL_RESULT_GRADIENT("SqrtGrad"),
    FL_RESULT_GRADIENT("RsqrtGrad"),
    FL_RESULT_GRADIENT("ReciprocalGrad"),
    FL_COMPARISON("Greater", "realnumber"),
    FL_COMPARISON("GreaterEqual", "realnumber"),
    FL_COMPARISON("Less", "realnumber"),
    FL_COMPARISON("LessEqual", "realnumber"),
    {.name = "Equal",
     .signature = "x: T, y: T -> z: bool",
     .attrs = "T: type, incompatible_shape_error: bool = true",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true},
    {.name = "NotEqual",
     .signature = "x: T, y: T -> z: bool",
     .attrs = "T: type, incompatible_shape_error: bool = true",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true},
    {.name = "LogicalAnd",
     .signature = "x: bool, y: bool -> z: bool",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true},
    {.name = "LogicalOr",
     .signature = "x: bool, y: bool -> z: bool",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true},
    {.name = "LogicalNot",
     .signature = "x: bool -> y: bool",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true},
    {.name = "Select",
     .signature = "condition: bool, t: T, e: T -> output: T",
     .attrs = "T: type",
     .infer = SelectShape,
     .gradient = SelectGradient},
    {.name = "SelectV2",
     .signature = "condition: bool, t: T, e: T -> output: T",
     .attrs = "T: type",
     .infer = SelectV2Shape,
     .gradient = SelectV2Gradient},
    {.name = "Cast",
     .signature = "x: SrcT -> y: DstT",
     .attrs = "SrcT: type, DstT: type, Truncate: bool = false",
     .infer = SameShapeAsFirstInput,
     .gradient = CastGradient},
    {.name = "AddN",
     .signature = "inputs: N * T -> sum: T",
     .attrs = "N: int, T: number",
     .infer = AddNShape,
     .gradient = AddNGradient},
};

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
#define FL_SELECTS(op_name, kernel)                                   \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>},      \
      {op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>}, \
      {op_name, DType::kInt32, MakeFunctionKernel<kernel<int32_t>>},  \
      {op_name, DType::kInt64, MakeFunctionKernel<kernel<int64_t>>},  \
      {op_name, DType::kBool, MakeFunctionKernel<kernel<bool>>}, {    \
    op_name, DType::kString, MakeFunctionKernel<kernel<std::string>>  \
  }

constexpr KernelDef kKernels[] = {
    FL_NUMBERS("Add", BinaryKernel, AddOp),
    FL_NUMBERS("AddV2", BinaryKernel, AddOp),
    FL_NUMBERS("Sub", BinaryKernel, SubOp),
    FL_NUMBERS("Mul", BinaryKernel, MulOp),
    FL_FLOATS("Div", BinaryKernel, DivOp),
    FL_FLOATS("RealDiv", BinaryKernel, DivOp),
    FL_NUMBERS("FloorDiv", BinaryKernel, FloorDivOp),
    FL_NUMBERS("FloorMod", BinaryKernel, FloorModOp),
    FL_FLOATS("Pow", BinaryKernel, PowOp),
    {"Pow", DType::kInt32, MakeFunctionKernel<BinaryKernel<PowOp, int32_t>>},
    {"Pow", DType::kInt64, MakeFunctionKernel<BinaryKernel<PowOp, int64_t>>},
    FL_NUMBERS("Maximum", BinaryKernel, MaximumOp),
    FL_NUMBERS("Minimum", BinaryKernel, MinimumOp),
    FL_SIGNED("SquaredDifference", BinaryKernel, SquaredDifferenceOp),
    FL_SIGNED("Neg", UnaryKernel, NegOp),
    FL_SIGNED("Abs", UnaryKernel, AbsOp),
    FL_SIGNED("Sign", UnaryKernel, SignOp),
    FL_SIGNED("Square", UnaryKernel, SquareOp),
    FL_FLOATS("Sqrt", UnaryKernel, SqrtOp),
    FL_FLOATS("Rsqrt", UnaryKernel, RsqrtOp),
    FL_FLOATS("Reciprocal", UnaryKernel, ReciprocalOp),
    FL_FLOATS("Exp", UnaryKernel, ExpOp),
    FL_FLOATS("Log", UnaryKernel, LogOp),
    FL_FLOATS("Log1p", UnaryKernel, Log1pOp),
    FL_FLOATS("Sin", UnaryKernel, SinOp),
    FL_FLOATS("Cos", UnaryKernel, CosOp),
    FL_FLOATS("Tanh", UnaryKernel, TanhOp),
    FL_FLOATS("Sigmoid", UnaryKernel, SigmoidOp),
    FL_FLOATS("Floor", UnaryKernel, FloorOp),
    FL_FLOATS("Ceil", UnaryKernel, CeilOp),
    FL_FLOATS("TanhGrad", BinaryKernel, TanhGradOp),
    FL_FLOATS("SigmoidGrad", BinaryKernel, SigmoidGradOp),
    FL_FLOATS("SqrtGrad", BinaryKernel, SqrtGradOp),
    FL_FLOATS("RsqrtGrad", BinaryKernel, RsqrtGradOp),
    FL_FLOATS("ReciprocalGrad", BinaryKernel, ReciprocalGradOp),
    FL_NUMBERS("Greater", BinaryKernel, GreaterOp),
    FL_NUMBERS("GreaterEqual", BinaryKernel, GreaterEqualOp),
    FL_NUMBERS("Less", BinaryKernel, LessOp),
    FL_NUMBERS("LessEqual", BinaryKernel, LessEqualOp),
    FL_NUMBERS("Equal", BinaryKernel, EqualOp),
    {"Equal", DType::kBool, MakeFunctionKernel<BinaryKernel<EqualOp, bool>>},
    {"Equal", DType::kString, MakeFunctionKernel<BinaryKernel<EqualOp, std::string>>},
    FL_NUMBERS("NotEqual", BinaryKernel, NotEqualOp),
    {"NotEqual", DType::kBool, MakeFunctionKernel<BinaryKernel<NotEqualOp, bool>>},
    {"NotEqual", DType::kString, MakeFunctionKernel<BinaryKernel<NotEqualOp, std::string>>},
    {"LogicalAnd", DType::kInvalid, MakeFunctionKernel<BinaryKernel<AndOp, bool>>},
    {"LogicalOr", DType::kInvalid, MakeFunctionKernel<BinaryKernel<OrOp, bool>>},
    {"LogicalNot", DType::kInvalid, MakeFunctionKernel<UnaryKernel<NotOp, bool>>},
    FL_SELECTS("Select", SelectKernel),
    FL_SELECTS("SelectV2", SelectV2Kernel),
    {"Cast", DType::kInvalid, MakeFunctionKernel<CastKernel>},
    {"AddN", DType::kFloat32, MakeFunctionKernel<AddNKernel<float>>},
    {"AddN", DType::kFloat64, MakeFunctionKernel<AddNKernel<double>>},
    {"AddN", DType::kInt32, MakeFunctionKernel<AddNKernel<int32_t>>},
    {"AddN", DType::kInt64, MakeFunctionKernel<AddNKernel<int64_t>>},
};

// A literal takes the dtype of the other argument.
Output Binary(GraphBuilder& graph, std::string_view op, const Operand& x, const Operand& y,
              std::string_view name) {
  const DType dtype = x.is_output() ? x.dtype() : y.dtype();
  return OpCall(graph, op, name)
      .Input(x, "x", x.is_output() ? DType::kInvalid : dtype)
      .Input(y, "y", y.is_output() ? DType::kInvalid : dtype)
      .Done();
}

Output Unary(GraphBuilder& graph, std::string_view op, const Operand& x, std::string_view name) {
  return OpCall(graph, op, name).Input(x, "x").Done();
}

}  // namespace

#define FL_BINARY_FUNCTION(function, op)                                   \
  Output function(GraphBuilder& graph, const Operand& x, const Operand& y, \
                  std::string_view name) {                                 \
    return Binary(graph, op, x, y, name);                                  \
  }
FL_BINARY_FUNCTION(Add, "AddV2")
FL_BINARY_FUNCTION(Sub, "Sub")
FL_BINARY_FUNCTION(Mul, "Mul")
FL_BINARY_FUNCTION(Div, "RealDiv")
FL_BINARY_FUNCTION(FloorDiv, "FloorDiv")
FL_BINARY_FUNCTION(FloorMod, "FloorMod")
FL_BINARY_FUNCTION(Pow, "Pow")
FL_BINARY_FUNCTION(Maximum, "Maximum")
FL_BINARY_FUNCTION(Minimum, "Minimum")
FL_BINARY_FUNCTION(SquaredDifference, "SquaredDifference")
FL_BINARY_FUNCTION(Greater, "Greater")
FL_BINARY_FUNCTION(GreaterEqual, "GreaterEqual")
FL_BINARY_FUNCTION(Less, "Less")
FL_BINARY_FUNCTION(LessEqual, "LessEqual")
FL_BINARY_FUNCTION(Equal, "Equal")
FL_BINARY_FUNCTION(NotEqual, "NotEqual")
FL_BINARY_FUNCTION(LogicalAnd, "LogicalAnd")
FL_BINARY_FUNCTION(LogicalOr, "LogicalOr")
#undef FL_BINARY_FUNCTION

#define FL_UNARY_FUNCTION(function)                                               \
  Output function(GraphBuilder& graph, const Operand& x, std::string_view name) { \
    return Unary(graph, #function, x, name);                                      \
  }
FL_UNARY_FUNCTION(Neg)
FL_UNARY_FUNCTION(Abs)
FL_UNARY_FUNCTION(Sign)
FL_UNARY_FUNCTION(Square)
FL_UNARY_FUNCTION(Sqrt)
FL_UNARY_FUNCTION(Rsqrt)
FL_UNARY_FUNCTION(Reciprocal)
FL_UNARY_FUNCTION(Exp)
FL_UNARY_FUNCTION(Log)
FL_UNARY_FUNCTION(Log1p)
FL_UNARY_FUNCTION(Sin)
FL_UNARY_FUNCTION(Cos)
FL_UNARY_FUNCTION(Tanh)
FL_UNARY_FUNCTION(Sigmoid)
FL_UNARY_FUNCTION(Floor)
FL_UNARY_FUNCTION(Ceil)
FL_UNARY_FUNCTION(LogicalNot)
#undef FL_UNARY_FUNCTION

Output Select(GraphBuilder& graph, const Operand& condition, const Operand& x, const Operand& y,
              std::string_view name) {
  const DType dtype = x.is_output() ? x.dtype() : y.dtype();
  return OpCall(graph, "Select", name)
      .Input(condition, "condition")
      .Input(x, "t", x.is_output() ? DType::kInvalid : dtype)
      .Input(y, "e", y.is_output() ? DType::kInvalid : dtype)
      .Done();
}

Output Cast(GraphBuilder& graph, const Operand& x, DType dtype, std::string_view name) {
  if (!graph.ok()) return {};
  // What needs no cast does not take a name either.
  if (x.is_output() && x.dtype() == dtype) return x.ToOutput(graph, "x");
  const auto scope = graph.NameScope(name);
  const Output input = x.ToOutput(graph, "x");
  if (input.is_valid() && input.dtype() == dtype) return input;
  return OpCall(graph, "Cast", graph.name_scope() + "/")
      .Input(input, "x")
      .Attr("DstT", dtype)
      .Done();
}

Output ToInt64(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kInt64, name);
}
Output ToInt32(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kInt32, name);
}
Output ToFloat(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kFloat32, name);
}

Output AddN(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name) {
  return OpCall(graph, "AddN", name).Inputs(values).Done();
}

std::span<const OpSpec> MathOps() { return kOps; }
std::span<const KernelDef> MathKernels() { return kKernels; }

}  // namespace fanlight
