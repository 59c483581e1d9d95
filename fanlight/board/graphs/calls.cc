#include "fanlight/board/graphs/calls.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace fanlight::graphs {
namespace {

// Calls inside one another, and cuts of a path that are tried for each: more is somebody's joke.
constexpr size_t kMostEntered = 32;
constexpr size_t kMostCuts = 256;

const std::vector<Callee> kNoCallees;

// The paths of `paths` below a body as the library calls them.
std::set<std::string, std::less<>> InLibrary(const std::set<std::string, std::less<>>& paths,
                                             const std::string& below, const std::string& scope) {
  std::set<std::string, std::less<>> found;
  const std::string prefix = below + "/";
  for (auto each = paths.lower_bound(prefix); each != paths.end() && each->starts_with(prefix);
       ++each)
    found.insert(scope + "/" + each->substr(prefix.size()));
  return found;
}

std::optional<size_t> Number(std::string_view text) {
  size_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Calls::Calls(const proto::GraphDef& graph, const Hierarchy& hierarchy) : hierarchy_(hierarchy) {
  for (const auto& function : graph.library().function()) AddBody(function);
  if (bodies_.empty()) return;
  const FlatGraph& flat = hierarchy_.graph();
  for (uint32_t node = 0; node < flat.nodes.size(); ++node) {
    if (flat.nodes[node].source != nullptr)
      AddCallees(hierarchy_.ItemOfNode(node), flat.nodes[node]);
  }
  IndexEdges();
}

void Calls::AddBody(const proto::FunctionDef& function) {
  const std::string path = std::string(kFunctionLibrary) + "/" + function.signature().name();
  const auto scope = hierarchy_.Find(path);
  if (!scope || hierarchy_.item(*scope).kind != ItemKind::kScope) return;
  Body body{.function = &function, .scope = *scope};
  const auto item_of = [&](std::string_view name) {
    const auto node = hierarchy_.graph().Find(path + "/" + std::string(name));
    return node ? hierarchy_.ItemOfNode(*node) : kRoot;
  };
  for (const auto& argument : function.signature().input_arg())
    body.parameters.push_back(item_of(argument.name()));
  for (const auto& argument : function.signature().output_arg()) {
    const auto found = function.ret().find(argument.name());
    // Functions of old files name the node as the result.
    const InputText text =
        ParseInput(found == function.ret().end() ? argument.name() : found->second);
    body.results.push_back({item_of(text.node), std::string(text.output)});
  }
  const auto number = static_cast<uint32_t>(bodies_.size());
  if (!body_of_name_.emplace(function.signature().name(), number).second) return;
  body_of_scope_.emplace(*scope, number);
  bodies_.push_back(std::move(body));
}

void Calls::AddCallees(ItemId item, const FlatNode& node) {
  std::vector<Callee> callees;
  const auto add = [&](const std::string& part, const std::string& function) {
    const auto found = body_of_name_.find(function);
    if (found != body_of_name_.end())
      callees.push_back({.part = part, .body = found->second, .gives_results = part != "cond"});
  };
  if (body_of_name_.contains(node.op)) {
    add("", node.op);
  } else {
    const std::map<std::string, proto::AttrValue> sorted(node.source->attr().begin(),
                                                         node.source->attr().end());
    for (const auto& [name, value] : sorted) {
      if (value.has_func()) add(name, value.func().name());
      for (int i = 0; i < value.list().func_size(); ++i)
        add(name + "_" + std::to_string(i), value.list().func(i).name());
    }
  }
  if (callees.empty()) return;
  const auto inputs = static_cast<size_t>(
      std::count_if(node.source->input().begin(), node.source->input().end(),
                    [](const std::string& text) { return !text.starts_with('^'); }));
  for (Callee& callee : callees) {
    Body& body = bodies_[callee.body];
    if (inputs == body.parameters.size() || inputs == body.parameters.size() + 1)
      callee.first_input = static_cast<uint32_t>(inputs - body.parameters.size());
    if (body.usages.empty() || body.usages.back() != item) body.usages.push_back(item);
    if (callees.size() == 1) callee.part.clear();
  }
  callees_.emplace(item, std::move(callees));
}

void Calls::IndexEdges() {
  if (callees_.empty()) return;
  const FlatGraph& flat = hierarchy_.graph();
  for (uint32_t edge = 0; edge < flat.edges.size(); ++edge) {
    for (const uint32_t node : {flat.edges[edge].from, flat.edges[edge].to}) {
      const ItemId item = hierarchy_.ItemOfNode(node);
      if (callees_.contains(item)) edges_of_call_[item].push_back(edge);
    }
  }
}

const std::vector<Callee>& Calls::CalleesOf(ItemId item) const {
  const auto found = callees_.find(item);
  return found == callees_.end() ? kNoCallees : found->second;
}

const Body* Calls::FunctionAt(ItemId scope) const {
  const auto found = body_of_scope_.find(scope);
  return found == body_of_scope_.end() ? nullptr : &bodies_[found->second];
}

uint32_t Calls::NodesIn(ItemId item) const {
  const std::vector<Callee>& callees = CalleesOf(item);
  if (callees.empty()) return hierarchy_.item(item).nodes;
  uint32_t nodes = 0;
  for (const Callee& callee : callees) nodes += hierarchy_.item(BodyOf(callee).scope).nodes;
  return nodes;
}

std::optional<size_t> Calls::ResultOf(std::string_view output, const Body& body) const {
  // In functions: "result:0", or of PartitionedCall "output:2".
  const size_t colon = output.find(':');
  const auto number = Number(output.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!number) return std::nullopt;
  size_t result = *number;
  if (colon != std::string_view::npos) {
    const auto& results = body.function->signature().output_arg();
    for (int i = 0; i < results.size(); ++i)
      if (results[i].name() == output.substr(0, colon)) result = *number + static_cast<size_t>(i);
  }
  if (result >= body.results.size()) return std::nullopt;
  return result;
}

bool Calls::Feeds(const FlatEdge& edge, const Callee& callee, size_t parameter) const {
  if (edge.is_control || !callee.first_input) return false;
  const auto& inputs = hierarchy_.graph().nodes[edge.to].source->input();
  const size_t wanted = parameter + *callee.first_input;
  if (edge.input > wanted || wanted >= static_cast<size_t>(inputs.size())) return false;
  // An edge stands for all inputs in a row from one node.
  const std::string_view node = ParseInput(inputs[static_cast<int>(edge.input)]).node;
  for (size_t i = edge.input; i <= wanted; ++i)
    if (ParseInput(inputs[static_cast<int>(i)]).node != node) return false;
  return true;
}

std::string Calls::PathOf(const std::vector<Entered>& through, size_t depth, ItemId item) const {
  const std::string& path = hierarchy_.item(item).path;
  if (depth == 0) return path;
  const Entered& last = through[depth - 1];
  return last.path + path.substr(hierarchy_.item(BodyOf(*last.callee).scope).path.size());
}

std::string Calls::PathOf(const Spot& spot) const {
  return PathOf(spot.through, spot.through.size(), spot.item);
}

Spot Calls::Enter(const Spot& call, const Callee& callee) const {
  Spot inside{.through = call.through, .item = BodyOf(callee).scope};
  std::string path = PathOf(call);
  if (!callee.part.empty()) path += "/" + callee.part;
  inside.through.push_back({call.item, &callee, std::move(path)});
  return inside;
}

std::optional<Spot> Calls::Find(std::string_view path) const {
  Spot spot;
  std::string base;
  for (std::string_view rest = path; spot.through.size() < kMostEntered;) {
    if (const auto item = hierarchy_.Find(base + std::string(rest))) {
      spot.item = *item;
      return spot;
    }
    if (callees_.empty()) return std::nullopt;
    // The shortest beginning that is a call.
    size_t cut = rest.find('/', 1);
    std::optional<ItemId> call;
    for (size_t tries = 0; tries < kMostCuts && cut != std::string_view::npos; ++tries) {
      call = hierarchy_.Find(base + std::string(rest.substr(0, cut)));
      if (call && callees_.contains(*call)) break;
      call.reset();
      cut = rest.find('/', cut + 1);
    }
    if (!call) return std::nullopt;
    rest.remove_prefix(cut + 1);
    const std::vector<Callee>& callees = callees_.at(*call);
    const Callee* entered = &callees.front();
    if (callees.size() > 1) {
      const std::string_view part = rest.substr(0, rest.find('/'));
      const auto found = std::find_if(callees.begin(), callees.end(),
                                      [&](const Callee& each) { return each.part == part; });
      if (found == callees.end()) return std::nullopt;
      entered = &*found;
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
    spot.item = *call;
    spot = Enter(spot, *entered);
    if (rest.empty()) return spot;
    base = hierarchy_.item(spot.item).path + "/";
  }
  return std::nullopt;
}

std::vector<std::string> Calls::ParentsOf(const Spot& spot) const {
  std::vector<std::string> parents;  // Innermost first, until the end.
  ItemId at = spot.item;
  for (size_t depth = spot.through.size();; --depth) {
    const ItemId top = depth == 0 ? kRoot : BodyOf(*spot.through[depth - 1].callee).scope;
    while (at != top) {
      at = hierarchy_.item(at).parent;
      // The body of what a call calls alone is the call itself.
      if (at != top || (depth > 0 && !spot.through[depth - 1].callee->part.empty()))
        parents.push_back(PathOf(spot.through, depth, at));
    }
    if (depth == 0) break;
    at = spot.through[depth - 1].call;
    parents.push_back(PathOf(spot.through, depth - 1, at));
  }
  std::reverse(parents.begin(), parents.end());
  return parents;
}

std::vector<Calls::OuterEnd> Calls::InputEnds(const std::vector<Entered>& through, size_t depth,
                                              size_t parameter) const {
  std::vector<OuterEnd> ends;
  const Entered& last = through[depth - 1];
  const auto edges = edges_of_call_.find(last.call);
  if (edges == edges_of_call_.end()) return ends;
  for (const uint32_t number : edges->second) {
    const FlatEdge& edge = hierarchy_.graph().edges[number];
    if (hierarchy_.ItemOfNode(edge.to) != last.call || !Feeds(edge, *last.callee, parameter))
      continue;
    const auto [outside, border] = hierarchy_.EndsOf(edge);
    ends.push_back({depth - 1, outside, border, number});
  }
  return ends;
}

std::vector<Calls::OuterEnd> Calls::OutputEnds(const std::vector<Entered>& through, size_t depth,
                                               size_t result) const {
  std::vector<OuterEnd> ends;
  const Entered& last = through[depth - 1];
  if (!last.callee->gives_results) return ends;
  const Body& body = BodyOf(*last.callee);
  const auto edges = edges_of_call_.find(last.call);
  if (edges != edges_of_call_.end()) {
    for (const uint32_t number : edges->second) {
      const FlatEdge& edge = hierarchy_.graph().edges[number];
      if (edge.is_control || hierarchy_.ItemOfNode(edge.from) != last.call ||
          ResultOf(edge.output, body) != result)
        continue;
      const auto [border, outside] = hierarchy_.EndsOf(edge);
      ends.push_back({depth - 1, outside, border, number});
    }
  }
  if (depth == 1) return ends;
  // What the function around the call returns of it goes on outside of that.
  const std::vector<Body::Returned>& results = BodyOf(*through[depth - 2].callee).results;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].item != last.call || ResultOf(results[i].output, body) != result) continue;
    const std::vector<OuterEnd> further = OutputEnds(through, depth - 1, i);
    ends.insert(ends.end(), further.begin(), further.end());
  }
  return ends;
}

SpotView Calls::View(const Spot& spot, const ViewOptions& options) const {
  const std::vector<Callee>& callees = CalleesOf(spot.item);
  if (callees.size() > 1) return ViewOfSeveral(spot, options);
  const Spot inside = callees.empty() ? spot : Enter(spot, callees.front());
  ViewOptions here = options;
  if (!inside.through.empty()) {
    const Entered& last = inside.through.back();
    const std::string& scope = hierarchy_.item(BodyOf(*last.callee).scope).path;
    here.kept = InLibrary(options.kept, last.path, scope);
    here.aside = InLibrary(options.aside, last.path, scope);
  }
  const ScopeView drawn = hierarchy_.View(inside.item, here);
  const auto path_of = [&](ItemId item) {
    return PathOf(inside.through, inside.through.size(), item);
  };
  SpotView view;
  for (const ViewItem& item : drawn.items)
    view.items.push_back({path_of(item.item), item.item, item.place});
  for (const Bundle& line : drawn.lines)
    view.lines.push_back({path_of(line.from), path_of(line.to), line});
  for (const Bundle& shortcut : drawn.shortcuts)
    view.shortcuts.push_back({path_of(shortcut.from), path_of(shortcut.to), shortcut});
  for (const Crossing& each : drawn.crossings)
    view.crossings.push_back(
        {path_of(each.inside), path_of(each.outside), each.is_input, each.is_drawn, each.bundle});
  if (!inside.through.empty()) AddOuterCrossings(inside, "", options, view);
  return view;
}

SpotView Calls::ViewOfSeveral(const Spot& call, const ViewOptions& options) const {
  SpotView view;
  for (const Callee& callee : CalleesOf(call.item)) {
    const Spot inside = Enter(call, callee);
    const std::string path = PathOf(inside);
    const bool is_aside = options.aside.contains(path);
    view.items.push_back({path, inside.item, is_aside ? Place::kAsideIn : Place::kMain});
    AddOuterCrossings(inside, path, options, view);
  }
  return view;
}

// What of the body's parameters and results lies at `spot` goes on outside of the calls. `part`: the body as a whole is one
// box of the view, called so.
void Calls::AddOuterCrossings(const Spot& spot, const std::string& part, const ViewOptions& options,
                              SpotView& view) const {
  const size_t depth = spot.through.size();
  const Body& body = BodyOf(*spot.through.back().callee);
  struct Outer {
    Bundle bundle;
    bool has_line = false;
  };
  std::map<std::tuple<std::string, std::string, bool>, Outer> crossings;
  std::map<std::pair<size_t, ItemId>, std::set<std::pair<ItemId, ItemId>>> lines_in;
  const auto has_line = [&](const OuterEnd& end, bool is_input) {
    const ItemId around = hierarchy_.item(end.border).parent;
    const auto [place, is_new] = lines_in.try_emplace({end.depth, around});
    if (is_new) {
      ViewOptions outer = options;
      if (end.depth > 0) {
        const Entered& entered = spot.through[end.depth - 1];
        const std::string& scope = hierarchy_.item(BodyOf(*entered.callee).scope).path;
        outer.kept = InLibrary(options.kept, entered.path, scope);
        outer.aside = InLibrary(options.aside, entered.path, scope);
      }
      for (const Bundle& line : hierarchy_.LinesIn(around, outer))
        place->second.emplace(line.from, line.to);
    }
    return place->second.contains(is_input ? std::pair(end.outside, end.border)
                                           : std::pair(end.border, end.outside));
  };
  const auto add = [&](ItemId end, bool is_input, const std::vector<OuterEnd>& outer) {
    if (end == kRoot || !hierarchy_.Contains(spot.item, end)) return;
    const ItemId child = hierarchy_.AncestorAt(end, hierarchy_.item(spot.item).depth + 1);
    const std::string inside = part.empty() ? PathOf(spot.through, depth, child) : part;
    for (const OuterEnd& each : outer) {
      Outer& crossing =
          crossings[{inside, PathOf(spot.through, each.depth, each.outside), is_input}];
      hierarchy_.AddEdge(crossing.bundle, each.edge);
      crossing.has_line = crossing.has_line || has_line(each, is_input);
    }
  };
  for (size_t i = 0; i < body.parameters.size(); ++i)
    add(body.parameters[i], true, InputEnds(spot.through, depth, i));
  for (size_t i = 0; i < body.results.size(); ++i)
    add(body.results[i].item, false, OutputEnds(spot.through, depth, i));

  std::map<std::pair<std::string, bool>, uint32_t> lines_of;
  for (const auto& [key, outer] : crossings) ++lines_of[{std::get<1>(key), std::get<2>(key)}];
  std::set<std::string, std::less<>> aside;
  for (const SpotItem& item : view.items)
    if (item.place != Place::kMain) aside.insert(item.path);
  for (const auto& [key, outer] : crossings) {
    const auto& [inside, outside, is_input] = key;
    const bool is_drawn = outer.has_line && !aside.contains(inside) &&
                          lines_of[{outside, is_input}] <= kMostCrossings;
    view.crossings.push_back({inside, outside, is_input, is_drawn, outer.bundle});
  }
}

Calls::Neighbours Calls::NeighboursOf(const Spot& spot) const {
  const size_t depth = spot.through.size();
  const bool is_op = hierarchy_.item(spot.item).kind == ItemKind::kOp;
  Neighbours neighbours;
  const Hierarchy::Neighbours near = hierarchy_.NeighboursOf(spot.item);
  for (const Bundle& bundle : near.inputs)
    neighbours.inputs.push_back({PathOf(spot.through, depth, bundle.from), bundle.from, bundle});
  for (const Bundle& bundle : near.outputs)
    neighbours.outputs.push_back({PathOf(spot.through, depth, bundle.to), bundle.to, bundle});
  if (depth == 0) return neighbours;

  const Body& body = BodyOf(*spot.through.back().callee);
  const auto add = [&](std::vector<Neighbour>& list, bool is_input,
                       const std::vector<OuterEnd>& outer) {
    for (const OuterEnd& end : outer) {
      const FlatEdge& edge = hierarchy_.graph().edges[end.edge];
      const ItemId other =
          is_op ? hierarchy_.ItemOfNode(is_input ? edge.from : edge.to) : end.outside;
      std::string path = PathOf(spot.through, end.depth, other);
      auto known = std::find_if(list.begin(), list.end(),
                                [&](const Neighbour& each) { return each.path == path; });
      if (known == list.end()) known = list.insert(list.end(), {std::move(path), other, {}});
      hierarchy_.AddEdge(known->bundle, end.edge);
    }
  };
  const auto holds = [&](ItemId item) {
    return item != kRoot && hierarchy_.Contains(spot.item, item);
  };
  for (size_t i = 0; i < body.parameters.size(); ++i)
    if (holds(body.parameters[i])) add(neighbours.inputs, true, InputEnds(spot.through, depth, i));
  for (size_t i = 0; i < body.results.size(); ++i)
    if (holds(body.results[i].item))
      add(neighbours.outputs, false, OutputEnds(spot.through, depth, i));
  return neighbours;
}

}  // namespace fanlight::graphs
