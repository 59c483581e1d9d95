// A plan while it is compiled: what the stages of compilation hand to each other.
//
//   PlanCompiler (plan_compiler.cc)   nodes and shapes                            → PlanNodes
//   BranchFinder (plan_branches.cc)   when each of them runs                      → PlanNodes
//   NodeSimplifier (plan_simplify.cc) constants, views, equal nodes               → PlanNodes
//   OrderSteps   (plan_order.cc)      steps and their order                       → PlanDraft
//   FuseSteps    (plan_fusion.cc)     several steps become one                    → PlanDraft
//   LayOutPlan   (plan_layout.cc)     kernels, slots, one arena                   → Plan
#pragma once

#include <memory>
#include <vector>

#include "fanlight/engine/graph/conditions.h"
#include "fanlight/engine/graph/plan.h"

namespace fanlight {

struct PlanDraft {
  // What is known of an output of a needed node.
  struct Value {
    enum class Kind { kNone, kConstant, kFeed, kVariable, kComputed } kind = Kind::kNone;
    Tensor constant;
    int feed = 0;
    VariableState* variable = nullptr;
    DType dtype = DType::kInvalid;
    PartialShape shape;
    int alias_of = -1;              // The value that this one is, element by element and in shape.
    int view_of = -1;               // The value whose elements these are, under another shape.
    bool escapes = false;           // Fetched, or kept apart from a variable: never in the arena.
    bool is_handle = false;         // A Merge's: one of several others, wherever that lies.
    bool is_claim = false;          // Its shape is what the program says: to be checked.
    Condition condition = kAlways;  // When there is a value.
    int node = -1;                  // Where it is made, in the compiler's numbers.
    int slot = -1;                  // Where it lies, once laid out.

    void SetConstant(const Tensor& tensor) {
      kind = Kind::kConstant;
      constant = tensor;
      shape = tensor.shape();
    }
  };
  struct Step {
    const Node* node = nullptr;             // Of several that became one, the last: errors name it.
    std::vector<int> inputs;                // Values.
    std::vector<int> outputs;               // Values; -1 where nothing is written.
    std::vector<VariableState*> variables;  // That it assigns: its first inputs refer to them.
    RandomState* random = nullptr;
    std::unique_ptr<Kernel> kernel;         // nullptr: the node's own.
    std::vector<const Node*> joined{};      // The other nodes whose work it does.
    Condition condition = kAlways;          // When it runs.
    int predicate = -1;                     // The one that its input decides; -1: none.
    std::vector<Condition> alternatives{};  // Of a Merge: when each input has a value.
    bool is_wrong = false;                  // Its kernel tells of shapes that do not fit.
  };

  // Whether a step may write it into the arena.
  static bool MayLieInArena(const Value& value) {
    return value.kind == Value::Kind::kComputed && !value.escapes && !value.is_handle &&
           value.shape.is_fully_known() && DTypeSize(value.dtype) != 0;
  }

  std::vector<Value> values;
  std::vector<Step> steps;   // In order.
  std::vector<int> fetches;  // Values.
  std::vector<Output> fetched_outputs;
  std::vector<Output> feeds;
  Conditions conditions{};
  int num_predicates = 0;
  bool optimize = true;

  Value& at(int value) { return values[static_cast<size_t>(value)]; }
  const Value& at(int value) const { return values[static_cast<size_t>(value)]; }
  // The value past aliases.
  int Resolve(int value) const {
    while (at(value).alias_of >= 0) value = at(value).alias_of;
    return value;
  }
  // The value past aliases and views: whose memory it is.
  int ResolveViews(int value) const {
    for (;;) {
      value = Resolve(value);
      if (at(value).view_of < 0) return value;
      value = at(value).view_of;
    }
  }
};

// How many of a node's first inputs an output may be, element by element.
int NumHandedOn(const Node& node);

// Joins steps that are faster together: a product with its bias, activation or mask, a gradient
// with the update it is for, the cross-entropy with the weight of its gradient.
void FuseSteps(PlanDraft& draft);

// Errors: kUnimplemented, when an op has no kernel.
Result<std::unique_ptr<Plan>> LayOutPlan(PlanDraft& draft, const KernelRegistry& kernels);

}  // namespace fanlight
