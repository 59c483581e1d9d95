// Graphs as messages: written for TensorFlow and TensorBoard, read from them.
#pragma once

#include <map>
#include <memory>
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

proto::NodeDef ExportNode(const Node& node, const ExportOptions& options = {});
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
// signature of a node that is not there; kInvalidArgument, for a variable that is none. After any of
// them graph and collections are as they were.
Status ImportMetaGraph(GraphBuilder& graph, const proto::MetaGraphDef& message,
                       const ImportOptions& options = {});

// The same in two steps, for who wants to know that something else fits before any of it is in the
// graph. Without Commit() nothing of it ever is. Meanwhile nobody else adds to the graph.
class MetaGraphImport {
 public:
  // Errors: those of ImportMetaGraph().
  static Result<MetaGraphImport> Make(GraphBuilder& graph, const proto::MetaGraphDef& message,
                                      const ImportOptions& options = {});
  MetaGraphImport(MetaGraphImport&&) noexcept;
  MetaGraphImport& operator=(MetaGraphImport&&) noexcept;
  ~MetaGraphImport();

  // Of the graph as it will be; nullptr when there is no node of that name.
  const Node* FindNode(std::string_view name) const;
  // Those that come with it.
  std::vector<Variable> variables() const;
  void Commit();

 private:
  struct Made;
  explicit MetaGraphImport(std::unique_ptr<Made> made);
  std::unique_ptr<Made> made_;
};

}  // namespace fanlight
