#include "fanlight/engine/graph/ops/branches.h"

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status SwitchShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "the predicate"));
  context.set_output(0, context.input(0));
  context.set_output(1, context.input(0));
  return {};
}

// What the shapes of all inputs have in common.
Status MergeShape(InferenceContext& context) {
  if (context.num_inputs() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "want one input at least");
  }
  PartialShape common = context.input(0);
  for (int i = 1; i < context.num_inputs() && common.has_rank(); ++i) {
    const PartialShape& input = context.input(i);
    if (!input.has_rank() || input.rank() != common.rank()) {
      common = PartialShape::Unknown();
      break;
    }
    for (int d = 0; d < common.rank(); ++d) {
      if (common[d] != input[d]) common.set_dim(d, -1);
    }
  }
  context.set_output(0, common);
  context.set_output(1, Shape());
  return {};
}

// ---------------------------------------------------------------- kernels

// Which of the outputs counts is the plan's to know.
Status SwitchKernel(KernelContext& context) {
  context.SetOutput(0, context.input(0));
  context.SetOutput(1, context.input(0));
  return {};
}

Status MergeKernel(KernelContext& context) {
  for (int i = 0; i < context.num_inputs(); ++i) {
    if (!context.input(i).is_valid()) continue;
    context.SetOutput(0, context.input(i));
    FL_ASSIGN_OR_RETURN(Tensor* const place, context.AllocateOutput(1, Shape()));
    place->mutable_flat<int32_t>()[0] = i;
    return {};
  }
  return Fail(ErrorCode::kFailedPrecondition, "no input has a value");
}

// ---------------------------------------------------------------- gradients

// Zeros of a variable's shape, where its handle has a value.
Output ZerosOfVariable(GraphBuilder& graph, const Output& handle) {
  const Output shape = OpCall(graph, "VariableShape", "")
                           .Input(handle, "input")
                           .Attr("out_type", DType::kInt32)
                           .Done();
  const auto zero = ConvertTo(Tensor::Scalar(0.0f), ValueDType(handle));
  if (!zero) return {};
  return OpCall(graph, "Fill", "zeros").Input(shape, "dims").Input(*zero, "value").Done();
}

std::vector<Output> SwitchGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  std::vector<Output> branches;
  for (int i = 0; i < 2; ++i) {
    Output gradient = g[static_cast<size_t>(i)];
    const Output branch(&node, i);
    if (!gradient.is_valid() && branch.dtype() == DType::kResource) {
      gradient = ZerosOfVariable(graph, branch);
    }
    if (!gradient.is_valid()) return {};
    const Switched switched = Switch(graph, gradient, node.input(1));
    branches.push_back(i == 0 ? switched.if_false : switched.if_true);
  }
  return {Merge(graph, branches, "cond_grad")};
}

std::vector<Output> MergeGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> g) {
  std::vector<Output> gradients;
  for (int i = 0; i < node.num_inputs(); ++i) {
    const Output is_taken = Equal(graph, Output(&node, 1), i);
    gradients.push_back(Switch(graph, g[0], is_taken).if_true);
  }
  return gradients;
}

constexpr OpSpec kOps[] = {
    {.name = "Switch",
     .signature = "data: T, pred: bool -> output_false: T, output_true: T",
     .attrs = "T: type",
     .infer = SwitchShape,
     .gradient = SwitchGradient},
    {.name = "RefSwitch",
     .signature = "data: Ref(T), pred: bool -> output_false: Ref(T), output_true: Ref(T)",
     .attrs = "T: type",
     .infer = SwitchShape,
     .gradient = SwitchGradient},
    {.name = "Merge",
     .signature = "inputs: N * T -> output: T, value_index: int32",
     .attrs = "T: type, N: int",
     .infer = MergeShape,
     .gradient = MergeGradient},
    {.name = "RefMerge",
     .signature = "inputs: Ref(N * T) -> output: Ref(T), value_index: int32",
     .attrs = "T: type, N: int",
     .infer = MergeShape,
     .gradient = MergeGradient},
};

constexpr KernelDef kKernels[] = {
    {"Switch", DType::kInvalid, MakeFunctionKernel<SwitchKernel>},
    {"RefSwitch", DType::kInvalid, MakeFunctionKernel<SwitchKernel>},
    {"Merge", DType::kInvalid, MakeFunctionKernel<MergeKernel>},
    {"RefMerge", DType::kInvalid, MakeFunctionKernel<MergeKernel>},
};

// What the function gives within the branch.
std::vector<Output> Results(GraphBuilder& graph, Branch& branch, const Output& pivot,
                            const BranchFunction& function) {
  const auto waits = graph.ControlDependencies({pivot.node});
  std::vector<Output> results;
  if (!graph.ok()) return results;
  for (const Output& value : function(branch)) results.push_back(branch.Result(value));
  return results;
}

}  // namespace

bool IsSwitch(const Node& node) { return node.type() == "Switch" || node.type() == "RefSwitch"; }
bool IsMerge(const Node& node) { return node.type() == "Merge" || node.type() == "RefMerge"; }

Switched Switch(GraphBuilder& graph, const Output& value, const Operand& predicate,
                std::string_view name) {
  const bool is_ref = value.is_valid() && value.is_ref();
  const Node* const node = OpCall(graph, is_ref ? "RefSwitch" : "Switch", name, "Switch")
                               .Input(value, "data")
                               .Input(predicate, "pred")
                               .Done();
  if (node == nullptr) return {};
  return {Output(node, 0), Output(node, 1)};
}

Output Merge(GraphBuilder& graph, const std::vector<Output>& values, std::string_view name) {
  bool are_refs = !values.empty();
  for (const Output& value : values) are_refs = are_refs && value.is_valid() && value.is_ref();
  return OpCall(graph, are_refs ? "RefMerge" : "Merge", name, "Merge").Inputs(values).Done();
}

// Whether it waits for the pivot, or for what was taken, by way of nodes younger than that.
bool Branch::RunsHereOnly(const Node* node) {
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> open = {node};
  while (!open.empty()) {
    const Node* const at = open.back();
    open.pop_back();
    if (at == pivot_.node || inside_.contains(at)) {
      inside_.insert(node);
      return true;
    }
    if (at->id < pivot_.node->id || !seen.insert(at).second) continue;
    open.insert(open.end(), at->controls.begin(), at->controls.end());
    for (const Output& input : at->inputs) open.push_back(input.node);
  }
  return false;
}

Output Branch::Take(const Output& outside) {
  if (!graph_.ok() || !outside.is_valid() || RunsHereOnly(outside.node)) return outside;
  Output& taken = taken_[outside];
  if (taken.is_valid()) return taken;
  const auto first = graph_.NoControlDependencies();
  const auto nowhere = graph_.ColocateWith({});
  const auto beside = graph_.ColocateWith(outside);
  const Switched both = Switch(graph_, outside, predicate_);
  taken = is_true_ ? both.if_true : both.if_false;
  if (taken.is_valid()) inside_.insert(taken.node);
  return taken;
}

Output Branch::Result(const Output& value) {
  if (!graph_.ok() || !value.is_valid()) return {};
  if (value.node->num_outputs() == 0) return WithDependencies(graph_, {value.node}, pivot_);
  return Take(value);
}

std::vector<Output> Cond(GraphBuilder& graph, const Operand& predicate,
                         const BranchFunction& if_true, const BranchFunction& if_false,
                         std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output chosen_by = predicate.ToOutput(graph, "pred", DType::kBool);
  const Switched both = Switch(graph, chosen_by, chosen_by);
  const Output true_pivot = Identity(graph, both.if_true, "switch_t");
  const Output false_pivot = Identity(graph, both.if_false, "switch_f");
  const Output id = Identity(graph, chosen_by, "pred_id");
  if (!graph.ok()) return {};
  Branch true_branch(graph, id, true, true_pivot);
  const std::vector<Output> taken = Results(graph, true_branch, true_pivot, if_true);
  Branch false_branch(graph, id, false, false_pivot);
  const std::vector<Output> others = Results(graph, false_branch, false_pivot, if_false);
  if (!graph.ok()) return {};
  if (taken.size() != others.size()) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: the branches give {} and {} tensors, want as many",
                                 Quoted(graph.name_scope()), taken.size(), others.size())});
    return {};
  }
  std::vector<Output> merged;
  for (size_t i = 0; i < taken.size() && graph.ok(); ++i) {
    merged.push_back(Merge(graph, {others[i], taken[i]}));
  }
  return graph.ok() ? merged : std::vector<Output>();
}

std::span<const OpSpec> BranchOps() { return kOps; }
std::span<const KernelDef> BranchKernels() { return kKernels; }

}  // namespace fanlight
