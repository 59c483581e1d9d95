// The name scopes of a graph as a tree, and what is drawn inside one scope.
//
//   root ── gradients/ ── …            View(root): its children as boxes, the edges between their insides bundled,
//        ├─ layer1/ ── MatMul, Relu    hubs and loners put aside.
//        ├─ part[1-6] ── part1 … part6 View(layer1): the same one level down, and which of the children are joined to
//        └─ x                          what lies outside.
//
// An edge belongs to the deepest scope that holds both of its ends, and joins the two children of it that hold one
// each; the edges of such a pair are one bundle. A series is a run of at least five nodes of one scope with one op and
// consecutive numbers at the ends of their names; it opens like a scope. Items are made once; a View is computed when
// asked for, in time proportional to the edges that touch the scope.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/board/graphs/flat_graph.h"

namespace fanlight::graphs {

enum class ItemKind : uint8_t { kScope, kSeries, kOp };

using ItemId = uint32_t;
inline constexpr ItemId kRoot = 0;
// Children that may share a line to one item outside of their scope; with more they are named at it.
inline constexpr uint32_t kMostCrossings = 4;

struct Item {
  ItemKind kind = ItemKind::kScope;
  std::string path;  // Empty: the root. A series is called "scope/part[1-6]".
  ItemId parent = kRoot;
  uint32_t depth = 0;                          // Of the root 0.
  std::vector<ItemId> children{};              // In the file's order.
  uint32_t node = 0;                           // kOp: its index in FlatGraph::nodes.
  uint32_t nodes = 0;                          // Drawn ones inside; of an op 1.
  std::map<std::string, uint32_t> devices{};   // Nodes inside by device; without one: "".
  std::map<std::string, uint32_t> clusters{};  // Those with one, by XLA's cluster.
  // Scopes of the same structure share a number; nullopt where no other scope has it.
  std::optional<uint32_t> structure{};
};

// All edges between two children of a scope, in one direction.
struct Bundle {
  ItemId from = 0;
  ItemId to = 0;
  uint32_t tensors = 0;
  uint32_t controls = 0;
  uint32_t references = 0;
  double elements = 0;  // Of the tensors together, unknown sizes counted as 1.
  uint32_t edge = 0;    // Of FlatGraph::edges; the first.
  bool is_control_only() const { return tensors == 0; }
  uint32_t count() const { return tensors + controls; }
};

// Where a child stands: in the drawing, or aside because its edges would hide the others'.
enum class Place : uint8_t { kMain, kAsideIn, kAsideOut };

struct ViewItem {
  ItemId item = 0;
  Place place = Place::kMain;
};

// Edges between a child of the scope and what lies outside.
struct Crossing {
  ItemId inside = 0;   // A child of the scope.
  ItemId outside = 0;  // The item beside the scope, or beside one around it, at the other end.
  bool is_input = false;
  bool is_drawn = false;  // As a line to the border; else named at the child.
  Bundle bundle;
};

struct ScopeView {
  std::vector<ViewItem> items;
  std::vector<Bundle> lines;      // Drawn between items.
  std::vector<Bundle> shortcuts;  // Named at both ends instead.
  std::vector<Crossing> crossings;
};

struct ViewOptions {
  bool puts_hubs_aside = true;
  std::set<std::string, std::less<>> kept{};   // Paths that stay in the drawing.
  std::set<std::string, std::less<>> aside{};  // Paths that stand aside.
};

class Hierarchy {
 public:
  // `graph` must outlive it. Series whose path is in `ungrouped` stay single nodes.
  Hierarchy(const FlatGraph& graph, const std::set<std::string, std::less<>>& ungrouped);

  const FlatGraph& graph() const { return graph_; }
  const std::vector<Item>& items() const { return items_; }
  const Item& item(ItemId id) const { return items_[id]; }
  std::optional<ItemId> Find(std::string_view path) const;
  ItemId ItemOfNode(uint32_t node) const { return item_of_node_[node]; }
  // Whether `inner` is `outer` or lies inside.
  bool Contains(ItemId outer, ItemId inner) const;

  // The ancestor of `id` at this depth, at most its own.
  ItemId AncestorAt(ItemId id, uint32_t depth) const;

  ScopeView View(ItemId scope, const ViewOptions& options) const;
  // The lines of that view alone.
  std::vector<Bundle> LinesIn(ItemId scope, const ViewOptions& options) const;
  // Counts an edge of the graph in a bundle.
  void AddEdge(Bundle& bundle, uint32_t edge) const;

  // The children of the deepest scope around two nodes that hold one each.
  struct Ends {
    ItemId from = 0;
    ItemId to = 0;
  };
  Ends EndsOf(const FlatEdge& edge) const;

  // Bundles that join an item with others: each other end as high in the tree as its own scope beside the item.
  struct Neighbours {
    std::vector<Bundle> inputs;  // `from` is the neighbour.
    std::vector<Bundle> outputs;
  };
  Neighbours NeighboursOf(ItemId id) const;

 private:
  // An edge, stored in the deepest scope around both ends.
  struct Held {
    uint32_t edge = 0;
    ItemId from = 0;  // Children of that scope.
    ItemId to = 0;
  };

  ItemId AddItem(Item item);
  void MakeScopes();
  void MakeSeries(const std::set<std::string, std::less<>>& ungrouped);
  void Count();
  void HoldEdges();
  void FindStructures();
  std::vector<Bundle> BundlesOf(ItemId scope) const;
  // Which children stand aside, and which bundles are named instead of drawn.
  void Arrange(ItemId scope, const ViewOptions& options, ScopeView& view) const;
  void AddCrossings(ItemId scope, const ViewOptions& options, ScopeView& view) const;

  const FlatGraph& graph_;
  std::vector<Item> items_;
  std::vector<ItemId> item_of_node_;
  std::unordered_map<std::string, ItemId> by_path_;
  std::vector<std::vector<Held>> held_;  // By scope.
};

}  // namespace fanlight::graphs
