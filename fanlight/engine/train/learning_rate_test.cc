#include "fanlight/engine/train/learning_rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/golden_graph.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

using MakeRate = std::function<Output(GraphBuilder& graph, const Output& step)>;

// The schedules of tests/golden/training/make_training.py.
const std::map<std::string, MakeRate>& Rates() {
  static const std::map<std::string, MakeRate> kRates = {
      {"exponential_decay",
       [](auto& graph, auto step) { return ExponentialDecay(graph, 0.1, step, 100, 0.96); }},
      {"exponential_decay_staircase",
       [](auto& graph, auto step) {
         return ExponentialDecay(graph, 0.1, step, 100, 0.96, {.staircase = true});
       }},
      {"natural_exp_decay",
       [](auto& graph, auto step) { return NaturalExpDecay(graph, 0.1, step, 100, 0.5); }},
      {"inverse_time_decay",
       [](auto& graph, auto step) { return InverseTimeDecay(graph, 0.1, step, 100, 0.5); }},
      {"polynomial_decay",
       [](auto& graph, auto step) {
         return PolynomialDecay(graph, 0.1, step, 100, {.end_rate = 0.01, .power = 2.0});
       }},
      {"cosine_decay",
       [](auto& graph, auto step) { return CosineDecay(graph, 0.1, step, 100, 0.1); }},
      {"piecewise_constant",
       [](auto& graph, auto step) {
         return PiecewiseConstant(graph, step, {50, 150}, {0.1, 0.05, 0.01});
       }},
  };
  return kRates;
}

class LearningRate : public testing::TestWithParam<std::string> {};

TEST_P(LearningRate, IsTensorFlowsAtEachStep) {
  GraphBuilder graph;
  const Variable step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
  const Output rate = Rates().at(GetParam())(graph, step.value);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  // TensorFlow's piecewise constant is made of branches, ours of selections.
  if (GetParam() != "piecewise_constant") {
    EXPECT_TRUE(SameNodes(ExportGraphDef(*graph.graph()),
                          ReadGoldenGraph("training/rate_" + GetParam() + ".pb")));
  }
  const auto golden = boost::json::parse(
      Must(ReadWholeFile(JoinPath(FANLIGHT_GOLDEN_DIR, "training/learning_rates.json"))));
  const auto session = NewSession(graph);
  for (const auto& [at, value] : golden.at("rates").at(GetParam()).as_object()) {
    Must(session->WriteVariable(step.ref, Tensor::Scalar<int32_t>(std::stoi(std::string(at)))));
    const auto fetched = Must(session->Run({.fetches = {rate}}));
    EXPECT_NEAR(fetched[0].scalar<float>(), value.to_number<double>(), 1e-8) << "step " << at;
  }
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : Rates()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Schedules, LearningRate, testing::ValuesIn(Names()),
                         [](const auto& test) { return test.param; });

TEST(PiecewiseConstant, TellsOfBoundariesAndValuesThatDoNotFit) {
  for (const auto& [boundaries, values] :
       std::vector<std::pair<std::vector<double>, std::vector<double>>>{
           {{1, 2}, {0.1, 0.2}}, {{2, 1}, {0.1, 0.2, 0.3}}, {{}, {}}}) {
    GraphBuilder graph;
    const Variable step = MakeVariable(graph, 0, "global_step");
    PiecewiseConstant(graph, step.value, boundaries, values);
    EXPECT_THAT(MessageOf(graph.status()), testing::HasSubstr("want one value more"));
  }
}

}  // namespace
}  // namespace fanlight
