#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "fanlight/engine/train/adadelta.h"
#include "fanlight/engine/train/adagrad.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/ftrl.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/momentum.h"
#include "fanlight/engine/train/moving_average.h"
#include "fanlight/engine/train/rms_prop.h"
#include "fanlight/engine/train/slot.h"
#include "python/engine/attr.h"
#include "python/engine/errors.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"
#include "python/engine/tensors.h"
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

nb::object GradientObject(const Gradient& gradient, nb::handle graph) {
  if (!gradient.is_sparse()) return TensorObject(gradient.values, graph);
  return nb::make_tuple(TensorObject(gradient.values, graph), TensorObject(gradient.indices, graph),
                        TensorObject(gradient.dense_shape, graph));
}

nb::list VariableList(const std::vector<Variable>& variables, nb::handle graph) {
  nb::list list;
  for (const Variable& variable : variables) list.append(VariableObject(variable, graph));
  return list;
}

// An optimizer whose parts a Python object has, for one call of ApplyGradients. The builder's scopes end by themselves
// when one of them raises.
class OptimizerOfPython final : public Optimizer {
 public:
  OptimizerOfPython(nb::handle parts, nb::handle graph, const std::string& name)
      : Optimizer(name), parts_(parts), graph_(graph) {}

  void CreateSlots(GraphBuilder&, const std::vector<Variable>& variables) override {
    parts_.attr("_make_slots")(VariableList(variables, graph_));
  }
  void Prepare(GraphBuilder&) override { parts_.attr("_prepare")(); }
  const Node* Update(GraphBuilder&, const Gradient& gradient, const Variable& variable) override {
    return NodeOf(
        parts_.attr("_update")(GradientObject(gradient, graph_), VariableObject(variable, graph_)));
  }
  Output Apply(GraphBuilder&, const Gradient&, const Variable&) override { return {}; }
  const Node* Finish(GraphBuilder&, const std::vector<const Node*>& updates,
                     std::string_view name) override {
    nb::list operations;
    for (const Node* update : updates) operations.append(OperationObject(update, graph_));
    return NodeOf(parts_.attr("_end")(operations, nb::str(name.data(), name.size())));
  }

 private:
  static const Node* NodeOf(const nb::object& operation) {
    return nb::cast<PyOperation&>(operation).node;
  }

  const nb::handle parts_;
  const nb::handle graph_;
};

nb::object ApplyGradientsOf(nb::handle parts, nb::handle graph, nb::handle gradients,
                            nb::handle variables, nb::handle global_step, const std::string& name) {
  std::vector<GradientAndVariable> pairs;
  const std::vector<Variable> of = VariablesFrom(variables);
  for (nb::handle gradient : gradients) {
    pairs.push_back({GradientFrom(gradient), of.at(pairs.size())});
  }
  OptimizerOfPython optimizer(parts, graph, name);
  const Node* step =
      optimizer.ApplyGradients(BuilderOf(graph), pairs, {.global_step = VariableFrom(global_step)});
  CheckBuilder(BuilderOf(graph));
  return OperationObject(step, graph);
}

nb::object OptionalVariable(const Variable* variable, nb::handle graph) {
  return variable == nullptr ? nb::none() : VariableObject(*variable, graph);
}

// What the package makes its optimizers of: the parts of one of the engine's.
void DefineOptimizer(nb::module_& module) {
  nb::class_<Optimizer>(module, "Optimizer")
      .def("create_slots",
           [](Optimizer& self, nb::handle graph, nb::handle variables, const std::string& scope) {
             self.set_slot_scope(scope);
             self.CreateSlots(BuilderOf(graph), VariablesFrom(variables));
             CheckBuilder(BuilderOf(graph));
           })
      .def("prepare",
           [](Optimizer& self, nb::handle graph) {
             self.Prepare(BuilderOf(graph));
             CheckBuilder(BuilderOf(graph));
           })
      .def("apply",
           [](Optimizer& self, nb::handle graph, nb::handle gradient, nb::handle variable) {
             const Node* update =
                 self.Apply(BuilderOf(graph), GradientFrom(gradient), VariableFrom(variable)).node;
             CheckBuilder(BuilderOf(graph));
             return OperationObject(update, graph);
           })
      .def("finish",
           [](Optimizer& self, nb::handle graph, nb::handle updates, const std::string& name) {
             const Node* step = self.Finish(BuilderOf(graph), NodesFrom(updates), name);
             CheckBuilder(BuilderOf(graph));
             return OperationObject(step, graph);
           })
      .def("number", [](const Optimizer& self, nb::handle graph,
                        const std::string& name) { return TensorObject(self.number(name), graph); })
      .def("slot",
           [](const Optimizer& self, nb::handle graph, nb::handle variable,
              const std::string& name) {
             return OptionalVariable(self.slot(VariableFrom(variable), name), graph);
           })
      .def("shared_variable",
           [](const Optimizer& self, nb::handle graph, const std::string& name) {
             return OptionalVariable(self.shared_variable(name), graph);
           })
      .def("variables", [](const Optimizer& self,
                           nb::handle graph) { return VariableList(self.variables(), graph); })
      .def("slot_names", &Optimizer::slot_names);
}

// Repeated rows of a gradient are added: (values, indices).
nb::object WithoutRepeatsOf(nb::handle graph, nb::handle gradient) {
  const Gradient once = WithoutRepeats(BuilderOf(graph), GradientFrom(gradient));
  CheckBuilder(BuilderOf(graph));
  return GradientObject(once, graph);
}

// `initializer`: a function of a shape and a dtype's number that gives a tensor.
nb::object MakeSlotOf(nb::handle graph, nb::handle of, const std::string& name, nb::handle shape,
                      int dtype, nb::handle initializer, const std::string& scope) {
  SlotOptions options{.scope = scope};
  options.initializer = [&](GraphBuilder&, const Shape& dims, DType type) {
    const nb::object made =
        nb::borrow<nb::callable>(initializer)(ShapeToPython(dims), static_cast<int>(type));
    return nb::cast<PyTensor&>(made).output;
  };
  if (!shape.is_none()) options.shape = ShapeFromPython(shape).ToShape();
  if (dtype != 0) options.dtype = DTypeOfNumber(dtype);
  const Variable slot = MakeSlotBeside(BuilderOf(graph), VariableFrom(of), name, options);
  CheckBuilder(BuilderOf(graph));
  return VariableObject(slot, graph);
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
MadeOptimizer Adadelta(nb::handle rate, nb::handle decay, nb::handle epsilon,
                       const std::string& name) {
  return std::make_unique<AdadeltaOptimizer>(
      OperandFrom(rate),
      AdadeltaOptimizer::Options{
          .decay = OperandFrom(decay), .epsilon = OperandFrom(epsilon), .name = name});
}
MadeOptimizer Ftrl(nb::handle rate, double power, double initial, double l1, double l2,
                   double l2_shrinkage, double beta, const std::string& name,
                   const std::string& accum_name, const std::string& linear_name) {
  return std::make_unique<FtrlOptimizer>(
      OperandFrom(rate), FtrlOptimizer::Options{.learning_rate_power = power,
                                                .initial_accumulator_value = initial,
                                                .l1 = l1,
                                                .l2 = l2,
                                                .l2_shrinkage = l2_shrinkage,
                                                .beta = beta,
                                                .name = name,
                                                .accum_name = accum_name,
                                                .linear_name = linear_name});
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
                                                        bool zero_debias, const std::string& name) {
  return std::make_unique<ExponentialMovingAverage>(
      decay, MovingAverageOptions{
                 .zero_debias = zero_debias,
                 .num_updates = num_updates.is_none() ? Operand() : OperandFrom(num_updates),
                 .name = name});
}

// Of variables, and of tensors.
std::vector<ExponentialMovingAverage::Followed> FollowedFrom(nb::handle values) {
  std::vector<ExponentialMovingAverage::Followed> followed;
  for (nb::handle value : values) {
    if (nb::isinstance<PyTensor>(value)) {
      followed.emplace_back(nb::cast<PyTensor&>(value).output);
    } else {
      followed.emplace_back(VariableFrom(value));
    }
  }
  return followed;
}

void DefineMovingAverage(nb::module_& module) {
  nb::class_<ExponentialMovingAverage>(module, "MovingAverage")
      .def("apply",
           [](ExponentialMovingAverage& self, nb::handle graph, nb::handle followed,
              const std::string& scope) {
             self.set_slot_scope(scope);
             const Node* update = self.Follow(BuilderOf(graph), FollowedFrom(followed));
             CheckBuilder(BuilderOf(graph));
             return OperationObject(update, graph);
           })
      .def("average", [](const ExponentialMovingAverage& self, nb::handle graph, nb::handle of) {
        return OptionalVariable(self.Average(nb::cast<PyTensor&>(of).output), graph);
      });
  module.def("moving_average", MovingAverage, nb::arg(), nb::arg().none(), nb::arg(), nb::arg());
}

}  // namespace

void DefineOptimizers(nb::module_& module) {
  DefineOptimizer(module);
  module.def("apply_gradients", ApplyGradientsOf, "parts"_a, "graph"_a, "gradients"_a,
             "variables"_a, "global_step"_a.none(), "name"_a);
  module.def("without_repeats", WithoutRepeatsOf);
  module.def("make_slot", MakeSlotOf, "graph"_a, "of"_a, "name"_a, "shape"_a.none(), "dtype"_a,
             "initializer"_a, "scope"_a);
  module.def("gradient_descent", GradientDescent);
  module.def("momentum", Momentum);
  module.def("adagrad", Adagrad);
  module.def("adadelta", Adadelta);
  module.def("ftrl", Ftrl);
  module.def("rms_prop", RmsProp);
  module.def("adam", Adam);
  module.def("adam_w", AdamW);
  DefineMovingAverage(module);
}

}  // namespace fanlight::python
