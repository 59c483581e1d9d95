#include "fanlight/engine/graph/gradients.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/list_diff.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/ops/slicing.h"

namespace fanlight {
namespace {

// Floating numbers, and handles of variables that hold them.
bool CarriesGradient(DType dtype) { return IsFloating(dtype) || dtype == DType::kResource; }

// Walks the nodes between ys and xs from the ys back. A node's turn comes when all nodes that use
// it have had theirs, so that the gradients that come in at it are complete.
class Backpropagation {
 public:
  Backpropagation(GraphBuilder& graph, const GradientOptions& options, bool makes_whole)
      : graph_(graph), options_(options), makes_whole_(makes_whole) {}

  std::vector<Gradient> Run(const std::vector<Output>& ys, const std::vector<Output>& xs) {
    const auto scope = graph_.NameScope(options_.name);
    for (size_t i = 0; i < ys.size(); ++i) {
      Received(ys[i]).emplace_back(IncomingOf(ys[i], i));
    }
    if (!graph_.ok()) return std::vector<Gradient>(xs.size());
    FindNodesBetween(ys, xs);
    std::deque<const Node*> ready;
    std::unordered_set<const Node*> begun;
    for (const Output& y : ys) {
      if (!between_.contains(y.node) || num_pending_uses_[y.node] != 0) continue;
      if (begun.insert(y.node).second) ready.push_back(y.node);
    }
    while (!ready.empty() && graph_.ok()) {
      const Node* node = ready.front();
      ready.pop_front();
      Visit(*node);
      for (const Output& input : node->inputs) {
        if (between_.contains(input.node) && --num_pending_uses_[input.node] == 0) {
          ready.push_back(input.node);
        }
      }
    }
    std::vector<Gradient> gradients;
    for (const Output& x : xs) {
      gradients.push_back(graph_.ok() ? Total(x) : Gradient());
      if (makes_whole_) gradients.back() = Dense(graph_, gradients.back());
    }
    return gradients;
  }

 private:
  std::vector<Gradient>& Received(const Output& output) { return received_[output]; }

  Output IncomingOf(const Output& y, size_t i) {
    if (i < options_.grad_ys.size() && options_.grad_ys[i].is_valid()) {
      const Output& given = options_.grad_ys[i];
      if (given.dtype() != y.dtype() || !given.shape().IsCompatibleWith(y.shape())) {
        graph_.KeepError({ErrorCode::kInvalidArgument,
                          fmt::format("the gradient {} {}{} does not fit {} {}{}", given.name(),
                                      DTypeName(given.dtype()), ToString(given.shape()), y.name(),
                                      DTypeName(y.dtype()), ToString(y.shape()))});
      }
      return given;
    }
    if (!IsFloating(y.dtype())) {
      graph_.KeepError(
          {ErrorCode::kInvalidArgument,
           fmt::format("{} is {}, it has no gradient", Describe(*y.node), DTypeName(y.dtype()))});
      return {};
    }
    const Output shape = ShapeOf(graph_, y);
    const auto one = ConvertTo(Tensor::Scalar(1.0f), y.dtype());
    const auto scope = graph_.NameScope(fmt::format("grad_ys_{}", i));
    const Output filler = Constant(graph_, *one);
    return OpCall(graph_, "Fill", graph_.name_scope() + "/")
        .Input(shape, "dims")
        .Input(filler, "value")
        .Done();
  }

  // Those that depend on an x through floating numbers and that a y depends on.
  void FindNodesBetween(const std::vector<Output>& ys, const std::vector<Output>& xs) {
    std::unordered_set<const Node*> behind_ys;
    std::vector<const Node*> stack;
    for (const Output& y : ys) stack.push_back(y.node);
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (!behind_ys.insert(node).second) continue;
      for (const Output& input : node->inputs) stack.push_back(input.node);
    }
    std::vector<const Node*> in_order(behind_ys.begin(), behind_ys.end());
    std::sort(in_order.begin(), in_order.end(),
              [](const Node* a, const Node* b) { return a->id < b->id; });
    for (const Output& x : xs) x_nodes_.insert(x.node);
    std::unordered_set<const Node*> reached;
    for (const Node* node : in_order) {
      const bool depends =
          std::any_of(node->inputs.begin(), node->inputs.end(), [&](const Output& input) {
            return CarriesGradient(input.dtype()) && reached.contains(input.node);
          });
      if (depends || x_nodes_.contains(node)) reached.insert(node);
    }
    // Back from the ys through these alone: the rank of a tensor depends on it, but where only
    // integers lead on from there no gradient comes back, and none must be waited for.
    for (const Output& y : ys) stack.push_back(y.node);
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (!reached.contains(node) || !between_.insert(node).second) continue;
      for (const Output& input : node->inputs) stack.push_back(input.node);
    }
    for (const Node* node : between_) {
      for (const Output& input : node->inputs) {
        if (between_.contains(input.node)) ++num_pending_uses_[input.node];
      }
    }
    for (const Output& stop : options_.stop_gradients) stops_.insert(stop.node);
    for (const Node* node : x_nodes_) {
      const bool leads_on =
          std::any_of(node->inputs.begin(), node->inputs.end(),
                      [&](const Output& input) { return between_.contains(input.node); });
      if (!leads_on) stops_.insert(node);
    }
  }

  // What has come in at an output, added up once.
  Gradient Total(const Output& output) {
    const auto found = received_.find(output);
    if (found == received_.end() || found->second.empty()) return {};
    std::vector<Gradient>& gradients = found->second;
    if (gradients.size() > 1) {
      const auto place = graph_.ColocateWith(gradients.front().values);
      gradients = {Sum(gradients)};
    }
    return gradients.front();
  }

  // Rows stay rows where all are: they stand one after another.
  Gradient Sum(const std::vector<Gradient>& gradients) {
    if (std::ranges::all_of(gradients, &Gradient::is_sparse)) {
      std::vector<Output> values;
      std::vector<Output> indices;
      const bool are_wide = std::ranges::any_of(gradients, [](const Gradient& gradient) {
        return gradient.indices.dtype() == DType::kInt64;
      });
      const DType index_type = are_wide ? DType::kInt64 : DType::kInt32;
      for (const Gradient& gradient : gradients) {
        values.push_back(gradient.values);
        indices.push_back(Cast(graph_, gradient.indices, index_type));
      }
      return {Concat(graph_, values, 0), Concat(graph_, indices, 0), gradients.front().dense_shape};
    }
    std::vector<Output> whole;
    for (const Gradient& gradient : gradients) whole.push_back(Dense(graph_, gradient));
    return AddN(graph_, whole);
  }

  void Visit(const Node& node) {
    std::vector<Gradient> totals;
    for (int i = 0; i < node.num_outputs(); ++i) totals.push_back(Total(Output(&node, i)));
    if (std::ranges::none_of(totals, &Gradient::is_valid) || stops_.contains(&node) ||
        !graph_.ok()) {
      return;
    }
    const OpSpec& spec = node.op->spec;
    if (spec.hands_on_gradient && totals.front().is_sparse()) {
      Received(node.inputs.front()).push_back(totals.front());
      return;
    }
    if (spec.gradient == nullptr && spec.rows_gradient == nullptr) {
      if (!spec.has_no_gradient) {
        graph_.KeepError({ErrorCode::kUnimplemented,
                          fmt::format("node {} is on the way of a gradient, and its op has none",
                                      Describe(node))});
      }
      return;
    }
    for (int i = 0; i < node.num_outputs(); ++i) {
      // What nothing depends on contributes nothing.
      Gradient& total = totals[static_cast<size_t>(i)];
      const Output output(&node, i);
      if (!total.is_valid() && IsFloating(output.dtype())) total = ZerosLike(graph_, output);
    }
    const auto scope = graph_.NameScope(node.name + "_grad");
    std::vector<Output> incoming;
    for (const Gradient& total : totals) incoming.push_back(Dense(graph_, total));
    if (spec.rows_gradient != nullptr) {
      const Gradient rows = spec.rows_gradient(graph_, node, incoming.front());
      if (!graph_.ok()) return;
      if (rows.is_valid()) {
        Received(node.inputs.front()).push_back(rows);
        return;
      }
    }
    std::vector<Output> gradients = spec.gradient(graph_, node, incoming);
    if (!graph_.ok()) return;
    gradients.resize(node.inputs.size());
    const auto num_valid = std::count_if(gradients.begin(), gradients.end(),
                                         [](const Output& g) { return g.is_valid(); });
    if (options_.gate_gradients && num_valid > 1) gradients = Tuple(graph_, gradients);
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (gradients[i].is_valid()) Received(node.inputs[i]).emplace_back(gradients[i]);
    }
  }

  GraphBuilder& graph_;
  const GradientOptions& options_;
  const bool makes_whole_;
  std::unordered_map<Output, std::vector<Gradient>, OutputHash> received_;
  std::unordered_set<const Node*> between_;
  std::unordered_set<const Node*> x_nodes_;
  std::unordered_set<const Node*> stops_;
  std::unordered_map<const Node*, int> num_pending_uses_;
};

std::vector<Gradient> GradientsOf(GraphBuilder& graph, const std::vector<Output>& ys,
                                  const std::vector<Output>& xs, const GradientOptions& options,
                                  bool makes_whole) {
  const auto is_missing = [](const Output& output) { return !output.is_valid(); };
  if (graph.ok() && (std::any_of(ys.begin(), ys.end(), is_missing) ||
                     std::any_of(xs.begin(), xs.end(), is_missing))) {
    graph.KeepError({ErrorCode::kInvalidArgument, "a gradient is asked for of or by no tensor"});
  }
  if (!graph.ok()) return std::vector<Gradient>(xs.size());
  return Backpropagation(graph, options, makes_whole).Run(ys, xs);
}

}  // namespace

Gradient RowsGradient(GraphBuilder& graph, const Output& gradient, const Output& indices,
                      const Output& shape) {
  const Output dims =
      Concat(graph, {Operand({-1}).ToOutput(graph, "values_0"), Slice(graph, shape, {1}, {-1})}, 0);
  return {Reshape(graph, gradient, dims), Reshape(graph, indices, {-1}), shape};
}

Output Dense(GraphBuilder& graph, const Gradient& gradient) {
  if (!gradient.is_sparse() || !graph.ok()) return gradient.values;
  const Output rows = Squeeze(graph, Slice(graph, gradient.dense_shape, {0}, {1}));
  return UnsortedSegmentSum(graph, gradient.values, gradient.indices, rows);
}

Gradient WithoutRepeats(GraphBuilder& graph, const Gradient& gradient) {
  if (!gradient.is_sparse() || !graph.ok()) return gradient;
  const UniqueResult unique = Unique(graph, gradient.indices);
  const Output sums =
      UnsortedSegmentSum(graph, gradient.values, unique.indices, Size(graph, unique.values));
  return {sums, unique.values, gradient.dense_shape};
}

std::vector<Output> Gradients(GraphBuilder& graph, const std::vector<Output>& ys,
                              const std::vector<Output>& xs, const GradientOptions& options) {
  std::vector<Output> whole;
  for (const Gradient& gradient : GradientsOf(graph, ys, xs, options, true)) {
    whole.push_back(gradient.values);
  }
  return whole;
}

std::vector<Gradient> SparseGradients(GraphBuilder& graph, const std::vector<Output>& ys,
                                      const std::vector<Output>& xs,
                                      const GradientOptions& options) {
  return GradientsOf(graph, ys, xs, options, false);
}

}  // namespace fanlight
