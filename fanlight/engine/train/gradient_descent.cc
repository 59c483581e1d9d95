#include "fanlight/engine/train/gradient_descent.h"

#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {

GradientDescentOptimizer::GradientDescentOptimizer(Operand learning_rate, std::string name)
    : Optimizer(std::move(name)), learning_rate_(std::move(learning_rate)) {}

void GradientDescentOptimizer::Prepare(GraphBuilder& graph) {
  rate_ = learning_rate_.ToOutput(graph, "learning_rate");
}

Output GradientDescentOptimizer::ApplyDense(GraphBuilder& graph, const Output& gradient,
                                            const Variable& variable) {
  return ApplyGradientDescent(graph, variable.ref, AsDTypeOf(graph, rate_, variable), gradient);
}

}  // namespace fanlight
