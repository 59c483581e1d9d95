// Stochastic gradient descent: variable −= learning rate · gradient.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Shapes: the learning rate a scalar; gradients of their variables' shapes, or rows of them.
class GradientDescentOptimizer final : public Optimizer {
 public:
  explicit GradientDescentOptimizer(Operand learning_rate, std::string name = "GradientDescent");

  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
};

}  // namespace fanlight
