#include "fanlight/engine/graph/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fanlight/engine/graph/counted_new.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using testing::Floats;
using testing::Get;
using testing::MessageOf;
using testing::NewSession;

std::vector<std::string> StepNames(const GraphBuilder& graph, const Plan::Input& input) {
  EXPECT_TRUE(graph.ok()) << MessageOf(graph.status());
  SessionState state;
  const auto plan = Get(Plan::Compile(input, *StandardKernels(), state));
  std::vector<std::string> names;
  for (const Node* node : plan->StepNodes()) names.push_back(node->name);
  return names;
}

TEST(Plan, ComputesWhatIsWantedOnly) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {4, 3});
  const Variable w = MakeVariable(graph, Tensor::Zeros(DType::kFloat32, {3, 2}), "w");
  const Output loss = ReduceSum(graph, MatMul(graph, x, w));
  const auto gradients = Gradients(graph, {loss}, {w.ref}, {.gate_gradients = true});
  const Output step = ApplyGradientDescent(graph, w.ref, 0.1, gradients[0]);
  // Neither the gradient to x, nor shapes, nor the loss itself; and the gradient to w is made
  // within its update.
  EXPECT_THAT(StepNames(graph, {.feeds = {x}, .feed_shapes = {Shape{4, 3}}, .targets = {step}}),
              ElementsAre("ApplyGradientDescent"));
}

TEST(Plan, ReusesMemory) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {1000});
  Output y = x;
  for (int i = 0; i < 20; ++i) y = Tanh(graph, y);
  SessionState state;
  const auto plan = Get(
      Plan::Compile({.feeds = {x}, .feed_shapes = {Shape{1000}}, .fetches = {ReduceSum(graph, y)}},
                    *StandardKernels(), state));
  EXPECT_LE(plan->arena_bytes(), 4096u);
}

TEST(Plan, ComputesEqualNodesOnce) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {3});
  const Output first = Mul(graph, Tanh(graph, x, "tanh"), 2, "double");
  const Output second = Mul(graph, Tanh(graph, x, "tanh_again"), 2, "double_again");
  const Output other = Mul(graph, Tanh(graph, x, "tanh_too"), 3, "triple");
  const Output sum = Add(graph, Add(graph, first, second, "sum"), other, "all");
  EXPECT_THAT(StepNames(graph, {.feeds = {x}, .feed_shapes = {Shape{3}}, .fetches = {sum}}),
              ElementsAre("tanh", "double", "sum", "triple", "all"));
  const auto got = Get(NewSession(graph)->Run(
      {.feeds = {{x, Tensor::Vector<float>({0, 1, 2})}}, .fetches = {second, first, sum}}));
  EXPECT_EQ(Floats(got[0]), Floats(got[1]));
  EXPECT_NEAR(Floats(got[2])[1], 7 * std::tanh(1.0f), 1e-6);
}

TEST(Plan, WhatIsFedForANodeIsNotTheValueOfItsEqual) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {});
  const Output first = Neg(graph, x, "first");
  Output second;
  {
    const auto scope = graph.ControlDependencies({first.node});
    second = Neg(graph, x, "second");
  }
  const auto got = Get(NewSession(graph)->Run(
      {.feeds = {{x, Tensor::Scalar(1.0f)}, {first, Tensor::Scalar(5.0f)}}, .fetches = {second}}));
  EXPECT_EQ(got[0].scalar<float>(), -1);
}

TEST(Plan, AttributesAndInputOrderMakeNodesDifferent) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2, 2});
  const Output y = Placeholder(graph, DType::kFloat32, {2, 2});
  const Output a = Sub(graph, x, y, "a");
  const Output b = Sub(graph, y, x, "b");
  const Output c = Cast(graph, x, DType::kInt32, "c");
  const Output d = Cast(graph, x, DType::kInt64, "d");
  EXPECT_THAT(StepNames(graph, {.feeds = {x, y},
                                .feed_shapes = {Shape{2, 2}, Shape{2, 2}},
                                .fetches = {a, b, c, d}}),
              ElementsAre("a", "b", "c", "d"));
}

// Two nodes that do the same to a variable, one before and one after its assignment.
TEST(Plan, ReadsAroundAnAssignmentAreNotEqual) {
  for (const bool optimize : {false, true}) {
    GraphBuilder graph;
    const Variable v = MakeVariable(graph, Tensor::Scalar(1.0f), "v");
    const Output before = Mul(graph, v.value, 10, "before");
    const Output assign = AssignAdd(graph, v.ref, 1.0);
    Output after;
    {
      const auto scope = graph.ControlDependencies({assign.node});
      after = Mul(graph, Identity(graph, v.ref), 10, "after");
    }
    const Node* init = GlobalVariablesInitializer(graph);
    const auto session = NewSession(graph, optimize);
    Get(session->Run({.targets = {init}}));
    const auto got = Get(session->Run({.fetches = {before, after}}));
    EXPECT_EQ(got[0].scalar<float>(), 10);
    EXPECT_EQ(got[1].scalar<float>(), 20);
  }
}

// What is the variable's memory in TensorFlow, under another shape too, is its new value once that is
// there, whichever way it was updated.
TEST(Plan, AViewOfAVariableIsItsNewValueAfterAnUpdate) {
  for (const bool optimize : {false, true}) {
    for (const bool assigns : {false, true}) {
      GraphBuilder graph;
      const Variable v = MakeVariable(graph, Tensor::Vector<float>({1, 2, 3, 4}), "v");
      const Output square = Reshape(graph, v.value, {2, 2});
      const Output tall = ExpandDims(graph, square, 0);
      const Output early = Mul(graph, tall, 10, "early");
      const Output value = Constant(graph, Tensor::Vector<float>({5, 6, 7, 8}));
      Output update;
      {
        const auto scope = graph.ControlDependencies({tall.node});
        update = assigns ? Assign(graph, v.ref, value) : AssignAdd(graph, v.ref, value);
      }
      Output late;
      Output late_tall;
      {
        const auto scope = graph.ControlDependencies({update.node});
        late = Mul(graph, square, 10, "late");
        late_tall = Mul(graph, tall, 10, "late_tall");
      }
      const Node* init = GlobalVariablesInitializer(graph);
      const auto session = NewSession(graph, optimize);
      const float first = assigns ? 5 : 6;
      for (int i = 0; i < 2; ++i) {
        Get(session->Run({.targets = {init}}));
        const auto got = Get(session->Run({.fetches = {early, late, late_tall, square}}));
        EXPECT_EQ(got[0].flat<float>()[0], 10);
        EXPECT_EQ(got[1].flat<float>()[0], first * 10);
        EXPECT_EQ(got[2].flat<float>()[0], first * 10);
        EXPECT_EQ(got[2].shape(), Shape({1, 2, 2}));
        EXPECT_EQ(got[3].flat<float>()[0], first);
      }
    }
  }
}

struct Network {
  GraphBuilder graph;
  Output images = Placeholder(graph, DType::kFloat32, {20, 30});
  Output labels = Placeholder(graph, DType::kInt32, {20});
  Output loss;
  const Node* step = nullptr;
  const Node* init = nullptr;

  Network() {
    Output hidden = images;
    const int64_t sizes[] = {30, 40, 20, 10};
    for (int i = 0; i < 3; ++i) {
      std::vector<float> values(static_cast<size_t>(sizes[i] * sizes[i + 1]));
      for (size_t k = 0; k < values.size(); ++k) {
        values[k] = static_cast<float>(k * 7919 % 101) / 300.0f - 0.15f;
      }
      const Variable weights =
          MakeVariable(graph, Tensor::Of<float>({sizes[i], sizes[i + 1]}, values), "weights");
      const Variable biases =
          MakeVariable(graph, Tensor::Zeros(DType::kFloat32, {sizes[i + 1]}), "biases");
      hidden = Add(graph, MatMul(graph, hidden, weights), biases);
      if (i < 2) hidden = Relu(graph, hidden);
    }
    loss = ReduceMean(graph,
                      SparseSoftmaxCrossEntropyWithLogits(graph, ToInt64(graph, labels), hidden));
    std::vector<Output> refs;
    for (const Variable& variable : graph.collections().trainable_variables()) {
      refs.push_back(variable.ref);
    }
    const auto gradients = Gradients(graph, {loss}, refs, {.gate_gradients = true});
    std::vector<const Node*> updates;
    for (size_t i = 0; i < refs.size(); ++i) {
      updates.push_back(ApplyGradientDescent(graph, refs[i], 0.1, gradients[i]).node);
    }
    step = Group(graph, updates);
    init = GlobalVariablesInitializer(graph);
  }
};

TEST(Plan, ARunAllocatesNothingButWhatIsFetched) {
  Network network;
  const auto session = NewSession(network.graph);
  Get(session->Run({.targets = {network.init}}));
  const std::vector<Session::Feed> feeds = {{network.images, Tensor::Filled<float>({20, 30}, 0.5f)},
                                            {network.labels, Tensor::Filled<int32_t>({20}, 3)}};
  const Session::Request step{.feeds = feeds, .targets = {network.step}};
  const Session::Request with_loss{
      .feeds = feeds, .fetches = {network.loss}, .targets = {network.step}};
  for (int i = 0; i < 3; ++i) {
    Get(session->Run(step));
    Get(session->Run(with_loss));
  }
  int64_t before = testing::num_allocations;
  EXPECT_TRUE(session->Run(step).has_value());
  EXPECT_EQ(testing::num_allocations - before, 0);
  before = testing::num_allocations;
  EXPECT_TRUE(session->Run(with_loss).has_value());
  // The list of the fetched, and the loss.
  EXPECT_EQ(testing::num_allocations - before, 2);
}

// Some steps of training at several numbers of threads, with workers that are always there.
// A view between a product and what could join it: the result has the view's shape.
TEST(Plan, WhatFollowsAViewOfAProductKeepsItsOwnShape) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2, 3});
  const Output product = MatMul(graph, x, Tensor::Of<float>({3, 2}, {1, -1, 2, 0, 0, 1}));
  const Output view = Relu(graph, Reshape(graph, product, {4, 1}));
  const Output gradient =
      OpCall(graph, "ReluGrad", "")
          .Input(Reshape(graph, MatMul(graph, x, Tensor::Filled<float>({3, 2}, 2.0F)), {4, 1}),
                 "gradients")
          .Input(view, "features")
          .Done();
  const auto got =
      Get(NewSession(graph)->Run({.feeds = {{x, Tensor::Of<float>({2, 3}, {1, 0, -1, 0, 1, 2})}},
                                  .fetches = {view, gradient}}));
  EXPECT_EQ(got[0].shape(), (Shape{4, 1}));
  EXPECT_THAT(Floats(got[0]), ElementsAre(1, 0, 2, 2));
  EXPECT_EQ(got[1].shape(), (Shape{4, 1}));
  EXPECT_THAT(Floats(got[1]), ElementsAre(0, 0, 6, 6));
}

TEST(Plan, ThreadsChangeNoBitOfATraining) {
  std::vector<std::vector<float>> trained;
  for (const int num_threads : {1, 2, 3}) {
    GraphBuilder graph;
    const Output x = Placeholder(graph, DType::kFloat32, {100, 300});
    const Variable w1 = MakeVariable(graph, Tensor::Filled<float>({300, 150}, 0.01f), "w1");
    const Variable w2 = MakeVariable(graph, Tensor::Filled<float>({150, 120}, -0.02f), "w2");
    const Output loss =
        ReduceMean(graph, Square(graph, MatMul(graph, Relu(graph, MatMul(graph, x, w1)), w2)));
    const auto gradients = Gradients(graph, {loss}, {w1.ref, w2.ref}, {.gate_gradients = true});
    const Node* step = Group(graph, {ApplyGradientDescent(graph, w1.ref, 0.1, gradients[0]).node,
                                     ApplyGradientDescent(graph, w2.ref, 0.1, gradients[1]).node});
    const Node* init = GlobalVariablesInitializer(graph);
    const auto session = Get(Session::Create(
        graph.graph(), {.num_threads = num_threads, .workers = std::make_shared<Workers>(2)}));
    Get(session->Run({.targets = {init}}));
    Tensor images(DType::kFloat32, {100, 300});
    for (size_t i = 0; i < 30000; ++i) {
      images.mutable_flat<float>()[i] = static_cast<float>(i * 7919 % 1009) / 1009.0f;
    }
    for (int i = 0; i < 5; ++i) Get(session->Run({.feeds = {{x, images}}, .targets = {step}}));
    trained.push_back(Floats(Get(session->ReadVariable(w1.ref))));
    const auto second = Floats(Get(session->ReadVariable(w2.ref)));
    trained.back().insert(trained.back().end(), second.begin(), second.end());
  }
  EXPECT_EQ(trained[0], trained[1]);
  EXPECT_EQ(trained[0], trained[2]);
}

}  // namespace
}  // namespace fanlight
