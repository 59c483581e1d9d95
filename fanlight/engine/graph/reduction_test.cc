// Sums of many terms: exact enough, and the same bits at any number of threads.
#include "fanlight/engine/graph/ops/reduction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/clip.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using testing::Get;

constexpr float kTerm = 0.1f;

Tensor Filled(const Shape& shape, float value) {
  Tensor tensor(DType::kFloat32, shape);
  for (float& element : tensor.mutable_flat<float>()) element = value;
  return tensor;
}

Tensor ValueOf(GraphBuilder& graph, const Output& x, const Tensor& value, const Output& y,
               int num_threads = 1) {
  EXPECT_TRUE(graph.ok()) << testing::MessageOf(graph.status());
  const auto session = Get(Session::Create(
      graph.graph(), {.num_threads = num_threads, .workers = std::make_shared<Workers>(2)}));
  return Get(session->Run({.feeds = {{x, value}}, .fetches = {y}}))[0];
}

// Each element of make(x), of equal terms, is to be near `wanted`.
template <typename Make>
void ExpectEach(const char* what, const Shape& shape, double wanted, Make make) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, shape);
  const Tensor result = ValueOf(graph, x, Filled(shape, kTerm), make(graph, x));
  for (const float value : result.flat<float>()) {
    ASSERT_NEAR(value / wanted, 1, 1e-5) << what << " of " << ToString(shape);
  }
}

TEST(Sums, OfManyTermsAreNearlyExact) {
  constexpr int64_t kCount = 3'000'000;
  const auto sum_over = [](std::vector<int32_t> axes) {
    return [axes](GraphBuilder& g, const Output& x) { return ReduceSum(g, x, {.axes = axes}); };
  };
  const double wanted = double{kTerm} * kCount;
  ExpectEach("sum", {kCount}, wanted, sum_over({0}));
  ExpectEach("sum of columns", {kCount, 1}, wanted, sum_over({0}));
  ExpectEach("sum of columns", {kCount, 3}, wanted, sum_over({0}));
  ExpectEach("sum of columns", {kCount / 10, 33}, wanted / 10, sum_over({0}));
  ExpectEach("sum of rows", {2, kCount}, wanted, sum_over({1}));
  ExpectEach("sum of the middle", {2, kCount / 2, 2}, wanted / 2, sum_over({1}));
  ExpectEach("sum of both ends", {kCount / 2, 3, 2}, wanted, sum_over({0, 2}));
  ExpectEach("sum between", {200, 2, 1000, 3}, wanted / 15, sum_over({0, 2}));
  ExpectEach("mean", {kCount}, kTerm,
             [](GraphBuilder& g, const Output& x) { return ReduceMean(g, x); });
  ExpectEach("norm", {kCount}, double{kTerm} * std::sqrt(double{kCount}),
             [](GraphBuilder& g, const Output& x) { return Norm(g, x); });
  ExpectEach("L2Loss", {kCount}, wanted * double{kTerm} / 2,
             [](GraphBuilder& g, const Output& x) { return L2Loss(g, x); });
  ExpectEach("gradient of a bias", {kCount, 2}, wanted, [](GraphBuilder& g, const Output& x) {
    return Output(OpCall(g, "BiasAddGrad", "grad").Input(x, "out_backprop").Done());
  });
  Tensor ids(DType::kInt32, Shape{kCount});
  std::ranges::fill(ids.mutable_flat<int32_t>(), 0);
  ExpectEach("segment", {kCount, 2}, wanted,
             [&](GraphBuilder& g, const Output& x) { return SegmentSum(g, x, ids); });
}

// Columns and rows of many sizes against sums in double, with terms of both signs.
TEST(Sums, AreThoseOfDoublesAtAnyNumberOfThreads) {
  std::mt19937 random(31);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const Shape& shape : {Shape{1, 5}, Shape{7, 1}, Shape{257, 3}, Shape{1023, 31},
                             Shape{5000, 32}, Shape{70000, 10}, Shape{3, 70001}, Shape{256, 600}}) {
    Tensor value(DType::kFloat32, shape);
    for (float& element : value.mutable_flat<float>()) element = uniform(random);
    for (const int axis : {0, 1}) {
      GraphBuilder graph;
      const Output x = Placeholder(graph, DType::kFloat32, shape);
      const Output y = ReduceSum(graph, x, {.axes = std::vector<int32_t>{axis}});
      const Tensor sums = ValueOf(graph, x, value, y);
      std::vector<double> wanted(static_cast<size_t>(shape[1 - axis]));
      for (int64_t i = 0; i < shape.num_elements(); ++i) {
        const int64_t at = axis == 0 ? i % shape[1] : i / shape[1];
        wanted[static_cast<size_t>(at)] += value.flat<float>()[static_cast<size_t>(i)];
      }
      for (size_t i = 0; i < wanted.size(); ++i) {
        ASSERT_NEAR(sums.flat<float>()[i], wanted[i], 1e-6 * static_cast<double>(shape[axis]))
            << ToString(shape) << " axis " << axis;
      }
      for (const int num_threads : {2, 3}) {
        ASSERT_TRUE(Identical(ValueOf(graph, x, value, y, num_threads), sums))
            << ToString(shape) << " axis " << axis << " with " << num_threads << " threads";
      }
    }
  }
}

}  // namespace
}  // namespace fanlight
