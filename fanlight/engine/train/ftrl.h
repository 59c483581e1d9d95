// FTRL-Proximal (McMahan et al., 2013): follows the leader of all gradients so far, with penalties that make weights 0.
#pragma once

#include "fanlight/engine/train/optimizer.h"

namespace fanlight {

// Each step, with r(x) = x^−power, so √x for a power of −½:
//   sum = squares + gradient²
//   linear += gradient + 2 · shrinkage · variable − (r(sum) − r(squares)) / learning rate · variable
//   variable = (±l1 − linear) / (r(sum) / learning rate + 2 · l2) where |linear| is above l1, with the sign of linear,
//              else 0; squares = sum
// where l2 is `l2` + `beta` / (2 · learning rate).
// Shapes: its numbers scalars; gradients of their variables' shapes, or rows of them.
// Errors: kInvalidArgument, kept by the builder, for a positive power or another negative number.
// Slots: "accum" (squares) and "linear", at first 0: variables `VARIABLE/Ftrl`, `VARIABLE/Ftrl_1`.
class FtrlOptimizer final : public Optimizer {
 public:
  struct Options {
    double learning_rate_power = -0.5;       // At most 0.
    double initial_accumulator_value = 0.1;  // At least 0.
    double l1 = 0;                           // The strengths of penalties, at least 0.
    double l2 = 0;
    double l2_shrinkage = 0;  // Of a penalty that shrinks weights at each step.
    double beta = 0;
    std::string name = "Ftrl";
    std::string accum_name{};  // What the slots' variables are called; empty: `name`.
    std::string linear_name{};
  };
  FtrlOptimizer(Operand learning_rate, Options options);
  explicit FtrlOptimizer(Operand learning_rate)
      : FtrlOptimizer(std::move(learning_rate), Options()) {}

  void CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) override;
  void Prepare(GraphBuilder& graph) override;
  Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) override;

 private:
  const Operand learning_rate_;
  const Options options_;
};

}  // namespace fanlight
