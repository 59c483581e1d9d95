#include "fanlight/engine/graph/ops/branches.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
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

std::span<const OpSpec> BranchOps() { return kOps; }
std::span<const KernelDef> BranchKernels() { return kKernels; }

}  // namespace fanlight
