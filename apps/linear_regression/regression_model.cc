#include "apps/linear_regression/regression_model.h"

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/legacy_random.h"

namespace fanlight {

RegressionModel BuildRegressionModel(GraphBuilder& graph, const RegressionFlags& flags) {
  LegacyRandomState random(flags.seed);
  const auto random_weight = static_cast<float>(random.Uniform());
  const auto random_bias = static_cast<float>(random.Uniform());
  RegressionModel model;
  model.x = Placeholder(graph, DType::kFloat32);
  model.y = Placeholder(graph, DType::kFloat32);
  model.weight = MakeVariable(graph, flags.weight.value_or(random_weight), "weight");
  model.bias = MakeVariable(graph, flags.bias.value_or(random_bias), "bias");
  const Output prediction = Add(graph, Mul(graph, model.x, model.weight.value), model.bias.value);
  const Output squares = Pow(graph, Sub(graph, prediction, model.y), 2.0f);
  model.cost =
      Div(graph, ReduceSum(graph, squares), 2.0f * static_cast<float>(kRegressionX.size()));
  model.train_step = GradientDescentOptimizer(flags.learning_rate).Minimize(graph, model.cost);
  model.init = GlobalVariablesInitializer(graph);
  ScalarSummary(graph, "loss", model.cost);
  model.summary = MergeAllSummaries(graph);
  return model;
}

}  // namespace fanlight
