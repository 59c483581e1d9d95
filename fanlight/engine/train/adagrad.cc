#include "fanlight/engine/train/adagrad.h"

#include "fanlight/base/decimal.h"
#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {
namespace {
constexpr std::string_view kSlot = "accumulator";
}  // namespace

AdagradOptimizer::AdagradOptimizer(Operand learning_rate, Options options)
    : Optimizer(options.name),
      learning_rate_(std::move(learning_rate)),
      initial_accumulator_value_(options.initial_accumulator_value) {}

void AdagradOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  if (!(initial_accumulator_value_ > 0)) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: got initial_accumulator_value {}, want one above 0", name(),
                                 ShortestDecimal(initial_accumulator_value_))});
  }
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kSlot, ConstantInitializer(initial_accumulator_value_), name());
  }
}

void AdagradOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "learning_rate");
}

Output AdagradOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                               const Variable& variable) {
  return ApplyAdagrad(graph, variable.ref, GetSlot(variable, kSlot).ref,
                      NumberFor(graph, "learning_rate", variable), gradient);
}

}  // namespace fanlight
