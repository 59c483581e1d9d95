// MetaGraphs as files: read from either form, and taken to what another program wants of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/proto/meta_graph.pb.h"

namespace fanlight::checkpoint {

struct MetaGraphOptions {
  const proto::SaverDef* saver = nullptr;
  std::optional<std::vector<std::string>> collections{};  // Only these; nullopt: all.
  bool clear_devices = false;                             // Nodes may run anywhere.
  bool strip_default_attrs = false;                       // For programs that do not know them.
};

proto::MetaGraphDef MakeMetaGraph(const GraphBuilder& graph, const MetaGraphOptions& options);

// The message in protobuf's text form.
std::string MetaGraphText(const proto::MetaGraphDef& meta);

// Reads a file of bytes or of text.
// Errors: kNotFound and others of files; kCorrupt, when it is no MetaGraph.
Result<proto::MetaGraphDef> ReadMetaGraphFile(const std::string& path);

}  // namespace fanlight::checkpoint
