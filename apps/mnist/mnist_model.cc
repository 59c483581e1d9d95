#include "apps/mnist/mnist_model.h"

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
#include "fanlight/engine/train/mnist_data.h"

namespace fanlight {
namespace {

struct Layer {
  std::string name;
  Variable weights;
  Variable biases;
  Output output;
};

// The scope `name`: its weights, drawn so that sums of `inputs` of them stay near 1, its biases,
// and input · weights + biases, rectified or not.
Layer AddLayer(GraphBuilder& graph, const std::string& name, const Output& input, int64_t inputs,
               int64_t units, bool is_rectified) {
  const auto scope = graph.NameScope(name);
  Layer layer{.name = name, .weights = {}, .biases = {}, .output = {}};
  const auto stddev = static_cast<float>(1.0 / std::sqrt(static_cast<double>(inputs)));
  layer.weights = MakeVariable(
      graph, TruncatedNormal(graph, Shape{inputs, units}, {.stddev = stddev}), "weights");
  layer.biases = MakeVariable(graph, Zeros(graph, Shape{units}), "biases");
  layer.output = Add(graph, MatMul(graph, input, layer.weights.value), layer.biases.value, "add");
  if (is_rectified) layer.output = Relu(graph, layer.output);
  return layer;
}

// Kinds first in the names, so that the page shows the layers of one kind side by side.
void AddLayerSummaries(GraphBuilder& graph, const Layer& layer) {
  HistogramSummary(graph, "weights/" + layer.name, layer.weights.value);
  HistogramSummary(graph, "biases/" + layer.name, layer.biases.value);
  HistogramSummary(graph, "activations/" + layer.name, layer.output);
}

}  // namespace

MnistModel BuildMnistModel(GraphBuilder& graph, const MnistFlags& flags) {
  MnistModel model;
  graph.set_seed(flags.seed);
  model.images =
      Placeholder(graph, DType::kFloat32, PartialShape{flags.batch_size, kMnistImagePixels});
  model.labels = Placeholder(graph, DType::kInt32, PartialShape{flags.batch_size});

  const Layer hidden1 =
      AddLayer(graph, "hidden1", model.images, kMnistImagePixels, flags.hidden1, true);
  const Layer hidden2 =
      AddLayer(graph, "hidden2", hidden1.output, flags.hidden1, flags.hidden2, true);
  const Layer linear =
      AddLayer(graph, "softmax_linear", hidden2.output, flags.hidden2, kMnistClasses, false);
  model.logits = linear.output;

  model.loss = ReduceMean(graph,
                          SparseSoftmaxCrossEntropyWithLogits(graph, ToInt64(graph, model.labels),
                                                              model.logits, "xentropy"),
                          {}, "xentropy_mean");
  ScalarSummary(graph, "loss", model.loss);

  const Variable global_step =
      MakeVariable(graph, Tensor::Scalar(int32_t{0}), "global_step", {.is_trainable = false});
  model.train_op = GradientDescentOptimizer(flags.learning_rate)
                       .Minimize(graph, model.loss, {.global_step = global_step});

  const Output correct = InTopK(graph, model.logits, model.labels, 1);
  model.num_correct = ReduceSum(graph, Cast(graph, correct, DType::kInt32));

  if (flags.summaries == MnistSummaries::kFull) {
    ScalarSummary(graph, "learning_rate", static_cast<float>(flags.learning_rate));
    for (const Layer& layer : {hidden1, hidden2, linear}) AddLayerSummaries(graph, layer);
  }
  model.summary = MergeAllSummaries(graph);
  model.init = GlobalVariablesInitializer(graph);
  return model;
}

}  // namespace fanlight
