// Calls of functions, opened in place, so that a graph of functions reads as one drawing.
//
//   graph     x ─► call ─► y                  opened   x ─► ┌call: a ─► MatMul ─► Identity┐ ─► y
//   library   f: a ─► MatMul ─► Identity                    └─────────────────────────────┘
//
// A node calls what its op names (TensorFlow 1) or what its attributes name: PartitionedCall `f`, While `cond` and `body`,
// Case a list of `branches`. What it calls alone lies directly inside it; of several each lies in a scope called as the
// attribute. Nothing is copied: `call/MatMul` is the library's item `__function_library__/f/MatMul`, seen through the
// call. So a path is a spot: the calls that were entered one inside the other, and an item of the last one's body. A
// function that calls itself is as deep as the path that somebody asks for.
//
// The inputs of a call feed its function's parameters in their order; a first one beside these (the condition of If) feeds
// none. What the function returns leaves by the call's outputs.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fanlight/board/graphs/flat_graph.h"
#include "fanlight/board/graphs/hierarchy.h"

namespace fanlight::graphs {

// A function of the library that has a body to look at.
struct Body {
  struct Returned {
    ItemId item = kRoot;  // kRoot: no node of the body.
    std::string output;   // Which of that node's.
  };
  const proto::FunctionDef* function = nullptr;
  ItemId scope = kRoot;
  std::vector<ItemId> parameters{};  // kRoot: none drawn.
  std::vector<Returned> results{};
  std::vector<ItemId> usages{};  // The nodes that call it.
};

// One function that a node calls.
struct Callee {
  std::string part;  // Of the path, where the node calls several; else empty.
  uint32_t body = 0;
  std::optional<uint32_t>
      first_input{};          // Of the node, which feeds the first parameter; nullopt: not known.
  bool gives_results = true;  // A loop's condition leaves nothing.
};

struct Entered {
  ItemId call = kRoot;
  const Callee* callee = nullptr;
  std::string path;  // Of the body in the drawing.
};

struct Spot {
  std::vector<Entered> through{};  // Outermost first; empty: the graph itself.
  ItemId item = kRoot;
};

// A bundle or a crossing between spots.
struct SpotBundle {
  std::string from;
  std::string to;
  Bundle bundle;
};
struct SpotItem {
  std::string path;
  ItemId item = kRoot;
  Place place = Place::kMain;
};
struct SpotCrossing {
  std::string inside;
  std::string outside;
  bool is_input = false;
  bool is_drawn = false;
  Bundle bundle;
};
struct SpotView {
  std::vector<SpotItem> items;
  std::vector<SpotBundle> lines;
  std::vector<SpotBundle> shortcuts;
  std::vector<SpotCrossing> crossings;
};

class Calls {
 public:
  // Both must outlive it.
  Calls(const proto::GraphDef& graph, const Hierarchy& hierarchy);

  // What an item calls; empty for most.
  const std::vector<Callee>& CalleesOf(ItemId item) const;
  const Body& BodyOf(const Callee& callee) const { return bodies_[callee.body]; }
  // The function whose scope this is.
  const Body* FunctionAt(ItemId scope) const;
  // Nodes inside, of a call those of what it calls.
  uint32_t NodesIn(ItemId item) const;

  std::optional<Spot> Find(std::string_view path) const;
  std::string PathOf(const Spot& spot) const;
  // The scopes and calls around it, outermost first.
  std::vector<std::string> ParentsOf(const Spot& spot) const;

  // What is drawn inside a scope, a series or a call. `options` name paths of the drawing.
  SpotView View(const Spot& spot, const ViewOptions& options) const;

  struct Neighbour {
    std::string path;
    ItemId item = kRoot;
    Bundle bundle;
  };
  struct Neighbours {
    std::vector<Neighbour> inputs;
    std::vector<Neighbour> outputs;
  };
  Neighbours NeighboursOf(const Spot& spot) const;

  // The paths, sorted, of every node from which data or control reaches what is at `spot`, and of what lies around them. The calls
  // whose paths are in `open` are traced through, the others count as one node.
  std::vector<std::string> Trace(const Spot& spot,
                                 const std::set<std::string, std::less<>>& open) const;

 private:
  friend class CallTrace;

  // Where an edge of a call goes on outside of it, seen from the first `depth` calls of a spot.
  struct OuterEnd {
    size_t depth = 0;
    ItemId outside = kRoot;
    ItemId border = kRoot;  // Beside it, around the call.
    uint32_t edge = 0;
  };

  void AddBody(const proto::FunctionDef& function);
  void AddCallees(ItemId item, const FlatNode& node);
  void IndexEdges();
  // Which result of its callee an output of a call is.
  std::optional<size_t> ResultOf(std::string_view output, const Body& body) const;
  // Whether an edge into a call feeds its callee's parameter.
  bool Feeds(const FlatEdge& edge, const Callee& callee, size_t parameter) const;
  std::string PathOf(const std::vector<Entered>& through, size_t depth, ItemId item) const;
  Spot Enter(const Spot& call, const Callee& callee) const;
  std::vector<OuterEnd> InputEnds(const std::vector<Entered>& through, size_t depth,
                                  size_t parameter) const;
  std::vector<OuterEnd> OutputEnds(const std::vector<Entered>& through, size_t depth,
                                   size_t result) const;
  SpotView ViewOfSeveral(const Spot& call, const ViewOptions& options) const;
  void AddOuterCrossings(const Spot& spot, const std::string& part, const ViewOptions& options,
                         SpotView& view) const;

  const Hierarchy& hierarchy_;
  std::vector<Body> bodies_;
  std::unordered_map<std::string, uint32_t> body_of_name_;
  std::unordered_map<ItemId, uint32_t> body_of_scope_;
  std::unordered_map<ItemId, std::vector<Callee>> callees_;
  std::unordered_map<ItemId, std::vector<uint32_t>> edges_of_call_;
};

}  // namespace fanlight::graphs
