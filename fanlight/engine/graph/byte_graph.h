// Graphs made of bytes, to compare the ways in which a Session can run them. Any bytes make a valid
// graph; the same bytes the same one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight::testing {

struct ByteGraph {
  GraphBuilder graph;
  std::vector<Session::Feed> feeds;
  std::vector<Output> fetches;  // Some of all values, and gradients.
  std::vector<Output> targets;  // Assignments, a training step.
  const Node* init = nullptr;
  std::vector<Variable> variables;  // To be compared after the runs.
};

void BuildByteGraph(std::span<const uint8_t> bytes, ByteGraph& made);

// Runs it twice, optimised and not, and compares every fetch and variable. "" where all agree, else
// what does not.
std::string CompareOptimised(std::span<const uint8_t> bytes);

}  // namespace fanlight::testing
