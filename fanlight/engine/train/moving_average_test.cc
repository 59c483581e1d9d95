#include "fanlight/engine/train/moving_average.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

class MovingAverages : public ::testing::TestWithParam<bool> {};

TEST_P(MovingAverages, FollowTheVariableByOneMinusTheDecay) {
  GraphBuilder graph;
  const Variable x = MakeVariable(graph, 1.0, "x", {.is_resource = GetParam()});
  ExponentialMovingAverage average(0.75);
  const Node* update = average.Apply(graph, {x});
  const Node* init = GlobalVariablesInitializer(graph);
  const Output change = Assign(graph, x.ref, 5.0);
  const auto session = NewSession(graph);
  ASSERT_NE(average.Average(x), nullptr);
  EXPECT_EQ(average.Average(x)->name(), "x/ExponentialMovingAverage");
  Must(session->Run({.targets = {init}}));
  Must(session->Run({.targets = {change}}));
  std::vector<float> seen;
  for (int i = 0; i < 3; ++i) {
    Must(session->Run({.targets = {update}}));
    seen.push_back(FloatsOf(Must(session->ReadVariable(average.Average(x)->ref)))[0]);
  }
  // From 1, a quarter of the way to 5 each time.
  EXPECT_THAT(seen, ElementsAre(FloatNear(2.0F, 1e-6F), FloatNear(2.75F, 1e-6F),
                                FloatNear(3.3125F, 1e-6F)));
}

TEST_P(MovingAverages, BeginAtWhatTheVariableIsByThen) {
  GraphBuilder graph;
  const Variable x = MakeVariable(graph, 1.0, "x", {.is_resource = GetParam()});
  ExponentialMovingAverage average(0.75);
  average.Apply(graph, {x});
  const Output change = Assign(graph, x.ref, 5.0);
  const auto session = NewSession(graph);
  const Variable& of_x = *average.Average(x);
  const auto value = [&] { return FloatsOf(Must(session->ReadVariable(of_x.ref)))[0]; };
  // Of a variable without a value, what that will be.
  Must(session->Run({.targets = {of_x.initializer}}));
  EXPECT_EQ(value(), 1.0F);
  // Of one that was trained or restored, that.
  Must(session->Run({.targets = {x.initializer}}));
  Must(session->Run({.targets = {change}}));
  Must(session->Run({.targets = {of_x.initializer}}));
  EXPECT_EQ(value(), 5.0F);
}

TEST_P(MovingAverages, StartQuicklyWhereTheNumberOfUpdatesIsGiven) {
  GraphBuilder graph;
  const Variable x = MakeVariable(graph, 0.0, "x", {.is_resource = GetParam()});
  const Variable step = MakeVariable(graph, 2, "step", {.is_trainable = false});
  ExponentialMovingAverage average(0.999, {.num_updates = step});
  const Node* update = average.Apply(graph, {x});
  const Node* init = GlobalVariablesInitializer(graph);
  const Output change = Assign(graph, x.ref, 12.0);
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {init}}));
  Must(session->Run({.targets = {change}}));
  Must(session->Run({.targets = {update}}));
  // The decay is (1 + 2) / (10 + 2).
  EXPECT_NEAR(FloatsOf(Must(session->ReadVariable(average.Average(x)->ref)))[0], 9.0F, 1e-5F);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MovingAverages, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "handle" : "reference");
});

TEST(MovingAverage, OfATensorBeginsAtZeroAndIsFreedOfThat) {
  for (const bool zero_debias : {false, true}) {
    GraphBuilder graph;
    const Output x = Placeholder(graph, DType::kFloat32, Shape{2}, "x");
    ExponentialMovingAverage average(0.75, {.zero_debias = zero_debias});
    average.set_slot_scope("model");
    const Node* update = average.Follow(graph, {x});
    const Node* init = GlobalVariablesInitializer(graph);
    const auto session = NewSession(graph);
    Must(session->Run({.targets = {init}}));
    const Variable* made = average.Average(x);
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(made->name(), "model/x/ExponentialMovingAverage");
    for (const float value : {4.0F, 8.0F}) {
      Must(session->Run({.feeds = {{x, Tensor::Vector<float>({value, 1})}}, .targets = {update}}));
    }
    // 0.25 · 4 · 0.75 + 0.25 · 8, of a weight of 1 − 0.75².
    const float sum = 2.75F;
    const float one = 0.4375F;
    const float share = zero_debias ? 0.4375F : 1.0F;
    EXPECT_THAT(FloatsOf(Must(session->ReadVariable(made->ref))),
                ElementsAre(FloatNear(sum / share, 1e-5F), FloatNear(one / share, 1e-5F)));
    const Variable* biased =
        graph.collections().FindVariable("model/model/x/ExponentialMovingAverage/biased");
    EXPECT_EQ(biased != nullptr, zero_debias);
  }
}

TEST(MovingAverage, OnlyFloatingVariablesAndDecaysUpToOne) {
  GraphBuilder graph;
  const Variable count = MakeVariable(graph, 1, "count");
  ExponentialMovingAverage(0.5).Apply(graph, {count});
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("variable \"count\" is int32"));
  GraphBuilder other;
  ExponentialMovingAverage(1.5).Apply(other, {});
  EXPECT_THAT(MessageOf(other.status()), HasSubstr("the decay is 1.5"));
  GraphBuilder third;
  const Output x = Placeholder(third, DType::kFloat32, PartialShape({-1}), "x");
  ExponentialMovingAverage(0.5).Follow(third, {x});
  EXPECT_THAT(MessageOf(third.status()), HasSubstr("\"x\" has shape"));
}

}  // namespace
}  // namespace fanlight
