// Figures of the engine: what a run costs, and the steps of the tutorial's two programs.
//
//   OMP_NUM_THREADS=1 build/release/bin/engine_bench
//
// Each line is the best and the median of several rounds, in microseconds. The MNIST step is the
// tutorial's network on one fixed batch; TensorFlow 1's session takes 509–534 µs for it on two Zen 5
// cores at one thread, a program written by hand on oneDNN 207 µs.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight {
namespace {

template <typename T>
T Must(Result<T> result) {
  FL_CHECK(result.has_value(), result ? "" : result.error().message);
  return *std::move(result);
}

void Report(const char* name, int runs_per_round, const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> rounds;
  const auto end = Clock::now() + std::chrono::milliseconds(700);
  for (int i = 0; i < 20; ++i) run();
  while (rounds.size() < 5 || Clock::now() < end) {
    const auto begin = Clock::now();
    for (int i = 0; i < runs_per_round; ++i) run();
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count() /
                     runs_per_round);
  }
  std::sort(rounds.begin(), rounds.end());
  fmt::print("{:<44} best {:9.3f} us   median {:9.3f} us\n", name, rounds.front(),
             rounds[rounds.size() / 2]);
}

const Node* Minimize(GraphBuilder& graph, const Output& loss, float rate) {
  std::vector<Output> refs;
  for (const Variable& variable : graph.collections().trainable_variables()) {
    refs.push_back(variable.ref);
  }
  const auto gradients = Gradients(graph, {loss}, refs, {.gate_gradients = true});
  std::vector<const Node*> updates;
  for (size_t i = 0; i < refs.size(); ++i) {
    updates.push_back(ApplyGradientDescent(graph, refs[i], rate, gradients[i]).node);
  }
  return Group(graph, updates);
}

void BenchScalarRun() {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, Shape());
  const Output y = Add(graph, x, 1);
  const auto session = Must(Session::Create(Must(graph.Build())));
  Session::Request request{.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}};
  Report("Run that feeds a scalar and fetches one", 1000, [&] { Must(session->Run(request)); });
}

void BenchLinearRegression() {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Placeholder(graph, DType::kFloat32);
  const Variable weight = MakeVariable(graph, 0.3, "weight");
  const Variable bias = MakeVariable(graph, -0.2, "bias");
  const Output prediction = Add(graph, Mul(graph, x, weight), bias);
  const Output cost = Div(graph, ReduceSum(graph, Pow(graph, Sub(graph, prediction, y), 2)), 34);
  const Node* step = Minimize(graph, cost, 0.01f);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = Must(Session::Create(Must(graph.Build())));
  Must(session->Run({.targets = {init}}));
  Session::Request request{.feeds = {{x, Tensor::Scalar(3.3f)}, {y, Tensor::Scalar(1.7f)}},
                           .targets = {step}};
  float value = 3.3f;
  Report("linear regression, one example a step", 1000, [&] {
    request.feeds[0].value = Tensor::Scalar(value);
    request.feeds[1].value = Tensor::Scalar(value * 0.5f);
    value = value > 10 ? 3.3f : value + 0.1f;
    Must(session->Run(request));
  });
}

Output Layer(GraphBuilder& graph, const Output& input, int64_t inputs, int64_t outputs) {
  const Variable weights = MakeVariable(
      graph,
      TruncatedNormal(graph, {inputs, outputs},
                      {.stddev = 1.0f / std::sqrt(static_cast<float>(inputs)), .seed = 1}),
      "weights");
  const Variable biases = MakeVariable(graph, Zeros(graph, {outputs}), "biases");
  return Add(graph, MatMul(graph, input, weights), biases, "add");
}

void BenchNetwork(const char* name, int64_t batch, std::vector<int64_t> sizes, int runs) {
  GraphBuilder graph;
  const Output images = Placeholder(graph, DType::kFloat32, {batch, sizes[0]});
  const Output labels = Placeholder(graph, DType::kInt32, {batch});
  Output hidden = images;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    hidden = Layer(graph, hidden, sizes[i], sizes[i + 1]);
    if (i + 2 < sizes.size()) hidden = Relu(graph, hidden);
  }
  const Output loss = ReduceMean(
      graph, SparseSoftmaxCrossEntropyWithLogits(graph, ToInt64(graph, labels), hidden, "loss"));
  const Node* step = Minimize(graph, loss, 0.01f);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = Must(Session::Create(Must(graph.Build())));
  Must(session->Run({.targets = {init}}));
  std::mt19937 random(7);
  Tensor pixels(DType::kFloat32, {batch, sizes[0]});
  for (float& pixel : pixels.mutable_flat<float>()) {
    pixel = static_cast<float>(random() % 256) / 255.0f;
  }
  Tensor classes(DType::kInt32, {batch});
  for (int32_t& label : classes.mutable_flat<int32_t>()) {
    label = static_cast<int32_t>(random() % 10);
  }
  const Session::Request request{
      .feeds = {{images, pixels}, {labels, classes}}, .fetches = {loss}, .targets = {step}};
  Report(name, runs, [&] { Must(session->Run(request)); });
}

}  // namespace
}  // namespace fanlight

int main() {
  std::setbuf(stdout, nullptr);
  const char* threads = std::getenv("OMP_NUM_THREADS");
  fmt::print("OMP_NUM_THREADS={}\n", threads == nullptr ? "unset" : threads);
  fanlight::BenchScalarRun();
  fanlight::BenchLinearRegression();
  fanlight::BenchNetwork("MNIST step (784-128-32-10, batch 100)", 100, {784, 128, 32, 10}, 1);
  fanlight::BenchNetwork("MLP step (784-2048-2048-10, batch 512)", 512, {784, 2048, 2048, 10}, 1);
  return 0;
}
