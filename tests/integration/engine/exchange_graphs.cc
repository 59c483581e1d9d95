#include "tests/integration/engine/exchange_graphs.h"

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/activation.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/batch_matmul.h"
#include "fanlight/engine/graph/ops/clip.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/debugging.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/loss.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/norm.h"
#include "fanlight/engine/graph/ops/padding.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/reverse.h"
#include "fanlight/engine/graph/ops/scan.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/scatter_update.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/ops/shuffle.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/special.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/top_k.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/train/adadelta.h"
#include "fanlight/engine/train/adagrad.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/ftrl.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/learning_rate.h"
#include "fanlight/engine/train/momentum.h"
#include "fanlight/engine/train/moving_average.h"
#include "fanlight/engine/train/regularizers.h"
#include "fanlight/engine/train/rms_prop.h"

namespace fanlight::exchange {
namespace {

// Numbers from -1 to 1 that look at random and are the same each time.
Tensor Numbers(const Shape& shape, float low = -1, float high = 1) {
  Tensor tensor(DType::kFloat32, shape);
  uint32_t state = 12345;
  for (float& value : tensor.mutable_flat<float>()) {
    state = state * 1664525u + 1013904223u;
    value = low + (high - low) * static_cast<float>(state >> 8) / static_cast<float>(1 << 24);
  }
  return tensor;
}

Output Fed(GraphBuilder& graph, Made& made, const Shape& shape, float low = -1, float high = 1) {
  const Output input = Placeholder(graph, DType::kFloat32, shape);
  made.feeds.push_back({input, Numbers(shape, low, high)});
  return input;
}

using Function = std::function<Output(GraphBuilder&, const std::vector<Output>&)>;

// `make` of inputs of these shapes, and its gradients.
Example WithGradients(std::string name, std::vector<Shape> shapes, Function make, float low = -1,
                      float high = 1) {
  return {std::move(name), [=](GraphBuilder& graph, Made& made) {
            std::vector<Output> xs;
            for (const Shape& shape : shapes) xs.push_back(Fed(graph, made, shape, low, high));
            const Output y = make(graph, xs);
            made.fetches = {y};
            for (const Output& gradient : Gradients(graph, {y}, xs)) {
              if (gradient.is_valid()) made.fetches.push_back(gradient);
            }
          }};
}

// A small network trained for five steps by an optimizer that `train` names.
Example Trained(
    std::string name, bool is_resource,
    std::function<const Node*(GraphBuilder&, const Output& loss, const Variable& step)> train) {
  return {std::move(name), [=](GraphBuilder& graph, Made& made) {
            const Output x = Fed(graph, made, {4, 3});
            const Variable weights =
                MakeVariable(graph, Numbers({3, 2}), "weights", {.is_resource = is_resource});
            const Variable biases =
                MakeVariable(graph, Numbers({2}), "biases", {.is_resource = is_resource});
            const Variable step = MakeVariable(graph, 0, "global_step",
                                               {.is_trainable = false, .is_resource = is_resource});
            const Output logits = Add(graph, MatMul(graph, x, weights), biases);
            const Output loss =
                ReduceMean(graph, SparseSoftmaxCrossEntropyWithLogits(
                                      graph, Tensor::Vector<int32_t>({0, 1, 1, 0}), logits));
            made.targets = {train(graph, loss, step)};
            made.fetches = {loss, weights.value, biases.value};
          }};
}

template <typename Optimizer, typename... Numbers>
Example TrainedBy(const std::string& name, bool is_resource, Numbers... numbers) {
  return Trained(name + (is_resource ? "_handles" : "_references"), is_resource,
                 [=](GraphBuilder& graph, const Output& loss, const Variable& step) {
                   return Optimizer(numbers...).Minimize(graph, loss, {.global_step = step});
                 });
}

}  // namespace

std::vector<Example> Examples() {
  using G = GraphBuilder;
  using Xs = const std::vector<Output>&;
  const Shape rows{2, 3};
  std::vector<Example> examples = {
      WithGradients(
          "conv2d", {{2, 6, 5, 2}, {3, 2, 2, 4}},
          [](G& g, Xs x) { return Conv2D(g, x[0], x[1], {.strides = {2, 1}, .padding = "SAME"}); }),
      WithGradients("max_pool", {{2, 5, 6, 3}}, [](G& g, Xs x) { return MaxPool(g, x[0]); }),
      WithGradients("avg_pool", {{2, 5, 6, 3}}, [](G& g, Xs x) { return AvgPool(g, x[0]); }),
      WithGradients("batch_norm", {{2, 3, 3, 4}, {4}, {4}},
                    [](G& g, Xs x) { return FusedBatchNormOf(g, x[0], x[1], x[2]).y; }),
      WithGradients("layer_norm", {rows, {3}, {3}},
                    [](G& g, Xs x) { return LayerNormalization(g, x[0], x[1], x[2]); }),
      WithGradients("activations", {rows},
                    [](G& g, Xs x) {
                      return AddN(g, {Relu6(g, x[0]), LeakyRelu(g, x[0]), Elu(g, x[0]),
                                      Selu(g, x[0]), Softplus(g, x[0]), Softsign(g, x[0])});
                    }),
      WithGradients(
          "functions", {rows},
          [](G& g, Xs x) {
            return AddN(g, {Expm1(g, x[0]), Tan(g, x[0]), Asin(g, x[0]), Acos(g, x[0]),
                            Atan(g, x[0]), Sinh(g, x[0]), Cosh(g, x[0]), Asinh(g, x[0]),
                            Atanh(g, x[0]), Erf(g, x[0]), Erfc(g, x[0])});
          },
          -0.9f, 0.9f),
      WithGradients(
          "functions_of_two", {rows, {3}},
          [](G& g, Xs x) {
            return AddN(g, {Atan2(g, x[0], x[1]), DivNoNan(g, x[0], x[1]), MulNoNan(g, x[0], x[1]),
                            Xlogy(g, x[0], x[1]), Xdivy(g, x[0], x[1])});
          },
          0.5f, 2),
      WithGradients("losses", {rows, rows},
                    [](G& g, Xs x) {
                      const Output labels = Softmax(g, x[1]);
                      return Add(g, ReduceSum(g, SoftmaxCrossEntropyWithLogits(g, labels, x[0])),
                                 ReduceSum(g, SigmoidCrossEntropyWithLogits(g, labels, x[0])));
                    }),
      WithGradients("clips", {rows, {4}},
                    [](G& g, Xs x) {
                      const auto both = ClipByGlobalNorm(g, {x[0], x[1]}, 0.5f);
                      return AddN(g, {both.values[0], ClipByNorm(g, x[0], 0.3),
                                      ClipByValue(g, x[0], -0.5, 0.25)});
                    }),
      WithGradients("segments", {{4, 2}},
                    [](G& g, Xs x) {
                      return AddN(
                          g, {SegmentSum(g, x[0], {0, 0, 1, 1}), SegmentMean(g, x[0], {0, 1, 1, 1}),
                              SegmentMax(g, x[0], {0, 0, 0, 1}),
                              UnsortedSegmentSum(g, x[0], {1, 0, -1, 1}, 2)});
                    }),
      WithGradients("scans", {rows},
                    [](G& g, Xs x) {
                      return Add(g, Cumsum(g, x[0], 1, {.is_exclusive = true}),
                                 Cumprod(g, x[0], 0, {.is_reverse = true}));
                    }),
      WithGradients("reductions", {rows},
                    [](G& g, Xs x) {
                      const ReduceOptions first{.axes = std::vector<int32_t>{0}};
                      return AddN(g, {ReduceProd(g, x[0], first), ReduceMax(g, x[0], first),
                                      ReduceLogSumExp(g, x[0], first), ReduceMean(g, x[0], first)});
                    }),
      WithGradients(
          "places", {{4, 3}},
          [](G& g, Xs x) {
            return AddN(
                g, {Gather(g, x[0], {3, 0}), EmbeddingLookup(g, x[0], {1, 1}),
                    GatherNd(g, x[0], Tensor::Of<int32_t>({2, 1}, {2, 0})),
                    BooleanMask(g, x[0], Tensor::Of<bool>({4}, {true, false, true, false})),
                    SplitBy(g, x[0], {2, 2})[1], StridedSlice(g, x[0], {0, 0}, {4, 3}, {2, 1})});
          }),
      WithGradients("pads", {{3, 4}},
                    [](G& g, Xs x) {
                      const Tensor around = Tensor::Of<int32_t>({2, 2}, {1, 0, 2, 1});
                      return AddN(g,
                                  {Pad(g, x[0], around), PadWith(g, x[0], around, 2.0),
                                   MirrorPad(g, x[0], around), MirrorPad(g, x[0], around, true)});
                    }),
      WithGradients("top_k", {{2, 5}}, [](G& g, Xs x) { return TopK(g, x[0], 3).values; }),
      WithGradients("reverse", {rows}, [](G& g, Xs x) { return Reverse(g, x[0], {1}); }),
      WithGradients("batch_matmul", {{2, 1, 3, 4}, {3, 4, 2}},
                    [](G& g, Xs x) { return BatchMatMul(g, x[0], x[1]); }),
      WithGradients("dropout", {{4, 5}},
                    [](G& g, Xs x) {
                      g.set_seed(7);
                      return Dropout(g, x[0], 0.4f);
                    }),
      WithGradients("watched", {rows},
                    [](G& g, Xs x) {
                      return CheckNumerics(g, Print(g, x[0], {x[0]}, {.message = "seen "}), "bad");
                    }),
      {"shuffle",
       [](G& g, Made& made) {
         g.set_seed(7);
         made.fetches = {RandomShuffle(g, Fed(g, made, {9, 2}))};
       }},
      {"scatter_updates",
       [](G& g, Made& made) {
         for (const bool is_resource : {false, true}) {
           const Variable x = MakeVariable(g, Numbers({4, 2}), is_resource ? "handle" : "reference",
                                           {.is_resource = is_resource});
           const Output rows_to_add = Constant(g, Numbers({2, 2}));
           made.targets.push_back(ScatterAdd(g, x.ref, {1, 1}, rows_to_add).node);
           made.fetches.push_back(x.value);
         }
       }},
      {"moving_average",
       [](G& g, Made& made) {
         const Variable x = MakeVariable(g, 1.0, "x");
         ExponentialMovingAverage average(0.75);
         const Node* update = average.Apply(g, {x});
         made.targets = {AssignAdd(g, x.ref, 1.0).node, update};
         // The average follows by its own control edges alone: only that of the variable is told.
         made.fetches = {x.value};
       }},
      Trained("decay_and_clipping", false,
              [](G& g, const Output& loss, const Variable& step) {
                const Output rate = ExponentialDecay(g, 0.5, step, 2, 0.9);
                GradientDescentOptimizer optimizer(rate);
                auto gradients = optimizer.ComputeGradients(g, loss);
                std::vector<Output> values;
                for (const auto& one : gradients) values.push_back(one.gradient.values);
                const auto clipped = ClipByGlobalNorm(g, values, 0.1f);
                for (size_t i = 0; i < gradients.size(); ++i)
                  gradients[i].gradient = clipped.values[i];
                return optimizer.ApplyGradients(g, gradients, {.global_step = step});
              }),
      Trained("regularised", false,
              [](G& g, const Output& loss, const Variable& step) {
                const Variable weights = g.collections().trainable_variables()[0];
                const Output penalty = Add(g, L2Regularizer(0.1)(g, weights.value),
                                           L1Regularizer(0.05)(g, weights.value));
                return GradientDescentOptimizer(0.5).Minimize(g, Add(g, loss, penalty),
                                                              {.global_step = step});
              }),
  };
  for (const bool is_resource : {false, true}) {
    examples.push_back(TrainedBy<GradientDescentOptimizer>("sgd", is_resource, 0.5));
    examples.push_back(TrainedBy<MomentumOptimizer>("momentum", is_resource, 0.5, 0.9));
    examples.push_back(TrainedBy<AdagradOptimizer>("adagrad", is_resource, 0.5));
    examples.push_back(TrainedBy<AdadeltaOptimizer>("adadelta", is_resource, 0.5));
    examples.push_back(TrainedBy<FtrlOptimizer>("ftrl", is_resource, 0.5));
    examples.push_back(TrainedBy<RmsPropOptimizer>("rms_prop", is_resource, 0.1));
    examples.push_back(TrainedBy<AdamOptimizer>("adam", is_resource, 0.1));
  }
  return examples;
}

}  // namespace fanlight::exchange
