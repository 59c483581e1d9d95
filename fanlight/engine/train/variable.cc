#include "fanlight/engine/train/variable.h"

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {

Variable GetVariable(GraphBuilder& graph, std::string_view name, const Shape& shape,
                     const GetVariableOptions& options) {
  if (!graph.ok()) return {};
  if (graph.collections().FindVariable(name) != nullptr) {
    graph.KeepError(
        {ErrorCode::kAlreadyExists, fmt::format("there is a variable {} already", Quoted(name))});
    return {};
  }
  Initializer initializer = options.initializer;
  if (!initializer) {
    initializer = IsFloating(options.dtype) ? GlorotUniformInitializer() : ZerosInitializer();
  }
  const auto root = graph.NameScope("");
  const auto scope = graph.NameScope(name);
  const std::string variable_scope = graph.name_scope() + "/";
  Output initial_value;
  {
    const auto initializer_scope = graph.NameScope("Initializer");
    initial_value = initializer(graph, shape, options.dtype);
  }
  const Variable variable = MakeVariable(graph, initial_value, variable_scope,
                                         {.is_trainable = options.is_trainable,
                                          .is_resource = options.is_resource,
                                          .slice = options.slice});
  if (options.regularizer && graph.ok()) {
    const auto regularizer_scope = graph.NameScope("Regularizer");
    const Output loss = options.regularizer(graph, variable.value);
    if (graph.ok()) graph.collections().Add(CollectionKeys::kRegularizationLosses, loss);
  }
  return variable;
}

std::vector<Variable> GetPartitionedVariable(GraphBuilder& graph, std::string_view name,
                                             const Shape& shape, int num_parts, int axis,
                                             const GetVariableOptions& options) {
  if (!graph.ok()) return {};
  if (axis < 0 || axis >= shape.rank() || num_parts < 1 || num_parts > shape[axis]) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("variable {} of shape {} cannot be {} parts along axis {}",
                                 Quoted(name), ToString(shape), num_parts, axis)});
    return {};
  }
  std::vector<Variable> parts;
  std::vector<int64_t> offset(static_cast<size_t>(shape.rank()), 0);
  for (int i = 0; i < num_parts; ++i) {
    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
    int64_t& length = dims[static_cast<size_t>(axis)];
    length = shape[axis] / num_parts + (i < shape[axis] % num_parts ? 1 : 0);
    GetVariableOptions part_options = options;
    part_options.slice = {.full_name = std::string(name), .full_shape = shape, .offset = offset};
    offset[static_cast<size_t>(axis)] += length;
    parts.push_back(
        GetVariable(graph, fmt::format("{}/part_{}", name, i), *Shape::From(dims), part_options));
  }
  return parts;
}

Result<Variable> FindVariable(const GraphBuilder& graph, std::string_view name,
                              const PartialShape& shape) {
  const Variable* variable = graph.collections().FindVariable(name);
  if (variable == nullptr) {
    return Fail(ErrorCode::kNotFound, "there is no variable {}", Quoted(name));
  }
  if (!variable->shape().IsCompatibleWith(shape)) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} has shape {}, want {}", Quoted(name),
                ToString(variable->shape()), ToString(shape));
  }
  return *variable;
}

}  // namespace fanlight
