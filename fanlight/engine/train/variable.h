// Variables by name: tf.get_variable. MakeVariable (graph/ops/state.h) is tf.Variable.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/train/initializers.h"
#include "fanlight/engine/train/regularizers.h"

namespace fanlight {

struct GetVariableOptions {
  DType dtype = DType::kFloat32;
  Initializer initializer{};  // Empty: Glorot's uniform for floating numbers, else zeros.
  // Its loss is added to the collection `regularization_losses`.
  Regularizer regularizer{};
  bool is_trainable = true;
  bool is_resource = false;  // By handle (graph/ops/resource.h) instead of by reference.
};

// A new variable called exactly `name`, whatever the present name scope, and the nodes of its
// initial value below `name/Initializer`.
// Errors, kept by the builder: kAlreadyExists, when there is a variable of that name.
Variable GetVariable(GraphBuilder& graph, std::string_view name, const Shape& shape,
                     const GetVariableOptions& options = {});

// The variable of that name that is in the graph already.
// Errors: kNotFound; kInvalidArgument, when its shape is another.
Result<Variable> FindVariable(const GraphBuilder& graph, std::string_view name,
                              const PartialShape& shape = PartialShape::Unknown());

}  // namespace fanlight
