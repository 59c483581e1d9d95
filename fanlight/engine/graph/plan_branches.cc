// When the nodes of a plan run. A node has a value where all that it takes and waits for has one; a
// Switch gives it to one output or the other; a Merge has one where any of its inputs has. In
//
//   Switch(x, p):0 ─► f ─┐
//                        ├─► Merge ─► h        f: not p;  g: p;  Merge and h: always
//   Switch(x, p):1 ─► g ─┘
//
// this is found from the graph alone, and after the Merge nothing is asked any more.
#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
void BranchFinder::Find(PlanNodes::Item& item) {
  if (!nodes_.has_branches || !item.is_step) return;
  const Node& node = *item.node;
  Conditions& conditions = nodes_.draft.conditions;
  if (IsMerge(node)) {
    // What it waits for decides when it runs, not whether.
    item.condition = kNever;
    for (const Output& input : node.inputs) {
      item.condition = conditions.Or(item.condition, nodes_.ValueOf(input).condition);
    }
  } else {
    for (const Output& input : node.inputs) {
      item.condition = conditions.And(item.condition, nodes_.ValueOf(input).condition);
    }
    for (const Node* control : node.controls) {
      item.condition =
          conditions.And(item.condition, nodes_.items[nodes_.index.at(control)].condition);
    }
  }
  for (int k = 0; k < node.num_outputs(); ++k) {
    nodes_.draft.at(item.first_value + k).condition = item.condition;
  }
  if (!IsSwitch(node) || item.condition == kNever) return;
  const Condition is_true = WhenTrue(node);
  nodes_.draft.at(item.first_value).condition =
      conditions.And(item.condition, conditions.Not(is_true));
  nodes_.draft.at(item.first_value + 1).condition = conditions.And(item.condition, is_true);
}

bool BranchFinder::IsFed(const Output& output) {
  return nodes_.ValueOf(output).kind == PlanDraft::Value::Kind::kFeed;
}

std::optional<Tensor> BranchFinder::ConstantOf(const Output& output) {
  const PlanDraft::Value& value =
      nodes_.draft.at(nodes_.draft.Resolve(nodes_.ValueIndexOf(output)));
  if (value.kind != PlanDraft::Value::Kind::kConstant) return std::nullopt;
  return value.constant;
}

Condition BranchFinder::WhenTrue(const Node& switch_node) {
  Output predicate = switch_node.input(1);
  // The predicate under another name is the same predicate.
  while (predicate.node->type() == "Identity" && !IsFed(predicate)) {
    const Output& source = predicate.node->input(0);
    if (source.is_ref()) break;
    predicate = source;
  }
  if (const auto constant = ConstantOf(predicate); constant && constant->rank() == 0) {
    return constant->flat<bool>()[0] ? kAlways : kNever;
  }
  if (const auto taken = WhenMergeTakes(predicate)) return *taken;
  // Of a variable only the same read is the same: an assignment may lie between two.
  const int value = nodes_.ValueIndexOf(predicate);
  const int root = nodes_.draft.Resolve(value);
  const bool is_variable = nodes_.draft.at(root).kind == PlanDraft::Value::Kind::kVariable;
  const int next = static_cast<int>(nodes_.switches.size());
  if (is_variable && root == value) {
    nodes_.switches.push_back(&switch_node);
    return nodes_.draft.conditions.Holds(next);
  }
  const auto [found, is_new] = predicates_.emplace(is_variable ? value : root, next);
  if (is_new) nodes_.switches.push_back(&switch_node);
  return nodes_.draft.conditions.Holds(found->second);
}

// `value_index == i`, by which gradients choose, holds where the Merge takes input i: the first that
// has a value.
std::optional<Condition> BranchFinder::WhenMergeTakes(const Output& equality) {
  const Node& node = *equality.node;
  if (node.type() != "Equal" || IsFed(equality)) return std::nullopt;
  const Output& place = node.input(0);
  if (!IsMerge(*place.node) || place.index != 1 || IsFed(place)) return std::nullopt;
  const auto wanted = ConstantOf(node.input(1));
  if (!wanted || wanted->rank() != 0 || wanted->dtype() != DType::kInt32) return std::nullopt;
  const int32_t want = wanted->flat<int32_t>()[0];
  if (want < 0 || want >= place.node->num_inputs()) return kNever;
  Conditions& conditions = nodes_.draft.conditions;
  Condition taken = nodes_.ValueOf(place.node->input(want)).condition;
  for (int i = 0; i < want; ++i) {
    taken = conditions.And(taken, conditions.Not(nodes_.ValueOf(place.node->input(i)).condition));
  }
  return taken;
}

Status BranchFinder::Finish() {
  if (nodes_.draft.conditions.is_too_large()) {
    return Fail(ErrorCode::kTooLarge, "the branches of the nodes that are needed are too many");
  }
  for (size_t predicate = 0; predicate < nodes_.switches.size(); ++predicate) {
    const Node* const node = nodes_.switches[predicate];
    PlanNodes::Item item;
    item.node = node;
    item.is_step = true;
    item.predicate = static_cast<int>(predicate);
    item.condition = nodes_.ValueOf(node->input(1)).condition;
    item.first_value = nodes_.items[nodes_.index.at(node)].first_value;
    nodes_.deciders.push_back(nodes_.items.size());
    nodes_.items.push_back(std::move(item));
  }
  nodes_.draft.num_predicates = static_cast<int>(nodes_.switches.size());
  return {};
}

}  // namespace fanlight
