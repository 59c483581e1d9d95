#include "fanlight/engine/train/momentum.h"

#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {
namespace {
constexpr std::string_view kSlot = "momentum";
}  // namespace

MomentumOptimizer::MomentumOptimizer(Operand learning_rate, Operand momentum, Options options)
    : Optimizer(options.name),
      learning_rate_(std::move(learning_rate)),
      momentum_(std::move(momentum)),
      use_nesterov_(options.use_nesterov) {}

void MomentumOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kSlot, ZerosInitializer(), name());
  }
}

void MomentumOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "learning_rate");
  MakeNumber(graph, momentum_, "momentum");
}

Output MomentumOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                                const Variable& variable) {
  return ApplyMomentum(graph, variable.ref, GetSlot(variable, kSlot).ref,
                       NumberFor(graph, "learning_rate", variable), gradient,
                       NumberFor(graph, "momentum", variable), use_nesterov_);
}

}  // namespace fanlight
