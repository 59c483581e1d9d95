#include "fanlight/engine/train/adam.h"

#include <algorithm>

#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/scatter_update.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/training.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

constexpr std::string_view kFirstMoment = "m";
constexpr std::string_view kSecondMoment = "v";
const char* const kFirstPower = "beta1_power";
const char* const kSecondPower = "beta2_power";

AdamOptions Named(AdamOptions options, std::string_view name) {
  if (options.name.empty()) options.name = name;
  return options;
}

// power ← power · beta, without waiting for other writers, as the updates hold no lock either.
const Node* MultiplyPower(GraphBuilder& graph, const Variable& power, const Output& beta) {
  const Output product = Mul(graph, power.value, beta, "mul");
  if (IsHandle(power.ref)) return Assign(graph, power.ref, product).node;
  return graph.AddNode(
      {.op = "Assign", .inputs = {power.ref, product}, .attrs = {{"use_locking", false}}});
}

// moment ← moment · beta, and of some rows + (1 − beta) · more. Returns the value then.
Output UpdateMoment(GraphBuilder& graph, const Output& moment, const Operand& beta,
                    const Gradient& more) {
  const Output value = IsHandle(moment) ? ReadVariable(graph, moment) : moment;
  const Output added = Mul(graph, more.values, Sub(graph, 1.0, beta));
  const Output decayed = Assign(graph, moment, Mul(graph, value, beta));
  if (!graph.ok()) return {};
  const auto after = graph.ControlDependencies({decayed.node});
  const Output updated = ScatterAdd(graph, moment, more.indices, added);
  if (!IsHandle(moment) || !graph.ok()) return updated;
  const auto then = graph.ControlDependencies({updated.node});
  return ReadVariable(graph, moment);
}

// The whole moments fade and the whole variable follows them, though only some rows have a gradient.
Output ApplyToRows(GraphBuilder& graph, const Output& variable, const Output& m, const Output& v,
                   const AdamNumbers& numbers, const Gradient& gradient) {
  const Output rate = Div(
      graph, Mul(graph, numbers.learning_rate, Sqrt(graph, Sub(graph, 1.0, numbers.beta2_power))),
      Sub(graph, 1.0, numbers.beta1_power));
  const Output first = UpdateMoment(graph, m, numbers.beta1, gradient);
  const Output second = UpdateMoment(
      graph, v, numbers.beta2,
      {Mul(graph, gradient.values, gradient.values), gradient.indices, gradient.dense_shape});
  const Output root = Add(graph, Sqrt(graph, second), numbers.epsilon);
  return AssignSub(graph, variable, Div(graph, Mul(graph, rate, first), root));
}

}  // namespace

AdamOptimizer::AdamOptimizer(Operand learning_rate, AdamOptions options)
    : Optimizer(options.name.empty() ? "Adam" : options.name),
      learning_rate_(std::move(learning_rate)),
      options_(std::move(options)) {}

void AdamOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  // The powers live with the first variable by name, so that each run of a program agrees.
  const auto first = std::ranges::min_element(variables, {}, &Variable::name);
  MakeShared(graph, kFirstPower, options_.beta1, *first);
  MakeShared(graph, kSecondPower, options_.beta2, *first);
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kFirstMoment, ZerosInitializer(), name());
    MakeSlot(graph, variable, kSecondMoment, ZerosInitializer(), name());
  }
}

void AdamOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "learning_rate");
  MakeNumber(graph, options_.beta1, "beta1");
  MakeNumber(graph, options_.beta2, "beta2");
  MakeNumber(graph, options_.epsilon, "epsilon");
}

Output AdamOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                            const Variable& variable) {
  const AdamNumbers numbers{.beta1_power = AsDTypeOf(graph, GetShared(kFirstPower), variable),
                            .beta2_power = AsDTypeOf(graph, GetShared(kSecondPower), variable),
                            .learning_rate = NumberFor(graph, "learning_rate", variable),
                            .beta1 = NumberFor(graph, "beta1", variable),
                            .beta2 = NumberFor(graph, "beta2", variable),
                            .epsilon = NumberFor(graph, "epsilon", variable)};
  const Output m = GetSlot(variable, kFirstMoment).ref;
  const Output v = GetSlot(variable, kSecondMoment).ref;
  if (gradient.is_sparse()) return ApplyToRows(graph, variable.ref, m, v, numbers, gradient);
  return ApplyAdam(graph, variable.ref, m, v, numbers, gradient.values);
}

const Node* AdamOptimizer::Finish(GraphBuilder& graph, const std::vector<const Node*>& updates,
                                  std::string_view name) {
  std::vector<const Node*> all = updates;
  {
    const auto after = graph.ControlDependencies(updates);
    const auto place = graph.ColocateWith(GetShared(kFirstPower).ref);
    all.push_back(MultiplyPower(graph, GetShared(kFirstPower), number("beta1")));
    all.push_back(MultiplyPower(graph, GetShared(kSecondPower), number("beta2")));
  }
  return graph.ok() ? Group(graph, all, name) : nullptr;
}

AdamWOptimizer::AdamWOptimizer(Operand weight_decay, Operand learning_rate, AdamOptions options)
    : AdamOptimizer(std::move(learning_rate), Named(std::move(options), "AdamW")),
      weight_decay_(std::move(weight_decay)) {}

void AdamWOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, weight_decay_, "weight_decay");
  AdamOptimizer::Prepare(graph);
}

Output AdamWOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                             const Variable& variable) {
  const auto is_this = [&](const Variable& other) { return other.ref == variable.ref; };
  if (decayed_ && std::ranges::none_of(*decayed_, is_this)) {
    return AdamOptimizer::Apply(graph, gradient, variable);
  }
  const Output decay =
      Mul(graph, NumberFor(graph, "weight_decay", variable), variable.value, "mul");
  const Output decayed = AssignSub(graph, variable.ref, decay);
  const auto after = graph.ControlDependencies({decayed.node});
  return AdamOptimizer::Apply(graph, gradient, variable);
}

}  // namespace fanlight
