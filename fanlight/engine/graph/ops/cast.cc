#include "fanlight/engine/graph/ops/cast.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {
namespace {

Status CastKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  return ConvertInto(x, *output);
}

std::vector<Output> CastGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  const DType from = node.attr<DType>("SrcT");
  const DType to = node.attr<DType>("DstT");
  if (!IsFloating(from) || !IsFloating(to)) return {{}};
  return {Cast(graph, g[0], from)};
}

constexpr OpSpec kOps[] = {
    {.name = "Cast",
     .signature = "x: SrcT -> y: DstT",
     .attrs = "SrcT: type, DstT: type, Truncate: bool = false",
     .infer = SameShapeAsFirstInput,
     .gradient = CastGradient},
};

constexpr KernelDef kKernels[] = {
    {"Cast", DType::kInvalid, MakeFunctionKernel<CastKernel>},
};

}  // namespace

Output Cast(GraphBuilder& graph, const Operand& x, DType dtype, std::string_view name) {
  if (!graph.ok()) return {};
  // What needs no cast does not take a name either.
  if (x.is_output() && x.dtype() == dtype) return x.ToOutput(graph, "x");
  const auto scope = graph.NameScope(name);
  const Output input = x.ToOutput(graph, "x");
  if (input.is_valid() && input.dtype() == dtype) return input;
  return OpCall(graph, "Cast", graph.name_scope() + "/")
      .Input(input, "x")
      .Attr("DstT", dtype)
      .Done();
}

Output ToInt64(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kInt64, name);
}
Output ToInt32(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kInt32, name);
}
Output ToFloat(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return Cast(graph, x, DType::kFloat32, name);
}

std::span<const OpSpec> CastOps() { return kOps; }
std::span<const KernelDef> CastKernels() { return kKernels; }

}  // namespace fanlight
