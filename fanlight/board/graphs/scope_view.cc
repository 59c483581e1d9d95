// What is drawn inside one scope: which children stand aside, which bundles are lines.
//
// A graph has hubs, such as the step counter that everything reads: drawn with all of their edges they would hide the
// rest. Children are put aside in this order, each decision seeing what the ones before it left:
//   1. those a person put aside; ops that do nothing (NoOp); the library of functions
//   2. in scopes of 15 children or more, those whose degree lies far outside the others' (quartiles)
//   3. bundles of control edges of a child that has more than four of them are named instead of drawn
//   4. a child that has lost all its lines, and is named on one side only, follows them aside
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "fanlight/board/graphs/hierarchy.h"

namespace fanlight::graphs {
namespace {

constexpr size_t kLeastForHubs = 15;
constexpr uint32_t kMostControls = 4;

// The work on one scope's view; indices are those of the scope's children.
class Arrangement {
 public:
  Arrangement(const Hierarchy& hierarchy, ItemId scope, std::vector<Bundle> bundles)
      : hierarchy_(hierarchy), scope_(hierarchy.item(scope)), bundles_(std::move(bundles)) {
    for (size_t i = 0; i < scope_.children.size(); ++i) index_[scope_.children[i]] = i;
    place_.assign(scope_.children.size(), Place::kMain);
    is_line_.assign(bundles_.size(), true);
  }

  void Arrange(const ViewOptions& options) {
    if (scope_.kind != ItemKind::kSeries) {
      PutAsideByHand(options);
      if (options.puts_hubs_aside) {
        PutHubsAside(options);
        NameManyControls(options);
      }
      PutLonersAside(options);
    }
  }

  void MoveInto(ScopeView& view) {
    for (size_t i = 0; i < place_.size(); ++i)
      view.items.push_back({.item = scope_.children[i], .place = place_[i]});
    for (size_t i = 0; i < bundles_.size(); ++i)
      (is_line_[i] ? view.lines : view.shortcuts).push_back(bundles_[i]);
  }

 private:
  struct Degree {
    std::unordered_set<size_t> in;
    std::unordered_set<size_t> out;
  };

  bool IsKept(size_t child, const ViewOptions& options) const {
    return options.kept.contains(hierarchy_.item(scope_.children[child]).path);
  }
  size_t From(const Bundle& bundle) const { return index_.at(bundle.from); }
  size_t To(const Bundle& bundle) const { return index_.at(bundle.to); }

  // An edge to a child that a person wants in the drawing stays a line.
  void PutAside(size_t child, Place place, const ViewOptions& options) {
    if (place_[child] != Place::kMain) return;
    place_[child] = place;
    for (size_t i = 0; i < bundles_.size(); ++i) {
      if (From(bundles_[i]) != child && To(bundles_[i]) != child) continue;
      const size_t other = From(bundles_[i]) == child ? To(bundles_[i]) : From(bundles_[i]);
      if (!IsKept(other, options) || place_[other] != Place::kMain) is_line_[i] = false;
    }
  }

  // The side with the fewer edges.
  Place SideOf(size_t child) const {
    uint32_t in = 0;
    uint32_t out = 0;
    for (const Bundle& bundle : bundles_) {
      if (To(bundle) == child) in += bundle.count();
      if (From(bundle) == child) out += bundle.count();
    }
    return out > in ? Place::kAsideOut : Place::kAsideIn;
  }

  bool DoesNothing(size_t child) const {
    const Item& item = hierarchy_.item(scope_.children[child]);
    const auto op_of = [&](const Item& op) -> std::string_view {
      return hierarchy_.graph().nodes[op.node].op;
    };
    if (item.kind == ItemKind::kOp) return op_of(item) == "NoOp";
    // A scope that stands for a group: `init` beside `init/…`.
    const std::string own = item.path + "/(" + std::string(LastPartOf(item.path)) + ")";
    const auto found = hierarchy_.Find(own);
    return item.kind == ItemKind::kScope && found &&
           hierarchy_.item(*found).kind == ItemKind::kOp &&
           op_of(hierarchy_.item(*found)) == "NoOp";
  }

  void PutAsideByHand(const ViewOptions& options) {
    for (size_t child = 0; child < place_.size(); ++child) {
      if (options.aside.contains(hierarchy_.item(scope_.children[child]).path))
        PutAside(child, SideOf(child), options);
    }
    for (size_t child = 0; child < place_.size(); ++child) {
      if (IsKept(child, options)) continue;
      if (options.puts_hubs_aside && DoesNothing(child)) PutAside(child, Place::kAsideIn, options);
      if (hierarchy_.item(scope_.children[child]).path == kFunctionLibrary)
        PutAside(child, Place::kAsideOut, options);
    }
  }

  std::vector<Degree> Degrees(bool counts_controls) const {
    std::vector<Degree> degrees(place_.size());
    for (size_t i = 0; i < bundles_.size(); ++i) {
      if (!is_line_[i] || (!counts_controls && bundles_[i].is_control_only())) continue;
      degrees[From(bundles_[i])].out.insert(To(bundles_[i]));
      degrees[To(bundles_[i])].in.insert(From(bundles_[i]));
    }
    return degrees;
  }

  void PutHubsAside(const ViewOptions& options) {
    for (const bool looks_at_inputs : {true, false}) {
      std::vector<Degree> degrees = Degrees(false);
      const bool has_data = std::any_of(degrees.begin(), degrees.end(),
                                        [](const Degree& d) { return !d.in.empty(); });
      if (!has_data) degrees = Degrees(true);
      std::vector<double> sorted;
      for (size_t child = 0; child < place_.size(); ++child) {
        if (place_[child] != Place::kMain) continue;
        sorted.push_back(
            static_cast<double>((looks_at_inputs ? degrees[child].in : degrees[child].out).size()));
      }
      if (sorted.size() < kLeastForHubs) return;
      std::sort(sorted.begin(), sorted.end());
      const auto quartile = [&](double share) {
        const auto at =
            static_cast<size_t>(std::lround(static_cast<double>(sorted.size()) * share));
        return sorted[std::min(at, sorted.size() - 1)];
      };
      const double spread = quartile(0.75) - quartile(0.25);
      const double most = std::max(4.0, quartile(0.75) + (looks_at_inputs ? 1 : 4) * spread);
      for (size_t child = 0; child < place_.size(); ++child) {
        const Degree& degree = degrees[child];
        const auto count = static_cast<double>((looks_at_inputs ? degree.in : degree.out).size());
        if (count > most && !IsKept(child, options))
          PutAside(child, looks_at_inputs ? Place::kAsideIn : Place::kAsideOut, options);
      }
    }
  }

  void NameManyControls(const ViewOptions& options) {
    std::vector<uint32_t> controls(place_.size());
    for (size_t i = 0; i < bundles_.size(); ++i) {
      if (!is_line_[i] || !bundles_[i].is_control_only()) continue;
      ++controls[From(bundles_[i])];
      ++controls[To(bundles_[i])];
    }
    for (size_t i = 0; i < bundles_.size(); ++i) {
      if (!bundles_[i].is_control_only()) continue;
      const size_t from = From(bundles_[i]);
      const size_t to = To(bundles_[i]);
      if ((controls[from] > kMostControls && !IsKept(from, options)) ||
          (controls[to] > kMostControls && !IsKept(to, options)))
        is_line_[i] = false;
    }
  }

  void PutLonersAside(const ViewOptions& options) {
    std::vector<bool> has_line(place_.size());
    std::vector<bool> is_named_in(place_.size());
    std::vector<bool> is_named_out(place_.size());
    for (size_t i = 0; i < bundles_.size(); ++i) {
      if (is_line_[i]) {
        has_line[From(bundles_[i])] = has_line[To(bundles_[i])] = true;
      } else {
        is_named_out[From(bundles_[i])] = true;
        is_named_in[To(bundles_[i])] = true;
      }
    }
    for (size_t child = 0; child < place_.size(); ++child) {
      if (place_[child] != Place::kMain || has_line[child] || IsKept(child, options)) continue;
      if (is_named_in[child] == is_named_out[child]) continue;
      place_[child] = is_named_in[child] ? Place::kAsideIn : Place::kAsideOut;
    }
  }

  const Hierarchy& hierarchy_;
  const Item& scope_;
  const std::vector<Bundle> bundles_;
  std::unordered_map<ItemId, size_t> index_;
  std::vector<Place> place_;
  std::vector<bool> is_line_;
};

}  // namespace

ScopeView Hierarchy::View(ItemId scope, const ViewOptions& options) const {
  ScopeView view;
  Arrange(scope, options, view);
  AddCrossings(scope, options, view);
  return view;
}

std::vector<Bundle> Hierarchy::LinesIn(ItemId scope, const ViewOptions& options) const {
  ScopeView view;
  Arrange(scope, options, view);
  return std::move(view.lines);
}

void Hierarchy::Arrange(ItemId scope, const ViewOptions& options, ScopeView& view) const {
  Arrangement arrangement(*this, scope, BundlesOf(scope));
  arrangement.Arrange(options);
  arrangement.MoveInto(view);
}

void Hierarchy::AddCrossings(ItemId scope, const ViewOptions& options, ScopeView& view) const {
  std::map<std::tuple<ItemId, ItemId, bool>, Bundle> bundles;
  std::set<std::pair<ItemId, ItemId>> outer_lines;  // As drawn around the scope.
  const uint32_t depth = items_[scope].depth + 1;
  for (ItemId inner = scope; inner != kRoot; inner = items_[inner].parent) {
    const ItemId around = items_[inner].parent;
    for (const Bundle& line : LinesIn(around, options)) outer_lines.emplace(line.from, line.to);
    for (const Held& held : held_[around]) {
      if (held.from != inner && held.to != inner) continue;
      const bool is_input = held.to == inner;
      const FlatEdge& edge = graph_.edges[held.edge];
      const ItemId end = item_of_node_[is_input ? edge.to : edge.from];
      if (!Contains(scope, end)) continue;
      const ItemId inside = AncestorAt(end, depth);
      const ItemId outside = is_input ? held.from : held.to;
      Bundle& bundle = bundles[{inside, outside, is_input}];
      bundle.from = is_input ? outside : inside;
      bundle.to = is_input ? inside : outside;
      AddEdge(bundle, held.edge);
    }
  }
  std::map<std::pair<ItemId, bool>, uint32_t> lines_of;
  for (const auto& [key, bundle] : bundles) ++lines_of[{std::get<1>(key), std::get<2>(key)}];
  std::unordered_set<ItemId> aside;
  for (const ViewItem& item : view.items)
    if (item.place != Place::kMain) aside.insert(item.item);
  for (const auto& [key, bundle] : bundles) {
    const auto& [inside, outside, is_input] = key;
    const ItemId border = AncestorAt(inside, items_[outside].depth);
    const auto outer = is_input ? std::pair(outside, border) : std::pair(border, outside);
    view.crossings.push_back({.inside = inside,
                              .outside = outside,
                              .is_input = is_input,
                              .is_drawn = outer_lines.contains(outer) && !aside.contains(inside) &&
                                          lines_of[{outside, is_input}] <= kMostCrossings,
                              .bundle = bundle});
  }
}

}  // namespace fanlight::graphs
