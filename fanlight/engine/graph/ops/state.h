// Variables: state that a Session owns and that ops read and assign.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct VariableOptions {
  bool is_trainable = true;
  bool validate_shape = true;            // false: it may later be assigned other shapes.
  bool is_resource = false;              // By handle (resource.h) instead of by reference.
  std::optional<VariableSlice> slice{};  // Which part of a partitioned variable it is.
  // Where it is listed, besides `trainable_variables`.
  std::vector<std::string> collections{std::string(CollectionKeys::kVariables)};
};

// A variable that begins as `initial_value`: nodes `name` (VariableV2), `name/Assign`, `name/read`,
// and `name/initial_value` for a literal; listed in its collections and, where it is trainable, in
// `trainable_variables`. By handle: `name` (VarHandleOp), `name/IsInitialized/…`,
// `name/Assign`, `name/Read/ReadVariableOp`.
Variable MakeVariable(GraphBuilder& graph, const Operand& initial_value,
                      std::string_view name = "Variable", const VariableOptions& options = {});

// Of a variable by reference each returns the reference after the assignment; by handle the node
// alone, to run or to wait for.
Output Assign(GraphBuilder& graph, const Output& ref, const Operand& value,
              std::string_view name = "Assign", bool validate_shape = true);
Output AssignAdd(GraphBuilder& graph, const Output& ref, const Operand& value,
                 std::string_view name = "AssignAdd");
Output AssignSub(GraphBuilder& graph, const Output& ref, const Operand& value,
                 std::string_view name = "AssignSub");
// var −= alpha · delta.
Output ApplyGradientDescent(GraphBuilder& graph, const Output& ref, const Operand& alpha,
                            const Operand& delta, std::string_view name = "");

// The value of a scalar variable, to which 1 is added then.
// Errors: kOutOfRange when run with a variable that has reached `limit`.
Output CountUpTo(GraphBuilder& graph, const Output& ref, int64_t limit,
                 std::string_view name = "CountUpTo");

// Runs the initialisers of these variables: node `name` (NoOp).
const Node* VariablesInitializer(GraphBuilder& graph, const std::vector<Variable>& variables,
                                 std::string_view name = "init");
// Those of all variables that exist now.
const Node* GlobalVariablesInitializer(GraphBuilder& graph, std::string_view name = "init");

std::span<const OpSpec> StateOps();
std::span<const KernelDef> StateKernels();

}  // namespace fanlight
