// What variables begin as, where that depends on other variables. These may not have their values yet
// when it is computed: in one run with all initialisers, nothing tells which is first.
#pragma once

#include <string>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// The variable's value where it has one when this runs, else its initial value:
// tf.Variable.initialized_value(). Nodes `IsVariableInitialized` and `cond/…`.
Output InitializedValue(GraphBuilder& graph, const Variable& variable);

// `value`, of which a variable called `name` begins, with InitializedValue() in place of each variable by
// reference that it is computed of, as TensorFlow makes it: nodes that depend on one are copied under
// their names with "_" and `name` after it. `value` itself where it depends on none.
Output WithInitializedVariables(GraphBuilder& graph, const Output& value, const std::string& name);

}  // namespace fanlight
