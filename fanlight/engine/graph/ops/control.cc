#include "fanlight/engine/graph/ops/control.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"

namespace fanlight {
namespace {

Status NoOpKernel(KernelContext&) { return {}; }

constexpr OpSpec kOps[] = {
    {.name = "NoOp", .signature = "->", .infer = NoOutputs, .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"NoOp", DType::kInvalid, MakeFunctionKernel<NoOpKernel>},
};

}  // namespace

const Node* NoOp(GraphBuilder& graph, std::string_view name) {
  return OpCall(graph, "NoOp", name).Done();
}

const Node* Group(GraphBuilder& graph, const std::vector<const Node*>& nodes,
                  std::string_view name) {
  if (!graph.ok()) return nullptr;
  OpCall call(graph, "NoOp", name);
  for (const Node* node : nodes) call.Control(node);
  return call.Done();
}

Output WithDependencies(GraphBuilder& graph, const std::vector<const Node*>& nodes,
                        const Output& value, std::string_view name) {
  if (!graph.ok() || !value.is_valid()) return {};
  const auto scope = graph.NameScope(name);
  const auto place = graph.ColocateWith(value);
  const auto controls = graph.ControlDependencies(nodes);
  return Identity(graph, value, graph.name_scope() + "/");
}

std::vector<Output> Tuple(GraphBuilder& graph, const std::vector<Output>& values,
                          std::string_view name) {
  const auto scope = graph.NameScope(name);
  std::vector<const Node*> nodes;
  for (const Output& value : values) {
    if (value.is_valid()) nodes.push_back(value.node);
  }
  const Node* gate = Group(graph, nodes);
  std::vector<Output> gated;
  for (const Output& value : values) {
    gated.push_back(value.is_valid() ? WithDependencies(graph, {gate}, value) : Output());
  }
  return gated;
}

std::span<const OpSpec> ControlOps() { return kOps; }
std::span<const KernelDef> ControlKernels() { return kKernels; }

}  // namespace fanlight
