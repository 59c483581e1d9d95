// Gradients against central differences, for tests.
#pragma once

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight::testing {

using Make = std::function<Output(GraphBuilder&, const std::vector<Output>&)>;

struct Range {
  double low = -2;
  double high = 2;
};

// Compares the gradient of sum(make(xs) · weights) by each element of each x with central
// differences, in float64, with shapes known when the graph is made and not.
inline void CheckGradient(const std::string& name, const Make& make,
                          const std::vector<Shape>& shapes, std::mt19937& random,
                          Range range = {}) {
  for (const bool is_shape_known : {true, false}) {
    SCOPED_TRACE(name + (is_shape_known ? "" : " of unknown shape"));
    GraphBuilder graph;
    std::vector<Output> xs;
    std::vector<Session::Feed> feeds;
    std::uniform_real_distribution<double> uniform(range.low, range.high);
    for (const Shape& shape : shapes) {
      xs.push_back(Placeholder(graph, DType::kFloat64,
                               is_shape_known ? PartialShape(shape) : PartialShape::Unknown()));
      Tensor value(DType::kFloat64, shape);
      for (double& element : value.mutable_flat<double>()) element = uniform(random);
      feeds.push_back({xs.back(), value});
    }
    const Output y = make(graph, xs);
    ASSERT_TRUE(graph.ok()) << MessageOf(graph.status());
    const auto session = NewSession(graph);
    const Tensor like = Get(session->Run({.feeds = feeds, .fetches = {y}}))[0];
    Tensor weights(DType::kFloat64, like.shape());
    for (double& weight : weights.mutable_flat<double>()) weight = uniform(random);
    const Output incoming = Constant(graph, weights);
    const Output loss = ReduceSum(graph, Mul(graph, y, incoming));
    const auto gradients = Gradients(graph, {y}, xs, {.grad_ys = {incoming}});
    ASSERT_TRUE(graph.ok()) << MessageOf(graph.status());
    const auto loss_of = [&] {
      return Get(session->Run({.feeds = feeds, .fetches = {loss}}))[0].scalar<double>();
    };
    for (size_t i = 0; i < xs.size(); ++i) {
      ASSERT_TRUE(gradients[i].is_valid()) << "input " << i;
      const Tensor analytic = Get(session->Run({.feeds = feeds, .fetches = {gradients[i]}}))[0];
      ASSERT_EQ(analytic.shape(), shapes[i]);
      for (size_t k = 0; k < static_cast<size_t>(shapes[i].num_elements()); ++k) {
        constexpr double kStep = 1e-5;
        double& element = feeds[i].value.mutable_flat<double>()[k];
        const double at = element;
        element = at + kStep;
        const double above = loss_of();
        element = at - kStep;
        const double below = loss_of();
        element = at;
        const double numeric = (above - below) / (2 * kStep);
        ASSERT_NEAR(analytic.flat<double>()[k], numeric, 1e-6 * std::max(1.0, std::fabs(numeric)))
            << "input " << i << " element " << k;
      }
    }
  }
}

}  // namespace fanlight::testing
