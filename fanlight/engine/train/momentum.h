// Gradient descent with momentum: a ball that rolls down and keeps some of its speed.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Each step: speed = momentum · speed + gradient; variable −= learning rate · speed. With Nesterov
// the gradient is taken as if it were seen ahead: variable −= learning rate · (gradient + momentum
// · speed).
// Shapes: learning rate and momentum scalars; gradients of their variables' shapes, or rows of them.
// Slot: "momentum", the speed, at first 0: variables `VARIABLE/Momentum`.
class MomentumOptimizer final : public Optimizer {
 public:
  struct Options {
    bool use_nesterov = false;
    std::string name = "Momentum";
  };
  MomentumOptimizer(Operand learning_rate, Operand momentum, Options options);
  MomentumOptimizer(Operand learning_rate, Operand momentum)
      : MomentumOptimizer(std::move(learning_rate), std::move(momentum), Options()) {}

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
  const Operand momentum_;
  const bool use_nesterov_;
};

}  // namespace fanlight
