#include "fanlight/engine/train/variable_scope.h"

#include "fanlight/base/text.h"

namespace fanlight {
namespace {

VariableScopeOptions Inherited(VariableScopeOptions own, const VariableScopeOptions& outer) {
  if (!own.initializer) own.initializer = outer.initializer;
  if (!own.regularizer) own.regularizer = outer.regularizer;
  if (!own.reuse) own.reuse = outer.reuse;
  own.is_resource = own.is_resource || outer.is_resource;
  return own;
}

}  // namespace

VariableScope::VariableScope(GraphBuilder& graph, std::string_view name,
                             VariableScopeOptions options)
    : graph_(graph),
      name_(name),
      options_(std::move(options)),
      name_scope_(graph.NameScope(name)) {}

VariableScope::VariableScope(const VariableScope& outer, std::string_view name,
                             VariableScopeOptions options)
    : graph_(outer.graph_),
      name_(fmt::format("{}/{}", outer.name_, name)),
      options_(Inherited(std::move(options), outer.options_)),
      name_scope_(graph_.NameScope(name)) {}

Variable VariableScope::GetVariable(std::string_view name, const Shape& shape,
                                    GetVariableOptions options) const {
  if (!graph_.ok()) return {};
  const std::string full_name = fmt::format("{}/{}", name_, name);
  const VariableReuse reuse = options_.reuse.value_or(VariableReuse::kNever);
  const Variable* const there = graph_.collections().FindVariable(full_name);
  if (there == nullptr && reuse == VariableReuse::kAlways) {
    graph_.KeepError({ErrorCode::kNotFound,
                      fmt::format("there is no variable {} to use again: scope {} makes none",
                                  Quoted(full_name), Quoted(name_))});
    return {};
  }
  if (there != nullptr && reuse != VariableReuse::kNever) {
    if (there->dtype() != options.dtype || !(there->shape() == PartialShape(shape))) {
      graph_.KeepError(
          {ErrorCode::kInvalidArgument,
           fmt::format("variable {} is {}{}, it cannot be used as {}{}", Quoted(full_name),
                       DTypeName(there->dtype()), ToString(there->shape()),
                       DTypeName(options.dtype), ToString(shape))});
      return {};
    }
    return *there;
  }
  if (!options.initializer) options.initializer = options_.initializer;
  if (!options.regularizer) options.regularizer = options_.regularizer;
  options.is_resource = options.is_resource || options_.is_resource;
  return fanlight::GetVariable(graph_, full_name, shape, options);
}

}  // namespace fanlight
