#include "fanlight/engine/graph/ops/list_diff.h"

#include <unordered_map>
#include <unordered_set>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {
namespace {

Status ListDiffShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 1, "argument \"x\""));
  FL_TRY(context.WantRank(1, 1, "argument \"y\""));
  for (int i = 0; i < 2; ++i) context.set_output(i, PartialShape{PartialShape::kUnknown});
  return {};
}

Status UniqueShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 1, "argument \"x\""));
  context.set_output(0, PartialShape{PartialShape::kUnknown});
  context.set_output(1, context.input(0));
  return {};
}

template <typename T>
Status ListDiffKernel(KernelContext& context) {
  const auto x = context.input(0).flat<T>();
  const auto y = context.input(1).flat<T>();
  const std::unordered_set<T> excluded(y.begin(), y.end());
  std::vector<size_t> kept;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!excluded.contains(x[i])) kept.push_back(i);
  }
  const auto count = static_cast<int64_t>(kept.size());
  FL_ASSIGN_OR_RETURN(Tensor* const values, context.AllocateOutput(0, {count}));
  FL_ASSIGN_OR_RETURN(Tensor* const indices, context.AllocateOutput(1, {count}));
  for (size_t i = 0; i < kept.size(); ++i) {
    values->mutable_flat<T>()[i] = x[kept[i]];
    StoreInteger(*indices, i, static_cast<int64_t>(kept[i]));
  }
  return {};
}

template <typename T>
Status UniqueKernel(KernelContext& context) {
  const auto x = context.input(0).flat<T>();
  FL_ASSIGN_OR_RETURN(Tensor* const indices, context.AllocateOutput(1, context.input(0).shape()));
  std::unordered_map<T, int64_t> places;
  std::vector<size_t> first;
  for (size_t i = 0; i < x.size(); ++i) {
    const auto [found, is_new] = places.emplace(x[i], static_cast<int64_t>(first.size()));
    if (is_new) first.push_back(i);
    StoreInteger(*indices, i, found->second);
  }
  FL_ASSIGN_OR_RETURN(Tensor* const values,
                      context.AllocateOutput(0, {static_cast<int64_t>(first.size())}));
  for (size_t i = 0; i < first.size(); ++i) values->mutable_flat<T>()[i] = x[first[i]];
  return {};
}

constexpr OpSpec kOps[] = {
    {.name = "ListDiff",
     .signature = "x: T, y: T -> out: T, idx: out_idx",
     .attrs = "T: type, out_idx: index = int32",
     .infer = ListDiffShape,
     .has_no_gradient = true},
    {.name = "Unique",
     .signature = "x: T -> y: T, idx: out_idx",
     .attrs = "T: type, out_idx: index = int32",
     .infer = UniqueShape,
     .has_no_gradient = true},
};

#define FL_LIST_DIFF(T) ListDiffKernel<T>
#define FL_UNIQUE(T) UniqueKernel<T>

constexpr KernelDef kKernels[] = {
    FL_REALS("ListDiff", FL_LIST_DIFF),
    {"ListDiff", DType::kString, MakeFunctionKernel<FL_LIST_DIFF(std::string)>},
    FL_REALS("Unique", FL_UNIQUE),
    {"Unique", DType::kBool, MakeFunctionKernel<FL_UNIQUE(bool)>},
    {"Unique", DType::kString, MakeFunctionKernel<FL_UNIQUE(std::string)>},
};

}  // namespace

ListDiffResult ListDiff(GraphBuilder& graph, const Operand& x, const Operand& y,
                        std::string_view name) {
  const Node* node = OpCall(graph, "ListDiff", name).Input(x, "x").Input(y, "y").Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}};
}

UniqueResult Unique(GraphBuilder& graph, const Operand& x, std::string_view name) {
  const Node* node = OpCall(graph, "Unique", name).Input(x, "x").Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}};
}

std::span<const OpSpec> ListDiffOps() { return kOps; }
std::span<const KernelDef> ListDiffKernels() { return kKernels; }

}  // namespace fanlight
