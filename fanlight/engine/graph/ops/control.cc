#include "fanlight/engine/graph/ops/control.h"

#include <map>
#include <string>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"

namespace fanlight {
namespace {

const Node* WaitFor(GraphBuilder& graph, const std::vector<const Node*>& nodes,
                    std::string_view name) {
  OpCall call(graph, "NoOp", name);
  for (const Node* node : nodes) call.Control(node);
  return call.Done();
}

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
  // Those of a device are waited for there, first.
  std::map<std::string, std::vector<const Node*>> by_device;
  for (const Node* node : nodes) {
    if (node != nullptr) by_device[node->device].push_back(node);
  }
  if (by_device.size() <= 1) {
    const auto device = graph.Device(by_device.empty() ? "" : by_device.begin()->first);
    return WaitFor(graph, nodes, name);
  }
  const auto scope = graph.NameScope(name.empty() ? "NoOp" : name);
  std::vector<const Node*> parts;
  for (const auto& [device, part] : by_device) {
    const auto place = graph.Device(device);
    parts.push_back(WaitFor(graph, part, ""));
  }
  return WaitFor(graph, parts, graph.name_scope() + "/");
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
