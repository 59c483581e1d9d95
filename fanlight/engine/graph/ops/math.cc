#include "fanlight/engine/graph/ops/math.h"

#include <cmath>

#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

// What divides integers refuses 0.
struct Divides {
  template <typename T>
  static Status Check(T divisor) {
    if (std::is_integral_v<T> && divisor == T{0}) {
      return Fail(ErrorCode::kInvalidArgument, "an integer is divided by 0");
    }
    return {};
  }
};
struct DivOp : Divides {
  template <typename T>
  static T Apply(T x, T y) {
    return x / y;
  }
};
struct FloorDivOp : Divides {
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
struct FloorModOp : Divides {
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
  static Status Check(T exponent) {
    if (std::is_integral_v<T> && exponent < T{0}) {
      return Fail(ErrorCode::kInvalidArgument, "an integer has the negative power {}", exponent);
    }
    return {};
  }
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

// x − ⌊x / y⌋ · y, where ⌊x / y⌋ is constant but for its jumps.
Gradients1 FloorModGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const Output factor = Neg(graph, FloorDiv(graph, x, y));
  return ReduceGradientArgs(graph, x, y, g[0], Mul(graph, g[0], factor, "mul"));
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

Gradients1 AddNGradient(GraphBuilder&, const Node& node, Incoming g) {
  return Gradients1(static_cast<size_t>(node.num_inputs()), g[0]);
}

constexpr OpSpec kOps[] = {
    FL_BINARY("Add",
              "{bfloat16|float16|float32|float64|uint8|int8|int16|int32|int64|complex64|"
              "complex128}",
              AddGradient),
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
    FL_BINARY("FloorMod", "realnumber", FloorModGradient),
    FL_BINARY("Pow", "signednumber", PowGradient),
    FL_BINARY("Maximum", "realnumber", MaximumGradient),
    FL_BINARY("Minimum", "realnumber", MinimumGradient),
    FL_BINARY("SquaredDifference",
              "{bfloat16|float16|float32|float64|int32|int64|complex64|complex128}",
              SquaredDifferenceGradient),
    {.name = "AddN",
     .signature = "inputs: N * T -> sum: T",
     .attrs = "N: int, T: number",
     .infer = AddNShape,
     .gradient = AddNGradient},
};

#define FL_ADD_N(T) AddNKernel<T>

constexpr KernelDef kKernels[] = {
    FL_SIGNED("Add", BinaryKernel, AddOp),
    {"Add", DType::kUInt8, MakeFunctionKernel<BinaryKernel<AddOp, uint8_t>>},
    FL_NUMBERS("AddV2", BinaryKernel, AddOp),
    FL_NUMBERS("Sub", BinaryKernel, SubOp),
    FL_NUMBERS("Mul", BinaryKernel, MulOp),
    FL_FLOATS("Div", BinaryKernel, DivOp),
    FL_FLOATS("RealDiv", BinaryKernel, DivOp),
    FL_NUMBERS("FloorDiv", BinaryKernel, FloorDivOp),
    FL_NUMBERS("FloorMod", BinaryKernel, FloorModOp),
    FL_SIGNED("Pow", BinaryKernel, PowOp),
    FL_NUMBERS("Maximum", BinaryKernel, MaximumOp),
    FL_NUMBERS("Minimum", BinaryKernel, MinimumOp),
    FL_FLOATS("SquaredDifference", BinaryKernel, SquaredDifferenceOp),
    {"SquaredDifference", DType::kInt32,
     MakeFunctionKernel<BinaryKernel<SquaredDifferenceOp, int32_t>>},
    {"SquaredDifference", DType::kInt64,
     MakeFunctionKernel<BinaryKernel<SquaredDifferenceOp, int64_t>>},
    FL_REALS("AddN", FL_ADD_N),
};

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
#undef FL_BINARY_FUNCTION

Output AddN(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name) {
  return OpCall(graph, "AddN", name).Inputs(values).Done();
}

std::span<const OpSpec> MathOps() { return kOps; }
std::span<const KernelDef> MathKernels() { return kKernels; }

}  // namespace fanlight
