// What ops on variables share, whether they name them by reference or by handle.
#pragma once

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/plan.h"

namespace fanlight {

// The shape that the variable at input `i` was made with.
// Errors: kInvalidArgument, when the input is a handle of which the variable is not known.
Result<PartialShape> VariableShapeAt(const InferenceContext& context, int i);

// The dtype of the variable's value, whichever way `variable` stands for it.
DType ValueDType(const Output& variable);

// A node of `op`, for a variable by reference, or of its form for one by handle: (variable, indices, updates).
Output ScatterInto(GraphBuilder& graph, const std::string& op, const Output& variable,
                   const Operand& indices, const Operand& updates, std::string_view name);

// variable = value. Errors: kInvalidArgument, when `declared` does not allow its shape.
Status AssignValue(VariableState& variable, const Tensor& value, const PartialShape& declared);

}  // namespace fanlight
