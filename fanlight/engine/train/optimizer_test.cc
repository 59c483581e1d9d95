#include "fanlight/engine/train/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include "fanlight/base/file.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/train/adadelta.h"
#include "fanlight/engine/train/adagrad.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/ftrl.h"
#include "fanlight/engine/train/golden_graph.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/learning_rate.h"
#include "fanlight/engine/train/momentum.h"
#include "fanlight/engine/train/rms_prop.h"
#include "fanlight/engine/train/testing.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

const boost::json::object& Golden() {
  static const boost::json::object kGolden =
      boost::json::parse(
          Must(ReadWholeFile(JoinPath(FANLIGHT_GOLDEN_DIR, "training/optimizers.json"))))
          .as_object();
  return kGolden;
}

void Flatten(const boost::json::value& value, std::vector<double>& flat) {
  if (!value.is_array()) {
    flat.push_back(value.to_number<double>());
    return;
  }
  for (const auto& element : value.as_array()) Flatten(element, flat);
}

Tensor TensorOf(const boost::json::value& value, const Shape& shape, DType dtype) {
  std::vector<double> flat;
  Flatten(value, flat);
  return Must(ConvertTo(Tensor::Of<double>(shape, flat), dtype));
}

using MakeOptimizer =
    std::function<std::unique_ptr<Optimizer>(GraphBuilder& graph, const Variable& step)>;

// An optimizer that needs nothing of the graph.
template <typename T, typename... Args>
MakeOptimizer Make(Args... args) {
  return [args...](GraphBuilder&, const Variable&) { return std::make_unique<T>(args...); };
}

// The cases of tests/golden/training/make_training.py.
std::map<std::string, MakeOptimizer> Cases() {
  const MakeOptimizer descent = Make<GradientDescentOptimizer>(0.1);
  const MakeOptimizer adam = Make<AdamOptimizer>(0.01);
  const MakeOptimizer centered =
      Make<RmsPropOptimizer>(0.01, RmsPropOptimizer::Options{.momentum = 0.5, .centered = true});
  const MakeOptimizer ftrl =
      Make<FtrlOptimizer>(0.2, FtrlOptimizer::Options{.l1 = 0.05, .l2 = 0.1});
  return {
      {"gradient_descent", descent},
      {"gradient_descent_float64", descent},
      {"momentum", Make<MomentumOptimizer>(0.1, 0.9)},
      {"momentum_nesterov",
       Make<MomentumOptimizer>(0.1, 0.9, MomentumOptimizer::Options{.use_nesterov = true})},
      {"adagrad", Make<AdagradOptimizer>(0.1)},
      {"adadelta", Make<AdadeltaOptimizer>(0.5, AdadeltaOptimizer::Options{.epsilon = 1e-3})},
      {"ftrl", ftrl},
      {"ftrl_float64", ftrl},
      {"ftrl_shrinkage",
       Make<FtrlOptimizer>(0.2, FtrlOptimizer::Options{.learning_rate_power = -0.7,
                                                       .initial_accumulator_value = 0.3,
                                                       .l2_shrinkage = 0.02,
                                                       .beta = 0.1,
                                                       .accum_name = "sum",
                                                       .linear_name = "line"})},
      {"rms_prop", Make<RmsPropOptimizer>(0.01, RmsPropOptimizer::Options{.momentum = 0.9})},
      {"rms_prop_centered", centered},
      {"rms_prop_centered_float64", centered},
      {"adam", adam},
      {"adam_float64", adam},
      {"adamw", Make<AdamWOptimizer>(0.01, 0.02)},
      {"exponential_decay",
       [](GraphBuilder& graph, const Variable& step) {
         return std::make_unique<GradientDescentOptimizer>(
             ExponentialDecay(graph, 0.1, step.value, 5, 0.5, {.staircase = true}));
       }},
  };
}

// The golden graph: mean((x · w + b − y)²).
struct Layer {
  Output x;
  Output y;
  Variable weights;
  Variable biases;
  Variable step;
  Output loss;

  Layer(GraphBuilder& graph, DType dtype) {
    x = Placeholder(graph, dtype, {4, 2}, "x");
    y = Placeholder(graph, dtype, {4, 3}, "y");
    weights =
        MakeVariable(graph, Constant(graph, TensorOf(Golden().at("w"), {2, 3}, dtype)), "layer/w");
    biases = MakeVariable(graph, Zeros(graph, {3}, dtype), "layer/b");
    step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
    const Output sum = Add(graph, MatMul(graph, x, weights.value), biases.value, "add");
    loss = ReduceMean(graph, Square(graph, Sub(graph, sum, y)));
  }
};

// Within `tolerance` of the wanted value: relative where that is above 1, for an accumulator of 30 has an
// ulp of 2e-6 and a product may add in another order.
MATCHER_P(NearTo, tolerance, "") {
  const double got = std::get<0>(arg);
  const double want = std::get<1>(arg);
  return std::abs(got - want) <= tolerance * std::max(1.0, std::abs(want));
}

class TensorFlowsOptimizer : public testing::TestWithParam<std::string> {};

TEST_P(TensorFlowsOptimizer, BuildsTheSameNodesAndTakesTheSameSteps) {
  const std::string name = GetParam();
  const DType dtype = name.ends_with("float64") ? DType::kFloat64 : DType::kFloat32;
  GraphBuilder graph;
  const Layer layer(graph, dtype);
  const auto optimizer = Cases().at(name)(graph, layer.step);
  const Node* train_step = optimizer->Minimize(graph, layer.loss, {.global_step = layer.step});
  const Node* init = GlobalVariablesInitializer(graph);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  EXPECT_TRUE(SameNodes(ExportGraphDef(*graph.graph()),
                        ReadGoldenGraph("training/optimizer_" + name + ".pb")));

  const auto session = NewSession(graph);
  Must(session->Run({.targets = {init}}));
  const Session::Request request{.feeds = {{layer.x, TensorOf(Golden().at("x"), {4, 2}, dtype)},
                                           {layer.y, TensorOf(Golden().at("y"), {4, 3}, dtype)}},
                                 .targets = {train_step}};
  const auto& values = Golden().at("cases").at(name).as_object();
  EXPECT_EQ(values.size(), graph.collections().variables().size());
  const double tolerance = dtype == DType::kFloat64 ? 1e-7 : 2e-6;
  for (size_t i = 0; i < static_cast<size_t>(Golden().at("steps").as_int64()); ++i) {
    Must(session->Run(request));
    for (const auto& [variable, steps] : values) {
      const Variable* ours = graph.collections().FindVariable(variable);
      ASSERT_NE(ours, nullptr) << variable;
      std::vector<double> want;
      Flatten(steps.at(i), want);
      EXPECT_THAT(FloatsOf(Must(session->ReadVariable(ours->ref))),
                  Pointwise(NearTo(tolerance), want))
          << variable << " after step " << i + 1;
    }
  }
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& [name, make] : Cases()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, TensorFlowsOptimizer, testing::ValuesIn(CaseNames()),
                         [](const auto& test) { return test.param; });

// A table of which each step looks up some rows, one of them twice and by two paths.
class TensorFlowsRows : public testing::TestWithParam<std::string> {};

TEST_P(TensorFlowsRows, AreUpdatedAsTensorFlowDoes) {
  const bool by_handle = GetParam().ends_with("_by_handle");
  const std::string name = GetParam().substr(0, GetParam().find("_by_handle"));
  static const boost::json::object kGolden =
      boost::json::parse(Must(ReadWholeFile(JoinPath(FANLIGHT_GOLDEN_DIR, "training/rows.json"))))
          .as_object();
  GraphBuilder graph;
  const Output ids = Placeholder(graph, DType::kInt32, {3}, "ids");
  const Output begins =
      Constant(graph, TensorOf(kGolden.at("table"), {5, 2}, DType::kFloat32), "begins");
  const Variable table = MakeVariable(graph, begins, "table", {.is_resource = by_handle});
  const Output first =
      by_handle ? ResourceGather(graph, table.ref, ids) : EmbeddingLookup(graph, table.value, ids);
  const Output second = Gather(graph, table.value, Slice(graph, ids, {1}, {2}), 0);
  const Output loss =
      Add(graph, ReduceSum(graph, Square(graph, Sub(graph, first, 1.0))), ReduceSum(graph, second));
  const Variable step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
  const auto optimizer = Cases().at(name)(graph, step);
  const auto gradients = optimizer->ComputeGradients(graph, loss);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  ASSERT_EQ(gradients.size(), 1U);
  EXPECT_TRUE(gradients[0].gradient.is_sparse());
  const Node* train_step = optimizer->ApplyGradients(graph, gradients, {.global_step = step});
  const Node* init = GlobalVariablesInitializer(graph);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;

  const auto session = NewSession(graph);
  Must(session->Run({.targets = {init}}));
  const auto& values = kGolden.at("cases").at(GetParam()).as_object();
  EXPECT_EQ(values.size(), graph.collections().variables().size());
  const auto& rows = kGolden.at("rows").as_array();
  for (size_t i = 0; i < rows.size(); ++i) {
    Must(session->Run(
        {.feeds = {{ids, TensorOf(rows[i], {3}, DType::kInt32)}}, .targets = {train_step}}));
    for (const auto& [variable, steps] : values) {
      const Variable* ours = graph.collections().FindVariable(variable);
      ASSERT_NE(ours, nullptr) << variable;
      if (ours->dtype() != DType::kFloat32) continue;
      std::vector<double> want;
      Flatten(steps.at(i), want);
      EXPECT_THAT(FloatsOf(Must(session->ReadVariable(ours->ref))), Pointwise(NearTo(2e-6), want))
          << variable << " after step " << i + 1;
    }
  }
}

std::vector<std::string> RowCaseNames() {
  std::vector<std::string> names;
  for (const char* name :
       {"gradient_descent", "momentum", "momentum_nesterov", "adagrad", "adadelta", "ftrl",
        "ftrl_shrinkage", "rms_prop", "rms_prop_centered", "adam"}) {
    names.emplace_back(name);
    names.push_back(names.back() + "_by_handle");
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, TensorFlowsRows, testing::ValuesIn(RowCaseNames()),
                         [](const auto& test) { return test.param; });

TEST(Optimizer, GradientDescentIsTheComputationByHand) {
  // loss = (2w + 1)², so d loss / dw = 4 · (2w + 1).
  GraphBuilder graph;
  const Variable w = MakeVariable(graph, 0.5, "w");
  const Output loss = Square(graph, Add(graph, Mul(graph, 2.0, w.value), 1.0));
  const Node* train_step = GradientDescentOptimizer(0.05).Minimize(graph, loss);
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {w.initializer}}));
  double expected = 0.5;
  for (int i = 0; i < 10; ++i) {
    Must(session->Run({.targets = {train_step}}));
    expected -= 0.05 * 4 * (2 * expected + 1);
    EXPECT_NEAR(Must(session->ReadVariable(w.ref)).scalar<float>(), expected, 1e-6);
  }
}

TEST(Optimizer, TrainsOnlyWhatIsAskedForAndWhatTheLossDependsOn) {
  GraphBuilder graph;
  const Variable used = MakeVariable(graph, 1.0, "used");
  const Variable kept = MakeVariable(graph, 1.0, "kept");
  const Variable unused = MakeVariable(graph, 1.0, "unused");
  const Output loss = Mul(graph, used.value, kept.value);
  MomentumOptimizer optimizer(0.5, 0.9);
  const auto gradients = optimizer.ComputeGradients(graph, loss, {.variables = {used, unused}});
  ASSERT_EQ(gradients.size(), 2U);
  EXPECT_TRUE(gradients[0].gradient.is_valid());
  EXPECT_FALSE(gradients[1].gradient.is_valid());
  const Node* train_step = optimizer.ApplyGradients(graph, gradients);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  EXPECT_EQ(train_step->name, "Momentum");
  EXPECT_EQ(train_step->type(), "NoOp");
  EXPECT_THAT(optimizer.slot_names(), ElementsAre("momentum"));
  ASSERT_NE(optimizer.slot(used, "momentum"), nullptr);
  EXPECT_EQ(optimizer.slot(used, "momentum")->name(), "used/Momentum");
  EXPECT_EQ(optimizer.slot(unused, "momentum"), nullptr);
  EXPECT_THAT(graph.collections().All<const Node*>(CollectionKeys::kTrainOp),
              ElementsAre(train_step));
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {GlobalVariablesInitializer(graph)}}));
  Must(session->Run({.targets = {train_step}}));
  EXPECT_EQ(Must(session->ReadVariable(used.ref)).scalar<float>(), 0.5F);
  EXPECT_EQ(Must(session->ReadVariable(kept.ref)).scalar<float>(), 1.0F);
}

TEST(Optimizer, TwoStepsOfOneGraphHaveSlotsOfTheirOwn) {
  GraphBuilder graph;
  const Variable w = MakeVariable(graph, 1.0, "w");
  const Output loss = Square(graph, w.value);
  AdamOptimizer first(0.1);
  AdamOptimizer second(0.1);
  EXPECT_EQ(first.Minimize(graph, loss)->name, "Adam");
  EXPECT_EQ(second.Minimize(graph, loss)->name, "Adam_1");
  EXPECT_EQ(first.slot(w, "v")->name(), "w/Adam_1");
  EXPECT_EQ(second.slot(w, "m")->name(), "w/Adam_2");
  EXPECT_NE(graph.collections().FindVariable("beta1_power_1"), nullptr);
}

TEST(Optimizer, TellsWhatCannotBeTrained) {
  const auto message = [](const std::function<void(GraphBuilder&)>& build) {
    GraphBuilder graph;
    build(graph);
    return MessageOf(graph.status());
  };
  EXPECT_THAT(message([](GraphBuilder& graph) {
                GradientDescentOptimizer(0.1).Minimize(graph,
                                                       Constant(graph, Tensor::Scalar(1.0F)));
              }),
              HasSubstr("no variables to train"));
  EXPECT_THAT(message([](GraphBuilder& graph) {
                MakeVariable(graph, 1.0, "w");
                GradientDescentOptimizer(0.1).Minimize(graph,
                                                       Constant(graph, Tensor::Scalar(1.0F)));
              }),
              HasSubstr("the loss \"Const:0\" depends on none of the variables \"w\""));
  EXPECT_THAT(message([](GraphBuilder& graph) {
                const Variable w = MakeVariable(graph, 1, "w");
                GradientDescentOptimizer(0.1).Minimize(graph, w.value);
              }),
              HasSubstr("loss \"w/read:0\": got dtype int32, want a floating one"));
  EXPECT_THAT(
      message([](GraphBuilder& graph) { GradientDescentOptimizer(0.1).Minimize(graph, Output()); }),
      HasSubstr("there is no loss"));
  EXPECT_THAT(message([](GraphBuilder& graph) {
                const Variable w = MakeVariable(graph, 1.0, "w");
                AdagradOptimizer(0.1, {.initial_accumulator_value = 0})
                    .Minimize(graph, Square(graph, w.value));
              }),
              HasSubstr("got initial_accumulator_value 0.0, want one above 0"));
  EXPECT_THAT(message([](GraphBuilder& graph) {
                const Variable w = MakeVariable(graph, 1.0, "w");
                FtrlOptimizer(0.1, {.l1 = -0.5}).Minimize(graph, Square(graph, w.value));
              }),
              HasSubstr("Ftrl: got l1 -0.5, want no negative number"));
}

TEST(Optimizer, AnUpdateOfAnotherShapeIsAnErrorThatNamesTheNode) {
  GraphBuilder graph;
  const Variable w = MakeVariable(graph, Zeros(graph, {2, 3}), "w");
  MomentumOptimizer optimizer(0.1, 0.9);
  const GradientAndVariable wrong{Zeros(graph, {3, 2}), w};
  EXPECT_EQ(optimizer.ApplyGradients(graph, std::span(&wrong, 1)), nullptr);
  EXPECT_THAT(MessageOf(graph.status()),
              testing::AllOf(HasSubstr("Momentum/update_w/ApplyMomentum"), HasSubstr("[2,3]"),
                             HasSubstr("[3,2]")));
}

TEST(Optimizer, FtrlTellsNumbersThatItCannotTake) {
  GraphBuilder graph;
  const Variable w = MakeVariable(graph, 1.0, "w");
  const Output rate = Placeholder(graph, DType::kFloat32, Shape(), "rate");
  const Node* step = FtrlOptimizer(rate).Minimize(graph, Square(graph, w.value));
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {GlobalVariablesInitializer(graph)}}));
  const auto failed = session->Run({.feeds = {{rate, Tensor::Scalar(0.0F)}}, .targets = {step}});
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message, HasSubstr("argument \"lr\" is 0, want a positive number"));
  EXPECT_EQ(Must(session->ReadVariable(w.ref)).scalar<float>(), 1.0F);
  Must(session->Run({.feeds = {{rate, Tensor::Scalar(0.5F)}}, .targets = {step}}));
}

TEST(Optimizer, SlotsAreNamedByTheirScopeAndArePartsWhereTheVariableIs) {
  GraphBuilder graph;
  const std::vector<Variable> parts =
      GetPartitionedVariable(graph, "w", {4, 2}, 2, 0, {.initializer = OnesInitializer()});
  const Output loss = Add(graph, ReduceSum(graph, parts[0]), ReduceSum(graph, parts[1]));
  AdamOptimizer adam(0.1);
  adam.Minimize(graph, loss);
  const Variable* slot = adam.slot(parts[1], "v");
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->name(), "w/part_1/Adam_1");
  ASSERT_TRUE(slot->slice.has_value());
  EXPECT_EQ(slot->slice->full_name, "w/Adam_1");
  EXPECT_THAT(slot->slice->offset, ElementsAre(2, 0));
  MomentumOptimizer momentum(0.1, 0.9);
  momentum.set_slot_scope("train");
  momentum.Minimize(graph, ReduceSum(graph, Mul(graph, parts[0], parts[0])));
  EXPECT_EQ(momentum.slot(parts[0], "momentum")->name(), "train/w/part_0/Momentum");
  std::vector<std::string> names;
  for (const Variable& variable : adam.variables()) names.push_back(variable.name());
  EXPECT_THAT(names, ElementsAre("beta1_power", "beta2_power", "w/part_0/Adam", "w/part_0/Adam_1",
                                 "w/part_1/Adam", "w/part_1/Adam_1"));
}

}  // namespace
}  // namespace fanlight
