#include "fanlight/engine/train/adadelta.h"

#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {
namespace {
constexpr std::string_view kSquares = "accum";
constexpr std::string_view kChanges = "accum_update";
}  // namespace

AdadeltaOptimizer::AdadeltaOptimizer(Operand learning_rate, Options options)
    : Optimizer(options.name),
      learning_rate_(std::move(learning_rate)),
      options_(std::move(options)) {}

void AdadeltaOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kSquares, ZerosInitializer(), name());
    MakeSlot(graph, variable, kChanges, ZerosInitializer(), name());
  }
}

void AdadeltaOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "lr");
  MakeNumber(graph, options_.decay, "rho");
  MakeNumber(graph, options_.epsilon, "epsilon");
}

Output AdadeltaOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                                const Variable& variable) {
  const AdadeltaNumbers numbers{.learning_rate = NumberFor(graph, "lr", variable),
                                .decay = NumberFor(graph, "rho", variable),
                                .epsilon = NumberFor(graph, "epsilon", variable)};
  return ApplyAdadelta(graph, variable.ref, GetSlot(variable, kSquares).ref,
                       GetSlot(variable, kChanges).ref, numbers, gradient);
}

}  // namespace fanlight
