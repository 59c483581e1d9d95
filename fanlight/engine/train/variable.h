// Variables by name: tf.get_variable. MakeVariable (graph/ops/state.h) is tf.Variable.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

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
  std::optional<VariableSlice> slice{};  // Which part of a partitioned variable it is.
};

// A new variable called exactly `name`, whatever the present name scope, and the nodes of its
// initial value below `name/Initializer`.
// Errors, kept by the builder: kAlreadyExists, when there is a variable of that name.
Variable GetVariable(GraphBuilder& graph, std::string_view name, const Shape& shape,
                     const GetVariableOptions& options = {});

// A variable in `num_parts` parts along `axis`, the first ones one longer where it does not divide:
// variables `name/part_0`, `name/part_1`, …, each with an initial value of its own. Savers keep them
// as slices of one tensor `name`: tf.get_variable with fixed_size_partitioner.
// Errors, kept by the builder: kInvalidArgument, when there are more parts than rows.
std::vector<Variable> GetPartitionedVariable(GraphBuilder& graph, std::string_view name,
                                             const Shape& shape, int num_parts, int axis = 0,
                                             const GetVariableOptions& options = {});

// The variable of that name that is in the graph already.
// Errors: kNotFound; kInvalidArgument, when its shape is another.
Result<Variable> FindVariable(const GraphBuilder& graph, std::string_view name,
                              const PartialShape& shape = PartialShape::Unknown());

}  // namespace fanlight
