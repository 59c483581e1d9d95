// TensorBoard's graphs plugin: which graphs a run has, and each as a GraphDef in text form.

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <limits>

#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/graph_source.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"
#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight::api {
namespace {

http::Response Info(const Board& board, const http::Request&) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    const std::vector<GraphTag> tags = GraphTagsOf(snapshot, run->id);
    if (tags.empty()) continue;
    json.Key(run->display_name).BeginObject().Key("run").Text(run->display_name);
    json.Key("tags").BeginObject();
    for (const GraphTag& tag : tags) {
      if (tag.tag.empty()) continue;
      json.Key(tag.tag).BeginObject().Key("tag").Text(tag.tag);
      json.Key("conceptual_graph").Bool(tag.has_conceptual);
      json.Key("op_graph").Bool(tag.has_ops).Key("profile").Bool(tag.has_profile).EndObject();
    }
    json.EndObject().Key("run_graph").Bool(tags.front().tag.empty() && tags.front().has_ops);
    json.EndObject();
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
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
  const GraphType type =
      query.First("conceptual") == "true" ? GraphType::kConceptual : GraphType::kOps;
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const store::RunFacts* const facts = snapshot.FindRun(*run);
  if (facts == nullptr) return http::TextResponse(404, "Not found");
  Result<proto::GraphDef> graph =
      FindGraph(snapshot, facts->id, tag.value_or(""), type)
          .and_then([&](const GraphSeries& source) {
            return NewestGraph(board, source.series).and_then([&](const store::BlobRef& ref) {
              return ReadGraph(board, source, ref, Merging::kAsTensorBoard);
            });
          });
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
  const store::RunFacts* const facts = snapshot.FindRun(*run);
  if (facts == nullptr) return http::TextResponse(404, "Not found");
  const auto metadata = ReadRunMetadata(board, snapshot, facts->id, *tag);
  return metadata ? TextForm(*metadata) : FailureResponse(metadata.error());
}

}  // namespace

void AddCompatibleGraphRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/graphs/info", Info);
  AddCompatibleRoute(router, board, "/data/plugin/graphs/graph", Graph);
  AddCompatibleRoute(router, board, "/data/plugin/graphs/run_metadata", RunMetadata);
}

}  // namespace fanlight::api
