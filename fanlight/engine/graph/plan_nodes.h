// The nodes that a plan needs, while it is compiled: what its first stages work on.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/plan_draft.h"

namespace fanlight {

struct PlanNodes {
  struct Item {
    const Node* node = nullptr;
    int first_value = 0;            // Of its outputs, in the draft's values.
    bool is_step = false;           // Whether it is to run; fewer and fewer do, stage by stage.
    bool is_copy_step = false;      // A read of a variable that must be kept apart from it.
    std::vector<int> before{};      // Items that must come before it.
    Condition condition = kAlways;  // When it runs.
    // Where the node's Switch asks for this predicate: the item stands for that alone. -1: for the
    // node.
    int predicate = -1;
    // Of a node that does not always run and then would be wrong: it is told in the run.
    std::optional<Error> error{};

    std::span<const Output> inputs() const {
      const std::span<const Output> all = node->inputs;
      return predicate < 0 ? all : all.subspan(1, 1);
    }
    int num_outputs() const { return predicate < 0 ? node->num_outputs() : 0; }
    bool is_merge() const { return predicate < 0 && IsMerge(*node); }
  };

  const Plan::Input& input;
  const KernelRegistry& kernels;
  SessionState& state;
  std::vector<Item> items{};  // Each after its inputs and what it waits for.
  std::unordered_map<const Node*, size_t> index{};
  bool has_branches = false;
  // By predicate: the Switch that asks for it first; then the item that decides it.
  std::vector<const Node*> switches{};
  std::vector<size_t> deciders{};
  PlanDraft draft{};

  int ValueIndexOf(const Output& output) const {
    return items[index.at(output.node)].first_value + output.index;
  }
  PlanDraft::Value& ValueOf(const Output& output) { return draft.at(ValueIndexOf(output)); }
  // The error of a node, with what is known of its inputs.
  Error WithInputs(const Node& node, const Error& error);
};

// Ops that hand on their first input as it is.
bool IsCopy(const Node& node);

// Whether a variable is read by reference, and not by handle.
bool IsReference(const Node& variable);
// How many variables a node assigns: an optimizer's update changes a variable and its slots. They
// are its first inputs.
int NumAssigned(const Node& node);

// Finds out when each node runs, node by node in the order of the items.
class BranchFinder {
 public:
  explicit BranchFinder(PlanNodes& nodes) : nodes_(nodes) {}

  // Sets the conditions of the item and of its values. What it takes and waits for is evaluated.
  void Find(PlanNodes::Item& item);
  // After the last: adds the items that decide predicates.
  // Errors: kTooLarge, when conditions are too many.
  Status Finish();

 private:
  Condition WhenTrue(const Node& switch_node);
  std::optional<Condition> WhenMergeTakes(const Output& equality);
  std::optional<Tensor> ConstantOf(const Output& output);
  bool IsFed(const Output& output);

  PlanNodes& nodes_;
  std::unordered_map<int, int> predicates_;  // By value.
};

// Finds out what need not run, node by node in the order of the items: constants are folded by the
// kernels themselves; copies, views and reductions over nothing become names for the value that they
// are of, and so does a node that does what an earlier one did.
class NodeSimplifier {
 public:
  explicit NodeSimplifier(PlanNodes& nodes) : nodes_(nodes) {}

  // `constants`: the inputs' values, where they are constant.
  Status Simplify(PlanNodes::Item& item, const std::vector<Tensor>& constants);

 private:
  using Value = PlanDraft::Value;

  void SimplifySwitch(PlanNodes::Item& item);
  void SimplifyMerge(PlanNodes::Item& item);
  std::optional<Tensor> KnownFromShape(const Node& node);
  Status FoldShapes(PlanNodes::Item& item);
  Status Fold(PlanNodes::Item& item, const std::vector<Tensor>& constants);
  void JoinWithEqual(PlanNodes::Item& item);
  bool IsSameInput(const Output& a, const Output& b);
  bool IsViewOfVariable(const Output& output);
  bool WaitAlike(const Node& a, const Node& b);
  bool IsEqual(const Node& a, const Node& b);

  PlanNodes& nodes_;
  std::unordered_multimap<size_t, const Node*> seen_;  // Pure nodes by a hash of what they do.
};

// Chooses the steps and puts them in order: the draft's steps and fetches.
// Errors: kInvalidArgument, when nodes wait for each other or an assignment has no variable.
Status OrderSteps(PlanNodes& nodes);

}  // namespace fanlight
