#include "fanlight/engine/graph/ops/unary.h"

#include <cmath>

#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/math.h"

namespace fanlight {
namespace {

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
FL_UNARY_FLOAT(Expm1Op, std::expm1(x));
FL_UNARY_FLOAT(TanOp, std::tan(x));
FL_UNARY_FLOAT(AsinOp, std::asin(x));
FL_UNARY_FLOAT(AcosOp, std::acos(x));
FL_UNARY_FLOAT(AtanOp, std::atan(x));
FL_UNARY_FLOAT(SinhOp, std::sinh(x));
FL_UNARY_FLOAT(CoshOp, std::cosh(x));
FL_UNARY_FLOAT(AsinhOp, std::asinh(x));
FL_UNARY_FLOAT(AcoshOp, std::acosh(x));
FL_UNARY_FLOAT(AtanhOp, std::atanh(x));
FL_UNARY_FLOAT(RintOp, std::nearbyint(x));  // Ties to even.
FL_UNARY_FLOAT(FloorOp, std::floor(x));
FL_UNARY_FLOAT(CeilOp, std::ceil(x));
#undef FL_UNARY_FLOAT
#define FL_PREDICATE_FLOAT(name, expression) \
  struct name {                              \
    template <typename T>                    \
    static bool Apply(T x) {                 \
      return expression;                     \
    }                                        \
  }
FL_PREDICATE_FLOAT(IsNanOp, std::isnan(x));
FL_PREDICATE_FLOAT(IsInfOp, std::isinf(x));
FL_PREDICATE_FLOAT(IsFiniteOp, std::isfinite(x));
#undef FL_PREDICATE_FLOAT

struct SameOp {
  template <typename T>
  static T Apply(T x) {
    return x;
  }
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
Gradients1 Expm1Gradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Exp(graph, node.input(0)), "mul"); });
}
Gradients1 TanGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] {
    const Output secant = Reciprocal(graph, Cos(graph, node.input(0)));
    return Mul(graph, Square(graph, secant), g[0], "mul");
  });
}
// g / (1 − x²)^½ and the like: `make` gives what is divided by.
template <typename Make>
Gradients1 DividedBy(GraphBuilder& graph, const Output& g, Make make) {
  return After(graph, g, [&] { return Mul(graph, g, Reciprocal(graph, make()), "mul"); });
}
Gradients1 AsinGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  return DividedBy(graph, g[0], [&] {
    return Sqrt(graph, Sub(graph, ConstLike(graph, 1, x), Square(graph, x), "sub"));
  });
}
Gradients1 AcosGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return {Neg(graph, AsinGradient(graph, node, g)[0])};
}
Gradients1 AtanGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  return DividedBy(graph, g[0],
                   [&] { return Add(graph, ConstLike(graph, 1, x), Square(graph, x), "add"); });
}
Gradients1 SinhGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Cosh(graph, node.input(0)), "mul"); });
}
Gradients1 CoshGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0], [&] { return Mul(graph, g[0], Sinh(graph, node.input(0)), "mul"); });
}
Gradients1 AsinhGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0],
               [&] { return Div(graph, g[0], Cosh(graph, Output(&node)), "truediv"); });
}
Gradients1 AcoshGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return After(graph, g[0],
               [&] { return Div(graph, g[0], Sinh(graph, Output(&node)), "truediv"); });
}
Gradients1 AtanhGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  return DividedBy(graph, g[0],
                   [&] { return Sub(graph, ConstLike(graph, 1, x), Square(graph, x), "sub"); });
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

constexpr OpSpec kOps[] = {
    FL_UNARY("Neg", "signednumber", NegGradient),
    FL_UNARY("Abs", "{bfloat16|float16|float32|float64|int8|int16|int32|int64}", AbsGradient),
    FL_UNARY("Sign", "signednumber", SignGradient),
    FL_UNARY("Square", "number", SquareGradient),
    FL_UNARY("Sqrt", "inexact", SqrtGradient),
    FL_UNARY("Rsqrt", "inexact", RsqrtGradient),
    FL_UNARY("Reciprocal", "signednumber", ReciprocalGradient),
    FL_UNARY("Exp", "inexact", ExpGradient),
    FL_UNARY("Log", "inexact", LogGradient),
    FL_UNARY("Log1p", "inexact", Log1pGradient),
    FL_UNARY("Sin", "inexact", SinGradient),
    FL_UNARY("Cos", "inexact", CosGradient),
    FL_UNARY("Tanh", "inexact", TanhGradient),
    FL_UNARY("Sigmoid", "inexact", SigmoidGradient),
    FL_UNARY("Expm1", "inexact", Expm1Gradient),
    FL_UNARY("Tan", "inexact", TanGradient),
    FL_UNARY("Asin", "inexact", AsinGradient),
    FL_UNARY("Acos", "inexact", AcosGradient),
    FL_UNARY("Atan", "inexact", AtanGradient),
    FL_UNARY("Sinh", "inexact", SinhGradient),
    FL_UNARY("Cosh", "inexact", CoshGradient),
    FL_UNARY("Asinh", "inexact", AsinhGradient),
    FL_UNARY("Acosh", "inexact", AcoshGradient),
    FL_UNARY("Atanh", "inexact", AtanhGradient),
    FL_UNARY("Inv", "signednumber", ReciprocalGradient),
    FL_PREDICATE("IsNan"),
    FL_PREDICATE("IsInf"),
    FL_PREDICATE("IsFinite"),
    FL_ROUNDING("Floor", "floating"),
    FL_ROUNDING("Ceil", "floating"),
    FL_ROUNDING("Rint", "floating"),
    FL_ROUNDING("Round", "signednumber"),
    FL_RESULT_GRADIENT("InvGrad"),
    FL_RESULT_GRADIENT("TanhGrad"),
    FL_RESULT_GRADIENT("SigmoidGrad"),
    FL_RESULT_GRADIENT("SqrtGrad"),
    FL_RESULT_GRADIENT("RsqrtGrad"),
    FL_RESULT_GRADIENT("ReciprocalGrad"),
};

constexpr KernelDef kKernels[] = {
    FL_SIGNED("Neg", UnaryKernel, NegOp),
    FL_SIGNED("Abs", UnaryKernel, AbsOp),
    FL_SIGNED("Sign", UnaryKernel, SignOp),
    FL_NUMBERS("Square", UnaryKernel, SquareOp),
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
    FL_FLOATS("Expm1", UnaryKernel, Expm1Op),
    FL_FLOATS("Tan", UnaryKernel, TanOp),
    FL_FLOATS("Asin", UnaryKernel, AsinOp),
    FL_FLOATS("Acos", UnaryKernel, AcosOp),
    FL_FLOATS("Atan", UnaryKernel, AtanOp),
    FL_FLOATS("Sinh", UnaryKernel, SinhOp),
    FL_FLOATS("Cosh", UnaryKernel, CoshOp),
    FL_FLOATS("Asinh", UnaryKernel, AsinhOp),
    FL_FLOATS("Acosh", UnaryKernel, AcoshOp),
    FL_FLOATS("Atanh", UnaryKernel, AtanhOp),
    FL_FLOATS("IsNan", UnaryKernel, IsNanOp),
    FL_FLOATS("IsInf", UnaryKernel, IsInfOp),
    FL_FLOATS("IsFinite", UnaryKernel, IsFiniteOp),
    FL_FLOATS("Rint", UnaryKernel, RintOp),
    FL_FLOATS("Inv", UnaryKernel, ReciprocalOp),
    FL_FLOATS("InvGrad", BinaryKernel, ReciprocalGradOp),
    FL_FLOATS("Round", UnaryKernel, RintOp),
    {"Round", DType::kInt32, MakeFunctionKernel<UnaryKernel<SameOp, int32_t>>},
    {"Round", DType::kInt64, MakeFunctionKernel<UnaryKernel<SameOp, int64_t>>},
    FL_FLOATS("TanhGrad", BinaryKernel, TanhGradOp),
    FL_FLOATS("SigmoidGrad", BinaryKernel, SigmoidGradOp),
    FL_FLOATS("SqrtGrad", BinaryKernel, SqrtGradOp),
    FL_FLOATS("RsqrtGrad", BinaryKernel, RsqrtGradOp),
    FL_FLOATS("ReciprocalGrad", BinaryKernel, ReciprocalGradOp),
};

}  // namespace

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
FL_UNARY_FUNCTION(Expm1)
FL_UNARY_FUNCTION(Tan)
FL_UNARY_FUNCTION(Asin)
FL_UNARY_FUNCTION(Acos)
FL_UNARY_FUNCTION(Atan)
FL_UNARY_FUNCTION(Sinh)
FL_UNARY_FUNCTION(Cosh)
FL_UNARY_FUNCTION(Asinh)
FL_UNARY_FUNCTION(Acosh)
FL_UNARY_FUNCTION(Atanh)
FL_UNARY_FUNCTION(IsNan)
FL_UNARY_FUNCTION(IsInf)
FL_UNARY_FUNCTION(IsFinite)
FL_UNARY_FUNCTION(Rint)
FL_UNARY_FUNCTION(Round)
#undef FL_UNARY_FUNCTION

std::span<const OpSpec> UnaryOps() { return kOps; }
std::span<const KernelDef> UnaryKernels() { return kKernels; }

}  // namespace fanlight
