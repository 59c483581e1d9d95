#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "fanlight/engine/train/adagrad.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/momentum.h"
#include "fanlight/engine/train/moving_average.h"
#include "fanlight/engine/train/rms_prop.h"
#include "python/engine/errors.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"
#include "python/engine/train.h"

namespace fanlight::python {
namespace {

using namespace nb::literals;  // "name"_a

Variable VariableFrom(nb::handle value) {
  return value.is_none() ? Variable() : nb::cast<PyVariable&>(value).variable;
}

std::vector<Variable> VariablesFrom(nb::handle values) {
  std::vector<Variable> variables;
  for (nb::handle value : values) variables.push_back(VariableFrom(value));
  return variables;
}

// A tensor, or (values, indices, dense_shape), as Graph.gradients gives them.
Gradient GradientFrom(nb::handle value) {
  if (!nb::isinstance<nb::tuple>(value)) return OutputsFrom(nb::make_tuple(value)).front();
  const std::vector<Output> parts = OutputsFrom(value);
  return {parts.at(0), parts.at(1), parts.at(2)};
}

nb::object ApplyGradientsOf(Optimizer& self, nb::handle graph, nb::handle gradients,
                            nb::handle variables, nb::handle global_step, const std::string& name) {
  std::vector<GradientAndVariable> pairs;
  const std::vector<Variable> of = VariablesFrom(variables);
  for (nb::handle gradient : gradients) {
    pairs.push_back({GradientFrom(gradient), of.at(pairs.size())});
  }
  const Node* step = self.ApplyGradients(BuilderOf(graph), pairs,
                                         {.global_step = VariableFrom(global_step), .name = name});
  CheckBuilder(BuilderOf(graph));
  return OperationObject(step, graph);
}

nb::object SlotOf(const Optimizer& self, nb::handle graph, nb::handle variable,
                  const std::string& name) {
  const Variable* slot = self.slot(VariableFrom(variable), name);
  return slot == nullptr ? nb::none() : VariableObject(*slot, graph);
}

using MadeOptimizer = std::unique_ptr<Optimizer>;

MadeOptimizer GradientDescent(nb::handle rate, const std::string& name) {
  return std::make_unique<GradientDescentOptimizer>(OperandFrom(rate), name);
}
MadeOptimizer Momentum(nb::handle rate, nb::handle momentum, bool use_nesterov,
                       const std::string& name) {
  return std::make_unique<MomentumOptimizer>(
      OperandFrom(rate), OperandFrom(momentum),
      MomentumOptimizer::Options{.use_nesterov = use_nesterov, .name = name});
}
MadeOptimizer Adagrad(nb::handle rate, double initial, const std::string& name) {
  return std::make_unique<AdagradOptimizer>(
      OperandFrom(rate),
      AdagradOptimizer::Options{.initial_accumulator_value = initial, .name = name});
}
MadeOptimizer RmsProp(nb::handle rate, nb::handle decay, nb::handle momentum, nb::handle epsilon,
                      bool centered, const std::string& name) {
  return std::make_unique<RmsPropOptimizer>(
      OperandFrom(rate), RmsPropOptimizer::Options{.decay = OperandFrom(decay),
                                                   .momentum = OperandFrom(momentum),
                                                   .epsilon = OperandFrom(epsilon),
                                                   .centered = centered,
                                                   .name = name});
}
AdamOptions AdamOptionsOf(nb::handle beta1, nb::handle beta2, nb::handle epsilon,
                          const std::string& name) {
  return {.beta1 = OperandFrom(beta1),
          .beta2 = OperandFrom(beta2),
          .epsilon = OperandFrom(epsilon),
          .name = name};
}
MadeOptimizer Adam(nb::handle rate, nb::handle beta1, nb::handle beta2, nb::handle epsilon,
                   const std::string& name) {
  return std::make_unique<AdamOptimizer>(OperandFrom(rate),
                                         AdamOptionsOf(beta1, beta2, epsilon, name));
}
MadeOptimizer AdamW(nb::handle decay, nb::handle rate, nb::handle beta1, nb::handle beta2,
                    nb::handle epsilon, const std::string& name) {
  return std::make_unique<AdamWOptimizer>(OperandFrom(decay), OperandFrom(rate),
                                          AdamOptionsOf(beta1, beta2, epsilon, name));
}

std::unique_ptr<ExponentialMovingAverage> MovingAverage(double decay, nb::handle num_updates,
                                                        const std::string& name) {
  return std::make_unique<ExponentialMovingAverage>(
      decay, MovingAverageOptions{
                 .num_updates = num_updates.is_none() ? Operand() : OperandFrom(num_updates),
                 .name = name});
}

}  // namespace

void DefineOptimizers(nb::module_& module) {
  nb::class_<Optimizer>(module, "Optimizer")
      .def("apply_gradients", ApplyGradientsOf, "graph"_a, "gradients"_a, "variables"_a,
           "global_step"_a.none(), "name"_a)
      .def("slot", SlotOf)
      .def("slot_names", &Optimizer::slot_names);
  module.def("gradient_descent", GradientDescent);
  module.def("momentum", Momentum);
  module.def("adagrad", Adagrad);
  module.def("rms_prop", RmsProp);
  module.def("adam", Adam);
  module.def("adam_w", AdamW);
  nb::class_<ExponentialMovingAverage>(module, "MovingAverage")
      .def("apply",
           [](ExponentialMovingAverage& self, nb::handle graph, nb::handle variables) {
             const Node* update = self.Apply(BuilderOf(graph), VariablesFrom(variables));
             CheckBuilder(BuilderOf(graph));
             return OperationObject(update, graph);
           })
      .def("average",
           [](const ExponentialMovingAverage& self, nb::handle graph, nb::handle variable) {
             const Variable* average = self.Average(VariableFrom(variable));
             return average == nullptr ? nb::none() : VariableObject(*average, graph);
           });
  module.def("moving_average", MovingAverage, nb::arg(), nb::arg().none(), nb::arg());
}

}  // namespace fanlight::python
