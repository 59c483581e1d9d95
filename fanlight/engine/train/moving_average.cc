#include "fanlight/engine/train/moving_average.h"

#include <unordered_set>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/initial_value.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/slot.h"

namespace fanlight {
namespace {

using Followed = ExponentialMovingAverage::Followed;

// What an average is known by: a variable's reference, or the tensor.
Output KeyOf(const Followed& followed) {
  const auto* variable = std::get_if<Variable>(&followed);
  return variable != nullptr ? variable->ref : std::get<Output>(followed);
}

// As it is read where the average is brought up to date: it may have to wait for a training step.
Output ValueOf(GraphBuilder& graph, const Followed& followed) {
  const auto* variable = std::get_if<Variable>(&followed);
  if (variable != nullptr && IsHandle(variable->ref)) return ReadVariable(graph, variable->ref);
  return variable != nullptr ? variable->value : std::get<Output>(followed);
}

// How far the average is from what it follows.
Output Distance(GraphBuilder& graph, const Variable& average, const Followed& followed) {
  if (!IsHandle(average.ref)) return Sub(graph, average.value, ValueOf(graph, followed), "sub");
  const Output now = ReadVariable(graph, average.ref);
  const auto scope = graph.NameScope("sub");
  return Sub(graph, now, ValueOf(graph, followed), graph.name_scope() + "/");
}

// ref += or −= and the value after it.
Output ValueAfter(GraphBuilder& graph, const Output& ref, const Output& assigned) {
  if (!IsHandle(ref) || !graph.ok()) return assigned;
  const auto after = graph.ControlDependencies({assigned.node});
  return ReadVariable(graph, ref);
}

// average = biased / (1 − decayⁿ), where `biased` follows the tensor from 0 and n counts the updates.
Output UpdateWithoutZero(GraphBuilder& graph, const Variable& average, const Output& value,
                         const Output& rate, const std::string& scope, std::string_view name) {
  const SlotOptions zeros{.initializer = ZerosInitializer(), .scope = scope};
  SlotOptions zero = zeros;
  zero.shape = Shape();
  Variable biased;
  Variable count;
  {
    const auto first = graph.NoControlDependencies();
    biased = MakeSlotBeside(graph, average, "biased", zeros);
    count = MakeSlotBeside(graph, average, "local_step", zero);
  }
  if (!graph.ok()) return {};
  const Output change = Mul(graph, Sub(graph, biased.value, value), rate);
  const Output sum = ValueAfter(graph, biased.ref, AssignSub(graph, biased.ref, change));
  const Output n = ValueAfter(graph, count.ref, AssignAdd(graph, count.ref, 1.0));
  const Output share = Sub(graph, 1.0, Pow(graph, Sub(graph, 1.0, rate), n));
  return Assign(graph, average.ref, Div(graph, sum, share), name);
}

}  // namespace

const Node* ExponentialMovingAverage::Apply(GraphBuilder& graph,
                                            const std::vector<Variable>& variables) {
  return Follow(graph, std::vector<Followed>(variables.begin(), variables.end()));
}

const Node* ExponentialMovingAverage::Follow(GraphBuilder& graph,
                                             const std::vector<Followed>& followed) {
  if (!graph.ok()) return nullptr;
  if (!(decay_ >= 0 && decay_ <= 1)) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: the decay is {}, want 0 to 1", options_.name, decay_)});
    return nullptr;
  }
  // As in TensorFlow, only the node of the call that makes an average frees it of its zero.
  std::unordered_set<Output, OutputHash> without_zero;
  for (const Followed& each : followed) {
    if (averages_.contains(KeyOf(each))) continue;
    const Variable average = MakeAverage(graph, each);
    if (!graph.ok()) return nullptr;
    averages_.emplace(KeyOf(each), average);
    if (options_.zero_debias && std::holds_alternative<Output>(each)) {
      without_zero.insert(KeyOf(each));
    }
  }
  const auto scope = graph.NameScope(options_.name);
  Output decay = Operand(decay_).ToOutput(graph, "decay", DType::kFloat32);
  if (options_.num_updates.is_valid()) {
    const Output count = Cast(graph, options_.num_updates, DType::kFloat32, "num_updates");
    decay = Minimum(
        graph, decay,
        Div(graph, Add(graph, 1.0, count, "add"), Add(graph, 10.0, count, "add"), "truediv"));
  }
  std::vector<const Node*> updates;
  for (const Followed& each : followed) {
    if (!graph.ok()) return nullptr;
    updates.push_back(Update(graph, each, decay, without_zero.contains(KeyOf(each))));
  }
  return Group(graph, updates, graph.name_scope() + "/");
}

Variable ExponentialMovingAverage::MakeAverage(GraphBuilder& graph,
                                               const Followed& followed) const {
  const auto* variable = std::get_if<Variable>(&followed);
  const Output value = variable != nullptr ? variable->value : std::get<Output>(followed);
  if (!IsFloating(value.dtype())) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} {} is {}, want a floating one", options_.name,
                                 variable != nullptr ? "variable" : "tensor",
                                 Quoted(KeyOf(followed).node->name), DTypeName(value.dtype()))});
    return {};
  }
  const auto first = graph.NoControlDependencies();
  if (variable == nullptr) {
    return MakeSlotBeside(graph, value, options_.name,
                          {.initializer = ZerosInitializer(), .scope = slot_scope_});
  }
  const Output initial = InitializedValue(graph, *variable);
  const auto as_the_variable = [initial](GraphBuilder&, const Shape&, DType) { return initial; };
  graph.collections().Add(kMovingAverageVariables, *variable);
  return MakeSlotBeside(graph, *variable, options_.name,
                        {.initializer = as_the_variable, .scope = slot_scope_});
}

const Node* ExponentialMovingAverage::Update(GraphBuilder& graph, const Followed& followed,
                                             const Output& decay, bool without_zero) const {
  const Variable& average = averages_.at(KeyOf(followed));
  const auto scope = graph.NameScope("AssignMovingAvg");
  const std::string name = graph.name_scope() + "/";
  const Output rate = Cast(graph, Sub(graph, 1.0, decay, "sub"), average.dtype());
  if (without_zero) {
    const auto place = graph.ColocateWith(average.ref);
    return UpdateWithoutZero(graph, average, ValueOf(graph, followed), rate, slot_scope_, name)
        .node;
  }
  const Output change = Mul(graph, Distance(graph, average, followed), rate, "mul");
  if (!IsHandle(average.ref)) {
    const auto place = graph.ColocateWith(average.ref);
    return AssignSub(graph, average.ref, change, name).node;
  }
  const Output assigned = AssignSub(graph, average.ref, change, "AssignSubVariableOp");
  ValueAfter(graph, average.ref, assigned);
  return assigned.node;
}

const Variable* ExponentialMovingAverage::Average(const Output& of) const {
  const auto found = averages_.find(of);
  return found == averages_.end() ? nullptr : &found->second;
}

}  // namespace fanlight
