// The steps of the engine's headline workloads, as a peer of bench/engine.py.
//
//   build/release/bin/engine-steps --threads=2 mnist linreg
//
// Prints a line of JSON for each workload: {"workload": "mnist", "us_per_step": 210.4, ...}, the median
// of short rounds and the best of them; "cpu_us_per_step" is the process's own time, which a busy
// machine disturbs less. --threads=0: as many as pay, which is what programs get.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight {
namespace {

using Clock = std::chrono::steady_clock;

double ProcessMicroseconds() { return static_cast<double>(std::clock()) * (1e6 / CLOCKS_PER_SEC); }

double Microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

template <typename T>
T Must(Result<T> result) {
  FL_CHECK(result.has_value(), result ? "" : result.error().message);
  return *std::move(result);
}

struct Settings {
  int num_threads = 0;
  double seconds = 2;
};

std::unique_ptr<Session> NewSession(const GraphBuilder& graph, const Settings& settings) {
  return Must(Session::Create(Must(graph.Build()), {.num_threads = settings.num_threads}));
}

// `begin` is when the workload's graph began to be built.
void Report(const char* workload, const Settings& settings, Clock::time_point begin,
            int runs_per_round, const std::function<void()>& run) {
  run();
  const double first_us = Microseconds(Clock::now() - begin);
  std::vector<double> rounds;
  const auto end = Clock::now() + std::chrono::duration<double>(settings.seconds);
  for (int i = 0; i < 20 && Clock::now() < end; ++i) run();
  const double before_us = ProcessMicroseconds();
  while (rounds.size() < 3 || Clock::now() < end) {
    const auto round = Clock::now();
    for (int i = 0; i < runs_per_round; ++i) run();
    rounds.push_back(Microseconds(Clock::now() - round) / runs_per_round);
  }
  const double cpu_us =
      (ProcessMicroseconds() - before_us) / static_cast<double>(rounds.size()) / runs_per_round;
  std::sort(rounds.begin(), rounds.end());
  fmt::print(
      "{{\"workload\": \"{}\", \"us_per_step\": {:.4f}, \"best_us_per_step\": {:.4f}, "
      "\"cpu_us_per_step\": {:.4f}, \"first_step_us\": {:.1f}}}\n",
      workload, rounds[rounds.size() / 2], rounds.front(), cpu_us, first_us);
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

void BenchScalarRun(const Settings& settings) {
  const auto begin = Clock::now();
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, Shape());
  const Output y = Add(graph, x, 1);
  const auto session = NewSession(graph, settings);
  Session::Request request{.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}};
  Report("run", settings, begin, 1000, [&] { Must(session->Run(request)); });
}

void BenchLinearRegression(const Settings& settings) {
  const auto begin = Clock::now();
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Placeholder(graph, DType::kFloat32);
  const Variable weight = MakeVariable(graph, 0.3, "weight");
  const Variable bias = MakeVariable(graph, -0.2, "bias");
  const Output prediction = Add(graph, Mul(graph, x, weight), bias);
  const Output cost = Div(graph, ReduceSum(graph, Pow(graph, Sub(graph, prediction, y), 2)), 34);
  const Node* step = Minimize(graph, cost, 0.01f);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph, settings);
  Must(session->Run({.targets = {init}}));
  Session::Request request{.feeds = {{x, Tensor::Scalar(3.3f)}, {y, Tensor::Scalar(1.7f)}},
                           .targets = {step}};
  float value = 3.3f;
  Report("linreg", settings, begin, 1000, [&] {
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

Output Dense(GraphBuilder& graph, const Output& images, const std::vector<int64_t>& sizes) {
  Output hidden = images;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    hidden = Layer(graph, hidden, sizes[i], sizes[i + 1]);
    if (i + 2 < sizes.size()) hidden = Relu(graph, hidden);
  }
  return hidden;
}

Output ConvolutionLayer(GraphBuilder& graph, const Output& images, int64_t channels,
                        int64_t features) {
  const Variable filters = MakeVariable(
      graph, TruncatedNormal(graph, {5, 5, channels, features}, {.stddev = 0.1f, .seed = 1}),
      "filters");
  const Variable biases = MakeVariable(graph, Zeros(graph, {features}), "biases");
  return MaxPool(graph, Relu(graph, Add(graph, Conv2D(graph, images, filters), biases)));
}

Output Lenet(GraphBuilder& graph, const Output& images) {
  const int64_t batch = images.shape()[0];
  const Output pixels = Reshape(graph, images, Tensor::Vector<int64_t>({batch, 28, 28, 1}));
  const Output maps = ConvolutionLayer(graph, ConvolutionLayer(graph, pixels, 1, 32), 32, 64);
  return Dense(graph, Reshape(graph, maps, Tensor::Vector<int64_t>({batch, 3136})),
               {3136, 1024, 10});
}

void BenchNetwork(const char* workload, const Settings& settings, int64_t batch,
                  const std::function<Output(GraphBuilder&, const Output&)>& logits_of) {
  const auto begin = Clock::now();
  GraphBuilder graph;
  const Output images = Placeholder(graph, DType::kFloat32, {batch, 784});
  const Output labels = Placeholder(graph, DType::kInt32, {batch});
  const Output logits = logits_of(graph, images);
  const Output loss = ReduceMean(
      graph, SparseSoftmaxCrossEntropyWithLogits(graph, ToInt64(graph, labels), logits, "loss"));
  const Node* step = Minimize(graph, loss, 0.01f);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph, settings);
  Must(session->Run({.targets = {init}}));
  std::mt19937 random(7);
  Tensor pixels(DType::kFloat32, {batch, 784});
  for (float& pixel : pixels.mutable_flat<float>()) {
    pixel = static_cast<float>(random() % 256) / 255.0f;
  }
  Tensor classes(DType::kInt32, {batch});
  for (int32_t& label : classes.mutable_flat<int32_t>()) {
    label = static_cast<int32_t>(random() % 10);
  }
  const Session::Request request{
      .feeds = {{images, pixels}, {labels, classes}}, .fetches = {loss}, .targets = {step}};
  Report(workload, settings, begin, 1, [&] { Must(session->Run(request)); });
}

void BenchDense(const char* workload, const Settings& settings, int64_t batch,
                const std::vector<int64_t>& sizes) {
  BenchNetwork(workload, settings, batch, [&](GraphBuilder& graph, const Output& images) {
    return Dense(graph, images, sizes);
  });
}

const std::map<std::string, void (*)(const Settings&)> kWorkloads = {
    {"run", BenchScalarRun},
    {"linreg", BenchLinearRegression},
    {"mnist", [](const Settings& s) { BenchDense("mnist", s, 100, {784, 128, 32, 10}); }},
    {"mlp2048", [](const Settings& s) { BenchDense("mlp2048", s, 512, {784, 2048, 2048, 10}); }},
    {"cnn", [](const Settings& s) { BenchNetwork("cnn", s, 100, Lenet); }},
};

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  fanlight::Settings settings;
  std::vector<std::string> wanted;
  std::vector<std::string> names;
  for (const auto& [name, run] : fanlight::kWorkloads) names.push_back(name);
  CLI::App app("Measures the engine's headline workloads", "engine-steps");
  app.add_option("--threads", settings.num_threads, "Threads of a run; 0: as many as pay")
      ->check(CLI::Range(0, 256));
  app.add_option("--seconds", settings.seconds, "How long each workload runs")
      ->check(CLI::PositiveNumber);
  app.add_option("workload", wanted, "Which; none: all")->check(CLI::IsMember(names));
  CLI11_PARSE(app, argc, argv);
  std::setbuf(stdout, nullptr);
  for (const std::string& name : wanted.empty() ? names : wanted) {
    fanlight::kWorkloads.at(name)(settings);
  }
  return 0;
}
