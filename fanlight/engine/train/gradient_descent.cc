#include "fanlight/engine/train/gradient_descent.h"

#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/scatter_update.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {

GradientDescentOptimizer::GradientDescentOptimizer(Operand learning_rate, std::string name)
    : Optimizer(std::move(name)), learning_rate_(std::move(learning_rate)) {}

void GradientDescentOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "learning_rate");
}

Output GradientDescentOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                                       const Variable& variable) {
  const Output rate = NumberFor(graph, "learning_rate", variable);
  if (gradient.is_sparse()) {
    return ScatterSub(graph, variable.ref, gradient.indices, Mul(graph, gradient.values, rate));
  }
  return ApplyGradientDescent(graph, variable.ref, rate, gradient.values);
}

}  // namespace fanlight
