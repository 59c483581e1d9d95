// Graphs as messages: written for TensorFlow and TensorBoard, read from them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/meta_graph.pb.h"

namespace fanlight {

struct ExportOptions {
  bool with_output_shapes = false;  // Attribute _output_shapes, as event files and MetaGraphs have.
};

// The nodes that exist now, in the order in which they were made; control inputs sorted by name.
proto::GraphDef ExportGraphDef(const Graph& graph, const ExportOptions& options = {});

// The graph with its collections, its signatures and, when given, what a Saver needs to know.
proto::MetaGraphDef ExportMetaGraph(const GraphBuilder& graph,
                                    const proto::SaverDef* saver = nullptr);

struct ImportOptions {
  std::string name_prefix{};  // "scope": each node becomes "scope/node".
  // What nodes of the message read instead of an output of it: "node", "node:1", or "^node" for what
  // they wait for.
  std::map<std::string, Output> input_map{};
  bool clear_devices = false;
};

// Adds the nodes of a message, in any order, to the graph. Attributes that no op here knows are
// kept. Errors: kInvalidArgument, for nodes that do not fit together (the message names them);
// kUnimplemented, for an op that is not known; kAlreadyExists, for a name that is taken; kNotFound,
// for a key of input_map that the message does not have. After any of them the graph is as it was.
Status ImportGraphDef(GraphBuilder& graph, const proto::GraphDef& message,
                      const ImportOptions& options = {});

// Adds nodes, collections and signatures. Errors: as above; kNotFound, for a collection or
// signature of a node that is not there. After any of them graph and collections are as they were.
Status ImportMetaGraph(GraphBuilder& graph, const proto::MetaGraphDef& message,
                       const ImportOptions& options = {});

}  // namespace fanlight
