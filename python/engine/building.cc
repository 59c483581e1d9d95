// What is built of many nodes and told once, in the engine: variables, losses, schedules.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/initial_value.h"
#include "fanlight/engine/graph/ops/loss.h"
#include "fanlight/engine/graph/ops/norm.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/learning_rate.h"
#include "python/engine/errors.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"

namespace fanlight::python {
namespace {

using Self = nb::handle;

nb::object Built(nb::handle graph, const Output& output) {
  CheckBuilder(BuilderOf(graph));
  return TensorObject(output, graph);
}

// Of (name of the whole, its shape, offset of the part); nullopt for None.
std::optional<VariableSlice> SliceFrom(nb::object part) {
  if (part.is_none()) return std::nullopt;
  return VariableSlice{.full_name = nb::cast<std::string>(part[0]),
                       .full_shape = Unwrap(Shape::From(nb::cast<std::vector<int64_t>>(part[1]))),
                       .offset = nb::cast<std::vector<int64_t>>(part[2])};
}

nb::object MakeVariableOf(Self graph, nb::handle initial_value, const std::string& name,
                          bool trainable, bool validate_shape, bool is_resource,
                          std::vector<std::string> collections, nb::object part) {
  const Variable variable =
      MakeVariable(BuilderOf(graph), nb::cast<PyTensor&>(initial_value).output, name,
                   {.is_trainable = trainable,
                    .validate_shape = validate_shape,
                    .is_resource = is_resource,
                    .slice = SliceFrom(std::move(part)),
                    .collections = std::move(collections)});
  CheckBuilder(BuilderOf(graph));
  return VariableObject(variable, graph);
}

nb::object InitializedValueOf(Self graph, nb::handle variable) {
  return Built(graph, InitializedValue(BuilderOf(graph), nb::cast<PyVariable&>(variable).variable));
}

// A variable of nodes that are there.
nb::object VariableFromNodes(const PyTensor& ref, const PyTensor& value,
                             const PyOperation& initializer, nb::handle initial_value,
                             bool trainable, nb::object part) {
  Variable variable{.ref = ref.output,
                    .value = value.output,
                    .initializer = initializer.node,
                    .initial_value = {},
                    .is_trainable = trainable,
                    .slice = SliceFrom(std::move(part))};
  if (!initial_value.is_none()) {
    variable.initial_value = nb::cast<PyTensor&>(initial_value).output;
  }
  return VariableObject(variable, ref.graph);
}

nb::object GroupOf(Self graph, nb::handle operations, const std::string& name) {
  const Node* node = Group(BuilderOf(graph), NodesFrom(operations), name);
  CheckBuilder(BuilderOf(graph));
  return OperationObject(node, graph);
}

nb::list TupleOf(Self graph, nb::handle tensors, const std::string& name) {
  const auto outputs = Tuple(BuilderOf(graph), OutputsFrom(tensors), name);
  CheckBuilder(BuilderOf(graph));
  nb::list list;
  for (const Output& output : outputs) list.append(TensorObject(output, graph));
  return list;
}

nb::object SoftmaxLoss(Self graph, nb::handle labels, nb::handle logits, bool stops_labels,
                       const std::string& name) {
  return Built(graph, SoftmaxCrossEntropyWithLogits(BuilderOf(graph), OperandFrom(labels),
                                                    OperandFrom(logits), stops_labels, name));
}

nb::object SigmoidLoss(Self graph, nb::handle labels, nb::handle logits, const std::string& name) {
  return Built(graph, SigmoidCrossEntropyWithLogits(BuilderOf(graph), OperandFrom(labels),
                                                    OperandFrom(logits), name));
}

nb::object WeightedLoss(Self graph, nb::handle labels, nb::handle logits, nb::handle weight,
                        const std::string& name) {
  return Built(graph,
               WeightedCrossEntropyWithLogits(BuilderOf(graph), OperandFrom(labels),
                                              OperandFrom(logits), OperandFrom(weight), name));
}

nb::object BatchNorm(Self graph, nb::handle x, nb::handle mean, nb::handle variance,
                     nb::handle offset, nb::handle scale, float epsilon, const std::string& name) {
  const auto optional = [](nb::handle value) {
    return value.is_none() ? Operand() : OperandFrom(value);
  };
  return Built(graph, BatchNormalization(BuilderOf(graph), OperandFrom(x), OperandFrom(mean),
                                         OperandFrom(variance), optional(offset), optional(scale),
                                         epsilon, name));
}

nb::object Exponential(Self graph, nb::handle rate, nb::handle step, nb::handle steps,
                       nb::handle decay, bool staircase, const std::string& name) {
  return Built(graph, ExponentialDecay(BuilderOf(graph), OperandFrom(rate), OperandFrom(step),
                                       OperandFrom(steps), OperandFrom(decay),
                                       {.staircase = staircase, .name = name}));
}

nb::object NaturalExp(Self graph, nb::handle rate, nb::handle step, nb::handle steps, double decay,
                      bool staircase, const std::string& name) {
  return Built(graph,
               NaturalExpDecay(BuilderOf(graph), OperandFrom(rate), OperandFrom(step),
                               OperandFrom(steps), decay, {.staircase = staircase, .name = name}));
}

nb::object InverseTime(Self graph, nb::handle rate, nb::handle step, nb::handle steps,
                       nb::handle decay, bool staircase, const std::string& name) {
  return Built(graph, InverseTimeDecay(BuilderOf(graph), OperandFrom(rate), OperandFrom(step),
                                       OperandFrom(steps), OperandFrom(decay),
                                       {.staircase = staircase, .name = name}));
}

nb::object Polynomial(Self graph, nb::handle rate, nb::handle step, nb::handle steps,
                      nb::handle end, nb::handle power, const std::string& name) {
  return Built(
      graph,
      PolynomialDecay(BuilderOf(graph), OperandFrom(rate), OperandFrom(step), OperandFrom(steps),
                      {.end_rate = OperandFrom(end), .power = OperandFrom(power), .name = name}));
}

nb::object Cosine(Self graph, nb::handle rate, nb::handle step, nb::handle steps, double alpha,
                  const std::string& name) {
  return Built(graph, CosineDecay(BuilderOf(graph), OperandFrom(rate), OperandFrom(step),
                                  OperandFrom(steps), alpha, name));
}

nb::object Piecewise(Self graph, nb::handle step, nb::handle boundaries, nb::handle values,
                     const std::string& name) {
  return Built(graph, PiecewiseConstantOf(BuilderOf(graph), nb::cast<PyTensor&>(step).output,
                                          OutputsFrom(boundaries), OutputsFrom(values), name));
}

}  // namespace

void DefineBuilding(nb::module_& module) {
  module.def("make_variable", MakeVariableOf, nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
             nb::arg(), nb::arg(), nb::arg().none());
  module.def("initialized_value", InitializedValueOf);
  module.def("variable_from_nodes", VariableFromNodes, nb::arg(), nb::arg(), nb::arg(),
             nb::arg().none(), nb::arg(), nb::arg().none());
  module.def("group", GroupOf);
  module.def("tuple", TupleOf);
  module.def("softmax_cross_entropy", SoftmaxLoss);
  module.def("sigmoid_cross_entropy", SigmoidLoss);
  module.def("weighted_cross_entropy", WeightedLoss);
  module.def("batch_normalization", BatchNorm, nb::arg(), nb::arg(), nb::arg(), nb::arg(),
             nb::arg().none(), nb::arg().none(), nb::arg(), nb::arg());
  module.def("exponential_decay", Exponential);
  module.def("natural_exp_decay", NaturalExp);
  module.def("inverse_time_decay", InverseTime);
  module.def("polynomial_decay", Polynomial);
  module.def("cosine_decay", Cosine);
  module.def("piecewise_constant", Piecewise);
}

}  // namespace fanlight::python
