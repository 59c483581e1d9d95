#include "fanlight/engine/graph/ops/special.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

// Of ±∞ ±1, where TensorFlow gives NaN for float64.
struct ErfOp {
  template <typename T>
  static T Apply(T x) {
    return std::erf(x);
  }
};
struct ErfcOp {
  template <typename T>
  static T Apply(T x) {
    return std::erfc(x);
  }
};
struct LgammaOp {
  template <typename T>
  static T Apply(T x) {
    // The sign that lgamma() would leave behind in the process is of no use to anyone.
    if constexpr (std::is_same_v<T, float>) {
      int sign = 0;
      return lgammaf_r(x, &sign);
    } else {
      int sign = 0;
      return lgamma_r(x, &sign);
    }
  }
};
struct DigammaOp {
  // By ψ(x) = ψ(x + 1) − 1/x to where the asymptotic series is exact enough; below 0 by reflection.
  template <typename T>
  static T Apply(T value) {
    if (std::isnan(value) || value == -std::numeric_limits<T>::infinity()) {
      return std::numeric_limits<T>::quiet_NaN();
    }
    double x = double{value};
    double result = 0;
    if (x <= 0) {
      if (std::floor(x) == x) return std::numeric_limits<T>::quiet_NaN();
      result = -std::numbers::pi / std::tan(std::numbers::pi * x);
      x = 1 - x;
    }
    for (; x < 10; x += 1) result -= 1 / x;
    const double z = 1 / (x * x);
    const double series =
        z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132)))));
    return static_cast<T>(result + std::log(x) - 0.5 / x - series);
  }
};
// Hurwitz' ζ(s, q) = Σ (q + k)^−s for a whole s ≥ 2: the first terms by themselves, the rest by
// Euler and Maclaurin's formula.
double HurwitzZeta(double s, double q) {
  if (std::isnan(q)) return q;
  if (q <= 0 && std::floor(q) == q) {
    // A pole, on both sides of which an even power has the same sign.
    return std::fmod(s, 2) == 0 ? std::numeric_limits<double>::infinity()
                                : std::numeric_limits<double>::quiet_NaN();
  }
  if (std::isinf(q)) return 0;
  double sum = 0;
  for (; q < 12; q += 1) sum += std::pow(q, -s);
  const double last = std::pow(q, -s);
  sum += last * q / (s - 1) + last / 2;
  // B₂ₖ / (2k)! · s (s + 1) … (s + 2k − 2) · q^(−s − 2k + 1)
  constexpr double kBernoulli[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                   5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
  double factor = s * last / q / 2;
  for (int k = 1; k <= 8; ++k) {
    sum += kBernoulli[k - 1] * factor;
    factor *= (s + 2 * k - 1) * (s + 2 * k) / ((2 * k + 1) * (2 * k + 2) * q * q);
  }
  return sum;
}
// The derivatives of digamma: ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x).
struct PolygammaOp {
  template <typename T>
  static T Apply(T order, T x) {
    const double n = double{order};
    if (n == 0) return DigammaOp::Apply(x);
    if (!(n > 0) || std::floor(n) != n) return std::numeric_limits<T>::quiet_NaN();
    const double sign = std::fmod(n, 2) == 0 ? -1 : 1;
    return static_cast<T>(sign * std::exp(LgammaOp::Apply(n + 1)) * HurwitzZeta(n + 1, double{x}));
  }
};
struct ZetaOp {
  template <typename T>
  static T Apply(T s, T q) {
    const double power = double{s};
    if (std::isnan(power) || std::isnan(q)) return std::numeric_limits<T>::quiet_NaN();
    if (power == 1) return std::numeric_limits<T>::infinity();
    if (power < 1 || (q < 0 && std::floor(power) != power)) {
      return std::numeric_limits<T>::quiet_NaN();
    }
    return static_cast<T>(HurwitzZeta(power, double{q}));
  }
};
struct Atan2Op {
  template <typename T>
  static T Apply(T y, T x) {
    return std::atan2(y, x);
  }
};
struct DivNoNanOp {
  template <typename T>
  static T Apply(T x, T y) {
    return y == T{0} ? T{0} : x / y;
  }
};
struct MulNoNanOp {
  template <typename T>
  static T Apply(T x, T y) {
    return y == T{0} ? T{0} : x * y;
  }
};
struct XlogyOp {
  template <typename T>
  static T Apply(T x, T y) {
    return x == T{0} ? T{0} : x * std::log(y);
  }
};
struct XdivyOp {
  template <typename T>
  static T Apply(T x, T y) {
    return x == T{0} ? T{0} : x / y;
  }
};
struct RefusesZero {
  template <typename T>
  static Status Check(T divisor) {
    if (std::is_integral_v<T> && divisor == T{0}) {
      return Fail(ErrorCode::kInvalidArgument, "an integer is divided by 0");
    }
    return {};
  }
};
struct TruncateDivOp : RefusesZero {
  template <typename T>
  static T Apply(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::trunc(x / y);
    } else if constexpr (std::is_signed_v<T>) {
      return y == -1 ? SubOp::Apply(T{0}, x) : static_cast<T>(x / y);
    } else {
      return static_cast<T>(x / y);
    }
  }
};
struct TruncateModOp : RefusesZero {
  template <typename T>
  static T Apply(T x, T y) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::fmod(x, y);
    } else if constexpr (std::is_signed_v<T>) {
      return y == -1 ? T{0} : static_cast<T>(x % y);
    } else {
      return static_cast<T>(x % y);
    }
  }
};

// ---------------------------------------------------------------- gradients

// g · factor · exp(−x²).
Gradients1 ErrorGradient(GraphBuilder& graph, const Node& node, Incoming g, double factor) {
  const Output x = node.input(0);
  const Output constant = ConstLike(graph, factor, x);
  return After(graph, g[0], [&] {
    const Output bell = Exp(graph, Neg(graph, Square(graph, x)));
    return Mul(graph, Mul(graph, g[0], constant, "mul"), bell, "mul");
  });
}
Gradients1 ErfGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ErrorGradient(graph, node, g, 2 * std::numbers::inv_sqrtpi);
}
Gradients1 ErfcGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return ErrorGradient(graph, node, g, -2 * std::numbers::inv_sqrtpi);
}
Gradients1 LgammaGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Digamma(graph, node.input(0)), "mul"); });
}
Gradients1 DigammaGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output order = ConstLike(graph, 1, x);
  return After(graph, g[0], [&] { return Mul(graph, g[0], Polygamma(graph, order, x), "mul"); });
}
Gradients1 PolygammaGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output order = node.input(0);
  const Output x = node.input(1);
  const auto after = graph.ControlDependencies({g[0].node});
  const Output next = Polygamma(graph, Add(graph, order, ConstLike(graph, 1, order), "add"), x);
  return ReduceGradientArgs(graph, order, x, {}, Mul(graph, next, g[0], "mul"));
}
// By s it has no simple form, and TensorFlow's has none either.
Gradients1 ZetaGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output s = node.input(0);
  const Output q = node.input(1);
  const auto after = graph.ControlDependencies({g[0].node});
  const Output next = Zeta(graph, Add(graph, s, ConstLike(graph, 1, s), "add"), q);
  const Output slope = Mul(graph, Neg(graph, s), next, "mul");
  return ReduceGradientArgs(graph, s, q, {}, Mul(graph, slope, g[0], "mul_1"));
}
Gradients1 Atan2Gradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output y = node.input(0);
  const Output x = node.input(1);
  const auto after = graph.ControlDependencies({g[0].node});
  const Output scaled =
      Div(graph, g[0], Add(graph, Square(graph, x), Square(graph, y), "add"), "truediv");
  return ReduceGradientArgs(graph, y, x, Mul(graph, x, scaled, "mul"),
                            Mul(graph, Neg(graph, y), scaled, "mul"));
}
Gradients1 DivNoNanGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const Output of_x = DivNoNan(graph, g[0], y);
  const Output twice = DivNoNan(graph, DivNoNan(graph, Neg(graph, x), y), y);
  return ReduceGradientArgs(graph, x, y, of_x, Mul(graph, g[0], twice, "mul"));
}
Gradients1 MulNoNanGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  return ReduceGradientArgs(graph, x, y, MulNoNan(graph, g[0], y), MulNoNan(graph, x, g[0]));
}
Output WhereNotZero(GraphBuilder& graph, const Output& x) {
  return Cast(graph, NotEqual(graph, x, ConstLike(graph, 0, x)), x.dtype());
}
Gradients1 XlogyGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const auto after = graph.ControlDependencies({g[0].node});
  const Output by_x = Xlogy(graph, WhereNotZero(graph, x), y);
  const Output by_y = Xdivy(graph, x, y);
  return ReduceGradientArgs(graph, x, y, Mul(graph, by_x, g[0], "mul"),
                            Mul(graph, by_y, g[0], "mul"));
}
Gradients1 XdivyGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const auto after = graph.ControlDependencies({g[0].node});
  const Output by_x = Xdivy(graph, WhereNotZero(graph, x), y);
  const Output by_y = Xdivy(graph, Neg(graph, x), Square(graph, y));
  return ReduceGradientArgs(graph, x, y, Mul(graph, by_x, g[0], "mul"),
                            Mul(graph, by_y, g[0], "mul"));
}

#define FL_REMAINDERS "{bfloat16|float16|float32|float64|int32|int64}"

constexpr OpSpec kOps[] = {
    FL_UNARY("Erf", "floating", ErfGradient),
    FL_UNARY("Erfc", "floating", ErfcGradient),
    FL_UNARY("Lgamma", "floating", LgammaGradient),
    FL_UNARY("Digamma", "floating", DigammaGradient),
    {.name = "Polygamma",
     .signature = "a: T, x: T -> z: T",
     .attrs = "T: {float32|float64}",
     .infer = BroadcastOfTwoInputs,
     .gradient = PolygammaGradient,
     .is_elementwise = true},
    {.name = "Zeta",
     .signature = "x: T, q: T -> z: T",
     .attrs = "T: {float32|float64}",
     .infer = BroadcastOfTwoInputs,
     .gradient = ZetaGradient,
     .is_elementwise = true},
    FL_BINARY("Atan2", "floating", Atan2Gradient),
    FL_BINARY("DivNoNan", "inexact", DivNoNanGradient),
    FL_BINARY("MulNoNan", "inexact", MulNoNanGradient),
    FL_BINARY("Xlogy", "inexact", XlogyGradient),
    FL_BINARY("Xdivy", "inexact", XdivyGradient),
    {.name = "TruncateDiv",
     .signature = "x: T, y: T -> z: T",
     .attrs = "T: number",
     .infer = BroadcastOfTwoInputs,
     .has_no_gradient = true,
     .is_elementwise = true},
    FL_BINARY("TruncateMod", FL_REMAINDERS, nullptr),
    FL_BINARY("Mod", FL_REMAINDERS, nullptr),
};

constexpr KernelDef kKernels[] = {
    FL_FLOATS("Erf", UnaryKernel, ErfOp),
    FL_FLOATS("Erfc", UnaryKernel, ErfcOp),
    FL_FLOATS("Lgamma", UnaryKernel, LgammaOp),
    FL_FLOATS("Digamma", UnaryKernel, DigammaOp),
    FL_FLOATS("Polygamma", BinaryKernel, PolygammaOp),
    FL_FLOATS("Zeta", BinaryKernel, ZetaOp),
    FL_FLOATS("Atan2", BinaryKernel, Atan2Op),
    FL_FLOATS("DivNoNan", BinaryKernel, DivNoNanOp),
    FL_FLOATS("MulNoNan", BinaryKernel, MulNoNanOp),
    FL_FLOATS("Xlogy", BinaryKernel, XlogyOp),
    FL_FLOATS("Xdivy", BinaryKernel, XdivyOp),
    FL_NUMBERS("TruncateDiv", BinaryKernel, TruncateDivOp),
    FL_FLOATS("TruncateMod", BinaryKernel, TruncateModOp),
    {"TruncateMod", DType::kInt32, MakeFunctionKernel<BinaryKernel<TruncateModOp, int32_t>>},
    {"TruncateMod", DType::kInt64, MakeFunctionKernel<BinaryKernel<TruncateModOp, int64_t>>},
    FL_FLOATS("Mod", BinaryKernel, TruncateModOp),
    {"Mod", DType::kInt32, MakeFunctionKernel<BinaryKernel<TruncateModOp, int32_t>>},
    {"Mod", DType::kInt64, MakeFunctionKernel<BinaryKernel<TruncateModOp, int64_t>>},
};

}  // namespace

#define FL_FUNCTION1(function)                                                    \
  Output function(GraphBuilder& graph, const Operand& x, std::string_view name) { \
    return Unary(graph, #function, x, name);                                      \
  }
#define FL_FUNCTION2(function)                                             \
  Output function(GraphBuilder& graph, const Operand& x, const Operand& y, \
                  std::string_view name) {                                 \
    return Binary(graph, #function, x, y, name);                           \
  }
FL_FUNCTION1(Erf)
FL_FUNCTION1(Erfc)
FL_FUNCTION1(Lgamma)
FL_FUNCTION1(Digamma)
FL_FUNCTION2(Polygamma)
FL_FUNCTION2(Zeta)
FL_FUNCTION2(Atan2)
FL_FUNCTION2(DivNoNan)
FL_FUNCTION2(MulNoNan)
FL_FUNCTION2(Xlogy)
FL_FUNCTION2(Xdivy)
FL_FUNCTION2(TruncateDiv)
FL_FUNCTION2(TruncateMod)
#undef FL_FUNCTION1
#undef FL_FUNCTION2

std::span<const OpSpec> SpecialOps() { return kOps; }
std::span<const KernelDef> SpecialKernels() { return kKernels; }

}  // namespace fanlight
