#include "fanlight/engine/graph/ops/branches.h"

#include <gtest/gtest.h>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using testing::Floats;
using testing::Get;
using testing::MessageOf;
using testing::NewSession;

// Each test runs with the plan's simplifications and without.
class Branches : public ::testing::TestWithParam<bool> {
 protected:
  Output Pred() {
    if (!pred_.is_valid()) pred_ = Placeholder(graph_, DType::kBool, Shape());
    return pred_;
  }
  // An identity that is there in that branch alone: what TensorFlow calls a pivot.
  const Node* Pivot(bool is_true) {
    const Switched both = Switch(graph_, Pred(), Pred());
    return Identity(graph_, is_true ? both.if_true : both.if_false).node;
  }
  Session& session() {
    if (session_ == nullptr) session_ = NewSession(graph_, GetParam());
    return *session_;
  }
  Result<std::vector<Tensor>> Run(bool pred, std::vector<Output> fetches,
                                  std::vector<Output> targets = {}) {
    return session().Run({.feeds = {{Pred(), Tensor::Scalar(pred)}},
                          .fetches = std::move(fetches),
                          .targets = std::move(targets)});
  }
  std::vector<float> Values(bool pred, const Output& fetch) {
    auto fetched = Run(pred, {fetch});
    EXPECT_TRUE(fetched.has_value()) << MessageOf(fetched);
    return fetched ? Floats(fetched->front()) : std::vector<float>();
  }

  GraphBuilder graph_;
  Output pred_;
  std::unique_ptr<Session> session_;
};

INSTANTIATE_TEST_SUITE_P(Plans, Branches, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "Optimised" : "Plain");
});

TEST_P(Branches, AMergeTakesTheBranchThatWasTaken) {
  const Output x = Constant(graph_, Tensor::Vector<float>({1, 2}));
  const Switched both = Switch(graph_, x, Pred());
  const Output merged = Merge(graph_, {Neg(graph_, both.if_false), Square(graph_, both.if_true)});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Values(false, merged), (std::vector<float>{-1, -2}));
    EXPECT_EQ(Values(true, merged), (std::vector<float>{1, 4}));
    EXPECT_EQ(Get(Run(true, {Output(merged.node, 1)})).front().flat<int32_t>()[0], 1);
  }
}

TEST_P(Branches, WhatWasNotTakenCannotBeFetched) {
  const Output x = Constant(graph_, Tensor::Scalar(2.0f));
  const Switched both = Switch(graph_, x, Pred());
  const Output doubled = Add(graph_, both.if_true, both.if_true, "doubled");
  EXPECT_EQ(Values(true, doubled), (std::vector<float>{4}));
  EXPECT_EQ(
      MessageOf(Run(false, {doubled})),
      "\"doubled:0\" does not have a value: node \"doubled\" (AddV2) is in a branch that this "
      "run did not take");
  // To run it for its effect is no error.
  EXPECT_TRUE(Run(false, {}, {doubled.node}).has_value());
}

TEST_P(Branches, ANodeWithoutInputsIsInTheBranchOfWhatItWaitsFor) {
  Output one;
  Output two;
  {
    const auto wait = graph_.ControlDependencies({Pivot(false)});
    one = Constant(graph_, Tensor::Scalar(1.0f));
  }
  {
    const auto wait = graph_.ControlDependencies({Pivot(true)});
    two = Add(graph_, Constant(graph_, Tensor::Scalar(1.0f)), 1.0);
  }
  const Output merged = Merge(graph_, {one, two});
  EXPECT_EQ(Values(false, merged), (std::vector<float>{1}));
  EXPECT_EQ(Values(true, merged), (std::vector<float>{2}));
  EXPECT_EQ(MessageOf(Run(true, {one})).substr(0, 32), "\"Const:0\" does not have a value:");
}

TEST_P(Branches, AnAssignmentHappensInItsBranchAlone) {
  const Variable v = MakeVariable(graph_, Tensor::Scalar(1.0f), "v");
  const Output ref = Switch(graph_, v.ref, Pred()).if_true;
  const Output by_reference = AssignAdd(graph_, ref, 10.0);
  const Variable r = MakeVariable(graph_, Tensor::Scalar(1.0f), "r", {.is_resource = true});
  const Output handle = Switch(graph_, r.ref, Pred()).if_true;
  const Output by_handle = AssignAdd(graph_, handle, 5.0);
  ASSERT_TRUE(graph_.ok()) << MessageOf(graph_.status());
  const Node* init = GlobalVariablesInitializer(graph_);
  ASSERT_TRUE(session().Run({.targets = {init}}).has_value());
  for (const bool pred : {false, true, false}) {
    ASSERT_TRUE(Run(pred, {}, {by_reference.node, by_handle.node}).has_value());
  }
  EXPECT_EQ(Floats(Get(session().ReadVariable(v.ref))), (std::vector<float>{11}));
  EXPECT_EQ(Floats(Get(session().ReadVariable(r.ref))), (std::vector<float>{6}));
}

TEST_P(Branches, AVariableNeedNotHaveAValueWhereItIsNotRead) {
  for (const bool is_resource : {false, true}) {
    SCOPED_TRACE(is_resource);
    GraphBuilder graph;
    const Variable v = MakeVariable(graph, Tensor::Scalar(3.0f), "v", {.is_resource = is_resource});
    const Output is_there = IsInitialized(graph, v.ref);
    const Output in_branch = Switch(graph, v.ref, is_there).if_true;
    const Output read = is_resource ? ReadVariable(graph, in_branch) : Identity(graph, in_branch);
    const Output other = Switch(graph, v.initial_value, is_there).if_false;
    const Output merged = Neg(graph, Merge(graph, {other, Square(graph, read)}));
    const Output plain = Merge(graph, {other, read});
    const Node* init = GlobalVariablesInitializer(graph);
    const auto session = NewSession(graph, GetParam());
    EXPECT_EQ(Floats(Get(session->Run({.fetches = {merged}})).front()), (std::vector<float>{-3}));
    EXPECT_EQ(Floats(Get(session->Run({.fetches = {plain}})).front()), (std::vector<float>{3}));
    ASSERT_TRUE(session->Run({.targets = {init}}).has_value());
    EXPECT_EQ(Floats(Get(session->Run({.fetches = {merged}})).front()), (std::vector<float>{-9}));
    EXPECT_EQ(Floats(Get(session->Run({.fetches = {plain}})).front()), (std::vector<float>{3}));
  }
}

TEST_P(Branches, AVariableThatABranchMayInitialiseIsLookedForWhenItIsRead) {
  const Variable v = MakeVariable(graph_, Tensor::Scalar(3.0f), "v", {.is_resource = true});
  const Output handle = Switch(graph_, v.ref, Pred()).if_true;
  const Node* assign = Assign(graph_, handle, Constant(graph_, Tensor::Scalar(7.0f))).node;
  const auto wait = graph_.ControlDependencies(
      {Merge(graph_, {Switch(graph_, Pred(), Pred()).if_false,
                      WithDependencies(graph_, {assign}, Switch(graph_, Pred(), Pred()).if_true)})
           .node});
  const Output read = ReadVariable(graph_, v.ref);
  const Output squared = Square(graph_, read);
  ASSERT_TRUE(graph_.ok()) << MessageOf(graph_.status());
  for (const Output& fetch : {read, squared}) {
    EXPECT_EQ(
        MessageOf(Run(false, {fetch})),
        "variable \"v\" (VarHandleOp) is not initialised: run its initialiser before it is read");
  }
  EXPECT_EQ(Values(true, squared), (std::vector<float>{49}));
  EXPECT_EQ(Values(false, read), (std::vector<float>{7}));
}

TEST_P(Branches, OneWithinTheOther) {
  const Output inner_pred = Placeholder(graph_, DType::kBool, Shape());
  const Output x = Constant(graph_, Tensor::Scalar(3.0f));
  const Switched outer = Switch(graph_, x, Pred());
  const Output guarded = Switch(graph_, inner_pred, Pred()).if_true;
  const Switched inner = Switch(graph_, outer.if_true, guarded);
  const Output merged_inner =
      Merge(graph_, {Add(graph_, inner.if_false, 1.0), Add(graph_, inner.if_true, 2.0)});
  const Output merged = Merge(graph_, {outer.if_false, Square(graph_, merged_inner)});
  const Output after = Add(graph_, merged, 0.5);
  for (const auto& [outer_value, inner_value, want] : {std::tuple(false, false, 3.5f),
                                                       {false, true, 3.5f},
                                                       {true, false, 16.5f},
                                                       {true, true, 25.5f}}) {
    const auto got = session().Run({.feeds = {{Pred(), Tensor::Scalar(bool{outer_value})},
                                              {inner_pred, Tensor::Scalar(bool{inner_value})}},
                                    .fetches = {after}});
    ASSERT_TRUE(got.has_value()) << MessageOf(got);
    EXPECT_EQ(Floats(got->front()), (std::vector<float>{want}));
  }
}

TEST_P(Branches, WhatWouldBeWrongIsToldOnlyWhereItRuns) {
  const Output x = Placeholder(graph_, DType::kFloat32, PartialShape::Unknown());
  const Output guarded = Switch(graph_, x, Pred()).if_true;
  const Output sum =
      Add(graph_, guarded, Constant(graph_, Tensor::Vector<float>({1, 2, 3})), "sum");
  const Output merged = Merge(graph_, {Switch(graph_, x, Pred()).if_false, sum});
  const std::vector<Session::Feed> feeds = {{x, Tensor::Vector<float>({1, 2})}};
  const auto run = [&](bool pred) {
    std::vector<Session::Feed> all = feeds;
    all.push_back({Pred(), Tensor::Scalar(pred)});
    return session().Run({.feeds = all, .fetches = {merged}});
  };
  EXPECT_EQ(Floats(Get(run(false)).front()), (std::vector<float>{1, 2}));
  EXPECT_EQ(MessageOf(run(true)).substr(0, 39), "node \"sum\" (AddV2): shapes [2] and [3] ");
}

TEST_P(Branches, GradientsGoThroughTheBranchThatWasTaken) {
  const Output x = Placeholder(graph_, DType::kFloat32, {2});
  const Switched both = Switch(graph_, x, Pred());
  const Output merged = Merge(graph_, {Square(graph_, both.if_false), Neg(graph_, both.if_true)});
  const Output y = ReduceSum(graph_, Mul(graph_, merged, x));
  const std::vector<Output> gradients = Gradients(graph_, {y}, {x});
  ASSERT_TRUE(graph_.ok()) << MessageOf(graph_.status());
  const auto run = [&](bool pred) {
    return Floats(Get(session().Run({.feeds = {{Pred(), Tensor::Scalar(pred)},
                                               {x, Tensor::Vector<float>({1, 3})}},
                                     .fetches = {gradients[0]}}))
                      .front());
  };
  EXPECT_EQ(run(false), (std::vector<float>{3, 27}));
  EXPECT_EQ(run(true), (std::vector<float>{-2, -6}));
}

TEST_P(Branches, AVariableInAnUntakenBranchHasAGradientOfZeros) {
  const Variable v =
      MakeVariable(graph_, Tensor::Vector<float>({1, 2}), "v", {.is_resource = true});
  const Output handle = Switch(graph_, v.ref, Pred()).if_true;
  const Output y =
      Merge(graph_, {Switch(graph_, Constant(graph_, Tensor::Scalar(0.0f)), Pred()).if_false,
                     ReduceSum(graph_, Square(graph_, ReadVariable(graph_, handle)))});
  const std::vector<Output> gradients = Gradients(graph_, {y}, {v.ref});
  ASSERT_TRUE(graph_.ok()) << MessageOf(graph_.status());
  const Node* init = GlobalVariablesInitializer(graph_);
  ASSERT_TRUE(session().Run({.targets = {init}}).has_value());
  EXPECT_EQ(Values(false, gradients[0]), (std::vector<float>{0, 0}));
  EXPECT_EQ(Values(true, gradients[0]), (std::vector<float>{2, 4}));
}

TEST_P(Branches, TheOldValueOfAVariableGoesIntoABranchPastItsAssignment) {
  const Variable v = MakeVariable(graph_, Tensor::Scalar(1.0f), "v", {.is_resource = true});
  const Output read = ReadVariable(graph_, v.ref);
  const Switched both = Switch(graph_, read, Pred());
  const Node* assign = Assign(graph_, v.ref, Constant(graph_, Tensor::Scalar(9.0f))).node;
  Output late;
  {
    const auto wait = graph_.ControlDependencies({assign});
    late = Neg(graph_, both.if_true);
  }
  const Output merged = Merge(graph_, {both.if_false, late});
  const Node* init = GlobalVariablesInitializer(graph_);
  for (const bool pred : {true, false}) {
    ASSERT_TRUE(session().Run({.targets = {init}}).has_value());
    EXPECT_EQ(Values(pred, merged), (std::vector<float>{pred ? -1.0f : 1.0f}));
  }
}

// What is fetched through a Merge is kept, and so is what is another view of it.
TEST_P(Branches, AViewOfWhatIsFetchedThroughAMerge) {
  const Output x = Placeholder(graph_, DType::kFloat32, {4});
  const Switched both = Switch(graph_, Neg(graph_, x), Pred());
  const Output squared = Square(graph_, both.if_true);
  const Output folded = Reshape(graph_, squared, {2, 2});
  const Output merged = Merge(graph_, {both.if_false, squared});
  const Output other = Merge(graph_, {Reshape(graph_, both.if_false, {2, 2}), Neg(graph_, folded)});
  for (const bool pred : {false, true}) {
    const auto fetched = session().Run(
        {.feeds = {{Pred(), Tensor::Scalar(pred)}, {x, Tensor::Vector<float>({1, 2, 3, 4})}},
         .fetches = {merged, other}});
    ASSERT_TRUE(fetched.has_value()) << MessageOf(fetched);
    const std::vector<float> want =
        pred ? std::vector<float>{1, 4, 9, 16} : std::vector<float>{-1, -2, -3, -4};
    EXPECT_EQ(Floats((*fetched)[0]), want);
    EXPECT_EQ(Floats((*fetched)[1])[3], pred ? -16 : -4);
  }
}

TEST_P(Branches, ACondRunsTheSideThatIsTaken) {
  const Variable v = MakeVariable(graph_, Tensor::Scalar(1.0f), "v");
  const Output x = Constant(graph_, Tensor::Vector<float>({1, 2}));
  const std::vector<Output> both = Cond(
      graph_, Pred(),
      [&](Branch& branch) {
        const Output ref = AssignAdd(graph_, v.ref, 10.0);
        const auto after = graph_.ControlDependencies({ref.node});
        return std::vector{Square(graph_, branch.Take(x)), x};
      },
      [&](Branch& branch) {
        // What is returned may be from outside, and taken twice it is one.
        EXPECT_EQ(branch.Take(x), branch.Take(x));
        return std::vector{x, Neg(graph_, branch.Take(x))};
      });
  ASSERT_EQ(both.size(), 2u) << MessageOf(graph_.status());
  EXPECT_EQ(both[0].name(), "cond/Merge:0");
  EXPECT_EQ(both[0].shape(), PartialShape({2}));
  const Output gradient = Gradients(graph_, {ReduceSum(graph_, both[0])}, {x})[0];
  ASSERT_TRUE(session().Run({.targets = {v.initializer}}).has_value());
  EXPECT_EQ(Values(false, both[0]), (std::vector<float>{1, 2}));
  EXPECT_EQ(Values(false, both[1]), (std::vector<float>{-1, -2}));
  EXPECT_EQ(Values(false, gradient), (std::vector<float>{1, 1}));
  EXPECT_EQ(Floats(Get(session().ReadVariable(v.ref))), (std::vector<float>{1}));
  EXPECT_EQ(Values(true, gradient), (std::vector<float>{2, 4}));
  EXPECT_EQ(Values(true, both[0]), (std::vector<float>{1, 4}));
  EXPECT_EQ(Values(true, both[1]), (std::vector<float>{1, 2}));
  EXPECT_GT(Floats(Get(session().ReadVariable(v.ref)))[0], 10);
}

TEST_P(Branches, ACondWithinACondAsksItsPredicateWhereItRuns) {
  const Output x = Placeholder(graph_, DType::kFloat32, Shape());
  const auto nested = [&](Branch& outer) {
    const Output own = outer.Take(x);
    return Cond(
        graph_, Less(graph_, own, 0.0),
        [&](Branch& inner) { return std::vector{Neg(graph_, inner.Take(own))}; },
        [&](Branch& inner) { return std::vector{inner.Take(own)}; });
  };
  const Output y = Cond(graph_, Pred(), nested, [&](Branch& branch) {
    return std::vector{Square(graph_, branch.Take(x))};
  })[0];
  const Output gradient = Gradients(graph_, {y}, {x})[0];
  const auto run = [&](bool pred, float value) {
    const auto fetched =
        session().Run({.feeds = {{Pred(), Tensor::Scalar(pred)}, {x, Tensor::Scalar(value)}},
                       .fetches = {y, gradient}});
    EXPECT_TRUE(fetched.has_value()) << MessageOf(fetched);
    return std::pair((*fetched)[0].scalar<float>(), (*fetched)[1].scalar<float>());
  };
  EXPECT_EQ(run(true, -3), std::pair(3.0f, -1.0f));
  EXPECT_EQ(run(true, 3), std::pair(3.0f, 1.0f));
  EXPECT_EQ(run(false, -3), std::pair(9.0f, -6.0f));
}

TEST_P(Branches, ACondOfNodesWithoutOutputsRunsThem) {
  const Variable v = MakeVariable(graph_, Tensor::Scalar(1.0f), "v", {.is_resource = true});
  const Output done = Cond(
      graph_, Pred(), [&](Branch&) { return std::vector<Output>{AssignAdd(graph_, v.ref, 2.0)}; },
      [&](Branch&) { return std::vector<Output>{NoOp(graph_)}; })[0];
  ASSERT_TRUE(session().Run({.targets = {v.initializer}}).has_value());
  for (const bool pred : {false, true}) {
    EXPECT_EQ(Get(Run(pred, {done})).front().scalar<bool>(), pred);
    EXPECT_EQ(Floats(Get(session().ReadVariable(v.ref))), (std::vector<float>{pred ? 3.0f : 1.0f}));
  }
}

TEST(Cond, SidesThatDoNotGiveTheSameAreAnError) {
  const auto message = [](const std::vector<Operand>& ours, const std::vector<Operand>& theirs) {
    GraphBuilder graph;
    const auto all = [&](const std::vector<Operand>& operands) {
      return [&](Branch&) {
        std::vector<Output> outputs;
        for (const Operand& operand : operands) outputs.push_back(operand.ToOutput(graph, "c"));
        return outputs;
      };
    };
    EXPECT_TRUE(Cond(graph, true, all(ours), all(theirs)).empty());
    return MessageOf(graph.status());
  };
  EXPECT_EQ(message({1.0f}, {}), "\"cond\": the branches give 1 and 0 tensors, want as many");
  EXPECT_NE(message({1.0f}, {1}).find("want int32"), std::string::npos) << message({1.0f}, {1});
}

TEST(BranchPlans, AConstantPredicateLeavesOneBranch) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2});
  const Output pred = Constant(graph, Tensor::Scalar(true));
  const Switched both = Switch(graph, x, pred);
  const Output merged = Merge(graph, {Square(graph, both.if_false), Neg(graph, both.if_true)});
  SessionState state;
  const auto plan = Get(Plan::Compile({.feeds = {x}, .feed_shapes = {{2}}, .fetches = {merged}},
                                      *StandardKernels(), state));
  ASSERT_EQ(plan->num_steps(), 1u);
  EXPECT_EQ(plan->StepNodes()[0]->type(), "Neg");
}

TEST(BranchPlans, OnlyWhatIsInABranchAsks) {
  GraphBuilder graph;
  const Output pred = Placeholder(graph, DType::kBool, Shape());
  const Output x = Placeholder(graph, DType::kFloat32, {2});
  const Switched both = Switch(graph, x, pred);
  const Output merged = Merge(graph, {Square(graph, both.if_false), Neg(graph, both.if_true)});
  const std::vector<Output> gradients = Gradients(graph, {ReduceSum(graph, merged)}, {x});
  const Output step = Mul(graph, gradients[0], 0.5);
  SessionState state;
  const auto plan =
      Get(Plan::Compile({.feeds = {pred, x}, .feed_shapes = {Shape(), {2}}, .fetches = {step}},
                        *StandardKernels(), state));
  // The Equal by which the gradient chooses is the predicate again, and is not computed.
  for (const Node* node : plan->StepNodes()) EXPECT_NE(node->type(), "Equal");
}

}  // namespace
}  // namespace fanlight
