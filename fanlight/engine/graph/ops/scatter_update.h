// Assignments to rows of variables, by reference or by handle: what sparse gradients are applied
// with.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// variable[indices[i]] becomes updates[i], or that added, subtracted, …; of rows named twice the
// updates follow each other. Each returns the variable's reference, or for a handle the node alone.
// Shapes: indices […]; updates […, and the variable's after the first].
// Errors: kInvalidArgument when run with an index that is out of range.
Output ScatterUpdate(GraphBuilder& graph, const Output& variable, const Operand& indices,
                     const Operand& updates, std::string_view name = "ScatterUpdate");
Output ScatterAdd(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterAdd");
Output ScatterSub(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterSub");
Output ScatterMul(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterMul");
Output ScatterDiv(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterDiv");
Output ScatterMin(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterMin");
Output ScatterMax(GraphBuilder& graph, const Output& variable, const Operand& indices,
                  const Operand& updates, std::string_view name = "ScatterMax");

std::span<const OpSpec> ScatterUpdateOps();
std::span<const KernelDef> ScatterUpdateKernels();

}  // namespace fanlight
