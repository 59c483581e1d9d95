// For tests: graphs that TensorFlow wrote, and in what ours differ from them.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/meta_graph.pb.h"

namespace fanlight {

// A message from a golden file; a failure of the test when it cannot be read.
proto::GraphDef ReadGoldenGraph(const std::string& name);
proto::MetaGraphDef ReadGoldenMetaGraph(const std::string& name);

struct GraphComparison {
  // Attributes that are left out. The default is a mark that graphs of TensorFlow 1 lack.
  std::set<std::string> ignored_attrs{"_has_manual_control_dependencies"};
  bool in_order = true;  // Whether nodes must stand in the same order.
};

// Whether both have the same nodes: names, ops, inputs, devices and attributes, tensors by their
// values. Tells the first differences.
::testing::AssertionResult SameNodes(const proto::GraphDef& ours, const proto::GraphDef& theirs,
                                     const GraphComparison& comparison = {});

// The graph's nodes from `begin` on, `count` of them.
proto::GraphDef NodesOf(const proto::GraphDef& graph, int begin, int count);

}  // namespace fanlight
