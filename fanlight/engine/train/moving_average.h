// Averages of variables that follow them slowly: weights to evaluate with are often better so.
//
//   ExponentialMovingAverage average(0.999);
//   const Node* update = average.Apply(graph, graph.collections().trainable_variables());
//   session->Run({.targets = {train_step}}); session->Run({.targets = {update}});
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// The collection of what has an average.
inline constexpr std::string_view kMovingAverageVariables = "moving_average_variables";

struct MovingAverageOptions {
  // Where given, the number of updates so far: the decay is at most (1 + n) / (10 + n), so that
  // the average comes quickly from where it began.
  Operand num_updates{};
  std::string name = "ExponentialMovingAverage";
};

class ExponentialMovingAverage {
 public:
  // Errors, kept by the builder in Apply(): kInvalidArgument, for a decay outside [0, 1].
  explicit ExponentialMovingAverage(double decay, MovingAverageOptions options = {})
      : decay_(decay), options_(std::move(options)) {}

  // Makes a variable `VARIABLE/NAME` for each of these, which begins as the variable does, and
  // returns a node that brings all of them nearer: average −= (1 − decay) · (average − variable).
  // The averages are not trained; the
  // variables that have one stand in the collection `moving_average_variables`.
  const Node* Apply(GraphBuilder& graph, const std::vector<Variable>& variables);

  // The average of a variable; nullptr where Apply() has made none.
  const Variable* Average(const Variable& variable) const;

 private:
  const double decay_;
  const MovingAverageOptions options_;
  std::unordered_map<const Node*, Variable> averages_;
};

}  // namespace fanlight
