// Adam (Kingma and Ba, 2014), and AdamW (Loshchilov and Hutter, 2017): Adam whose decay of the
// weights does not pass through the moments.
#pragma once

#include <optional>

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

struct AdamOptions {
  Operand beta1 = 0.9;
  Operand beta2 = 0.999;
  Operand epsilon = 1e-8;
  std::string name{};  // Empty: "Adam", or "AdamW".
};

// Step t:
//   m = beta1 · m + (1 − beta1) · gradient
//   v = beta2 · v + (1 − beta2) · gradient²
//   variable −= learning rate · √(1 − beta2ᵗ) / (1 − beta1ᵗ) · m / (√v + epsilon)
// Shapes: its numbers scalars; gradients of their variables' shapes, or rows of them: then the moments
//         of all rows fade, and all rows follow them.
// Epsilon stands where the paper has "epsilon hat", as in TensorFlow.
// Slots: "m" and "v": variables `VARIABLE/Adam`, `VARIABLE/Adam_1`. The powers of beta1 and beta2
// are variables too: `beta1_power`, `beta2_power`.
class AdamOptimizer : public Optimizer {
 public:
  explicit AdamOptimizer(Operand learning_rate = 0.001, AdamOptions options = {});

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;
  const Node* Finish(GraphBuilder& graph, const std::vector<const Node*>& updates,
                     std::string_view name) override;

 private:
  const Operand learning_rate_;
  const AdamOptions options_;
};

// Adam, where each step begins with variable −= weight decay · variable. The decay is not
// multiplied by the learning rate, as in TensorFlow 1's tf.contrib.opt.AdamWOptimizer: where the
// rate follows a schedule let the decay follow it too. What PyTorch and Keras call a decay of d is
// learning rate · d here.
class AdamWOptimizer final : public AdamOptimizer {
 public:
  AdamWOptimizer(Operand weight_decay, Operand learning_rate = 0.001, AdamOptions options = {});
  // Decays these variables only, such as the weights without the biases.
  void DecayOnly(std::vector<Variable> variables) { decayed_ = std::move(variables); }

  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand weight_decay_;
  std::optional<std::vector<Variable>> decayed_;
};

}  // namespace fanlight
