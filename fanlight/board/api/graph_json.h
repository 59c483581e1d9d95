// What the page is told of a graph, as JSON: docs/api-v1.md.
#pragma once

#include "fanlight/board/api/graph_cache.h"
#include "fanlight/board/api/json_writer.h"

namespace fanlight::api {

// Every node of the file, then those of its functions by their names in the library.
void AppendNodes(JsonWriter& json, const proto::GraphDef& graph);

// What is drawn inside a scope, a series or a call. `stats` may be null.
void AppendScope(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                 const graphs::Spot& spot, const graphs::ViewOptions& options);

// What is known of a box.
void AppendFacts(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                 const graphs::Spot& spot);

}  // namespace fanlight::api
