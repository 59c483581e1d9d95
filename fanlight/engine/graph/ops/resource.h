// Variables by handle, as TensorFlow 2 and `use_resource=True` make them: a VarHandleOp stands for
// the variable, ops read its value when they run. MakeVariable (state.h) makes them, and the
// functions there and in training.h take either kind.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Whether an output stands for a variable by handle.
inline bool IsHandle(const Output& output) { return output.dtype() == DType::kResource; }

// A handle on a variable of this dtype and shape, which a Session makes when it first needs it.
Output VarHandle(GraphBuilder& graph, DType dtype, const PartialShape& shape,
                 std::string_view name = "VarHandleOp");
// The value when this node runs: wait for assignments by control dependencies.
// Gradient: the incoming one, of the handle.
Output ReadVariable(GraphBuilder& graph, const Output& handle,
                    std::string_view name = "ReadVariableOp");
// Whether a variable, by handle or by reference, has a value.
Output IsInitialized(GraphBuilder& graph, const Output& variable,
                     std::string_view name = "IsVariableInitialized");

// Rows of the variable's value at `indices`. Gradient: the incoming ones, added where they were
// taken from, of the handle.
Output ResourceGather(GraphBuilder& graph, const Output& handle, const Operand& indices,
                      std::string_view name = "ResourceGather");

std::span<const OpSpec> ResourceOps();
std::span<const KernelDef> ResourceKernels();

}  // namespace fanlight
