// Graphs for tests, from a line a node: "name op input input".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fanlight/proto/graph.pb.h"

namespace fanlight::graphs {

inline std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

inline void AddNode(proto::GraphDef& graph, std::string_view line) {
  const std::vector<std::string> words = Split(line, ' ');
  proto::NodeDef* const node = graph.add_node();
  node->set_name(words.at(0));
  node->set_op(words.at(1));
  for (size_t i = 2; i < words.size(); ++i) node->add_input(words[i]);
}

inline proto::GraphDef GraphOf(std::string_view lines) {
  proto::GraphDef graph;
  for (const std::string& line : Split(lines, '\n')) AddNode(graph, line);
  return graph;
}

// A function "f(a, b) -> out=node:z:0" from a line a node.
inline proto::FunctionDef& AddFunction(proto::GraphDef& graph, std::string_view name,
                                       const std::vector<std::string>& parameters,
                                       const std::vector<std::string>& results,
                                       std::string_view lines) {
  proto::FunctionDef& function = *graph.mutable_library()->add_function();
  function.mutable_signature()->set_name(std::string(name));
  for (const std::string& parameter : parameters)
    function.mutable_signature()->add_input_arg()->set_name(parameter);
  for (const std::string& result : results) {
    const size_t at = result.find('=');
    function.mutable_signature()->add_output_arg()->set_name(result.substr(0, at));
    (*function.mutable_ret())[result.substr(0, at)] = result.substr(at + 1);
  }
  for (const std::string& line : Split(lines, '\n')) {
    proto::GraphDef one;
    AddNode(one, line);
    *function.add_node_def() = one.node(0);
  }
  return function;
}

// Makes `node` call a function by an attribute, as PartitionedCall does.
inline void SetCallee(proto::NodeDef& node, const std::string& attribute,
                      const std::string& function) {
  (*node.mutable_attr())[attribute].mutable_func()->set_name(function);
}

inline void SetShapes(proto::NodeDef& node, const std::vector<std::vector<int64_t>>& shapes) {
  auto* const list = (*node.mutable_attr())["_output_shapes"].mutable_list();
  for (const auto& shape : shapes) {
    auto* const proto = list->add_shape();
    for (const int64_t size : shape) proto->add_dim()->set_size(size);
  }
}

}  // namespace fanlight::graphs
