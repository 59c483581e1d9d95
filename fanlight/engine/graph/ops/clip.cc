#include "fanlight/engine/graph/ops/clip.h"

#include <limits>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {

Output Norm(GraphBuilder& graph, const Operand& value, const std::vector<int32_t>& axes,
            bool keep_dims, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "tensor");
  ReduceOptions options{.axes = {}, .keep_dims = keep_dims};
  if (!axes.empty()) options.axes = axes;
  return Sqrt(graph, ReduceSum(graph, Mul(graph, input, input, "mul"), options));
}

Output ClipByValue(GraphBuilder& graph, const Operand& value, const Operand& low,
                   const Operand& high, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "t");
  return Maximum(graph, Minimum(graph, input, high), low, graph.name_scope() + "/");
}

Output ClipByNorm(GraphBuilder& graph, const Operand& value, const Operand& clip,
                  std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "t");
  if (!input.is_valid()) return {};
  const Output sum =
      ReduceSum(graph, Mul(graph, input, input, "mul"), {.axes = {}, .keep_dims = true});
  // The root of 0 has no gradient: 1 stands for it until the root has been taken.
  const Output is_positive = Greater(graph, sum, 0);
  const Output safe = Select(graph, is_positive, sum, OnesLike(graph, sum, "ones_like"));
  const Output norm = Select(graph, is_positive, Sqrt(graph, safe), sum);
  const Output scaled = Mul(graph, input, clip, "mul");
  return Identity(graph, Div(graph, scaled, Maximum(graph, norm, clip), "truediv"),
                  graph.name_scope() + "/");
}

Output GlobalNorm(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  std::vector<Output> halves;
  for (const Output& value : values) {
    if (!value.is_valid()) continue;
    const auto place = graph.ColocateWith(value);
    halves.push_back(L2Loss(graph, value));
  }
  if (halves.empty()) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: there are no values to take the norm of", name)});
    return {};
  }
  const Output half = ReduceSum(graph, Stack(graph, halves));
  return Sqrt(graph, Mul(graph, half, 2.0, "mul"), "global_norm");
}

ClippedByGlobalNorm ClipByGlobalNorm(GraphBuilder& graph, const std::vector<Output>& values,
                                     float clip, std::string_view name) {
  ClippedByGlobalNorm clipped;
  clipped.values.resize(values.size());
  if (!graph.ok()) return clipped;
  clipped.norm = GlobalNorm(graph, values);
  if (!clipped.norm.is_valid()) return clipped;
  const auto scope = graph.NameScope(name);
  const std::string outer = graph.name_scope();
  const Output limit = Operand(double{clip}).ToOutput(graph, "clip_norm", clipped.norm.dtype());
  const Output finite_scale = Mul(
      graph, limit,
      Minimum(graph, Div(graph, 1.0, clipped.norm, "truediv"), Div(graph, 1.0, limit, "truediv")),
      "mul");
  const Output scale = OpCall(graph, "SelectV2", "")
                           .Input(IsFinite(graph, clipped.norm), "condition")
                           .Input(finite_scale, "t")
                           .Input(Operand(std::numeric_limits<double>::quiet_NaN())
                                      .ToOutput(graph, "Const", clipped.norm.dtype()),
                                  "e")
                           .Done();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_valid()) continue;
    const auto place = graph.ColocateWith(values[i]);
    clipped.values[i] =
        Identity(graph, Mul(graph, values[i], scale, "mul"), fmt::format("{}_{}", name, i));
  }
  return clipped;
}

}  // namespace fanlight
