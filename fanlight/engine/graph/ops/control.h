// Order without data: nodes that wait for others.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

const Node* NoOp(GraphBuilder& graph, std::string_view name = "NoOp");
// A node that runs after all of these.
const Node* Group(GraphBuilder& graph, const std::vector<const Node*>& nodes,
                  std::string_view name = "group_deps");
// `value` after all of these have run.
Output WithDependencies(GraphBuilder& graph, const std::vector<const Node*>& nodes,
                        const Output& value, std::string_view name = "control_dependency");
// The values, each available only when all are; empty Outputs stay empty.
std::vector<Output> Tuple(GraphBuilder& graph, const std::vector<Output>& values,
                          std::string_view name = "tuple");

std::span<const OpSpec> ControlOps();
std::span<const KernelDef> ControlKernels();

}  // namespace fanlight
