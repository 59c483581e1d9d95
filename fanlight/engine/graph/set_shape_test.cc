// Shapes that a program tells after a node is made.
#include <gtest/gtest.h>

#include <thread>

#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/list_diff.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using testing::Floats;
using testing::Get;
using testing::MessageOf;
using testing::NewSession;

TEST(SetShape, AddsToWhatIsKnownAndLaterNodesSeeIt) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, PartialShape::Unknown(), "x");
  const Output before = Neg(graph, x);
  ASSERT_TRUE(graph.SetShape(x, {PartialShape::kUnknown, 3}).has_value());
  EXPECT_EQ(ToString(x.shape()), "[?,3]");
  EXPECT_EQ(ToString(Neg(graph, x).shape()), "[?,3]");
  EXPECT_FALSE(before.shape().has_rank());
  ASSERT_TRUE(graph.SetShape(x, {2, PartialShape::kUnknown}).has_value());
  ASSERT_TRUE(graph.SetShape(x, PartialShape::Unknown()).has_value());
  EXPECT_EQ(ToString(x.shape()), "[2,3]");
  EXPECT_EQ(MessageOf(graph.SetShape(x, {2, 4})), "\"x:0\" has shape [2,3], which cannot be [2,4]");
  EXPECT_EQ(MessageOf(graph.SetShape(x, {2})), "\"x:0\" has shape [2,3], which cannot be [2]");
  EXPECT_TRUE(graph.ok());
  // It is told to those who read the graph, and a placeholder takes nothing else.
  const proto::NodeDef node = ExportGraphDef(*graph.graph(), {.with_output_shapes = true}).node(0);
  EXPECT_EQ(node.attr().at("_output_shapes").list().shape(0).dim_size(), 2);
  const auto session = NewSession(graph);
  EXPECT_EQ(
      MessageOf(session->Run({.feeds = {{x, Tensor::Vector<float>({1, 2})}}, .fetches = {before}})),
      "\"x\" (Placeholder) is fed with float32[2], want float32[2,3]");
}

// The values of `x` that occur, once each: how many there are is told by the run alone.
Output Different(GraphBuilder& graph, const Output& x) { return Unique(graph, x).values; }

class SetShapeRuns : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Plans, SetShapeRuns, ::testing::Bool());

TEST_P(SetShapeRuns, WhatTurnsOutOtherwiseIsAnError) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {4}, "x");
  const Output different = Different(graph, x);
  ASSERT_TRUE(graph.SetShape(different, {3}).has_value());
  // Sizes of a product that is compiled for the shape that was told.
  const Output row = Reshape(graph, different, {1, 3});
  const Output w = Constant(graph, Tensor::Of<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const Output y = Relu(graph, MatMul(graph, row, w));
  const auto session = NewSession(graph, GetParam());
  const auto run = [&](std::initializer_list<float> values) {
    return session->Run({.feeds = {{x, Tensor::Vector<float>(values)}}, .fetches = {y}});
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Floats(Get(run({1, 2, 1, 3})).front()), (std::vector<float>{22, 28}));
    EXPECT_EQ(MessageOf(run({1, 2, 1, 1})),
              "node \"Unique\" (Unique): output 0 is float32[2], its shape was set to [3]; inputs: "
              "\"x:0\" float32[4]");
  }
}

TEST_P(SetShapeRuns, OfWhatIsOtherwiseOnlyANameForSomething) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {4}, "x");
  const Variable v = MakeVariable(graph, Tensor::Vector<float>({1, 2}), "v");
  const Output same = Identity(graph, Different(graph, x), "same");
  ASSERT_TRUE(graph.SetShape(same, {2}).has_value());
  const Output pred = Constant(graph, Tensor::Scalar(true));
  const Switched both = Switch(graph, Different(graph, x), pred);
  ASSERT_TRUE(graph.SetShape(both.if_true, {2}).has_value());
  const Output sum = Add(graph, Mul(graph, same, both.if_true), v);
  const Output last = Neg(graph, Neg(graph, sum));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph, GetParam());
  ASSERT_TRUE(session->Run({.targets = {init}}).has_value());
  const auto run = [&](std::initializer_list<float> values) {
    return session->Run({.feeds = {{x, Tensor::Vector<float>(values)}}, .fetches = {last}});
  };
  EXPECT_EQ(Floats(Get(run({3, 3, 5, 3})).front()), (std::vector<float>{10, 27}));
  EXPECT_EQ(MessageOf(run({3, 4, 5, 3})).substr(0, 75),
            "node \"same\" (Identity): output 0 is float32[3], its shape was set to [2]; i");
}

TEST_P(SetShapeRuns, AnotherThreadMayRunWhileShapesAreTold) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, PartialShape::Unknown(), "x");
  std::vector<Output> outputs;
  for (int i = 0; i < 200; ++i) outputs.push_back(Neg(graph, x));
  const auto session = NewSession(graph, GetParam());
  std::thread runs([&] {
    for (const Output& output : outputs) {
      EXPECT_TRUE(session->Run({.feeds = {{x, Tensor::Vector<float>({1, 2})}}, .fetches = {output}})
                      .has_value());
    }
  });
  for (const Output& output : outputs) {
    EXPECT_TRUE(graph.SetShape(output, PartialShape::UnknownOfRank(1)).has_value());
    EXPECT_TRUE(graph.SetShape(output, {2}).has_value());
  }
  runs.join();
}

}  // namespace
}  // namespace fanlight
