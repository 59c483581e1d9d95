// TensorBoard's graphs plugin: which graphs a run has, and each as a GraphDef in text form.

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "fanlight/base/text.h"
#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"
#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight::api {
namespace {

constexpr std::string_view kRunGraph = "__run_graph__";

// Plugins of TensorFlow 2 mark their content with this; others by that name are not theirs.
bool IsMarked(const store::SeriesView& series) { return series.metadata().content == "1"; }

struct TagGraphs {
  bool conceptual_graph = false;
  bool op_graph = false;
  bool profile = false;
};

http::Response Info(const Board& board, const http::Request&) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    std::map<std::string, TagGraphs> tags;
    bool has_run_graph = false;
    for (const store::SeriesView& series : snapshot.Series(run->id)) {
      const std::string& kind = series.kind();
      if (kind == "graphs") {
        has_run_graph = has_run_graph || series.tag() == kRunGraph;
      } else if (kind == "graph_tagged_run_metadata") {
        tags[series.tag()].profile = true;
      } else if (kind == "graph_run_metadata_graph" && IsMarked(series)) {
        tags[series.tag()].op_graph = true;
      } else if (kind == "graph_run_metadata" && IsMarked(series)) {
        tags[series.tag()].op_graph = tags[series.tag()].profile = true;
      } else if (kind == "graph_keras_model" && IsMarked(series)) {
        tags[series.tag()].conceptual_graph = true;
      }
    }
    if (tags.empty() && !has_run_graph) continue;
    json.Key(run->display_name).BeginObject().Key("run").Text(run->display_name);
    json.Key("tags").BeginObject();
    for (const auto& [tag, graphs] : tags) {
      json.Key(tag).BeginObject().Key("tag").Text(tag);
      json.Key("conceptual_graph").Bool(graphs.conceptual_graph);
      json.Key("op_graph").Bool(graphs.op_graph).Key("profile").Bool(graphs.profile).EndObject();
    }
    json.EndObject().Key("run_graph").Bool(has_run_graph).EndObject();
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

// The newest message of a series. Errors: kNotFound; kDataLoss.
template <typename Message>
Result<Message> NewestMessage(const Board& board, const store::SeriesView& series) {
  const std::vector<store::BlobRef> refs = series.Blobs(board.settings.compatible_generations);
  if (refs.empty()) return Fail(ErrorCode::kNotFound, "Not found");
  FL_ASSIGN_OR_RETURN(const store::TensorValue value, board.blobs.Read(refs.back()));
  Message message;
  if (value.strings.empty() || !message.ParseFromString(value.strings.front()))
    return Fail(ErrorCode::kDataLoss, "the message of {} cannot be read", Quoted(series.tag()));
  return message;
}

// The graphs of a trace as one: a single one as it is, several with "graph_1/" and so on before their nodes and
// "graph_1_" before their functions.
proto::GraphDef MergedGraph(const proto::RunMetadata& metadata) {
  if (metadata.function_graphs_size() == 1)
    return metadata.function_graphs(0).pre_optimization_graph();
  proto::GraphDef merged;
  int number = 0;
  for (const auto& graphs : metadata.function_graphs()) {
    ++number;
    const proto::GraphDef& graph = graphs.pre_optimization_graph();
    const std::string node_prefix = fmt::format("graph_{}/", number);
    const std::string function_prefix = fmt::format("graph_{}_", number);
    for (const proto::NodeDef& node : graph.node()) {
      proto::NodeDef* const copy = merged.add_node();
      *copy = node;
      copy->set_name(node_prefix + node.name());
      for (std::string& input : *copy->mutable_input()) input = node_prefix + input;
      const auto function = copy->mutable_attr()->find("f");
      if (function != copy->mutable_attr()->end() && node.op() == "PartitionedCall")
        function->second.mutable_func()->set_name(function_prefix + function->second.func().name());
    }
    for (const auto& function : graph.library().function()) {
      auto* const copy = merged.mutable_library()->add_function();
      *copy = function;
      copy->mutable_signature()->set_name(function_prefix + function.signature().name());
    }
    for (const auto& gradient : graph.library().gradient()) {
      auto* const copy = merged.mutable_library()->add_gradient();
      copy->set_function_name(function_prefix + gradient.function_name());
      copy->set_gradient_func(function_prefix + gradient.gradient_func());
    }
    if (number == 1 && graph.has_versions()) *merged.mutable_versions() = graph.versions();
  }
  return merged;
}

// Takes attributes larger than `limit` out of the nodes and names them in the attribute `key`.
void CutLargeAttributes(proto::GraphDef& graph, uint64_t limit, const std::string& key) {
  for (proto::NodeDef& node : *graph.mutable_node()) {
    std::vector<std::string> large;
    for (const auto& [name, value] : node.attr()) {
      if (value.ByteSizeLong() > limit) large.push_back(name);
    }
    std::sort(large.begin(), large.end());
    for (const std::string& name : large) {
      node.mutable_attr()->erase(name);
      (*node.mutable_attr())[key].mutable_list()->add_s(name);
    }
  }
}

http::Response TextForm(const google::protobuf::Message& message) {
  http::Response response;
  response.content_type = "text/x-protobuf; charset=utf-8";
  google::protobuf::TextFormat::PrintToString(message, &response.body);
  return response;
}

http::Response FailureResponse(const Error& error) {
  if (error.code == ErrorCode::kNotFound) return http::TextResponse(404, "Not found");
  return CompatibleErrorPage(500, error.message);
}

http::Response Graph(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!run) return http::TextResponse(400, "query parameter \"run\" is required");
  const auto limit =
      IntegerParameter(query, "limit_attr_size", 0, std::numeric_limits<int64_t>::min(),
                       std::numeric_limits<int64_t>::max());
  if (!limit)
    return http::TextResponse(400, "query parameter `limit_attr_size` must be an integer");
  const auto key = query.First("large_attrs_key");
  const bool has_limit = query.First("limit_attr_size").has_value();
  if (has_limit && (*limit <= 0 || !key))
    return CompatibleErrorPage(500,
                               "limit_attr_size must be above 0 and comes with large_attrs_key.");
  if (query.First("conceptual") == "true")
    return http::TextResponse(404, "Not found: conceptual graphs of Keras are not served");

  const store::Snapshot snapshot = board.store.TakeSnapshot();
  Result<proto::GraphDef> graph = Fail(ErrorCode::kNotFound, "Not found");
  if (!tag || tag->empty()) {
    if (const auto series = FindSeries(snapshot, "graphs", *run, kRunGraph))
      graph = NewestMessage<proto::GraphDef>(board, *series);
  } else {
    for (const std::string_view kind : {"graph_run_metadata", "graph_run_metadata_graph"}) {
      const auto series = FindSeries(snapshot, kind, *run, *tag);
      if (!series) continue;
      graph = NewestMessage<proto::RunMetadata>(board, *series).map(MergedGraph);
      break;
    }
  }
  if (!graph) return FailureResponse(graph.error());
  if (has_limit) CutLargeAttributes(*graph, static_cast<uint64_t>(*limit), std::string(*key));
  return TextForm(*graph);
}

http::Response RunMetadata(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!tag) return http::TextResponse(400, "query parameter \"tag\" is required");
  if (!run) return http::TextResponse(400, "query parameter \"run\" is required");
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  for (const std::string_view kind : {"graph_tagged_run_metadata", "graph_run_metadata"}) {
    const auto series = FindSeries(snapshot, kind, *run, *tag);
    if (!series) continue;
    const auto metadata = NewestMessage<proto::RunMetadata>(board, *series);
    return metadata ? TextForm(*metadata) : FailureResponse(metadata.error());
  }
  return http::TextResponse(404, "Not found");
}

}  // namespace

void AddCompatibleGraphRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/graphs/info", Info);
  AddCompatibleRoute(router, board, "/data/plugin/graphs/graph", Graph);
  AddCompatibleRoute(router, board, "/data/plugin/graphs/run_metadata", RunMetadata);
}

}  // namespace fanlight::api
