// /api/v1/graphs and /api/v1/graph/…: which graphs there are, what is drawn inside a scope, what is known of a node.
// docs/api-v1.md tells each answer.

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/graph_cache.h"
#include "fanlight/board/api/graph_source.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/graphs/graph_file.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

using graphs::Bundle;
using graphs::FlatGraph;
using graphs::FlatNode;
using graphs::Hierarchy;
using graphs::Item;
using graphs::ItemId;
using graphs::ItemKind;

constexpr size_t kGraphsKept = 4;
constexpr size_t kFilesKept = 4;
constexpr size_t kMostScopes = 500;           // In one request.
constexpr size_t kMostAttributeBytes = 4096;  // Of one attribute's text.
constexpr size_t kMostNeighbours = 1000;

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
  Result<ItemId> ItemParameter(const Hierarchy& hierarchy, const http::Fields& query);

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

std::string_view KindName(ItemKind kind) {
  switch (kind) {
    case ItemKind::kScope:
      return "scope";
    case ItemKind::kSeries:
      return "series";
    case ItemKind::kOp:
      return "op";
  }
  return "";
}

// Text of an attribute, cut where it is long: weights may be stored in a graph.
std::string AttributeText(const proto::AttrValue& value) {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetTruncateStringFieldLongerThan(static_cast<int64_t>(kMostAttributeBytes));
  if (value.ByteSizeLong() > (size_t{1} << 20))
    return fmt::format("({})", HumanBytes(value.ByteSizeLong()));
  printer.PrintToString(value, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.size() > kMostAttributeBytes) {
    const size_t whole = text.size();
    text.resize(kMostAttributeBytes);
    text += fmt::format("… ({} more)", HumanBytes(whole - kMostAttributeBytes));
  }
  return text;
}

void AppendAttached(JsonWriter& json, std::string_view key, const FlatGraph& flat,
                    const std::vector<uint32_t>& list) {
  if (list.empty()) return;
  json.Key(key).BeginArray();
  for (const uint32_t index : list) {
    const graphs::Attached& attached = flat.attached[index];
    json.BeginObject().Key("name").Text(attached.name).Key("op").Text(attached.op).EndObject();
  }
  json.EndArray();
}

void AppendStats(JsonWriter& json, const graphs::RunStats* stats, ItemId id) {
  if (stats == nullptr) return;
  if (const auto known = stats->Of(id))
    json.Key("time_us").Int(known->time_us()).Key("bytes").Int(known->bytes);
}

// What an op is called: by Keras its layers' class.
std::string OpOf(const FlatNode& node) {
  if (!node.op.empty() || node.source == nullptr) return node.op;
  const auto found = node.source->attr().find("keras_class");
  return found == node.source->attr().end() ? std::string() : found->second.s();
}

void AppendItem(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                const graphs::ViewItem& view) {
  const Item& item = graph.hierarchy.item(view.item);
  json.BeginObject().Key("path").Text(item.path).Key("kind").Text(KindName(item.kind));
  const std::string_view last = graphs::LastPartOf(item.path);
  json.Key("label").Text(last);
  if (view.place != graphs::Place::kMain)
    json.Key("aside").Text(view.place == graphs::Place::kAsideIn ? "in" : "out");
  if (item.kind == ItemKind::kOp) {
    const FlatNode& node = graph.flat.nodes[item.node];
    json.Key("op").Text(OpOf(node));
    if (node.role != graphs::NodeRole::kOp)
      json.Key("role").Text(node.role == graphs::NodeRole::kFunctionInput ? "input" : "output");
    AppendAttached(json, "constants", graph.flat, node.constants);
    AppendAttached(json, "summaries", graph.flat, node.summaries);
  } else {
    json.Key("nodes").Uint(item.nodes);
    if (item.structure) json.Key("structure").Uint(*item.structure);
    if (item.kind == ItemKind::kSeries)
      json.Key("op").Text(OpOf(graph.flat.nodes[graph.hierarchy.item(item.children.front()).node]));
  }
  json.Key("devices").BeginObject();
  for (const auto& [device, count] : item.devices) json.Key(device).Uint(count);
  json.EndObject();
  AppendStats(json, stats, view.item);
  json.EndObject();
}

void AppendBundle(JsonWriter& json, const LoadedGraph& graph, const Bundle& bundle) {
  json.Key("from").Text(graph.hierarchy.item(bundle.from).path);
  json.Key("to").Text(graph.hierarchy.item(bundle.to).path);
  json.Key("tensors").Uint(bundle.tensors).Key("controls").Uint(bundle.controls);
  if (bundle.references > 0) json.Key("references").Uint(bundle.references);
  json.Key("elements").Double(bundle.elements);
  if (bundle.tensors != 1) return;
  // The shape of the one tensor; its output's number is what the edge tells.
  const graphs::FlatEdge& edge = graph.flat.edges[bundle.edge];
  const FlatNode& source = graph.flat.nodes[edge.from];
  const size_t colon = edge.output.rfind(':');
  const std::string number =
      colon == std::string::npos ? edge.output : edge.output.substr(colon + 1);
  const size_t output = static_cast<size_t>(std::strtoul(number.c_str(), nullptr, 10));
  if (!edge.is_control && output < source.shapes.size())
    json.Key("shape").Text(source.shapes[output]);
}

void AppendBundles(JsonWriter& json, std::string_view key, const LoadedGraph& graph,
                   const std::vector<Bundle>& bundles) {
  json.Key(key).BeginArray();
  for (const Bundle& bundle : bundles) {
    json.BeginObject();
    AppendBundle(json, graph, bundle);
    json.EndObject();
  }
  json.EndArray();
}

void AppendScope(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                 ItemId scope, const graphs::ViewOptions& options) {
  const Item& item = graph.hierarchy.item(scope);
  const graphs::ScopeView view = graph.hierarchy.View(scope, options);
  json.BeginObject().Key("path").Text(item.path).Key("kind").Text(KindName(item.kind));
  json.Key("nodes").Uint(item.nodes);
  AppendStats(json, stats, scope);
  json.Key("items").BeginArray();
  for (const graphs::ViewItem& each : view.items) AppendItem(json, graph, stats, each);
  json.EndArray();
  AppendBundles(json, "lines", graph, view.lines);
  AppendBundles(json, "shortcuts", graph, view.shortcuts);
  json.Key("crossings").BeginArray();
  for (const graphs::Crossing& crossing : view.crossings) {
    json.BeginObject().Key("inside").Text(graph.hierarchy.item(crossing.inside).path);
    json.Key("outside").Text(graph.hierarchy.item(crossing.outside).path);
    json.Key("input").Bool(crossing.is_input).Key("drawn").Bool(crossing.is_drawn);
    AppendBundle(json, graph, crossing.bundle);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void AppendNeighbours(JsonWriter& json, std::string_view key, const LoadedGraph& graph,
                      const std::vector<Bundle>& bundles, bool are_inputs) {
  json.Key(key).BeginArray();
  for (size_t i = 0; i < std::min(bundles.size(), kMostNeighbours); ++i) {
    const Item& other = graph.hierarchy.item(are_inputs ? bundles[i].from : bundles[i].to);
    json.BeginObject().Key("path").Text(other.path).Key("kind").Text(KindName(other.kind));
    if (other.kind == ItemKind::kOp) json.Key("op").Text(OpOf(graph.flat.nodes[other.node]));
    AppendBundle(json, graph, bundles[i]);
    json.EndObject();
  }
  json.EndArray();
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
  FL_ASSIGN_OR_RETURN(proto::GraphDef def, ReadGraph(board_, source, ref));
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
    asked.stats = std::make_shared<const graphs::RunStats>(asked.graph->hierarchy, metadata);
  }
  return asked;
}

// `path`: an item as it is drawn; `name`: a node as the file calls it, which may be a constant that stands at another
// one. A scope and a node beside it share a name.
Result<ItemId> GraphRoutes::ItemParameter(const Hierarchy& hierarchy, const http::Fields& query) {
  const auto name = query.First("name");
  const auto path = query.First("path");
  if (!path && !name)
    return Fail(ErrorCode::kInvalidArgument, "the parameter \"path\" or \"name\" is missing");
  if (path) {
    if (const auto item = hierarchy.Find(*path)) return *item;
  }
  const std::string_view wanted = name.value_or(path.value_or(""));
  if (const auto node = hierarchy.graph().Find(wanted)) return hierarchy.ItemOfNode(*node);
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
  json.BeginObject().Key("nodes").BeginArray();
  for (const proto::NodeDef& node : asked.graph->def.node()) {
    json.BeginObject().Key("name").Text(node.name()).Key("op").Text(node.op());
    json.Key("inputs").BeginArray();
    for (const std::string& input : node.input()) json.Text(input);
    json.EndArray().Key("device").Text(node.device()).Key("shapes").BeginArray();
    const auto shapes = node.attr().find("_output_shapes");
    if (shapes != node.attr().end()) {
      for (const auto& shape : shapes->second.list().shape()) json.Text(graphs::ShapeText(shape));
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
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
  json.BeginObject().Key("total").Int(asked.graph->def.node_size());
  json.Key("drawn").Uint(asked.graph->flat.nodes.size());
  json.Key("edges").Uint(asked.graph->flat.edges.size()).Key("scopes").BeginArray();
  for (const std::string_view path : paths) {
    const auto scope = asked.graph->hierarchy.Find(path);
    // A link may name scopes that a newer graph lacks: the others are what was asked for.
    if (!scope || asked.graph->hierarchy.item(*scope).kind == ItemKind::kOp) continue;
    AppendScope(json, *asked.graph, asked.stats.get(), *scope, options);
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> GraphRoutes::Node(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  const LoadedGraph& graph = *asked.graph;
  FL_ASSIGN_OR_RETURN(const ItemId id, ItemParameter(graph.hierarchy, query));
  const Item& item = graph.hierarchy.item(id);
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("path").Text(item.path).Key("kind").Text(KindName(item.kind));
  json.Key("nodes").Uint(item.nodes).Key("devices").BeginObject();
  for (const auto& [device, count] : item.devices) json.Key(device).Uint(count);
  json.EndObject().Key("parents").BeginArray();
  std::vector<ItemId> parents;
  for (ItemId at = id; at != graphs::kRoot;) {
    at = graph.hierarchy.item(at).parent;
    if (at != graphs::kRoot) parents.push_back(at);
  }
  for (auto each = parents.rbegin(); each != parents.rend(); ++each)
    json.Text(graph.hierarchy.item(*each).path);
  json.EndArray().Key("attributes").BeginArray();
  if (item.kind == ItemKind::kOp && graph.flat.nodes[item.node].source != nullptr) {
    const proto::NodeDef& source = *graph.flat.nodes[item.node].source;
    std::vector<std::string> names;
    for (const auto& [name, value] : source.attr())
      if (name != "_output_shapes") names.push_back(name);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      json.BeginObject().Key("name").Text(name);
      json.Key("value").Text(AttributeText(source.attr().at(name))).EndObject();
    }
  }
  json.EndArray();
  if (item.kind == ItemKind::kOp) {
    const FlatNode& node = graph.flat.nodes[item.node];
    json.Key("name").Text(node.source == nullptr ? node.name : node.source->name());
    json.Key("op").Text(OpOf(node)).Key("shapes").BeginArray();
    for (const std::string& shape : node.shapes) json.Text(shape);
    json.EndArray();
    AppendAttached(json, "constants", graph.flat, node.constants);
    AppendAttached(json, "summaries", graph.flat, node.summaries);
  }
  const Hierarchy::Neighbours neighbours = graph.hierarchy.NeighboursOf(id);
  json.Key("input_count").Uint(neighbours.inputs.size());
  json.Key("output_count").Uint(neighbours.outputs.size());
  AppendNeighbours(json, "inputs", graph, neighbours.inputs, true);
  AppendNeighbours(json, "outputs", graph, neighbours.outputs, false);
  if (asked.stats != nullptr) {
    if (const auto stats = asked.stats->Of(id)) {
      json.Key("time_us").Int(stats->time_us()).Key("bytes").Int(stats->bytes);
      json.Key("output_sizes").BeginArray();
      for (const std::string& output : stats->outputs) json.Text(output);
      json.EndArray();
    }
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> GraphRoutes::Trace(const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  FL_ASSIGN_OR_RETURN(const Asked asked, Load(query));
  FL_ASSIGN_OR_RETURN(const ItemId id, ItemParameter(asked.graph->hierarchy, query));
  JsonWriter json(JsonWriter::Style::kCompact);
  // With every scope around a node of the trace: whatever of it is drawn stands on the trace.
  const Hierarchy& hierarchy = asked.graph->hierarchy;
  std::vector<bool> is_traced(hierarchy.items().size());
  for (const uint32_t node : hierarchy.InputsTraced(id)) {
    for (ItemId at = hierarchy.ItemOfNode(node); at != graphs::kRoot && !is_traced[at];
         at = hierarchy.item(at).parent)
      is_traced[at] = true;
  }
  json.BeginObject().Key("paths").BeginArray();
  for (ItemId at = 0; at < is_traced.size(); ++at)
    if (is_traced[at]) json.Text(hierarchy.item(at).path);
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
