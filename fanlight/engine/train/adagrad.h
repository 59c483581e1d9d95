// Adagrad (Duchi et al., 2011): steps shrink where gradients were large.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Each step: sum += gradient²; variable −= learning rate · gradient / √sum.
// Shapes: the learning rate a scalar; gradients of their variables' shapes, or rows of them.
// Errors: kInvalidArgument, kept by the builder, unless initial_accumulator_value is above 0.
// Slot: "accumulator", the sum: variables `VARIABLE/Adagrad`.
class AdagradOptimizer final : public Optimizer {
 public:
  struct Options {
    double initial_accumulator_value = 0.1;  // Above 0.
    std::string name = "Adagrad";
  };
  AdagradOptimizer(Operand learning_rate, Options options);
  explicit AdagradOptimizer(Operand learning_rate)
      : AdagradOptimizer(std::move(learning_rate), Options()) {}

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
  const double initial_accumulator_value_;
};

}  // namespace fanlight
