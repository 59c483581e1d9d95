// The layers of a Keras model as a graph: a node a layer, `model/layer`, models inside models as scopes.
#pragma once

#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight::graphs {

// `json` is what Model.to_json() gives, of Keras 2 or 3: Functional, Sequential, nested, shared layers. Nodes have the
// attributes `keras_class` and, where it is a dtype known here, `dtype`; no op. What feeds a model inside another one
// feeds its input layers; what uses it uses its output layers.
// Errors: kInvalidArgument, when it is no JSON or no model.
Result<proto::GraphDef> KerasModelToGraph(std::string_view json);

}  // namespace fanlight::graphs
