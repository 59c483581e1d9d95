#include "fanlight/engine/train/rms_prop.h"

#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {
namespace {
constexpr std::string_view kMeanSquare = "rms";
constexpr std::string_view kMeanGradient = "mg";
constexpr std::string_view kMomentum = "momentum";
}  // namespace

RmsPropOptimizer::RmsPropOptimizer(Operand learning_rate, Options options)
    : Optimizer(options.name),
      learning_rate_(std::move(learning_rate)),
      options_(std::move(options)) {}

void RmsPropOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kMeanSquare, OnesInitializer(), name());
    if (options_.centered) MakeSlot(graph, variable, kMeanGradient, ZerosInitializer(), name());
    MakeSlot(graph, variable, kMomentum, ZerosInitializer(), name());
  }
}

void RmsPropOptimizer::Prepare(GraphBuilder& graph) {
  rate_node_ = learning_rate_.ToOutput(graph, "learning_rate");
  decay_node_ = options_.decay.ToOutput(graph, "decay");
  momentum_node_ = options_.momentum.ToOutput(graph, "momentum");
  epsilon_node_ = options_.epsilon.ToOutput(graph, "epsilon");
}

Output RmsPropOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                               const Variable& variable) {
  const RmsPropNumbers numbers{.learning_rate = AsDTypeOf(graph, rate_node_, variable),
                               .decay = AsDTypeOf(graph, decay_node_, variable),
                               .momentum = AsDTypeOf(graph, momentum_node_, variable),
                               .epsilon = AsDTypeOf(graph, epsilon_node_, variable)};
  const Output ms = GetSlot(variable, kMeanSquare).ref;
  const Output momentum = GetSlot(variable, kMomentum).ref;
  if (!options_.centered) {
    return ApplyRmsProp(graph, variable.ref, ms, momentum, numbers, gradient);
  }
  return ApplyCenteredRmsProp(graph, variable.ref, GetSlot(variable, kMeanGradient).ref, ms,
                              momentum, numbers, gradient);
}

}  // namespace fanlight
