#include "fanlight/board/api/graph_json.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "fanlight/base/text.h"

namespace fanlight::api {
namespace {

using graphs::Bundle;
using graphs::Calls;
using graphs::FlatGraph;
using graphs::FlatNode;
using graphs::Item;
using graphs::ItemId;
using graphs::ItemKind;
using graphs::Spot;

constexpr size_t kMostAttributeBytes = 4096;  // Of one attribute's text.
constexpr size_t kMostNeighbours = 1000;
constexpr size_t kMostUsages = 1000;

std::string_view KindName(const LoadedGraph& graph, ItemId id) {
  switch (graph.hierarchy.item(id).kind) {
    case ItemKind::kScope:
      return "scope";
    case ItemKind::kSeries:
      return "series";
    case ItemKind::kOp:
      return graph.calls.CalleesOf(id).empty() ? "op" : "call";
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

// A node seen through a call did not run under the library's name.
const graphs::RunStats* StatsAt(const Spot& spot, const graphs::RunStats* stats) {
  return spot.through.empty() ? stats : nullptr;
}

// What an op is called: by Keras its layers' class.
std::string OpOf(const FlatNode& node) {
  if (!node.op.empty() || node.source == nullptr) return node.op;
  const auto found = node.source->attr().find("keras_class");
  return found == node.source->attr().end() ? std::string() : found->second.s();
}

void AppendCounts(JsonWriter& json, std::string_view key,
                  const std::map<std::string, uint32_t>& counts) {
  json.Key(key).BeginObject();
  for (const auto& [name, count] : counts) json.Key(name).Uint(count);
  json.EndObject();
}

void AppendDevices(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                   ItemId id) {
  const Item& item = graph.hierarchy.item(id);
  AppendCounts(json, "devices", stats == nullptr ? item.devices : stats->DevicesOf(id));
  if (!item.clusters.empty()) AppendCounts(json, "clusters", item.clusters);
}

void AppendItem(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                const graphs::SpotItem& each) {
  const Item& item = graph.hierarchy.item(each.item);
  json.BeginObject().Key("path").Text(each.path).Key("kind").Text(KindName(graph, each.item));
  json.Key("label").Text(graphs::LastPartOf(each.path));
  if (each.place != graphs::Place::kMain)
    json.Key("aside").Text(each.place == graphs::Place::kAsideIn ? "in" : "out");
  if (item.kind == ItemKind::kOp) {
    const FlatNode& node = graph.flat.nodes[item.node];
    json.Key("op").Text(OpOf(node));
    if (node.role != graphs::NodeRole::kOp)
      json.Key("role").Text(node.role == graphs::NodeRole::kFunctionInput ? "input" : "output");
    if (!graph.calls.CalleesOf(each.item).empty())
      json.Key("nodes").Uint(graph.calls.NodesIn(each.item));
    AppendAttached(json, "constants", graph.flat, node.constants);
    AppendAttached(json, "summaries", graph.flat, node.summaries);
  } else {
    json.Key("nodes").Uint(item.nodes);
    if (item.structure) json.Key("structure").Uint(*item.structure);
    if (item.kind == ItemKind::kSeries) {
      json.Key("op").Text(OpOf(graph.flat.nodes[graph.hierarchy.item(item.children.front()).node]));
      json.Key("series").Text(item.path);
    }
  }
  AppendDevices(json, graph, stats, each.item);
  AppendStats(json, stats, each.item);
  json.EndObject();
}

void AppendBundle(JsonWriter& json, const LoadedGraph& graph, std::string_view from,
                  std::string_view to, const Bundle& bundle) {
  json.Key("from").Text(from).Key("to").Text(to);
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
                   const std::vector<graphs::SpotBundle>& bundles) {
  json.Key(key).BeginArray();
  for (const auto& [from, to, bundle] : bundles) {
    json.BeginObject();
    AppendBundle(json, graph, from, to, bundle);
    json.EndObject();
  }
  json.EndArray();
}

void AppendNeighbours(JsonWriter& json, std::string_view key, const LoadedGraph& graph,
                      std::string_view path, const std::vector<Calls::Neighbour>& list,
                      bool are_inputs) {
  json.Key(key).BeginArray();
  for (size_t i = 0; i < std::min(list.size(), kMostNeighbours); ++i) {
    const Calls::Neighbour& other = list[i];
    const Item& item = graph.hierarchy.item(other.item);
    json.BeginObject().Key("path").Text(other.path).Key("kind").Text(KindName(graph, other.item));
    if (item.kind == ItemKind::kOp) json.Key("op").Text(OpOf(graph.flat.nodes[item.node]));
    AppendBundle(json, graph, are_inputs ? std::string_view(other.path) : path,
                 are_inputs ? path : std::string_view(other.path), other.bundle);
    json.EndObject();
  }
  json.EndArray();
}

void AppendAttributes(JsonWriter& json, const FlatNode* node) {
  std::map<std::string, std::string> texts;
  if (node != nullptr && node->source != nullptr) {
    for (const auto& [name, value] : node->source->attr())
      if (name != "_output_shapes") texts.emplace(name, AttributeText(value));
  }
  if (node != nullptr && node->argument != nullptr) {
    const proto::OpDef::ArgDef& argument = *node->argument;
    texts.emplace("T", argument.type_attr().empty() ? proto::DataType_Name(argument.type())
                                                    : argument.type_attr());
  }
  json.Key("attributes").BeginArray();
  for (const auto& [name, text] : texts)
    json.BeginObject().Key("name").Text(name).Key("value").Text(text).EndObject();
  json.EndArray();
}

// What a call calls, and who calls a function.
void AppendFunctions(JsonWriter& json, const LoadedGraph& graph, const Spot& spot) {
  const auto& callees = graph.calls.CalleesOf(spot.item);
  if (!callees.empty()) {
    json.Key("functions").BeginArray();
    for (const graphs::Callee& callee : callees)
      json.Text(graph.hierarchy.item(graph.calls.BodyOf(callee).scope).path);
    json.EndArray();
  }
  const graphs::Body* const function = graph.calls.FunctionAt(spot.item);
  if (function == nullptr) return;
  json.Key("usage_count").Uint(function->usages.size()).Key("usages").BeginArray();
  for (size_t i = 0; i < std::min(function->usages.size(), kMostUsages); ++i)
    json.Text(graph.hierarchy.item(function->usages[i]).path);
  json.EndArray();
}

void AppendNode(JsonWriter& json, const proto::NodeDef& node, const std::string& scope) {
  json.BeginObject().Key("name").Text(scope + node.name()).Key("op").Text(node.op());
  json.Key("inputs").BeginArray();
  for (const std::string& input : node.input()) json.Text(input);
  json.EndArray().Key("device").Text(node.device()).Key("shapes").BeginArray();
  const auto shapes = node.attr().find("_output_shapes");
  if (shapes != node.attr().end()) {
    for (const auto& shape : shapes->second.list().shape()) json.Text(graphs::ShapeText(shape));
  }
  json.EndArray().EndObject();
}

}  // namespace

void AppendNodes(JsonWriter& json, const proto::GraphDef& graph) {
  json.BeginArray();
  for (const proto::NodeDef& node : graph.node()) AppendNode(json, node, "");
  for (const auto& function : graph.library().function()) {
    const std::string scope =
        std::string(graphs::kFunctionLibrary) + "/" + function.signature().name() + "/";
    for (const proto::NodeDef& node : function.node_def()) AppendNode(json, node, scope);
  }
  json.EndArray();
}

void AppendScope(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                 const Spot& spot, const graphs::ViewOptions& options) {
  const graphs::SpotView view = graph.calls.View(spot, options);
  const bool is_call = !graph.calls.CalleesOf(spot.item).empty();
  stats = StatsAt(spot, stats);
  json.BeginObject().Key("path").Text(graph.calls.PathOf(spot));
  json.Key("kind").Text(KindName(graph, spot.item));
  json.Key("nodes").Uint(graph.calls.NodesIn(spot.item));
  AppendStats(json, stats, spot.item);
  json.Key("items").BeginArray();
  for (const graphs::SpotItem& each : view.items)
    AppendItem(json, graph, is_call ? nullptr : stats, each);
  json.EndArray();
  AppendBundles(json, "lines", graph, view.lines);
  AppendBundles(json, "shortcuts", graph, view.shortcuts);
  json.Key("crossings").BeginArray();
  for (const graphs::SpotCrossing& crossing : view.crossings) {
    const auto& [inside, outside, is_input, is_drawn, bundle] = crossing;
    json.BeginObject().Key("inside").Text(inside).Key("outside").Text(outside);
    json.Key("input").Bool(is_input).Key("drawn").Bool(is_drawn);
    AppendBundle(json, graph, is_input ? outside : inside, is_input ? inside : outside, bundle);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void AppendFacts(JsonWriter& json, const LoadedGraph& graph, const graphs::RunStats* stats,
                 const Spot& spot) {
  const Item& item = graph.hierarchy.item(spot.item);
  const FlatNode* const node = item.kind == ItemKind::kOp ? &graph.flat.nodes[item.node] : nullptr;
  const std::string path = graph.calls.PathOf(spot);
  json.BeginObject().Key("path").Text(path).Key("kind").Text(KindName(graph, spot.item));
  json.Key("nodes").Uint(graph.calls.NodesIn(spot.item));
  AppendDevices(json, graph, StatsAt(spot, stats), spot.item);
  json.Key("parents").BeginArray();
  for (const std::string& parent : graph.calls.ParentsOf(spot)) json.Text(parent);
  json.EndArray();
  for (ItemId at = spot.item; at != graphs::kRoot; at = graph.hierarchy.item(at).parent) {
    if (graph.hierarchy.item(at).kind == ItemKind::kSeries)
      json.Key("series").Text(graph.hierarchy.item(at).path);
  }
  AppendAttributes(json, node);
  if (node != nullptr) {
    json.Key("name").Text(node->source == nullptr ? node->name : node->source->name());
    json.Key("op").Text(OpOf(*node)).Key("shapes").BeginArray();
    for (const std::string& shape : node->shapes) json.Text(shape);
    json.EndArray();
    AppendAttached(json, "constants", graph.flat, node->constants);
    AppendAttached(json, "summaries", graph.flat, node->summaries);
  }
  AppendFunctions(json, graph, spot);
  const Calls::Neighbours neighbours = graph.calls.NeighboursOf(spot);
  json.Key("input_count").Uint(neighbours.inputs.size());
  json.Key("output_count").Uint(neighbours.outputs.size());
  AppendNeighbours(json, "inputs", graph, path, neighbours.inputs, true);
  AppendNeighbours(json, "outputs", graph, path, neighbours.outputs, false);
  if (const auto* const here = StatsAt(spot, stats)) {
    if (const auto known = here->Of(spot.item)) {
      AppendStats(json, here, spot.item);
      json.Key("output_sizes").BeginArray();
      for (const std::string& output : known->outputs) json.Text(output);
      json.EndArray();
    }
  }
  json.EndObject();
}

}  // namespace fanlight::api
