#include "fanlight/engine/train/moving_average.h"

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {

const Node* ExponentialMovingAverage::Apply(GraphBuilder& graph,
                                            const std::vector<Variable>& variables) {
  if (!graph.ok()) return nullptr;
  if (!(decay_ >= 0 && decay_ <= 1)) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: the decay is {}, want 0 to 1", options_.name, decay_)});
    return nullptr;
  }
  for (const Variable& variable : variables) {
    if (!graph.ok() || averages_.contains(variable.ref.node)) continue;
    if (!IsFloating(variable.dtype())) {
      graph.KeepError({ErrorCode::kInvalidArgument,
                       fmt::format("{}: variable {} is {}, want a floating one", options_.name,
                                   Quoted(variable.name()), DTypeName(variable.dtype()))});
      return nullptr;
    }
    const auto root = graph.NameScope("");
    const auto place = graph.ColocateWith(variable.ref);
    const std::string name = graph.UniqueName(variable.name() + "/" + options_.name);
    const Variable average =
        MakeVariable(graph, variable.initial_value, name + "/",
                     {.is_trainable = false, .is_resource = IsHandle(variable.ref)});
    graph.collections().Add(kMovingAverageVariables, variable);
    averages_.emplace(variable.ref.node, average);
  }
  const auto scope = graph.NameScope(options_.name);
  Output decay = Operand(decay_).ToOutput(graph, "decay", DType::kFloat32);
  if (options_.num_updates.is_valid()) {
    const Output count = Cast(graph, options_.num_updates, DType::kFloat32, "num_updates");
    decay = Minimum(
        graph, decay,
        Div(graph, Add(graph, 1.0, count, "add"), Add(graph, 10.0, count, "add"), "truediv"));
  }
  const Output weight = Sub(graph, 1.0, decay, "sub");
  std::vector<const Node*> updates;
  for (const Variable& variable : variables) {
    if (!graph.ok()) return nullptr;
    const Variable& average = averages_.at(variable.ref.node);
    const auto update_scope = graph.NameScope("AssignMovingAvg");
    const auto place = graph.ColocateWith(average.ref);
    const Output rate = Cast(graph, weight, variable.dtype());
    const Output change = Mul(graph, Sub(graph, average.value, variable.value, "sub"), rate, "mul");
    updates.push_back(AssignSub(graph, average.ref, change, graph.name_scope() + "/").node);
  }
  return Group(graph, updates, graph.name_scope() + "/");
}

const Variable* ExponentialMovingAverage::Average(const Variable& variable) const {
  const auto found = averages_.find(variable.ref.node);
  return found == averages_.end() ? nullptr : &found->second;
}

}  // namespace fanlight
