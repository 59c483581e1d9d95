#include "fanlight/engine/graph/ops/debugging.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstdio>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

// "[1 2 3...]".
std::string Summarize(const Tensor& tensor, int64_t most) {
  const int64_t count = tensor.num_elements();
  const int64_t shown = most < 0 ? count : std::min(most, count);
  std::string text = "[";
  const auto add = [&](const auto& value, int64_t i) {
    text += fmt::format("{}{}", i == 0 ? "" : " ", value);
  };
  const auto visit = [&]<typename T>(TypeTag<T>) {
    const auto values = tensor.flat<T>();
    for (int64_t i = 0; i < shown; ++i) {
      if constexpr (std::is_same_v<T, bool>) {
        add(values[static_cast<size_t>(i)] ? 1 : 0, i);
      } else if constexpr (std::is_same_v<T, int8_t> || std::is_same_v<T, uint8_t>) {
        add(int{values[static_cast<size_t>(i)]}, i);
      } else {
        add(values[static_cast<size_t>(i)], i);
      }
    }
  };
  if (!VisitArithmetic(tensor.dtype(), visit) &&
      !VisitDTypeAmong<bool, std::string>(tensor.dtype(), visit)) {
    text += std::string(DTypeName(tensor.dtype()));
  }
  return text + (shown < count ? "...]" : "]");
}

class PrintKernel final : public Kernel {
 public:
  explicit PrintKernel(const Node& node)
      : message_(node.attr<std::string>("message")),
        summarize_(node.attr<int64_t>("summarize")),
        left_(node.attr<int64_t>("first_n")) {}

  Status Compute(KernelContext& context) const override {
    context.SetOutput(0, context.input(0));
    if (left_.load(std::memory_order_relaxed) >= 0 &&
        left_.fetch_sub(1, std::memory_order_relaxed) <= 0) {
      left_.store(0, std::memory_order_relaxed);
      return {};
    }
    std::string line = message_;
    for (int i = 1; i < context.num_inputs(); ++i) line += Summarize(context.input(i), summarize_);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
    return {};
  }

 private:
  const std::string message_;
  const int64_t summarize_;
  mutable std::atomic<int64_t> left_;  // Below 0: no end.
};

Status AssertKernel(KernelContext& context) {
  const Tensor& condition = context.input(0);
  if (condition.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "the condition is {}, want a scalar",
                Describe(condition));
  }
  if (condition.scalar<bool>()) return {};
  std::string data;
  for (int i = 1; i < context.num_inputs(); ++i) {
    data += " " + Summarize(context.input(i), context.node().attr<int64_t>("summarize"));
  }
  return Fail(ErrorCode::kInvalidArgument, "assertion failed:{}", data);
}

template <typename T>
Status CheckNumericsKernel(KernelContext& context) {
  bool has_nan = false;
  bool has_inf = false;
  for (const T value : context.input(0).flat<T>()) {
    has_nan = has_nan || std::isnan(value);
    has_inf = has_inf || std::isinf(value);
  }
  context.SetOutput(0, context.input(0));
  if (!has_nan && !has_inf) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} : Tensor had {}",
              context.node().attr<std::string>("message"),
              has_nan && has_inf ? "NaN and Inf values"
              : has_nan          ? "NaN values"
                                 : "Inf values");
}

std::vector<Output> PrintGradient(GraphBuilder&, const Node& node, std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  gradients[0] = g[0];
  return gradients;
}

std::vector<Output> CheckNumericsGradient(GraphBuilder& graph, const Node& node,
                                          std::span<const Output> g) {
  return {CheckNumerics(graph, g[0],
                        "Not a number (NaN) or infinity (Inf) values detected in gradient. " +
                            node.attr<std::string>("message"))};
}

constexpr OpSpec kOps[] = {
    {.name = "Print",
     .signature = "input: T, data: U -> output: T",
     .attrs = "T: type, U: list(type), message: string = \"\", first_n: int = -1, "
              "summarize: int = 3",
     .infer = SameShapeAsFirstInput,
     .gradient = PrintGradient,
     .is_stateful = true,
     .has_effect = true},
    {.name = "Assert",
     .signature = "condition: bool, data: T ->",
     .attrs = "T: list(type), summarize: int = 3",
     .infer = NoOutputs,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "CheckNumerics",
     .signature = "tensor: T -> output: T",
     .attrs = "T: floating, message: string",
     .infer = SameShapeAsFirstInput,
     .gradient = CheckNumericsGradient,
     .is_stateful = true,
     .has_effect = true},
};

constexpr KernelDef kKernels[] = {
    {"Print", DType::kInvalid, MakeKernel<PrintKernel>},
    {"Assert", DType::kInvalid, MakeFunctionKernel<AssertKernel>},
    {"CheckNumerics", DType::kFloat32, MakeFunctionKernel<CheckNumericsKernel<float>>},
    {"CheckNumerics", DType::kFloat64, MakeFunctionKernel<CheckNumericsKernel<double>>},
};

}  // namespace

Output Print(GraphBuilder& graph, const Operand& value, const std::vector<Output>& data,
             const PrintOptions& options, std::string_view name) {
  return OpCall(graph, "Print", name)
      .Input(value, "input")
      .Inputs(data)
      .Attr("message", options.message)
      .Attr("first_n", options.first_n)
      .Attr("summarize", options.summarize)
      .Done();
}

const Node* Assert(GraphBuilder& graph, const Operand& condition, const std::vector<Output>& data,
                   int64_t summarize, std::string_view name) {
  if (!graph.ok()) return nullptr;
  const auto scope = graph.NameScope(name);
  Output scalar = condition.ToOutput(graph, "condition");
  if (!scalar.is_valid()) return nullptr;
  if (!scalar.shape().has_rank() || scalar.shape().rank() != 0) scalar = ReduceAll(graph, scalar);
  return OpCall(graph, "Assert", graph.name_scope() + "/")
      .Input(scalar, "condition")
      .Inputs(data)
      .Attr("summarize", summarize)
      .Done();
}

Output CheckNumerics(GraphBuilder& graph, const Operand& value, std::string message,
                     std::string_view name) {
  return OpCall(graph, "CheckNumerics", name)
      .Input(value, "tensor")
      .Attr("message", std::move(message))
      .Done();
}

std::span<const OpSpec> DebuggingOps() { return kOps; }
std::span<const KernelDef> DebuggingKernels() { return kKernels; }

}  // namespace fanlight
