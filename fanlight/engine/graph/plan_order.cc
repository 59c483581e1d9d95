// The steps of a plan and their order: nodes with an effect and what they and the fetches need; reads
// of a variable before its assignment, unless they depend on it.
#include <algorithm>
#include <functional>
#include <queue>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
namespace {

size_t Sz(int i) { return static_cast<size_t>(i); }

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

  // What is fetched lives on: neither it nor what it is a view of may lie in the arena.
  void ResolveFetches() {
    for (const Output& fetch : nodes_.input.fetches) {
      int value = nodes_.ValueIndexOf(fetch);
      for (;;) {
        value = nodes_.draft.Resolve(value);
        nodes_.draft.values[Sz(value)].escapes = true;
        if (nodes_.draft.values[Sz(value)].view_of < 0) break;
        value = nodes_.draft.values[Sz(value)].view_of;
      }
    }
    std::vector<Value*> needs_run;
    // Views of what is made anew in each run, of variables and of feeds are made in the run.
    for (Value& value : nodes_.draft.values) {
      if (value.view_of < 0) continue;
      const Value& root = nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value.view_of))];
      const bool is_in_arena = root.kind == Value::Kind::kComputed && !root.escapes &&
                               root.shape.is_fully_known() && DTypeSize(root.dtype) != 0;
      if (!is_in_arena) needs_run.push_back(&value);
    }
    for (Value* value : needs_run) value->view_of = -1;
    // Where a kernel may hand on its input and the result is fetched, the input escapes too.
    for (size_t i = nodes_.items.size(); i-- > 0;) {
      const Node& node = *nodes_.items[i].node;
      if (!node.op->spec.may_alias_input || node.num_outputs() == 0) continue;
      const Value& output = nodes_.draft.values[Sz(nodes_.items[i].first_value)];
      if (!output.escapes || output.alias_of >= 0 || output.view_of >= 0) continue;
      if (output.kind != Value::Kind::kComputed) continue;  // Fed: its inputs are not in the plan.
      nodes_.draft.values[Sz(nodes_.draft.ResolveViews(nodes_.ValueIndexOf(node.input(0))))]
          .escapes = true;
    }
  }

  // Steps are nodes with an effect, and what their inputs and the fetches need.
  void ChooseSteps() {
    std::vector<bool> wanted(nodes_.items.size(), false);
    std::vector<size_t> stack;
    const auto want = [&](int value) {
      const auto item = Sz(nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value))].node);
      const Value& root = nodes_.draft.values[Sz(nodes_.draft.ResolveViews(value))];
      if (root.kind != Value::Kind::kComputed && root.kind != Value::Kind::kVariable) return;
      if (!nodes_.items[item].is_step || wanted[item]) return;
      wanted[item] = true;
      stack.push_back(item);
    };
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      if (!nodes_.items[i].is_step || !nodes_.items[i].node->op->spec.has_effect) continue;
      wanted[i] = true;
      stack.push_back(i);
    }
    for (const Output& fetch : nodes_.input.fetches) want(nodes_.ValueIndexOf(fetch));
    const auto drain = [&] {
      while (!stack.empty()) {
        const Node& node = *nodes_.items[stack.back()].node;
        stack.pop_back();
        for (const Output& input : node.inputs) want(nodes_.ValueIndexOf(input));
      }
    };
    drain();
    // A placeholder that is run as a target must say that it is not fed.
    for (const Output& target : nodes_.input.targets) {
      const size_t item = nodes_.index.at(target.node);
      if (target.node->type() == "Placeholder" && nodes_.items[item].is_step) wanted[item] = true;
    }
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      if (nodes_.items[i].is_step && nodes_.items[i].node->num_outputs() > 0) {
        const Value& first = nodes_.draft.values[Sz(nodes_.items[i].first_value)];
        if (first.alias_of >= 0 || first.view_of >= 0) nodes_.items[i].is_step = false;
      }
      nodes_.items[i].is_step = nodes_.items[i].is_step && wanted[i];
    }
  }

  // ------------------------------------------------------------------ order

  void Descendants(size_t from, const std::vector<std::vector<size_t>>& after,
                   std::vector<bool>& reached) const {
    reached.assign(nodes_.items.size(), false);
    std::vector<size_t> stack = {from};
    while (!stack.empty()) {
      const size_t i = stack.back();
      stack.pop_back();
      if (reached[i]) continue;
      reached[i] = true;
      stack.insert(stack.end(), after[i].begin(), after[i].end());
    }
  }

  // The item at which the value of a variable is read: the first of the aliases that lead to it,
  // seen from the variable; `consumer` itself when it takes the reference.
  size_t ReadingItem(size_t consumer, int value) const {
    size_t reader = consumer;
    for (;;) {
      const Value& v = nodes_.draft.values[Sz(value)];
      const int next = v.alias_of >= 0 ? v.alias_of : v.view_of;
      if (next < 0) return reader;
      reader = Sz(v.node);
      value = next;
    }
  }

  Status FindOrder() {
    std::vector<std::vector<size_t>> after(nodes_.items.size());
    const auto add_edge = [&](size_t from, size_t to) {
      after[from].push_back(to);
      nodes_.items[to].before.push_back(static_cast<int>(from));
    };
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      const Node& node = *nodes_.items[i].node;
      if (!HasRun(i)) continue;
      for (const Output& input : node.inputs) {
        if (nodes_.ValueOf(input).kind != Value::Kind::kFeed)
          add_edge(nodes_.index.at(input.node), i);
      }
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
      const Node& node = *nodes_.items[i].node;
      for (int k = 0; k < node.num_inputs(); ++k) {
        if (k < NumAssigned(node)) continue;
        note(i, nodes_.ValueIndexOf(node.input(k)), false);
      }
    }
    for (const Output& fetch : nodes_.input.fetches) {
      note(nodes_.index.at(fetch.node), nodes_.ValueIndexOf(fetch), true);
    }
    std::vector<bool> reached;
    for (size_t a = 0; a < nodes_.items.size(); ++a) {
      if (!nodes_.items[a].is_step) continue;
      std::vector<const VariableState*> assigned;
      for (int k = 0; k < NumAssigned(*nodes_.items[a].node); ++k) {
        const Node* variable = VariableNodeOf(nodes_.items[a].node->input(k));
        if (variable != nullptr) assigned.push_back(nodes_.state.Variable(variable));
      }
      for (const Reading& reading : readings) {
        if (reading.consumer == a || reading.reader == a) continue;
        if (std::find(assigned.begin(), assigned.end(), reading.variable) == assigned.end()) {
          continue;
        }
        Descendants(a, after, reached);
        if (reached[reading.reader]) continue;  // Read after the assignment: the new value.
        if (!reading.is_fetch && !reached[reading.consumer]) {
          add_edge(reading.consumer, a);
          continue;
        }
        // The old value is wanted after the assignment: it is copied before.
        MakeCopyStep(reading.reader);
        add_edge(reading.reader, a);
      }
    }
    return SortItems(after);
  }

  // Whether anything of the node takes part: fed-only nodes do not.
  bool HasRun(size_t i) const {
    const Node& node = *nodes_.items[i].node;
    for (int k = 0; k < node.num_outputs(); ++k) {
      if (nodes_.draft.values[Sz(nodes_.items[i].first_value + k)].kind != Value::Kind::kFeed)
        return true;
    }
    return node.num_outputs() == 0;
  }

  void MakeCopyStep(size_t reader) {
    Item& item = nodes_.items[reader];
    if (item.is_step && !IsCopy(*item.node)) return;
    item.is_step = true;
    item.is_copy_step = true;
    Value& value = nodes_.draft.values[Sz(item.first_value)];
    value.alias_of = -1;
    value.view_of = -1;
    value.kind = Value::Kind::kComputed;
    value.escapes = true;  // Its buffer is the variable's: the assignment then writes elsewhere.
  }

  // Of the items that may run, the one that was found first.
  Status SortItems(const std::vector<std::vector<size_t>>& after) {
    std::vector<int> num_before(nodes_.items.size(), 0);
    for (const auto& targets : after) {
      for (const size_t target : targets) ++num_before[target];
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      if (num_before[i] == 0) ready.push(i);
    }
    size_t num_sorted = 0;
    while (!ready.empty()) {
      const size_t i = ready.top();
      ready.pop();
      ++num_sorted;
      if (nodes_.items[i].is_step) order_.push_back(i);
      for (const size_t target : after[i]) {
        if (--num_before[target] == 0) ready.push(target);
      }
    }
    if (num_sorted != nodes_.items.size()) {
      return Fail(ErrorCode::kInvalidArgument, "the nodes that are needed wait for each other");
    }
    return {};
  }

  Status DraftSteps() {
    for (const size_t i : order_) {
      const Node& node = *nodes_.items[i].node;
      PlanDraft::Step step;
      step.node = &node;
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
      for (const Output& input : node.inputs) step.inputs.push_back(nodes_.ValueIndexOf(input));
      for (int k = 0; k < node.num_outputs(); ++k) {
        const int value = nodes_.items[i].first_value + k;
        // A reference that is handed on is the variable itself, and what is fed is not written.
        const bool is_written = nodes_.draft.values[Sz(value)].kind != Value::Kind::kFeed &&
                                nodes_.draft.values[Sz(value)].kind != Value::Kind::kVariable;
        step.outputs.push_back(is_written ? value : -1);
      }
      nodes_.draft.steps.push_back(std::move(step));
    }
    for (const Output& fetch : nodes_.input.fetches)
      nodes_.draft.fetches.push_back(nodes_.ValueIndexOf(fetch));
    return {};
  }

  PlanNodes& nodes_;
  std::vector<size_t> order_;  // Items that are steps.
};

}  // namespace

Status OrderSteps(PlanNodes& nodes) { return StepOrder(nodes).Run(); }

}  // namespace fanlight
