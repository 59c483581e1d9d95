#include "fanlight/engine/graph/ops/logic.h"

#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/grad_util.h"

namespace fanlight {
namespace {

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
struct NotOp {
  static bool Apply(bool x) { return !x; }
};

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

constexpr OpSpec kOps[] = {
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
};

#define FL_SELECT(T) SelectKernel<T>
#define FL_SELECT_V2(T) SelectV2Kernel<T>

constexpr KernelDef kKernels[] = {
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
    FL_REALS("Select", FL_SELECT),
    {"Select", DType::kBool, MakeFunctionKernel<FL_SELECT(bool)>},
    {"Select", DType::kString, MakeFunctionKernel<FL_SELECT(std::string)>},
    FL_REALS("SelectV2", FL_SELECT_V2),
    {"SelectV2", DType::kBool, MakeFunctionKernel<FL_SELECT_V2(bool)>},
    {"SelectV2", DType::kString, MakeFunctionKernel<FL_SELECT_V2(std::string)>},
};

}  // namespace

#define FL_BINARY_FUNCTION(function, op)                                   \
  Output function(GraphBuilder& graph, const Operand& x, const Operand& y, \
                  std::string_view name) {                                 \
    return Binary(graph, op, x, y, name);                                  \
  }
FL_BINARY_FUNCTION(Greater, "Greater")
FL_BINARY_FUNCTION(GreaterEqual, "GreaterEqual")
FL_BINARY_FUNCTION(Less, "Less")
FL_BINARY_FUNCTION(LessEqual, "LessEqual")
FL_BINARY_FUNCTION(Equal, "Equal")
FL_BINARY_FUNCTION(NotEqual, "NotEqual")
FL_BINARY_FUNCTION(LogicalAnd, "LogicalAnd")
FL_BINARY_FUNCTION(LogicalOr, "LogicalOr")
#undef FL_BINARY_FUNCTION

Output LogicalNot(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Unary(graph, "LogicalNot", x, name);
}

Output Select(GraphBuilder& graph, const Operand& condition, const Operand& x, const Operand& y,
              std::string_view name) {
  const DType dtype = x.is_output() ? x.dtype() : y.dtype();
  return OpCall(graph, "Select", name)
      .Input(condition, "condition")
      .Input(x, "t", x.is_output() ? DType::kInvalid : dtype)
      .Input(y, "e", y.is_output() ? DType::kInvalid : dtype)
      .Done();
}

std::span<const OpSpec> LogicOps() { return kOps; }
std::span<const KernelDef> LogicKernels() { return kKernels; }

}  // namespace fanlight
