// Graphs, their tensors and operations as Python's objects.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight::python {

namespace nb = nanobind;

// A graph under construction, with the scopes that are open: Python ends them by calls, the innermost first.
struct PyGraph {
  GraphBuilder builder;
  std::vector<GraphBuilder::Scope> scopes{};

  ~PyGraph() {
    while (!scopes.empty()) scopes.pop_back();
  }
};

// Each keeps the Python object of its graph alive, and so the node.
struct PyTensor {
  Output output;
  nb::object graph;
};
struct PyOperation {
  const Node* node;
  nb::object graph;
};
struct PyVariable {
  Variable variable;
  nb::object graph;
};

// None where there is nothing.
nb::object TensorObject(const Output& output, nb::handle graph);
nb::object OperationObject(const Node* node, nb::handle graph);
nb::object VariableObject(const Variable& variable, nb::handle graph);

// The arguments of a call: a list of Tensors, in which None is an empty Output; a list of Operations.
std::vector<Output> OutputsFrom(nb::handle tensors);
std::vector<const Node*> NodesFrom(nb::handle operations);
// A Tensor, or a number.
Operand OperandFrom(nb::handle value);

GraphBuilder& BuilderOf(nb::handle graph);

void DefineGraph(nb::module_& module);
void DefineBuilding(nb::module_& module);

}  // namespace fanlight::python
