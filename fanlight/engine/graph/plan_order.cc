// The steps of a plan and their order: nodes with an effect and what they and the fetches need; reads
// of a variable before its assignment, unless what uses the value depends on that.
//
// In TensorFlow a read by reference shares the variable's memory, and so does its value under another shape.
// What runs after an update in place, by a control edge or because it needs another result of it, sees the
// new value, and so does who fetches it beside the update: averages of the weights that are told to wait for
// the training step take the weights after it.
#include <algorithm>
#include <functional>
#include <queue>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
namespace {

size_t Sz(int i) { return static_cast<size_t>(i); }

// Whether it changes a variable where it stands: by reference all do, but a value of another size takes a
// place of its own. By handle "AssignVariableOp" puts another value in its place, and leaves the old one to
// those who have it.
bool UpdatesInPlace(const Node& assignment) {
  if (assignment.type() == "AssignVariableOp") return false;
  if (assignment.type() != "Assign") return true;
  const auto before = assignment.input(0).shape().num_elements();
  const auto after = assignment.input(1).shape().num_elements();
  return !before || !after || *before == *after;
}

// Whether its outputs are its first input's elements, perhaps under another shape, wherever these lie.
bool IsView(const Node& node) { return node.op->spec.may_alias_input || IsSwitch(node); }

// What a node does that does not fit together, where it is not known whether it runs.
class WrongNode : public Kernel {
 public:
  explicit WrongNode(Error error) : error_(std::move(error)) {}
  Status Compute(KernelContext&) const override { return tl::unexpected<Error>(error_); }

 private:
  const Error error_;
};

class StepOrder {
 public:
  explicit StepOrder(PlanNodes& nodes) : nodes_(nodes) {}

  Status Run() {
    ResolveFetches();
    ChooseSteps();
    FL_TRY(FindOrder());
    return DraftSteps();
  }

 private:
  using Value = PlanDraft::Value;
  using Item = PlanNodes::Item;

  // Neither the value nor what it is a view of may lie in the arena.
  void MarkEscaping(int value) {
    for (;;) {
      value = nodes_.draft.Resolve(value);
      nodes_.draft.at(value).escapes = true;
      if (nodes_.draft.at(value).view_of < 0) return;
      value = nodes_.draft.at(value).view_of;
    }
  }

  bool HandsOnWhatEscapes(const Item& item) const {
    for (int k = 0; k < item.num_outputs(); ++k) {
      const Value& output = nodes_.draft.at(item.first_value + k);
      // Where it is fed its inputs are not in the plan.
      if (output.escapes && output.alias_of < 0 && output.view_of < 0 &&
          output.kind == Value::Kind::kComputed) {
        return true;
      }
    }
    return false;
  }

  // What is fetched lives on.
  void ResolveFetches() {
    for (const Output& fetch : nodes_.input.fetches) MarkEscaping(nodes_.ValueIndexOf(fetch));
    // Where a kernel may hand on an input and the result is fetched, the input escapes too.
    for (size_t i = nodes_.items.size(); i-- > 0;) {
      const Item& item = nodes_.items[i];
      if (item.predicate >= 0 || !HandsOnWhatEscapes(item)) continue;
      for (int k = 0; k < NumHandedOn(*item.node); ++k) {
        MarkEscaping(nodes_.ValueIndexOf(item.node->input(k)));
      }
    }
    std::vector<Value*> needs_run;
    // Views of what is made anew in each run, of variables and of feeds are made in the run.
    for (Value& value : nodes_.draft.values) {
      if (value.view_of < 0) continue;
      const Value& root = nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value.view_of))];
      if (!PlanDraft::MayLieInArena(root)) needs_run.push_back(&value);
    }
    for (Value* value : needs_run) value->view_of = -1;
  }

  // Steps are nodes with an effect, and what their inputs and the fetches need.
  void ChooseSteps() {
    std::vector<bool> wanted(nodes_.items.size(), false);
    std::vector<size_t> stack;
    const auto want_item = [&](size_t item) {
      if (!nodes_.items[item].is_step || wanted[item]) return;
      wanted[item] = true;
      stack.push_back(item);
    };
    const auto want_deciders = [&](Condition condition) {
      if (condition <= kAlways) return;
      for (const int32_t predicate : nodes_.draft.conditions.PredicatesOf(condition)) {
        want_item(nodes_.deciders[Sz(predicate)]);
      }
    };
    const auto want = [&](int value) {
      if (nodes_.draft.at(value).condition == kNever) return;
      // Whatever lies between may have to keep a variable's value.
      for (int at = value; at >= 0;) {
        const Value& v = nodes_.draft.at(at);
        want_deciders(v.condition);
        want_deciders(nodes_.items[Sz(v.node)].condition);
        at = v.alias_of >= 0 ? v.alias_of : v.view_of;
      }
      const auto item = Sz(nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value))].node);
      const Value& root = nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value))];
      if (root.kind != Value::Kind::kComputed && root.kind != Value::Kind::kVariable) return;
      want_item(item);
    };
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      const Item& item = nodes_.items[i];
      if (item.node->op->spec.has_effect && item.condition != kNever) want_item(i);
    }
    for (const Output& fetch : nodes_.input.fetches) want(nodes_.ValueIndexOf(fetch));
    const auto drain = [&] {
      while (!stack.empty()) {
        const Item& item = nodes_.items[stack.back()];
        stack.pop_back();
        want_deciders(item.condition);
        for (const Output& input : item.inputs()) want(nodes_.ValueIndexOf(input));
      }
    };
    drain();
    // A placeholder that is run as a target must say that it is not fed.
    for (const Output& target : nodes_.input.targets) {
      const size_t item = nodes_.index.at(target.node);
      if (target.node->type() != "Placeholder" || nodes_.items[item].condition == kNever) continue;
      want_item(item);
    }
    drain();
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      if (nodes_.items[i].is_step && nodes_.items[i].num_outputs() > 0) {
        const Value& first = nodes_.draft.values[Sz(nodes_.items[i].first_value)];
        if (first.alias_of >= 0 || first.view_of >= 0) nodes_.items[i].is_step = false;
      }
      nodes_.items[i].is_step = nodes_.items[i].is_step && wanted[i];
    }
  }

  // ------------------------------------------------------------------ order

  void Descendants(size_t from, const std::vector<std::vector<size_t>>& after,
                   std::vector<bool>& reached) const {
    reached.assign(after.size(), false);
    std::vector<size_t> stack = {from};
    while (!stack.empty()) {
      const size_t i = stack.back();
      stack.pop_back();
      if (reached[i]) continue;
      reached[i] = true;
      stack.insert(stack.end(), after[i].begin(), after[i].end());
    }
  }

  // The item at which the value of a variable is read: by handle the first of the aliases that lead to
  // it, seen from the variable; by reference the first that does more than read, if one does.
  // `consumer` itself when it takes the variable.
  size_t ReadingItem(size_t consumer, int value) const {
    size_t first = consumer;
    size_t reader = consumer;
    bool is_more = false;
    for (;;) {
      const Value& v = nodes_.draft.at(value);
      const int next = v.alias_of >= 0 ? v.alias_of : v.view_of;
      if (next < 0) return IsReference(*v.variable->node) ? reader : first;
      first = Sz(v.node);
      const bool is_read = v.alias_of >= 0 && IsView(*nodes_.items[first].node);
      if (!is_read || !is_more) reader = first;
      is_more = is_more || !is_read;
      value = next;
    }
  }

  // The value whose elements this one has, past reads and views that are not made in the run.
  int PastReads(int value) const {
    for (;;) {
      const Value& v = nodes_.draft.at(value);
      const int next = v.alias_of >= 0 ? v.alias_of : v.view_of;
      if (next < 0) return value;
      const Node& node = *nodes_.items[Sz(v.node)].node;
      if (!IsView(node)) return value;
      value = next;
    }
  }

  // The variable whose memory a value shares, by way of reads by reference and views; nullptr for none.
  const VariableState* SharedVariable(int value) const {
    for (;;) {
      value = PastReads(value);
      const Value& v = nodes_.draft.at(value);
      if (v.kind == Value::Kind::kVariable) {
        return IsReference(*v.variable->node) ? v.variable : nullptr;
      }
      if (!IsViewInTheRun(value)) return nullptr;
      value = nodes_.ValueIndexOf(nodes_.items[Sz(v.node)].node->input(0));
    }
  }

  bool IsViewInTheRun(int value) const {
    const Value& v = nodes_.draft.at(value);
    if (v.kind != Value::Kind::kComputed || v.alias_of >= 0 || v.view_of >= 0) return false;
    const Item& item = nodes_.items[Sz(v.node)];
    return item.is_step && !item.is_copy_step && item.num_outputs() > 0 && IsView(*item.node);
  }

  Status FindOrder() {
    std::vector<std::vector<size_t>> after(nodes_.items.size());
    const auto add_edge = [&](size_t from, size_t to) {
      after[from].push_back(to);
      nodes_.items[to].before.push_back(static_cast<int>(from));
    };
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      const Item& item = nodes_.items[i];
      if (!HasRun(i)) continue;
      AddDeciders(i, add_edge);
      for (const Output& input : item.inputs()) {
        if (nodes_.ValueOf(input).kind != Value::Kind::kFeed)
          add_edge(nodes_.index.at(input.node), i);
      }
      if (item.predicate >= 0) continue;
      const Node& node = *item.node;
      for (const Node* control : node.controls) add_edge(nodes_.index.at(control), i);
      // An equal node that computes the value in this one's stead may wait for more than this one
      // does; what uses the value waits for it.
      for (int k = 0; k < node.num_outputs(); ++k) {
        const int alias = nodes_.draft.values[Sz(nodes_.items[i].first_value + k)].alias_of;
        if (alias < 0) continue;
        const auto source = Sz(nodes_.draft.values[Sz(alias)].node);
        if (source != i) add_edge(source, i);
      }
    }
    struct Reading {
      size_t reader;    // Where the value is taken.
      size_t consumer;  // Where its elements are used.
      bool is_fetch;
      VariableState* variable;
      int value;  // The value at the reader.
    };
    std::vector<Reading> readings;
    const auto note = [&](size_t consumer, int value, bool is_fetch) {
      const int root = nodes_.draft.ResolveViews(value);
      if (nodes_.draft.values[Sz(root)].kind != Value::Kind::kVariable) return;
      const size_t reader = is_fetch ? ReadingItem(Sz(nodes_.draft.values[Sz(value)].node), value)
                                     : ReadingItem(consumer, value);
      readings.push_back(
          {reader, consumer, is_fetch, nodes_.draft.values[Sz(root)].variable, value});
    };
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      if (!nodes_.items[i].is_step) continue;
      const std::span<const Output> inputs = nodes_.items[i].inputs();
      for (size_t k = Sz(NumAssigned(*nodes_.items[i].node)); k < inputs.size(); ++k) {
        note(i, nodes_.ValueIndexOf(inputs[k]), false);
      }
    }
    for (const Output& fetch : nodes_.input.fetches) {
      note(nodes_.index.at(fetch.node), nodes_.ValueIndexOf(fetch), true);
    }
    std::vector<bool> reached;
    for (size_t a = 0; a < nodes_.items.size(); ++a) {
      const std::vector<const VariableState*> assigned = AssignedBy(a);
      if (assigned.empty()) continue;  // As nearly all are.
      for (const Reading& reading : readings) {
        if (reading.consumer == a || reading.reader == a) continue;
        if (std::find(assigned.begin(), assigned.end(), reading.variable) == assigned.end()) {
          continue;
        }
        Descendants(a, after, reached);
        if (reached[reading.reader]) continue;  // Read after the assignment: the new value.
        if ((reading.is_fetch || reached[reading.consumer]) &&
            UpdatesInPlace(*nodes_.items[a].node) && SharedVariable(reading.value) != nullptr) {
          continue;  // Shares its memory: the new value.
        }
        if (!reading.is_fetch && !reached[reading.consumer]) {
          add_edge(reading.consumer, a);
          continue;
        }
        // The old value is wanted after the assignment: it is copied before.
        MakeCopyStep(reading.reader);
        add_edge(reading.reader, a);
      }
    }
    MakeViewsAgain(after);
    return SortItems(after);
  }

  std::vector<const VariableState*> AssignedBy(size_t i) const {
    std::vector<const VariableState*> assigned;
    const Item& item = nodes_.items[i];
    for (int k = 0; item.is_step && k < NumAssigned(*item.node); ++k) {
      const Node* variable = VariableNodeOf(item.node->input(k));
      if (variable != nullptr) assigned.push_back(nodes_.state.Variable(variable));
    }
    return assigned;
  }

  // A view of a variable that is made before an update in place, and used after it: it is made again
  // in between, by another step for the same value. Views of views come first, which then use it.
  void MakeViewsAgain(std::vector<std::vector<size_t>>& after) {
    for (size_t view = nodes_.items.size(); view-- > 0;) {
      const int value = nodes_.items[view].first_value;
      if (nodes_.items[view].num_outputs() == 0 || !IsViewInTheRun(value)) continue;
      const VariableState* const variable = SharedVariable(value);
      if (variable == nullptr) continue;
      for (size_t a = 0; a < nodes_.items.size(); ++a) {
        const std::vector<const VariableState*> assigned = AssignedBy(a);
        if (std::ranges::find(assigned, variable) == assigned.end()) continue;
        if (UpdatesInPlace(*nodes_.items[a].node)) MakeViewAgain(view, a, after);
      }
    }
  }

  void MakeViewAgain(size_t view, size_t assignment, std::vector<std::vector<size_t>>& after) {
    std::vector<bool> reached;
    Descendants(assignment, after, reached);
    if (reached[view]) return;
    const auto uses_it = [&](const Output& output) {
      return Sz(nodes_.draft.at(PastReads(nodes_.ValueIndexOf(output))).node) == view;
    };
    std::vector<size_t> earlier;
    std::vector<size_t> later;
    for (size_t i = 0; i < after.size(); ++i) {
      const Item& item = nodes_.items[ItemOf(i)];
      if (!item.is_step || std::ranges::none_of(item.inputs(), uses_it)) continue;
      (reached[i] ? later : earlier).push_back(i);
    }
    if (later.empty() && std::ranges::none_of(nodes_.input.fetches, uses_it)) return;
    const size_t again = after.size();
    again_.push_back(view);
    after.push_back(std::move(later));
    after[view].push_back(again);
    after[assignment].push_back(again);
    Descendants(again, after, reached);
    for (const size_t i : earlier) {
      if (!reached[i]) after[i].push_back(again);
    }
    for (int k = 0; k < nodes_.items[view].num_outputs(); ++k) {
      nodes_.draft.at(nodes_.items[view].first_value + k).escapes = true;  // As the variable does.
    }
  }

  // What stands at a place of the order: an item, or one that comes again.
  size_t ItemOf(size_t place) const {
    return place < nodes_.items.size() ? place : again_[place - nodes_.items.size()];
  }

  // A step comes after what decides whether it runs, a Merge after what decides what it takes.
  template <typename AddEdge>
  void AddDeciders(size_t i, const AddEdge& add_edge) const {
    const Item& item = nodes_.items[i];
    const auto add = [&](Condition condition) {
      if (condition <= kAlways) return;
      for (const int32_t predicate : nodes_.draft.conditions.PredicatesOf(condition)) {
        add_edge(nodes_.deciders[Sz(predicate)], i);
      }
    };
    add(item.condition);
    if (!item.is_merge()) return;
    for (const Output& input : item.inputs()) add(nodes_.ValueOf(input).condition);
  }

  // Whether anything of the node takes part: fed-only nodes do not.
  bool HasRun(size_t i) const {
    const Item& item = nodes_.items[i];
    for (int k = 0; k < item.num_outputs(); ++k) {
      if (nodes_.draft.at(item.first_value + k).kind != Value::Kind::kFeed) return true;
    }
    return item.num_outputs() == 0;
  }

  void MakeCopyStep(size_t reader) {
    Item& item = nodes_.items[reader];
    if (item.is_step && !IsCopy(*item.node)) return;
    item.is_step = true;
    item.is_copy_step = true;
    for (int k = 0; k < item.num_outputs(); ++k) {
      Value& value = nodes_.draft.at(item.first_value + k);
      value.alias_of = -1;
      value.view_of = -1;
      value.kind = Value::Kind::kComputed;
      value.escapes = true;  // Its buffer is the variable's: the assignment then writes elsewhere.
    }
  }

  // Of the items that may run, the one that was found first.
  Status SortItems(const std::vector<std::vector<size_t>>& after) {
    std::vector<int> num_before(after.size(), 0);
    for (const auto& targets : after) {
      for (const size_t target : targets) ++num_before[target];
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < after.size(); ++i) {
      if (num_before[i] == 0) ready.push(i);
    }
    size_t num_sorted = 0;
    while (!ready.empty()) {
      const size_t i = ready.top();
      ready.pop();
      ++num_sorted;
      if (nodes_.items[ItemOf(i)].is_step) order_.push_back(ItemOf(i));
      for (const size_t target : after[i]) {
        if (--num_before[target] == 0) ready.push(target);
      }
    }
    if (num_sorted != after.size()) {
      return Fail(ErrorCode::kInvalidArgument, "the nodes that are needed wait for each other");
    }
    return {};
  }

  Status DraftSteps() {
    for (const size_t i : order_) {
      const Item& item = nodes_.items[i];
      const Node& node = *item.node;
      PlanDraft::Step step;
      step.node = &node;
      step.condition = item.condition;
      step.predicate = item.predicate;
      if (item.error) {
        step.kernel = std::make_unique<WrongNode>(*item.error);
        step.is_wrong = true;
      }
      for (int k = 0; k < NumAssigned(node); ++k) {
        const Node* variable = VariableNodeOf(node.input(k));
        if (variable == nullptr) {
          return Fail(ErrorCode::kInvalidArgument, "node {}: argument {} refers to no variable",
                      Describe(node), k);
        }
        step.variables.push_back(nodes_.state.Variable(variable));
      }
      if (node.op->spec.is_stateful && node.HasAttr("seed2"))
        step.random = nodes_.state.Random(&node);
      for (const Output& input : item.inputs()) {
        step.inputs.push_back(nodes_.ValueIndexOf(input));
        if (item.is_merge()) step.alternatives.push_back(nodes_.ValueOf(input).condition);
      }
      for (int k = 0; k < item.num_outputs(); ++k) {
        const int value = item.first_value + k;
        // A reference that is handed on is the variable itself, and what is fed is not written.
        const bool is_written = nodes_.draft.values[Sz(value)].kind != Value::Kind::kFeed &&
                                nodes_.draft.values[Sz(value)].kind != Value::Kind::kVariable;
        step.outputs.push_back(is_written ? value : -1);
      }
      nodes_.draft.steps.push_back(std::move(step));
    }
    for (const Output& fetch : nodes_.input.fetches) {
      nodes_.draft.fetches.push_back(nodes_.ValueIndexOf(fetch));
      nodes_.draft.fetched_outputs.push_back(fetch);
    }
    return {};
  }

  PlanNodes& nodes_;
  std::vector<size_t> again_;  // Items that come once more, at the places behind all items.
  std::vector<size_t> order_;  // Items that are steps.
};

}  // namespace

Status OrderSteps(PlanNodes& nodes) { return StepOrder(nodes).Run(); }

}  // namespace fanlight
