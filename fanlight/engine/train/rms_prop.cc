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
  MakeNumber(graph, learning_rate_, "learning_rate");
  MakeNumber(graph, options_.decay, "decay");
  MakeNumber(graph, options_.momentum, "momentum");
  MakeNumber(graph, options_.epsilon, "epsilon");
}

Output RmsPropOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                               const Variable& variable) {
  const RmsPropNumbers numbers{.learning_rate = NumberFor(graph, "learning_rate", variable),
                               .decay = NumberFor(graph, "decay", variable),
                               .momentum = NumberFor(graph, "momentum", variable),
                               .epsilon = NumberFor(graph, "epsilon", variable)};
  const Output ms = GetSlot(variable, kMeanSquare).ref;
  const Output momentum = GetSlot(variable, kMomentum).ref;
  if (!options_.centered) {
    return ApplyRmsProp(graph, variable.ref, ms, momentum, numbers, gradient);
  }
  return ApplyCenteredRmsProp(graph, variable.ref, GetSlot(variable, kMeanGradient).ref, ms,
                              momentum, numbers, gradient);
}

}  // namespace fanlight
