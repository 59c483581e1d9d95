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
  rate_node_ = learning_rate_.ToOutput(graph, "learning_rate");
  momentum_node_ = momentum_.ToOutput(graph, "momentum");
}

Output MomentumOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                                const Variable& variable) {
  return ApplyMomentum(graph, variable.ref, GetSlot(variable, kSlot).ref,
                       AsDTypeOf(graph, rate_node_, variable), gradient,
                       AsDTypeOf(graph, momentum_node_, variable), use_nesterov_);
}

}  // namespace fanlight
