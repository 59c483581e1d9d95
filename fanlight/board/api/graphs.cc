// /api/v1/graphs and /api/v1/graph/…: which graphs there are, what is drawn inside a scope, what is known of a node.
// docs/api-v1.md tells each answer.

#include <fmt/format.h>

#include <span>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/graph_cache.h"
#include "fanlight/board/api/graph_json.h"
#include "fanlight/board/api/graph_source.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/graphs/graph_file.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr size_t kGraphsKept = 4;
constexpr size_t kFilesKept = 4;
constexpr size_t kMostScopes = 500;  // In one request.

class GraphRoutes {
 public:
  explicit GraphRoutes(const Board& board) : board_(board) {}

  Result<http::Response> List(const http::Request& request);
  Result<http::Response> Nodes(const http::Request& request);
  Result<http::Response> Scopes(const http::Request& request);
  Result<http::Response> Node(const http::Request& request);
  Result<http::Response> Trace(const http::Request& request);
  Result<http::Response> Open(const http::Request& request);

 private:
  struct Asked {
    std::shared_ptr<const LoadedGraph> graph;
    std::shared_ptr<const graphs::RunStats> stats;  // Null unless asked for.
  };
  Result<Asked> Load(const http::Fields& query);
  Result<std::shared_ptr<const LoadedGraph>> LoadGraph(const http::Fields& query,
                                                       const store::Snapshot& snapshot);
  Result<graphs::Spot> SpotParameter(const LoadedGraph& graph, const http::Fields& query);

  const Board& board_;
  RecentValues<LoadedGraph> graphs_{kGraphsKept};
  RecentValues<proto::GraphDef> files_{kFilesKept};
};

PathSet Paths(const http::Fields& query, std::string_view name) {
  PathSet paths;
  for (const std::string_view path : query.All(name)) paths.emplace(path);
  return paths;
}

std::string Joined(const PathSet& paths) {
  std::string text;
  for (const std::string& path : paths) text += std::to_string(path.size()) + ":" + path;
  return text;
}

Result<GraphType> TypeParameter(const http::Fields& query) {
  const std::string_view type = query.First("type").value_or("ops");
  if (type == "ops") return GraphType::kOps;
  if (type == "conceptual") return GraphType::kConceptual;
  return Fail(ErrorCode::kInvalidArgument, "type must be ops or conceptual, got {}", Quoted(type));
}

Result<std::shared_ptr<const LoadedGraph>> GraphRoutes::LoadGraph(const http::Fields& query,
                                                                  const store::Snapshot& snapshot) {
  const PathSet ungrouped = Paths(query, "ungrouped");
  if (const auto file = query.First("file")) {
    const std::string key = "file " + std::string(*file) + " " + Joined(ungrouped);
    if (auto known = graphs_.Find(key)) return known;
    const auto def = files_.Find(*file);
    if (def == nullptr)
      return Fail(ErrorCode::kNotFound, "the opened file is no longer kept: open it again");
    auto made = std::make_shared<const LoadedGraph>(*def, ungrouped);
    graphs_.Put(key, made);
    return made;
  }
  FL_ASSIGN_OR_RETURN(const store::RunFacts* run, RunParameter(snapshot, query));
  FL_ASSIGN_OR_RETURN(const GraphType type, TypeParameter(query));
  FL_ASSIGN_OR_RETURN(const GraphSeries source,
                      FindGraph(snapshot, run->id, query.First("tag").value_or(""), type));
  FL_ASSIGN_OR_RETURN(const store::BlobRef ref, NewestGraph(board_, source.series));
  const std::string key =
      fmt::format("run {} {} {} {} {} {}", run->id.index, static_cast<int>(type), ref.file.index,
                  ref.record_offset, ref.value_index, Joined(ungrouped));
  if (auto known = graphs_.Find(key)) return known;
  FL_ASSIGN_OR_RETURN(proto::GraphDef def, ReadGraph(board_, source, ref, Merging::kWhole));
  auto made = std::make_shared<const LoadedGraph>(std::move(def), ungrouped);
  graphs_.Put(key, made);
  return made;
}

Result<GraphRoutes::Asked> GraphRoutes::Load(const http::Fields& query) {
  const store::Snapshot snapshot = board_.store.TakeSnapshot();
  Asked asked;
  FL_ASSIGN_OR_RETURN(asked.graph, LoadGraph(query, snapshot));
  if (const auto tag = query.First("stats"); tag && !query.First("file")) {
    FL_ASSIGN_OR_RETURN(const store::RunFacts* run, RunParameter(snapshot, query));
    FL_ASSIGN_OR_RETURN(const proto::RunMetadata metadata,
                        ReadRunMetadata(board_, snapshot, run->id, *tag));
    asked.stats = std::make_shared<const graphs::RunStats>(asked.graph->hierarchy, metadata,
                                                           Paths(query, "without"));
  }
  return asked;
}

// `path`: an item as it is drawn; `name`: a node as the file calls it, which may be a constant that stands at another
// one. A scope and a node beside it share a name.
Result<graphs::Spot> GraphRoutes::SpotParameter(const LoadedGraph& graph,
                                                const http::Fields& query) {
  const auto name = query.First("name");
  const auto path = query.First("path");
  if (!path && !name)
    return Fail(ErrorCode::kInvalidArgument, "the parameter \"path\" or \"name\" is missing");
  if (path) {
    if (auto spot = graph.calls.Find(*path)) return *std::move(spot);
  }
  const std::string_view wanted = name.value_or(path.value_or(""));
  if (const auto node = graph.flat.Find(wanted))
    return graphs::Spot{.item = graph.hierarchy.ItemOfNode(*node)};
  return Fail(ErrorCode::kNotFound, "the graph has no drawn node or scope {}", Quoted(wanted));
}

Result<http::Response> GraphRoutes::List(const http::Request&) {
  const store::Snapshot snapshot = board_.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change()).Key("runs").BeginArray();
  for (const store::RunFacts* run : snapshot.Runs()) {
    const std::vector<GraphTag> tags = GraphTagsOf(snapshot, run->id);
    if (tags.empty()) continue;
    json.BeginObject().Key("run").Uint(run->id.index).Key("tags").BeginArray();
    for (const GraphTag& tag : tags) {
      json.BeginObject().Key("tag").Text(tag.tag).Key("ops").Bool(tag.has_ops);
      json.Key("conceptual").Bool(tag.has_conceptual).Key("profile").Bool(tag.has_profile);
      json.EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> GraphRoutes::Nodes(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("nodes");
  AppendNodes(json, asked.graph->def);
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

// With those of its functions.
int64_t NodesOf(const proto::GraphDef& graph) {
  int64_t nodes = graph.node_size();
  for (const auto& function : graph.library().function()) nodes += function.node_def_size();
  return nodes;
}

bool CanOpen(const LoadedGraph& graph, const graphs::Spot& spot) {
  return graph.hierarchy.item(spot.item).kind != graphs::ItemKind::kOp ||
         !graph.calls.CalleesOf(spot.item).empty();
}

Result<http::Response> GraphRoutes::Scopes(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  graphs::ViewOptions options;
  options.puts_hubs_aside = query.First("hubs") != "keep";
  options.kept = Paths(query, "kept");
  options.aside = Paths(query, "aside");
  std::vector<std::string_view> paths = query.All("path");
  if (paths.empty()) paths.emplace_back();
  if (paths.size() > kMostScopes)
    return Fail(ErrorCode::kInvalidArgument, "at most {} scopes in one request, got {}",
                kMostScopes, paths.size());
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("total").Int(NodesOf(asked.graph->def));
  json.Key("drawn").Uint(asked.graph->flat.nodes.size());
  json.Key("edges").Uint(asked.graph->flat.edges.size());
  if (asked.stats != nullptr) {
    json.Key("stats_devices").BeginArray();
    for (const std::string& device : asked.stats->devices()) json.Text(device);
    json.EndArray();
  }
  json.Key("scopes").BeginArray();
  for (const std::string_view path : paths) {
    const auto spot = asked.graph->calls.Find(path);
    // A link may name scopes that a newer graph lacks: the others are what was asked for.
    if (!spot || !CanOpen(*asked.graph, *spot)) continue;
    AppendScope(json, *asked.graph, asked.stats.get(), *spot, options);
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> GraphRoutes::Node(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  FL_ASSIGN_OR_RETURN(const graphs::Spot spot, SpotParameter(*asked.graph, query));
  JsonWriter json(JsonWriter::Style::kCompact);
  AppendFacts(json, *asked.graph, asked.stats.get(), spot);
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> GraphRoutes::Trace(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  FL_ASSIGN_OR_RETURN(const graphs::Spot spot, SpotParameter(*asked.graph, query));
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("paths").BeginArray();
  for (const std::string& path : asked.graph->calls.Trace(spot, Paths(query, "open")))
    json.Text(path);
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

// Keeps the graph of a file for the requests that follow, under a name made of its bytes. Nothing is written anywhere.
Result<http::Response> GraphRoutes::Open(const http::Request& request) {
  // A page of another site cannot send this header without asking first, and is refused then.
  if (!request.headers.Header("X-Fanlight"))
    return Fail(ErrorCode::kPermissionDenied, "the header X-Fanlight is missing");
  FL_ASSIGN_OR_RETURN(proto::GraphDef graph, graphs::ParseGraphFile(request.body));
  const std::string id = fmt::format("{:08x}-{:x}", Crc32c(std::as_bytes(std::span(request.body))),
                                     request.body.size());
  const int nodes = graph.node_size();
  files_.Put(id, std::make_shared<const proto::GraphDef>(std::move(graph)));
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("file").Text(id).Key("nodes").Int(nodes).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AddGraphRoutes(http::Router& router, const Board& board) {
  const auto routes = std::make_shared<GraphRoutes>(board);
  using Answer = Result<http::Response> (GraphRoutes::*)(const http::Request&);
  const auto answering = [&](Answer answer) -> http::Handler {
    return [routes, answer](const http::Request& request) {
      auto response = ((*routes).*answer)(request);
      return response ? *std::move(response) : ErrorResponse(response.error());
    };
  };
  router.Get("/api/v1/graphs", answering(&GraphRoutes::List));
  router.Get("/api/v1/graph", answering(&GraphRoutes::Nodes));
  router.Get("/api/v1/graph/scopes", answering(&GraphRoutes::Scopes));
  router.Get("/api/v1/graph/node", answering(&GraphRoutes::Node));
  router.Get("/api/v1/graph/trace", answering(&GraphRoutes::Trace));
  router.Post("/api/v1/graph/open", answering(&GraphRoutes::Open));
}

}  // namespace fanlight::api
