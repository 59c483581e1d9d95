// Adadelta (Zeiler, 2012): steps as large as changes were lately, by as large as gradients were.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Each step, with d = decay:
//   squares = d · squares + (1 − d) · gradient²
//   update = √(changes + epsilon) / √(squares + epsilon) · gradient
//   changes = d · changes + (1 − d) · update²
//   variable −= learning rate · update
// The paper's learning rate is 1.
// Shapes: its numbers scalars; gradients of their variables' shapes, or rows of them.
// Slots: "accum" (squares) and "accum_update" (changes), at first 0: variables `VARIABLE/Adadelta`,
// `VARIABLE/Adadelta_1`.
class AdadeltaOptimizer final : public Optimizer {
 public:
  struct Options {
    Operand decay = 0.95;
    Operand epsilon = 1e-8;
    std::string name = "Adadelta";
  };
  AdadeltaOptimizer(Operand learning_rate, Options options);
  explicit AdadeltaOptimizer(Operand learning_rate = 0.001)
      : AdadeltaOptimizer(std::move(learning_rate), Options()) {}

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
  const Options options_;
};

}  // namespace fanlight
