#include "fanlight/engine/graph/ops/initial_value.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/ops/resource.h"

namespace fanlight {
namespace {

bool IsVariableByReference(const Node& node) {
  return node.type() == "VariableV2" || node.type() == "Variable";
}

// What asks for a variable's state, or reads it by handle, is right as it is.
bool IsLeftAlone(const Node& node) {
  return node.type() == "IsVariableInitialized" || node.type() == "VarIsInitializedOp" ||
         node.type() == "ReadVariableOp";
}

// What it is computed of, and itself, each after its inputs.
std::vector<const Node*> NodesBehind(const Node* root) {
  std::unordered_set<const Node*> seen = {root};
  std::vector<const Node*> nodes = {root};
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (IsLeftAlone(*nodes[i])) continue;
    for (const Output& input : nodes[i]->inputs) {
      if (seen.insert(input.node).second) nodes.push_back(input.node);
    }
  }
  std::ranges::sort(nodes, {}, &Node::id);
  return nodes;
}

// The node with these inputs. What chooses between references chooses between values now.
GraphBuilder::NodeSpec CopyOf(const Node& node, const std::string& name,
                              std::vector<Output> inputs) {
  const std::string_view op = node.type();
  return {.op = op == "RefSwitch"  ? "Switch"
                : op == "RefMerge" ? "Merge"
                                   : op,
          .name = node.name + "_" + name,
          .inputs = std::move(inputs),
          .attrs = node.attrs};
}

// A node made in a scope of its own, so that what it takes from outside of a branch is made there too.
template <typename Make>
Output InScope(GraphBuilder& graph, std::string_view name, const Make& make) {
  const auto scope = graph.NameScope(name);
  return make(graph.name_scope() + "/");
}

Output ReadIn(GraphBuilder& graph, Branch& branch, const Variable& variable) {
  if (!IsHandle(variable.ref)) {
    return InScope(graph, "read", [&](const std::string& name) {
      return Identity(graph, branch.Take(variable.ref), name);
    });
  }
  const Output value = InScope(graph, "Read", [&](const std::string&) {
    return InScope(graph, "ReadVariableOp", [&](const std::string& name) {
      return ReadVariable(graph, branch.Take(variable.ref), name);
    });
  });
  return Identity(graph, value);
}

}  // namespace

Output InitializedValue(GraphBuilder& graph, const Variable& variable) {
  // One from a file may not tell what it begins as.
  if (!graph.ok() || !variable.initial_value.is_valid()) return variable.value;
  const auto first = graph.NoControlDependencies();
  const std::vector<Output> value = Cond(
      graph, IsInitialized(graph, variable.ref),
      [&](Branch& branch) { return std::vector<Output>{ReadIn(graph, branch, variable)}; },
      [&](Branch&) { return std::vector<Output>{variable.initial_value}; });
  return value.empty() ? Output() : value.front();
}

Output WithInitializedVariables(GraphBuilder& graph, const Output& value, const std::string& name) {
  if (!graph.ok() || !value.is_valid()) return value;
  std::unordered_map<const Node*, const Node*> replaced;
  for (const Node* const node : NodesBehind(value.node)) {
    if (IsLeftAlone(*node)) continue;
    if (IsVariableByReference(*node)) {
      const Variable* const variable = graph.collections().FindVariable(node->name);
      if (variable != nullptr) replaced[node] = InitializedValue(graph, *variable).node;
      continue;
    }
    std::vector<Output> inputs = node->inputs;
    bool is_other = false;
    for (Output& input : inputs) {
      const auto found = replaced.find(input.node);
      if (found == replaced.end()) continue;
      input.node = found->second;
      is_other = true;
    }
    if (is_other) replaced[node] = graph.AddNode(CopyOf(*node, name, std::move(inputs)));
    if (!graph.ok()) return {};
  }
  const auto found = replaced.find(value.node);
  return found == replaced.end() ? value : Output(found->second, value.index);
}

}  // namespace fanlight
