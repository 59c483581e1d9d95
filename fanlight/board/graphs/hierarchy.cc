#include "fanlight/board/graphs/hierarchy.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace fanlight::graphs {
namespace {

constexpr size_t kLeastSeries = 5;

// "part12": "part" and 12; a name without a number at its end has the number 0.
struct Numbered {
  std::string prefix;
  uint64_t number = 0;
};
std::optional<Numbered> NumberedOf(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t end = name.size();
  while (end > 0 && is_digit(name[end - 1])) --end;
  Numbered numbered{.prefix = std::string(name.substr(0, end))};
  if (std::any_of(numbered.prefix.begin(), numbered.prefix.end(), is_digit)) return std::nullopt;
  if (end == name.size()) return numbered;
  const auto [stop, error] =
      std::from_chars(name.data() + end, name.data() + name.size(), numbered.number);
  if (error != std::errc() || numbered.number == UINT64_MAX) return std::nullopt;
  return numbered;
}

std::string Joined(std::string_view scope, std::string_view last) {
  return scope.empty() ? std::string(last) : std::string(scope) + "/" + std::string(last);
}

}  // namespace

Hierarchy::Hierarchy(const FlatGraph& graph, const std::set<std::string, std::less<>>& ungrouped)
    : graph_(graph), item_of_node_(graph.nodes.size()) {
  MakeScopes();
  MakeSeries(ungrouped);
  Count();
  HoldEdges();
  FindStructures();
}

ItemId Hierarchy::AddItem(Item item) {
  const auto id = static_cast<ItemId>(items_.size());
  by_path_.emplace(item.path, id);
  items_.push_back(std::move(item));
  return id;
}

void Hierarchy::MakeScopes() {
  AddItem({});
  for (size_t node = 0; node < graph_.nodes.size(); ++node) {
    const std::string& name = graph_.nodes[node].name;
    const std::string_view scope = ScopeOf(name);
    ItemId parent = kRoot;
    for (size_t begin = 0; begin < scope.size();) {
      // A slash at the very start belongs to the first part.
      const size_t end = std::min(scope.find('/', std::max<size_t>(begin, 1)), scope.size());
      const std::string path(scope.substr(0, end));
      const auto found = by_path_.find(path);
      if (found != by_path_.end() && items_[found->second].kind == ItemKind::kScope) {
        parent = found->second;
      } else {
        const ItemId made =
            AddItem({.path = path, .parent = parent, .depth = items_[parent].depth + 1});
        items_[parent].children.push_back(made);
        parent = made;
      }
      begin = end + 1;
    }
    const ItemId made = AddItem({.kind = ItemKind::kOp,
                                 .path = name,
                                 .parent = parent,
                                 .depth = items_[parent].depth + 1,
                                 .node = static_cast<uint32_t>(node)});
    items_[parent].children.push_back(made);
    item_of_node_[node] = made;
  }
}

void Hierarchy::MakeSeries(const std::set<std::string, std::less<>>& ungrouped) {
  const auto scopes = static_cast<ItemId>(items_.size());
  for (ItemId scope = 0; scope < scopes; ++scope) {
    if (items_[scope].kind != ItemKind::kScope || items_[scope].children.size() < kLeastSeries)
      continue;
    // Op and prefix → number → child.
    std::map<std::pair<std::string, std::string>, std::map<uint64_t, ItemId>> groups;
    for (const ItemId child : items_[scope].children) {
      const Item& item = items_[child];
      if (item.kind != ItemKind::kOp || graph_.nodes[item.node].role != NodeRole::kOp) continue;
      const std::string& op = graph_.nodes[item.node].op;
      auto numbered = NumberedOf(LastPartOf(item.path));
      if (op.empty() || !numbered) continue;
      groups[{op, std::move(numbered->prefix)}].emplace(numbered->number, child);
    }
    std::vector<ItemId> series_of(items_.size(), kRoot);
    bool has_series = false;
    for (const auto& [key, members] : groups) {
      for (auto first = members.begin(); first != members.end();) {
        auto last = first;
        size_t count = 1;
        for (auto next = std::next(first); next != members.end() && next->first == last->first + 1;
             ++next, ++count)
          last = next;
        const std::string path =
            Joined(items_[scope].path, key.second + "[" + std::to_string(first->first) + "-" +
                                           std::to_string(last->first) + "]");
        if (count >= kLeastSeries && !ungrouped.contains(path) && !by_path_.contains(path)) {
          const ItemId series = AddItem({.kind = ItemKind::kSeries,
                                         .path = path,
                                         .parent = scope,
                                         .depth = items_[scope].depth + 1});
          series_of.resize(items_.size(), kRoot);
          for (auto each = first; each != std::next(last); ++each) {
            items_[series].children.push_back(each->second);
            items_[each->second].parent = series;
            ++items_[each->second].depth;
            series_of[each->second] = series;
          }
          has_series = true;
        }
        first = std::next(last);
      }
    }
    if (!has_series) continue;
    std::vector<ItemId> children;
    std::set<ItemId> placed;
    for (const ItemId child : items_[scope].children) {
      const ItemId series = series_of[child];
      if (series == kRoot) {
        children.push_back(child);
      } else if (placed.insert(series).second) {
        children.push_back(series);
      }
    }
    items_[scope].children = std::move(children);
  }
}

void Hierarchy::Count() {
  for (const ItemId leaf : item_of_node_) {
    const auto& [device, cluster] =
        std::tie(graph_.nodes[items_[leaf].node].device, graph_.nodes[items_[leaf].node].cluster);
    for (ItemId at = leaf;; at = items_[at].parent) {
      ++items_[at].nodes;
      ++items_[at].devices[device];
      if (!cluster.empty()) ++items_[at].clusters[cluster];
      if (at == kRoot) break;
    }
  }
}

ItemId Hierarchy::AncestorAt(ItemId id, uint32_t depth) const {
  while (items_[id].depth > depth) id = items_[id].parent;
  return id;
}

bool Hierarchy::Contains(ItemId outer, ItemId inner) const {
  return items_[inner].depth >= items_[outer].depth &&
         AncestorAt(inner, items_[outer].depth) == outer;
}

Hierarchy::Ends Hierarchy::EndsOf(const FlatEdge& edge) const {
  Ends ends{item_of_node_[edge.from], item_of_node_[edge.to]};
  const uint32_t depth = std::min(items_[ends.from].depth, items_[ends.to].depth);
  ends.from = AncestorAt(ends.from, depth);
  ends.to = AncestorAt(ends.to, depth);
  while (items_[ends.from].parent != items_[ends.to].parent) {
    ends.from = items_[ends.from].parent;
    ends.to = items_[ends.to].parent;
  }
  return ends;
}

void Hierarchy::HoldEdges() {
  held_.resize(items_.size());
  for (size_t i = 0; i < graph_.edges.size(); ++i) {
    const Ends ends = EndsOf(graph_.edges[i]);
    held_[items_[ends.from].parent].push_back({static_cast<uint32_t>(i), ends.from, ends.to});
  }
}

std::optional<ItemId> Hierarchy::Find(std::string_view path) const {
  const auto found = by_path_.find(std::string(path));
  if (found == by_path_.end()) return std::nullopt;
  return found->second;
}

// A scope's structure is what is in it and how that is joined, whatever the names: a text made of the structures of
// its children, which deeper scopes have already.
void Hierarchy::FindStructures() {
  std::unordered_map<std::string, uint32_t> known;
  std::vector<uint32_t> structure(items_.size());
  std::vector<ItemId> deepest_first(items_.size());
  for (ItemId id = 0; id < items_.size(); ++id) deepest_first[id] = id;
  std::stable_sort(deepest_first.begin(), deepest_first.end(),
                   [&](ItemId a, ItemId b) { return items_[a].depth > items_[b].depth; });
  for (const ItemId id : deepest_first) {
    const Item& item = items_[id];
    std::string text;
    if (item.kind == ItemKind::kOp) {
      text = "op " + graph_.nodes[item.node].op;
    } else {
      std::vector<uint32_t> children;
      for (const ItemId child : item.children) children.push_back(structure[child]);
      std::sort(children.begin(), children.end());
      std::vector<std::tuple<uint32_t, uint32_t, bool>> edges;
      for (const Held& held : held_[id])
        edges.emplace_back(structure[held.from], structure[held.to],
                           graph_.edges[held.edge].is_control);
      std::sort(edges.begin(), edges.end());
      text = item.kind == ItemKind::kSeries ? "series" : "scope";
      for (const uint32_t child : children) text += " " + std::to_string(child);
      for (const auto& [from, to, is_control] : edges)
        text += (is_control ? " c" : " d") + std::to_string(from) + ">" + std::to_string(to);
    }
    structure[id] =
        known.emplace(std::move(text), static_cast<uint32_t>(known.size())).first->second;
  }
  std::unordered_map<uint32_t, uint32_t> scopes_with;
  for (ItemId id = 1; id < items_.size(); ++id)
    if (items_[id].kind == ItemKind::kScope) ++scopes_with[structure[id]];
  std::unordered_map<uint32_t, uint32_t> number;  // In the file's order.
  for (ItemId id = 1; id < items_.size(); ++id) {
    if (items_[id].kind != ItemKind::kScope || scopes_with[structure[id]] < 2) continue;
    items_[id].structure =
        number.emplace(structure[id], static_cast<uint32_t>(number.size())).first->second;
  }
}

void Hierarchy::AddEdge(Bundle& bundle, uint32_t edge) const {
  const FlatEdge& each = graph_.edges[edge];
  if (bundle.count() == 0) bundle.edge = edge;
  if (each.is_control) {
    ++bundle.controls;
  } else {
    ++bundle.tensors;
    bundle.elements += graph_.nodes[each.from].elements;
  }
  if (each.is_reference) ++bundle.references;
}

std::vector<Bundle> Hierarchy::BundlesOf(ItemId scope) const {
  std::map<std::pair<ItemId, ItemId>, size_t> at;
  std::vector<Bundle> bundles;
  for (const Held& held : held_[scope]) {
    const auto [place, is_new] = at.emplace(std::pair(held.from, held.to), bundles.size());
    if (is_new) bundles.push_back({.from = held.from, .to = held.to});
    AddEdge(bundles[place->second], held.edge);
  }
  return bundles;
}

Hierarchy::Neighbours Hierarchy::NeighboursOf(ItemId id) const {
  Neighbours neighbours;
  std::map<ItemId, Bundle> inputs;
  std::map<ItemId, Bundle> outputs;
  for (ItemId inner = id; inner != kRoot; inner = items_[inner].parent) {
    for (const Held& held : held_[items_[inner].parent]) {
      if (held.from != inner && held.to != inner) continue;
      const FlatEdge& edge = graph_.edges[held.edge];
      const bool is_output = held.from == inner;
      if (!Contains(id, item_of_node_[is_output ? edge.from : edge.to])) continue;
      // An op's neighbours are told exactly, those of a scope by the item beside it.
      const ItemId other = items_[id].kind == ItemKind::kOp
                               ? item_of_node_[is_output ? edge.to : edge.from]
                               : (is_output ? held.to : held.from);
      Bundle& bundle = is_output ? outputs[other] : inputs[other];
      bundle.from = is_output ? id : other;
      bundle.to = is_output ? other : id;
      AddEdge(bundle, held.edge);
    }
  }
  for (auto& [other, bundle] : inputs) neighbours.inputs.push_back(bundle);
  for (auto& [other, bundle] : outputs) neighbours.outputs.push_back(bundle);
  return neighbours;
}

}  // namespace fanlight::graphs
