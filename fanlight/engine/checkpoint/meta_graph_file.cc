#include "fanlight/engine/checkpoint/meta_graph_file.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/proto/parse.h"

namespace fanlight::checkpoint {
namespace {

constexpr uint64_t kMaxMetaGraphBytes = uint64_t{2} << 30;

// By the ops' descriptions in the message itself.
void StripDefaultAttrs(proto::MetaGraphDef& meta) {
  std::map<std::string, const proto::OpDef*> ops;
  for (const proto::OpDef& op : meta.meta_info_def().stripped_op_list().op()) ops[op.name()] = &op;
  for (proto::NodeDef& node : *meta.mutable_graph_def()->mutable_node()) {
    for (const proto::OpDef::AttrDef& attr : ops.at(node.op())->attr()) {
      const auto found = node.attr().find(attr.name());
      if (found == node.attr().end() || !attr.has_default_value()) continue;
      if (found->second.SerializeAsString() != attr.default_value().SerializeAsString()) continue;
      node.mutable_attr()->erase(attr.name());
    }
  }
  meta.mutable_meta_info_def()->set_stripped_default_attrs(true);
}

}  // namespace

proto::MetaGraphDef MakeMetaGraph(const GraphBuilder& graph, const MetaGraphOptions& options) {
  proto::MetaGraphDef meta = ExportMetaGraph(graph, options.saver);
  if (options.collections) {
    for (const auto& [key, items] : graph.collections().all()) {
      if (std::ranges::find(*options.collections, key) == options.collections->end()) {
        meta.mutable_collection_def()->erase(key);
      }
    }
  }
  if (options.clear_devices) {
    for (proto::NodeDef& node : *meta.mutable_graph_def()->mutable_node()) node.clear_device();
  }
  if (options.strip_default_attrs) StripDefaultAttrs(meta);
  return meta;
}

std::string MetaGraphText(const proto::MetaGraphDef& meta) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(meta, &text);
  return text;
}

Result<proto::MetaGraphDef> ReadMetaGraphFile(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path, kMaxMetaGraphBytes));
  proto::MetaGraphDef meta;
  if (ParseMessage(bytes, meta)) return meta;
  const google::protobuf::LogSilencer silencer;
  google::protobuf::TextFormat::Parser parser;
  // Fields of TensorFlow's that we have no names for.
  parser.AllowUnknownField(true);
  if (parser.ParseFromString(bytes, &meta)) return meta;
  return Fail(ErrorCode::kCorrupt, "file is no MetaGraph: {}", Quoted(path));
}

}  // namespace fanlight::checkpoint
