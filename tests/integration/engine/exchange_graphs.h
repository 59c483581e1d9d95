// Graphs that the engine's own functions make, for TensorFlow to run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight::exchange {

struct Made {
  std::vector<Session::Feed> feeds;
  std::vector<Output> fetches;
  std::vector<Output> targets;  // Run five times before the fetches.
};

struct Example {
  std::string name;
  std::function<void(GraphBuilder& graph, Made& made)> make;
};

std::vector<Example> Examples();

}  // namespace fanlight::exchange
