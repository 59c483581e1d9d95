// The updates of optimizers: each changes a variable and its slots in place by one gradient, and
// returns the variable's reference. Variables by handle (resource.h) serve as well: then the node
// alone comes back. Shapes: `variable`, its slots and `gradient` have the same
// shape; the numbers are scalars of the variable's dtype, which is float32 or float64. A gradient of
// rows (gradients.h) changes these rows alone, of the slots too (sparse_training.h): each is to be named
// once.
// ApplyGradientDescent stands with the variables, in state.h.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// accumulator = momentum · accumulator + gradient; variable −= learning_rate · accumulator, or with
// Nesterov: variable −= learning_rate · (gradient + momentum · accumulator).
Output ApplyMomentum(GraphBuilder& graph, const Output& variable, const Output& accumulator,
                     const Operand& learning_rate, const Gradient& gradient,
                     const Operand& momentum, bool use_nesterov = false,
                     std::string_view name = "");

// accumulator += gradient²; variable −= learning_rate · gradient / √accumulator.
Output ApplyAdagrad(GraphBuilder& graph, const Output& variable, const Output& accumulator,
                    const Operand& learning_rate, const Gradient& gradient,
                    std::string_view name = "");

struct AdadeltaNumbers {
  Operand learning_rate;
  Operand decay;
  Operand epsilon;
};

// squares += (1 − decay) · (gradient² − squares); update = √(changes + epsilon) / √(squares + epsilon) · gradient;
// variable −= learning_rate · update; changes += (1 − decay) · (update² − changes).
Output ApplyAdadelta(GraphBuilder& graph, const Output& variable, const Output& squares,
                     const Output& changes, const AdadeltaNumbers& numbers,
                     const Gradient& gradient, std::string_view name = "");

struct FtrlNumbers {
  Operand learning_rate;
  Operand l1;
  Operand l2;
  Operand l2_shrinkage;  // Empty: 0.
  Operand learning_rate_power;
};

// With r(x) = x^−learning_rate_power, so √x for −½:
//   sum = squares + gradient²
//   linear += gradient + 2 · l2_shrinkage · variable − (r(sum) − r(squares)) / learning_rate · variable
//   variable = (±l1 − linear) / (r(sum) / learning_rate + 2 · l2) where |linear| is above l1, with the sign of linear,
//              else 0; squares = sum.
// Errors: kInvalidArgument when run with a rate that is not positive, a negative penalty or a positive power.
Output ApplyFtrl(GraphBuilder& graph, const Output& variable, const Output& squares,
                 const Output& linear, const FtrlNumbers& numbers, const Gradient& gradient,
                 std::string_view name = "");

struct RmsPropNumbers {
  Operand learning_rate;
  Operand decay;
  Operand momentum;
  Operand epsilon;
};

// ms += (1 − decay) · (gradient² − ms); speed = momentum · speed + learning_rate · gradient / √(ms
// + epsilon); variable −= speed.
Output ApplyRmsProp(GraphBuilder& graph, const Output& variable, const Output& ms,
                    const Output& speed, const RmsPropNumbers& numbers, const Gradient& gradient,
                    std::string_view name = "");
// The same, also with mg += (1 − decay) · (gradient − mg), and ms − mg² for ms under the root.
Output ApplyCenteredRmsProp(GraphBuilder& graph, const Output& variable, const Output& mg,
                            const Output& ms, const Output& speed, const RmsPropNumbers& numbers,
                            const Gradient& gradient, std::string_view name = "");

struct AdamNumbers {
  Operand beta1_power;
  Operand beta2_power;
  Operand learning_rate;
  Operand beta1;
  Operand beta2;
  Operand epsilon;
};

// m += (1 − beta1) · (gradient − m); v += (1 − beta2) · (gradient² − v); variable −= learning_rate
// · √(1 − beta2_power) / (1 − beta1_power) · m / (√v + epsilon).
Output ApplyAdam(GraphBuilder& graph, const Output& variable, const Output& m, const Output& v,
                 const AdamNumbers& numbers, const Operand& gradient, std::string_view name = "");

std::span<const OpSpec> TrainingOps();
std::span<const KernelDef> TrainingKernels();

}  // namespace fanlight
