// For tests: the graphs of the two tutorials, built call by call as their programs do.
#pragma once

#include <cmath>
#include <string>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/train/gradient_descent.h"

namespace fanlight {

// The network of fully_connected_feed: 784-128-32-10, a batch of 100.
struct MnistGraph {
  Output images;
  Output labels;
  Output loss;
  Output num_correct;
  Output merged;
  const Node* train_step = nullptr;
  const Node* init = nullptr;

  explicit MnistGraph(GraphBuilder& graph) {
    images = Placeholder(graph, DType::kFloat32, {100, 784});
    labels = Placeholder(graph, DType::kInt32, {100});
    Output logits = Layer(graph, "hidden1", images, 784, 128, true);
    logits = Layer(graph, "hidden2", logits, 128, 32, true);
    logits = Layer(graph, "softmax_linear", logits, 32, 10, false);
    const Output wide_labels = ToInt64(graph, labels);
    loss = ReduceMean(graph,
                      SparseSoftmaxCrossEntropyWithLogits(graph, wide_labels, logits, "xentropy"),
                      {}, "xentropy_mean");
    ScalarSummary(graph, "loss", loss);
    const Variable global_step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
    train_step = GradientDescentOptimizer(0.01).Minimize(graph, loss, {.global_step = global_step});
    const Output correct = InTopK(graph, logits, labels, 1);
    num_correct = ReduceSum(graph, Cast(graph, correct, DType::kInt32));
    merged = MergeAllSummaries(graph);
    init = GlobalVariablesInitializer(graph);
  }

 private:
  static Output Layer(GraphBuilder& graph, const std::string& name, const Output& input,
                      int64_t inputs, int64_t outputs, bool relu) {
    const auto scope = graph.NameScope(name);
    const auto stddev = static_cast<float>(1.0 / std::sqrt(static_cast<double>(inputs)));
    const Variable weights = MakeVariable(
        graph, TruncatedNormal(graph, {inputs, outputs}, {.stddev = stddev}), "weights");
    const Variable biases = MakeVariable(graph, Zeros(graph, {outputs}), "biases");
    const Output sum = Add(graph, MatMul(graph, input, weights.value), biases.value, "add");
    return relu ? Relu(graph, sum) : sum;
  }
};

// The linear regression: placeholders of unknown shape, 17 points.
struct LinearRegressionGraph {
  static constexpr int kPoints = 17;
  static constexpr float kX[kPoints] = {3.3F,   4.4F,   5.5F,   6.71F,  6.93F,  4.168F,
                                        9.779F, 6.182F, 7.59F,  2.167F, 7.042F, 10.791F,
                                        5.313F, 7.997F, 5.654F, 9.27F,  3.1F};
  static constexpr float kY[kPoints] = {1.7F,   2.76F,  2.09F, 3.19F,  1.694F, 1.573F,
                                        3.366F, 2.596F, 2.53F, 1.221F, 2.827F, 3.465F,
                                        1.65F,  2.904F, 2.42F, 2.94F,  1.3F};
  Output x;
  Output y;
  Variable weight;
  Variable bias;
  Output cost;
  Output merged;
  const Node* train_step = nullptr;
  const Node* init = nullptr;

  explicit LinearRegressionGraph(GraphBuilder& graph) {
    x = Placeholder(graph, DType::kFloat32);
    y = Placeholder(graph, DType::kFloat32);
    weight = MakeVariable(graph, 0.3, "weight");
    bias = MakeVariable(graph, -0.2, "bias");
    const Output predicted = Add(graph, Mul(graph, x, weight.value), bias.value);
    cost = Div(graph, ReduceSum(graph, Pow(graph, Sub(graph, predicted, y), 2)), 2 * kPoints);
    train_step = GradientDescentOptimizer(0.01).Minimize(graph, cost);
    init = GlobalVariablesInitializer(graph);
    ScalarSummary(graph, "loss", cost);
    merged = MergeAllSummaries(graph);
  }
};

}  // namespace fanlight
