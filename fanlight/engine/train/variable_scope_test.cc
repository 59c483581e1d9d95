#include "fanlight/engine/train/variable_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(VariableScopes, NamesStandBelowTheScopeAndTheOuterOnes) {
  GraphBuilder graph;
  const VariableScope outer(graph, "net");
  const VariableScope inner(outer, "hidden");
  EXPECT_EQ(inner.GetVariable("weights", {2, 3}).name(), "net/hidden/weights");
  EXPECT_EQ(outer.GetVariable("weights", {2}).name(), "net/weights");
  EXPECT_EQ(graph.name_scope(), "net/hidden");
}

TEST(VariableScopes, AVariableIsHandedOutAgainWhereThatIsAllowed) {
  GraphBuilder graph;
  Variable first;
  {
    const VariableScope scope(graph, "net");
    first = scope.GetVariable("weights", {2});
  }
  {
    const VariableScope again(graph, "net", {.reuse = VariableReuse::kAlways});
    EXPECT_EQ(again.GetVariable("weights", {2}).ref, first.ref);
    EXPECT_EQ(graph.name_scope(), "net_1");
  }
  const VariableScope either(graph, "net", {.reuse = VariableReuse::kAuto});
  EXPECT_EQ(either.GetVariable("weights", {2}).ref, first.ref);
  EXPECT_EQ(either.GetVariable("biases", {2}).name(), "net/biases");
  EXPECT_TRUE(graph.ok());
}

TEST(VariableScopes, ReuseIsInherited) {
  GraphBuilder graph;
  const VariableScope outer(graph, "net", {.reuse = VariableReuse::kAlways});
  const VariableScope inner(outer, "hidden");
  inner.GetVariable("weights", {2});
  EXPECT_THAT(MessageOf(graph.status()),
              HasSubstr("no variable \"net/hidden/weights\" to use again"));
}

TEST(VariableScopes, TwoOfANameAndAnotherShapeAreErrors) {
  GraphBuilder graph;
  const VariableScope scope(graph, "net");
  scope.GetVariable("weights", {2});
  scope.GetVariable("weights", {2});
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("there is a variable \"net/weights\" already"));
  graph.ClearError();
  const VariableScope again(graph, "net", {.reuse = VariableReuse::kAlways});
  again.GetVariable("weights", {3});
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("float32[2], it cannot be used as float32[3]"));
}

TEST(VariableScopes, InitializersRegularizersAndHandlesAreHandedDown) {
  GraphBuilder graph;
  const VariableScope scope(graph, "net",
                            {.initializer = ConstantInitializer(3),
                             .regularizer = L2Regularizer(0.5),
                             .is_resource = true});
  const VariableScope inner(scope, "layer");
  const Variable weights = inner.GetVariable("weights", {2});
  const Variable free = inner.GetVariable("free", {1}, {.regularizer = L1Regularizer(2)});
  EXPECT_EQ(weights.ref.node->type(), "VarHandleOp");
  const Output loss = RegularizationLoss(graph);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {init}}));
  const auto fetched = Must(session->Run({.fetches = {weights, free, loss}}));
  EXPECT_THAT(FloatsOf(fetched[0]), ElementsAre(3, 3));
  // 0.5 · (9 + 9) / 2 and 2 · 3.
  EXPECT_THAT(FloatsOf(fetched[2]), ElementsAre(10.5F));
}

}  // namespace
}  // namespace fanlight
