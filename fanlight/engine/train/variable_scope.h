// Scopes of variables: tf.variable_scope. A scope puts its name before the names of the variables
// made in it, gives them what options they lack, and may hand out those that are there already.
//
//   VariableScope layer(graph, "hidden1", {.initializer = HeNormalInitializer()});
//   const Variable weights = layer.GetVariable("weights", {784, 128});   // hidden1/weights
//   VariableScope again(graph, "hidden1", {.reuse = VariableReuse::kAlways});
//   const Variable same = again.GetVariable("weights", {784, 128});
//
// While a scope lasts, nodes are named below it too: "hidden1/…", and where that is taken
// "hidden1_1/…". Scopes end in the reverse order of their beginnings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/train/initializers.h"
#include "fanlight/engine/train/regularizers.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {

enum class VariableReuse {
  kNever,   // A variable that is there already is an error.
  kAlways,  // One that is not there yet is an error.
  kAuto,    // It is made when it is not there.
};

struct VariableScopeOptions {
  Initializer initializer{};             // Of variables that name none of their own.
  Regularizer regularizer{};             // The same.
  std::optional<VariableReuse> reuse{};  // Empty: as the outer scope, else kNever.
  bool is_resource = false;              // Variables by handle.
};

class VariableScope {
 public:
  VariableScope(GraphBuilder& graph, std::string_view name, VariableScopeOptions options = {});
  // Within `outer`: its name first, and its options for those that are not given here.
  VariableScope(const VariableScope& outer, std::string_view name,
                VariableScopeOptions options = {});
  VariableScope(const VariableScope&) = delete;
  VariableScope& operator=(const VariableScope&) = delete;

  // The variable `SCOPE/name`, new or as it is; `options` as those of fanlight::GetVariable().
  // Errors, kept by the builder: kAlreadyExists and kNotFound by the rule of reuse;
  // kInvalidArgument, when the one that is there has another shape or dtype.
  Variable GetVariable(std::string_view name, const Shape& shape,
                       GetVariableOptions options = {}) const;

  const std::string& name() const { return name_; }

 private:
  GraphBuilder& graph_;
  const std::string name_;
  VariableScopeOptions options_;
  const GraphBuilder::Scope name_scope_;
};

}  // namespace fanlight
