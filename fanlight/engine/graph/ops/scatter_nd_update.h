// Assignments to slices of variables, and of tensors, that vectors of indices name.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The slices of `variable`, by reference or by handle, that the vectors along the last dimension of
// `indices` name become `updates`, or these are added, subtracted, or the lower or higher of both is
// kept; of slices named twice the updates follow each other. Each returns the variable's reference,
// or for a handle the node alone.
// Shapes: variable [d0, d1, …]; indices […, n]; updates […, and d after the first n].
// Errors: kInvalidArgument when run with an index that is out of range.
Output ScatterNdUpdate(GraphBuilder& graph, const Output& variable, const Operand& indices,
                       const Operand& updates, std::string_view name = "ScatterNdUpdate");
Output ScatterNdAdd(GraphBuilder& graph, const Output& variable, const Operand& indices,
                    const Operand& updates, std::string_view name = "ScatterNdAdd");
Output ScatterNdSub(GraphBuilder& graph, const Output& variable, const Operand& indices,
                    const Operand& updates, std::string_view name = "ScatterNdSub");
Output ScatterNdMin(GraphBuilder& graph, const Output& variable, const Operand& indices,
                    const Operand& updates, std::string_view name = "ScatterNdMin");
Output ScatterNdMax(GraphBuilder& graph, const Output& variable, const Operand& indices,
                    const Operand& updates, std::string_view name = "ScatterNdMax");

// `value` with other slices.
// Gradient: of the value the incoming one, 0 where a slice was replaced; of the updates the slices
// of the incoming one.
Output TensorScatterUpdate(GraphBuilder& graph, const Operand& value, const Operand& indices,
                           const Operand& updates, std::string_view name = "TensorScatterUpdate");
// `value` with updates added to, or subtracted from, its slices.
// Gradient: of the value the incoming one; of the updates its slices, or their negatives.
Output TensorScatterAdd(GraphBuilder& graph, const Operand& value, const Operand& indices,
                        const Operand& updates, std::string_view name = "TensorScatterAdd");
Output TensorScatterSub(GraphBuilder& graph, const Operand& value, const Operand& indices,
                        const Operand& updates, std::string_view name = "TensorScatterSub");

std::span<const OpSpec> ScatterNdUpdateOps();
std::span<const KernelDef> ScatterNdUpdateKernels();

}  // namespace fanlight
