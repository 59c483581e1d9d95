// RMSProp (Tieleman and Hinton, 2012): gradients divided by the root of their recent mean square.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Each step, with d = decay:
//   ms = d · ms + (1 − d) · gradient²
//   speed = momentum · speed + learning rate · gradient / √(ms + epsilon)
//   variable −= speed
// Centred, the square of the gradients' mean, mg = d · mg + (1 − d) · gradient, is taken off ms
// under the root.
// Shapes: its numbers scalars; gradients of their variables' shapes, or rows of them.
// Slots: "rms" (ms, at first 1), "mg" where centred, "momentum": variables `VARIABLE/RMSProp`,
// `VARIABLE/RMSProp_1`, …
class RmsPropOptimizer final : public Optimizer {
 public:
  struct Options {
    Operand decay = 0.9;
    Operand momentum = 0.0;
    Operand epsilon = 1e-10;
    bool centered = false;
    std::string name = "RMSProp";
  };
  RmsPropOptimizer(Operand learning_rate, Options options);
  explicit RmsPropOptimizer(Operand learning_rate)
      : RmsPropOptimizer(std::move(learning_rate), Options()) {}

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
  const Options options_;
};

}  // namespace fanlight
