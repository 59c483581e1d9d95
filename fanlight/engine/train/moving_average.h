// Averages of variables that follow them slowly: weights to evaluate with are often better so.
//
//   ExponentialMovingAverage average(0.999);
//   const Node* update = average.Apply(graph, graph.collections().trainable_variables());
//   session->Run({.targets = {train_step}}); session->Run({.targets = {update}});
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// The collection of what has an average.
inline constexpr std::string_view kMovingAverageVariables = "moving_average_variables";

struct MovingAverageOptions {
  // Whether averages of tensors, which begin at 0, are freed of that beginning: what is kept is divided
  // by 1 − decayⁿ after n updates.
  bool zero_debias = false;
  // Where given, the number of updates so far: the decay is at most (1 + n) / (10 + n), so that
  // the average comes quickly from where it began.
  Operand num_updates{};
  std::string name = "ExponentialMovingAverage";
};

class ExponentialMovingAverage {
 public:
  // Errors, kept by the builder in Follow(): kInvalidArgument, for a decay outside [0, 1].
  explicit ExponentialMovingAverage(double decay, MovingAverageOptions options = {})
      : decay_(decay), options_(std::move(options)) {}

  // What has an average: a variable, or a tensor, of which each update takes the value it has then.
  using Followed = std::variant<Variable, Output>;

  // Makes a variable `VARIABLE/NAME` for each of these, which begins as the variable is then or, where that
  // has no value yet, will be, or at 0 for a tensor, and returns a node that brings all of them nearer: average −= (1 − decay) · (average −
  // value). The averages are not trained; the variables that have one stand in the collection
  // `moving_average_variables`. With zero_debias, the average of a tensor also has the variables
  // `AVERAGE/biased` and `AVERAGE/local_step`.
  // Errors, kept by the builder: kInvalidArgument, for what is not of a floating dtype, or a tensor
  // of which the shape is not known.
  const Node* Follow(GraphBuilder& graph, const std::vector<Followed>& followed);
  // The same of variables alone.
  const Node* Apply(GraphBuilder& graph, const std::vector<Variable>& variables);

  // The average of a variable, by its reference, or of a tensor; nullptr where none was made.
  const Variable* Average(const Output& of) const;
  const Variable* Average(const Variable& variable) const { return Average(variable.ref); }
  // The scope of variables that averages are made in from now on: it comes first in their names.
  void set_slot_scope(std::string scope) { slot_scope_ = std::move(scope); }

 private:
  Variable MakeAverage(GraphBuilder& graph, const Followed& followed) const;
  const Node* Update(GraphBuilder& graph, const Followed& followed, const Output& decay,
                     bool without_zero) const;

  const double decay_;
  const MovingAverageOptions options_;
  std::string slot_scope_;
  std::unordered_map<Output, Variable, OutputHash> averages_;
};

}  // namespace fanlight
