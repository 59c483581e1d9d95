// From which nodes data or control reaches a spot, also through calls that are open.
//
// A state is a node in the calls that were entered to see it. Going against an edge, an open call is entered at the result
// that the edge carries; going against a parameter, the call is left by the input that feeds it.

#include <algorithm>
#include <map>

#include "fanlight/board/graphs/calls.h"

namespace fanlight::graphs {

class CallTrace {
 public:
  CallTrace(const Calls& calls, const std::set<std::string, std::less<>>& open)
      : calls_(calls), hierarchy_(calls.hierarchy_), graph_(calls.hierarchy_.graph()), open_(open) {
    sources_.resize(graph_.nodes.size());
    is_marked_.resize(hierarchy_.items().size());
    for (uint32_t edge = 0; edge < graph_.edges.size(); ++edge)
      sources_[graph_.edges[edge].to].push_back(edge);
  }

  std::vector<std::string> From(const Spot& spot) {
    const size_t context = ContextOf(spot.through);
    for (uint32_t node = 0; node < graph_.nodes.size(); ++node) {
      if (hierarchy_.Contains(spot.item, hierarchy_.ItemOfNode(node)))
        Reach(context, node, std::nullopt);
    }
    while (!waiting_.empty()) {
      const auto [at, node] = waiting_.back();
      waiting_.pop_back();
      Visit(at, node);
    }
    std::sort(paths_.begin(), paths_.end());
    paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
    return std::move(paths_);
  }

 private:
  using State = std::pair<size_t, uint32_t>;  // A context and a node.

  size_t ContextOf(const std::vector<Entered>& through) {
    const auto [place, is_new] = context_of_.emplace(
        through.empty() ? std::string() : through.back().path, contexts_.size());
    if (is_new) contexts_.push_back(through);
    return place->second;
  }

  // `output`: that one of the node's is wanted; nullopt: all that it does.
  void Reach(size_t context, uint32_t node, std::optional<std::string_view> output) {
    const ItemId item = hierarchy_.ItemOfNode(node);
    const std::vector<Callee>& callees = calls_.CalleesOf(item);
    const Spot spot{.through = contexts_[context], .item = item};
    if (callees.empty() || !open_.contains(calls_.PathOf(spot))) {
      if (seen_.emplace(context, node).second) waiting_.emplace_back(context, node);
      return;
    }
    EnterOpen(context, node, output);
  }

  void EnterOpen(size_t context, uint32_t node, std::optional<std::string_view> output) {
    const Spot call{.through = contexts_[context], .item = hierarchy_.ItemOfNode(node)};
    if (!entered_.emplace(context, node, std::string(output.value_or("*"))).second) return;
    Mark(call);
    for (const Callee& callee : calls_.CalleesOf(call.item)) {
      const Spot inside = calls_.Enter(call, callee);
      const size_t inner = ContextOf(inside.through);
      const Body& body = calls_.BodyOf(callee);
      const auto wanted =
          output && callee.gives_results ? calls_.ResultOf(*output, body) : std::nullopt;
      for (size_t i = 0; i < body.results.size(); ++i) {
        const auto& [result, of_result] = body.results[i];
        if (result == kRoot || (wanted && i != *wanted)) continue;
        Reach(inner, hierarchy_.item(result).node, of_result);
      }
    }
    // What no parameter takes, such as a condition or what the call waits for.
    for (const uint32_t number : sources_[node]) {
      const FlatEdge& edge = graph_.edges[number];
      if (!IsTaken(edge, call.item)) Reach(context, edge.from, WantedOf(edge));
    }
  }

  bool IsTaken(const FlatEdge& edge, ItemId call) const {
    for (const Callee& callee : calls_.CalleesOf(call)) {
      const size_t parameters = calls_.BodyOf(callee).parameters.size();
      for (size_t i = 0; i < parameters; ++i)
        if (calls_.Feeds(edge, callee, i)) return true;
    }
    return false;
  }

  // A control edge waits for all that its source does.
  static std::optional<std::string_view> WantedOf(const FlatEdge& edge) {
    if (edge.is_control) return std::nullopt;
    return edge.output;
  }

  void Visit(size_t context, uint32_t node) {
    const std::vector<Entered> through = contexts_[context];
    const ItemId item = hierarchy_.ItemOfNode(node);
    Mark({.through = through, .item = item});
    for (const uint32_t number : sources_[node]) {
      const FlatEdge& edge = graph_.edges[number];
      Reach(context, edge.from, WantedOf(edge));
    }
    if (through.empty()) return;
    const Body& body = calls_.BodyOf(*through.back().callee);
    const std::vector<Entered> outer(through.begin(), through.end() - 1);
    for (size_t i = 0; i < body.parameters.size(); ++i) {
      if (body.parameters[i] != item) continue;
      const size_t around = ContextOf(outer);
      for (const auto& end : calls_.InputEnds(through, through.size(), i)) {
        const FlatEdge& edge = graph_.edges[end.edge];
        Reach(around, edge.from, WantedOf(edge));
      }
    }
  }

  void Mark(const Spot& spot) {
    if (spot.through.empty()) {
      for (ItemId at = spot.item; at != kRoot && !is_marked_[at]; at = hierarchy_.item(at).parent) {
        is_marked_[at] = true;
        paths_.push_back(hierarchy_.item(at).path);
      }
      return;
    }
    paths_.push_back(calls_.PathOf(spot));
    for (std::string& parent : calls_.ParentsOf(spot)) paths_.push_back(std::move(parent));
  }

  const Calls& calls_;
  const Hierarchy& hierarchy_;
  const FlatGraph& graph_;
  const std::set<std::string, std::less<>>& open_;
  std::vector<std::vector<uint32_t>> sources_;  // Edges by the node they lead to.
  std::vector<std::vector<Entered>> contexts_;
  std::map<std::string, size_t> context_of_;  // By the path of the body.
  std::set<State> seen_;
  std::set<std::tuple<size_t, uint32_t, std::string>> entered_;
  std::vector<State> waiting_;
  std::vector<bool> is_marked_;  // Items of the graph itself.
  std::vector<std::string> paths_;
};

std::vector<std::string> Calls::Trace(const Spot& spot,
                                      const std::set<std::string, std::less<>>& open) const {
  return CallTrace(*this, open).From(spot);
}

}  // namespace fanlight::graphs
