// Convolutions that are cut into slices and joined with what follows them.
#include "fanlight/engine/graph/ops/conv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/conv_plan.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using testing::Floats;
using testing::Get;
using testing::MessageOf;
using testing::NewSession;

std::vector<float> RandomFloats(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = uniform(random);
  return values;
}

Tensor RandomTensor(const Shape& shape, uint32_t seed) {
  return Tensor::Of<float>(shape, RandomFloats(shape.num_elements(), seed));
}

// Of many slices, of which the last is shorter, and with windows over the borders.
TEST(ConvPlan, SlicesGiveWhatLoopsGiveAtAnyNumberOfThreads) {
  const WindowSpan height{
      .size = 15, .window = 5, .stride = 1, .before = 2, .after = 2, .count = 15};
  const WindowSpan width{.size = 13, .window = 3, .stride = 2, .before = 1, .after = 1, .count = 7};
  const ConvSizes sizes{
      .batch = 37, .channels = 16, .features = 32, .height = height, .width = width};
  const auto images = RandomFloats(37 * 15 * 13 * 16, 1);
  const auto filters = RandomFloats(5 * 3 * 16 * 32, 2);
  const auto features = RandomFloats(37 * 15 * 7 * 32, 3);
  const auto bias = RandomFloats(32, 4);
  Workers workers(2);
  for (const auto direction :
       {ConvDirection::kForward, ConvDirection::kImages, ConvDirection::kFilters}) {
    const size_t result = direction == ConvDirection::kImages    ? 0
                          : direction == ConvDirection::kFilters ? 1
                                                                 : 2;
    std::vector<std::vector<float>> want = {images, filters, features};
    ConvolveByLoops(direction, sizes, want[0].data(), want[1].data(), want[2].data());
    const ConvEpilogue epilogue{.bias = bias.data(), .relu = true};
    if (direction == ConvDirection::kForward) FinishConvolution(epilogue, 32, want[2]);
    const auto plan = ConvPlan::Create(direction, sizes);
    ASSERT_NE(plan, nullptr);
    std::vector<float> first;
    for (const int num_threads : {1, 2, 3, 1}) {
      std::vector<std::vector<float>> got = {images, filters, features};
      const ThreadShare share{&workers, num_threads};
      const ThreadShare::Scope scope(share);
      plan->Run(got[0].data(), got[1].data(), got[2].data(), epilogue);
      if (first.empty()) {
        first = got[result];
        for (size_t i = 0; i < first.size(); ++i) {
          ASSERT_NEAR(first[i], want[result][i], 1e-3) << static_cast<int>(direction) << " " << i;
        }
      }
      EXPECT_EQ(got[result], first) << num_threads << " threads";
    }
  }
}

// images → filters, bias, relu, largest of 2 × 2; trained by what is pooled.
struct PooledNetwork {
  explicit PooledNetwork(bool by_bias_add) {
    images = Placeholder(graph, DType::kFloat32, {6, 12, 12, 3});
    filters = MakeVariable(graph, RandomTensor({3, 3, 3, 8}, 5), "filters");
    bias = MakeVariable(graph, RandomTensor({8}, 6), "bias");
    const Output convolved = Conv2D(graph, images, filters);
    const Output sum =
        by_bias_add ? BiasAdd(graph, convolved, bias) : Add(graph, bias, convolved, "add");
    pooled = MaxPool(graph, Relu(graph, sum));
    const Output loss = ReduceMean(graph, Square(graph, pooled));
    const auto gradients = Gradients(graph, {loss}, {filters.ref, bias.ref});
    steps = {ApplyGradientDescent(graph, filters.ref, 0.1, gradients[0]),
             ApplyGradientDescent(graph, bias.ref, 0.1, gradients[1])};
    init = GlobalVariablesInitializer(graph);
  }
  GraphBuilder graph;
  Output images;
  Variable filters, bias;
  Output pooled;
  std::vector<Output> steps;
  const Node* init = nullptr;
};

TEST(JoinedConv, ItsPlanHasOneStepForAllOfALayerAndOneForItsPoolsGradient) {
  for (const bool by_bias_add : {false, true}) {
    const PooledNetwork network(by_bias_add);
    ASSERT_TRUE(network.graph.ok()) << MessageOf(network.graph.status());
    SessionState state;
    const auto plan = Get(Plan::Compile(
        {.feeds = {network.images}, .feed_shapes = {{6, 12, 12, 3}}, .fetches = {network.pooled}},
        *StandardKernels(), state));
    std::vector<std::string_view> types;
    for (const Node* node : plan->StepNodes()) types.push_back(node->type());
    EXPECT_THAT(types, ElementsAre("Relu", "MaxPool"));
    const auto training = Get(Plan::Compile(
        {.feeds = {network.images}, .feed_shapes = {{6, 12, 12, 3}}, .targets = network.steps},
        *StandardKernels(), state));
    for (const Node* node : training->StepNodes()) {
      EXPECT_NE(node->type(), "Conv2D");
      EXPECT_NE(node->type(), "MaxPoolGrad");
    }
  }
}

TEST(JoinedConv, TrainsAsTheNodesByThemselvesDo) {
  for (const bool by_bias_add : {false, true}) {
    std::vector<std::vector<float>> ends;
    for (const bool optimize : {false, true}) {
      const PooledNetwork network(by_bias_add);
      const auto session = NewSession(network.graph, optimize);
      Get(session->Run({.targets = {network.init}}));
      for (uint32_t i = 0; i < 5; ++i) {
        Get(session->Run({.feeds = {{network.images, RandomTensor({6, 12, 12, 3}, 10 + i)}},
                          .targets = network.steps}));
      }
      ends.push_back(Floats(Get(session->ReadVariable(network.filters.ref))));
      const auto bias = Floats(Get(session->ReadVariable(network.bias.ref)));
      ends.back().insert(ends.back().end(), bias.begin(), bias.end());
    }
    ASSERT_EQ(ends[0].size(), ends[1].size());
    for (size_t i = 0; i < ends[0].size(); ++i) EXPECT_NEAR(ends[0][i], ends[1][i], 1e-5) << i;
  }
}

TEST(JoinedConv, NaNComesThrough) {
  GraphBuilder graph;
  const Output images = Placeholder(graph, DType::kFloat32, {1, 2, 2, 1});
  const Output filters = Constant(graph, Tensor::Of<float>({1, 1, 1, 2}, {1, -1}));
  const Output rectified =
      Relu(graph, BiasAdd(graph, Conv2D(graph, images, filters), Tensor::Vector<float>({1, 0})));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto got = Floats(Get(
      NewSession(graph)->Run({.feeds = {{images, Tensor::Of<float>({1, 2, 2, 1}, {nan, 1, -3, 4})}},
                              .fetches = {rectified}}))[0]);
  EXPECT_TRUE(std::isnan(got[0]) && std::isnan(got[1]));
  EXPECT_THAT(std::vector<float>(got.begin() + 2, got.end()), ElementsAre(2, 0, 0, 3, 5, 0));
}

TEST(Plan, ThreadsChangeNoBitOfLargeElementwiseWorkAndSums) {
  std::vector<std::vector<float>> results;
  const auto workers = std::make_shared<Workers>(2);
  for (const int num_threads : {1, 2, 3}) {
    GraphBuilder graph;
    const Output x = Placeholder(graph, DType::kFloat32, {3000, 70});
    const Output y = Relu(graph, BiasAdd(graph, Sub(graph, Square(graph, x), x),
                                         Tensor::Filled<float>({70}, -0.25F)));
    const Output columns = ReduceSum(graph, y, {.axes = std::vector<int32_t>{0}});
    const Output rows = ReduceMean(graph, y, {.axes = std::vector<int32_t>{1}});
    const auto session =
        Get(Session::Create(graph.graph(), {.num_threads = num_threads, .workers = workers}));
    const auto got = Get(
        session->Run({.feeds = {{x, RandomTensor({3000, 70}, 1)}}, .fetches = {y, columns, rows}}));
    results.emplace_back();
    for (const Tensor& tensor : got) {
      const auto values = Floats(tensor);
      results.back().insert(results.back().end(), values.begin(), values.end());
    }
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  double sum = 0;
  for (size_t row = 0; row < 3000; ++row) sum += static_cast<double>(results[0][row * 70]);
  EXPECT_NEAR(results[0][3000 * 70], sum, 1e-3 * sum);
}

}  // namespace
}  // namespace fanlight
