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

inline void SetShapes(proto::NodeDef& node, const std::vector<std::vector<int64_t>>& shapes) {
  auto* const list = (*node.mutable_attr())["_output_shapes"].mutable_list();
  for (const auto& shape : shapes) {
    auto* const proto = list->add_shape();
    for (const int64_t size : shape) proto->add_dim()->set_size(size);
  }
}

}  // namespace fanlight::graphs
