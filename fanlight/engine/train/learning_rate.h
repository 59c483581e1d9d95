// Learning rates that change with the step: outputs that an optimizer takes in place of a number.
//
//   const Output rate = ExponentialDecay(graph, 0.1, step, 1000, 0.96);
//   GradientDescentOptimizer(rate).Minimize(graph, loss, {.global_step = step});
//
// `global_step` is an integer or floating scalar, as a rule the variable that Minimize() counts in.
// A rate is a number or an output of float32. Nodes are those of TensorFlow's functions of the same
// names, but for PiecewiseConstant.
//
// All take scalars and give one; what is counted is steps of training. Mistakes, such as a step of
// another shape, are kept by the builder as kInvalidArgument.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

struct DecayOptions {
  bool staircase = false;  // The step divided by the decay steps is rounded down.
  std::string_view name{};
};

// rate · decay_rate ^ (step / decay_steps).
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and decay_steps in steps; decay_rate per decay_steps.
Output ExponentialDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                        const Operand& decay_steps, const Operand& decay_rate,
                        const DecayOptions& options = {});
// rate · exp(−decay_rate · step / decay_steps).
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and decay_steps in steps.
Output NaturalExpDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                       const Operand& decay_steps, double decay_rate,
                       const DecayOptions& options = {});
// rate / (1 + decay_rate · step / decay_steps).
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and decay_steps in steps.
Output InverseTimeDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                        const Operand& decay_steps, const Operand& decay_rate,
                        const DecayOptions& options = {});

struct PolynomialDecayOptions {
  Operand end_rate = 0.0001;
  Operand power = 1.0;
  std::string_view name = "PolynomialDecay";
};
// (rate − end_rate) · (1 − step / decay_steps) ^ power + end_rate; after decay_steps: end_rate.
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and decay_steps in steps; end_rate a rate.
Output PolynomialDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                       const Operand& decay_steps, const PolynomialDecayOptions& options = {});

// rate · ((1 − alpha) · (1 + cos(π · step / decay_steps)) / 2 + alpha); after decay_steps: rate ·
// alpha.
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and decay_steps in steps; alpha a share of the rate.
Output CosineDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                   const Operand& decay_steps, double alpha = 0,
                   std::string_view name = "CosineDecay");

// values[0] while the step is at most boundaries[0], values[1] while it is at most boundaries[1],
// …, else the last one. There is one value more than there are boundaries, which rise.
// Shapes: scalars; result a scalar, float32.
// Units:  global_step and boundaries in steps; values are rates.
// Errors: kInvalidArgument, kept by the builder, for another number of values, or boundaries that do
//         not rise.
// Source: tf.train.piecewise_constant; nodes are comparisons and Selects, not branches.
Output PiecewiseConstant(GraphBuilder& graph, const Operand& global_step,
                         const std::vector<double>& boundaries, const std::vector<double>& values,
                         std::string_view name = "PiecewiseConstant");
// The same of outputs.
// Shapes: scalars; boundaries of the step's dtype, values of any one; result a scalar of theirs.
Output PiecewiseConstantOf(GraphBuilder& graph, const Output& global_step,
                           const std::vector<Output>& boundaries, const std::vector<Output>& values,
                           std::string_view name = "PiecewiseConstant");

}  // namespace fanlight
