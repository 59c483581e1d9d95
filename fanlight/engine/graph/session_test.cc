#include "fanlight/engine/graph/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using testing::Floats;
using testing::Get;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::NewSession;

// Every claim holds whether or not plans are optimised.
class SessionTest : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Session> New(const GraphBuilder& graph) { return NewSession(graph, GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Plans, SessionTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "optimised" : "plain"; });

TEST_P(SessionTest, FeedsAndFetches) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2});
  const Output y = Mul(graph, Add(graph, x, 1), 3);
  const auto session = New(graph);
  const auto got =
      Get(session->Run({.feeds = {{x, Tensor::Vector<float>({1, 2})}}, .fetches = {y, x, y}}));
  ASSERT_EQ(got.size(), 3u);
  EXPECT_THAT(Floats(got[0]), ElementsAre(6, 9));
  EXPECT_THAT(Floats(got[1]), ElementsAre(1, 2));
  EXPECT_THAT(Floats(got[2]), ElementsAre(6, 9));
}

TEST_P(SessionTest, WhatWasFetchedStaysWhenItRunsAgain) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2});
  const Output doubled = Mul(graph, x, 2);
  const Output viewed = Reshape(graph, doubled, {2, 1});
  const Output constant = Constant(graph, Tensor::Vector<float>({5, 6}));
  const auto session = New(graph);
  const Session::Request first{.feeds = {{x, Tensor::Vector<float>({1, 2})}},
                               .fetches = {doubled, viewed, constant}};
  auto before = Get(session->Run(first));
  const auto after = Get(session->Run(
      {.feeds = {{x, Tensor::Vector<float>({7, 8})}}, .fetches = {doubled, viewed, constant}}));
  EXPECT_THAT(Floats(before[0]), ElementsAre(2, 4));
  EXPECT_THAT(Floats(before[1]), ElementsAre(2, 4));
  EXPECT_EQ(before[1].shape(), (Shape{2, 1}));
  EXPECT_THAT(Floats(after[1]), ElementsAre(14, 16));
  // The caller's copies are the caller's.
  before[2].mutable_flat<float>()[0] = -1;
  EXPECT_THAT(Floats(Get(session->Run({.fetches = {constant}}))[0]), ElementsAre(5, 6));
}

TEST_P(SessionTest, PlaceholdersOfUnknownShapeTakeScalarsAndVectors) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output sum = ReduceSum(graph, Square(graph, x));
  const auto session = New(graph);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Get(session->Run({.feeds = {{x, Tensor::Scalar(3.0f)}}, .fetches = {sum}}))[0]
                  .scalar<float>(),
              9);
    EXPECT_EQ(
        Get(session->Run({.feeds = {{x, Tensor::Vector<float>({1, 2, 3})}}, .fetches = {sum}}))[0]
            .scalar<float>(),
        14);
  }
}

TEST_P(SessionTest, TellsWrongFeeds) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {PartialShape::kUnknown, 3}, "images");
  const Output y = Neg(graph, x);
  const auto session = New(graph);
  EXPECT_THAT(MessageOf(session->Run({.fetches = {y}})),
              HasSubstr("\"images\" (Placeholder) must be fed with float32[?,3]"));
  EXPECT_THAT(
      MessageOf(session->Run({.feeds = {{x, Tensor::Vector<double>({1})}}, .fetches = {y}})),
      HasSubstr("\"images\" (Placeholder) is fed with float64[1], want float32[?,3]"));
  EXPECT_THAT(MessageOf(session->Run(
                  {.feeds = {{x, Tensor::Zeros(DType::kFloat32, {2, 4})}}, .fetches = {y}})),
              HasSubstr("float32[2,4], want float32[?,3]"));
  const Tensor fitting = Tensor::Zeros(DType::kFloat32, {2, 3});
  EXPECT_THAT(MessageOf(session->Run({.feeds = {{x, fitting}, {x, fitting}}, .fetches = {y}})),
              HasSubstr("fed twice"));
  EXPECT_TRUE(session->Run({.feeds = {{x, fitting}}, .fetches = {y}}).has_value());
  // The dtype is checked on plans that exist, too.
  EXPECT_THAT(MessageOf(session->Run(
                  {.feeds = {{x, Tensor::Zeros(DType::kInt32, {2, 3})}}, .fetches = {y}})),
              HasSubstr("int32[2,3], want float32"));
  EXPECT_THAT(MessageOf(session->Run({.fetches = {Output(y.node, 1)}})),
              HasSubstr("has no output 1"));
  EXPECT_THAT(MessageOf(session->Run({.fetches = {Output()}})), HasSubstr("empty"));
}

TEST_P(SessionTest, ShapesThatDoNotFitAreToldWhenTheyAreFed) {
  GraphBuilder graph;
  const Output a = Placeholder(graph, DType::kFloat32, PartialShape::Unknown(), "a");
  const Output b = Placeholder(graph, DType::kFloat32, PartialShape::Unknown(), "b");
  const Output product = MatMul(graph, a, b);
  const auto session = New(graph);
  const std::string message =
      MessageOf(session->Run({.feeds = {{a, Tensor::Zeros(DType::kFloat32, {2, 3})},
                                        {b, Tensor::Zeros(DType::kFloat32, {4, 5})}},
                              .fetches = {product}}));
  EXPECT_THAT(message, HasSubstr("node \"MatMul\" (MatMul)"));
  EXPECT_THAT(message, HasSubstr("\"a:0\" float32[2,3], \"b:0\" float32[4,5]"));
}

TEST_P(SessionTest, AnyTensorMayBeFedInPlaceOfWhatItComputes) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {}, "x");
  const Output y = Mul(graph, x, 2);
  const Output z = Add(graph, y, 1);
  const auto session = New(graph);
  EXPECT_EQ(Get(session->Run({.feeds = {{y, Tensor::Scalar(10.0f)}}, .fetches = {z, y}}))[0]
                .scalar<float>(),
            11);
}

TEST_P(SessionTest, VariablesKeepTheirValuesBetweenRuns) {
  GraphBuilder graph;
  const Variable v = MakeVariable(graph, Tensor::Vector<float>({1, 2}), "v");
  const Output add = AssignAdd(graph, v.ref, Tensor::Vector<float>({10, 20}));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  EXPECT_THAT(MessageOf(session->Run({.fetches = {v.value}})),
              HasSubstr("variable \"v\" (VariableV2) is not initialised"));
  EXPECT_THAT(MessageOf(session->Run({.targets = {add}})), HasSubstr("is not initialised"));
  Get(session->Run({.targets = {init}}));
  EXPECT_THAT(Floats(Get(session->Run({.fetches = {v.value}}))[0]), ElementsAre(1, 2));
  EXPECT_THAT(Floats(Get(session->Run({.fetches = {add}}))[0]), ElementsAre(11, 22));
  EXPECT_THAT(Floats(Get(session->Run({.fetches = {v.ref}}))[0]), ElementsAre(11, 22));
  EXPECT_THAT(Floats(Get(session->ReadVariable(v.ref))), ElementsAre(11, 22));
}

TEST_P(SessionTest, AHandleOnAVariableKeepsTheValueOfItsStep) {
  GraphBuilder graph;
  const Variable v = MakeVariable(graph, Tensor::Vector<float>({1, 2}), "v");
  const Output add = AssignAdd(graph, v.ref, Tensor::Vector<float>({1, 1}));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  Get(session->Run({.targets = {init}}));
  const Tensor handle = Get(session->ReadVariable(v.value));
  Get(session->Run({.targets = {add}}));
  Get(session->Run({.targets = {init}}));
  Get(session->Run({.targets = {add}}));
  EXPECT_THAT(Floats(handle), ElementsAre(1, 2));
  EXPECT_TRUE(session->WriteVariable(v.ref, Tensor::Vector<float>({7, 8})).has_value());
  EXPECT_THAT(Floats(Get(session->Run({.fetches = {v.value}}))[0]), ElementsAre(7, 8));
  EXPECT_THAT(MessageOf(session->WriteVariable(v.ref, Tensor::Vector<float>({7}))),
              HasSubstr("is float32[2], cannot be set to float32[1]"));
  EXPECT_THAT(MessageOf(session->ReadVariable(Constant(graph, Tensor::Scalar(1.0f)))),
              HasSubstr("is no variable"));
}

TEST_P(SessionTest, ReadsThatDoNotWaitSeeTheValueBeforeAnAssignment) {
  GraphBuilder graph;
  const Variable v = MakeVariable(graph, Tensor::Scalar(1.0f), "v", {.is_resource = true});
  const Output assign = Assign(graph, v.ref, Mul(graph, v, 10));
  const Output before = Add(graph, v, 0.5);
  Output after;
  {
    const auto wait = graph.ControlDependencies({assign.node});
    after = ReadVariable(graph, v.ref);
  }
  // Wants the old value after the assignment has run.
  const Output both = Sub(graph, after, v);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  Get(session->Run({.targets = {init}}));
  const auto got = Get(session->Run({.fetches = {after, before, both, v.value}}));
  EXPECT_EQ(got[0].scalar<float>(), 10);
  EXPECT_EQ(got[1].scalar<float>(), 1.5);
  EXPECT_EQ(got[2].scalar<float>(), 9);
  EXPECT_EQ(got[3].scalar<float>(), 1);
  EXPECT_EQ(Get(session->Run({.fetches = {v.value}}))[0].scalar<float>(), 10);
}

// As in TensorFlow, where an assignment by reference writes into the variable's memory.
TEST_P(SessionTest, ReadsByReferenceShareWhatAnAssignmentWrites) {
  GraphBuilder graph;
  const Variable v = MakeVariable(graph, Tensor::Scalar(1.0f), "v");
  const Output assign = Assign(graph, v.ref, Mul(graph, v, 10));
  const Output before = Add(graph, v, 0.5);
  const Output both = Sub(graph, assign, v);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  Get(session->Run({.targets = {init}}));
  const auto got = Get(session->Run({.fetches = {before, both, v.value}}));
  EXPECT_EQ(got[0].scalar<float>(), 1.5);
  EXPECT_EQ(got[1].scalar<float>(), 0);
  EXPECT_EQ(got[2].scalar<float>(), 10);
}

// As in TensorFlow, whose reads by reference share the variable's memory.
TEST_P(SessionTest, WhatWaitsForAnUpdateInPlaceSeesTheValueAfterIt) {
  GraphBuilder graph;
  const Variable v = MakeVariable(graph, Tensor::Vector<float>({1}), "v");
  const Output add = AssignAdd(graph, v.ref, Mul(graph, v, 10));
  const Output before = Mul(graph, v.value, 2);
  const Output mean_before = ReduceMean(graph, v.value);
  Output after;
  Output longer;
  {
    const auto wait = graph.ControlDependencies({add.node});
    after = Mul(graph, v.value, 2);
    longer = Add(graph, Identity(graph, v.value), 0.5);
  }
  const Output both = Sub(graph, add, v);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  for (const bool is_alone : {true, false}) {
    Get(session->Run({.targets = {init}}));
    std::vector<Output> fetches = {after, longer, both};
    if (!is_alone) fetches.insert(fetches.end(), {before, mean_before, v.value});
    const auto got = Get(session->Run({.fetches = fetches}));
    EXPECT_THAT(Floats(got[0]), ElementsAre(22));
    EXPECT_THAT(Floats(got[1]), ElementsAre(11.5));
    EXPECT_THAT(Floats(got[2]), ElementsAre(0));
    if (is_alone) continue;
    EXPECT_THAT(Floats(got[3]), ElementsAre(2));
    EXPECT_EQ(got[4].scalar<float>(), 1);
    EXPECT_THAT(Floats(got[5]), ElementsAre(11));
  }
}

TEST_P(SessionTest, GradientsAreOfTheValuesBeforeTheStep) {
  GraphBuilder graph;
  const Variable a = MakeVariable(graph, Tensor::Scalar(3.0f), "a");
  const Variable b = MakeVariable(graph, Tensor::Scalar(5.0f), "b");
  const Output loss = Mul(graph, a, b);
  const auto gradients = Gradients(graph, {loss}, {a.ref, b.ref});
  const Output step_a = ApplyGradientDescent(graph, a.ref, 1.0, gradients[0]);
  const Output step_b = ApplyGradientDescent(graph, b.ref, 1.0, gradients[1]);
  const Node* step = Group(graph, {step_a.node, step_b.node});
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  Get(session->Run({.targets = {init}}));
  const auto got = Get(session->Run({.fetches = {loss}, .targets = {step}}));
  EXPECT_EQ(got[0].scalar<float>(), 15);
  EXPECT_EQ(Get(session->ReadVariable(a.ref)).scalar<float>(), -2);  // 3 − 5
  EXPECT_EQ(Get(session->ReadVariable(b.ref)).scalar<float>(), 2);   // 5 − 3
}

TEST_P(SessionTest, TheGraphMayGrow) {
  GraphBuilder graph;
  const Output one = Constant(graph, Tensor::Scalar(1.0f));
  const auto session = New(graph);
  Get(session->Run({.fetches = {one}}));
  const Variable v = MakeVariable(graph, Tensor::Scalar(2.0f), "late");
  const Node* init = GlobalVariablesInitializer(graph);
  Get(session->Run({.targets = {init}}));
  EXPECT_EQ(Get(session->Run({.fetches = {Add(graph, v, one)}}))[0].scalar<float>(), 3);
}

TEST_P(SessionTest, StringsAndTargetsWithoutOutputs) {
  GraphBuilder graph;
  const Output name = Placeholder(graph, DType::kString, Shape(), "name");
  const Output copy = Identity(graph, name);
  const Node* nothing = NoOp(graph);
  const auto session = New(graph);
  const auto got = Get(session->Run(
      {.feeds = {{name, Tensor::Scalar("tag")}}, .fetches = {copy}, .targets = {nothing}}));
  EXPECT_EQ(got[0].scalar<std::string>(), "tag");
}

TEST_P(SessionTest, AFailedKernelNamesItsNodeAndInputs) {
  GraphBuilder graph;
  const Output labels = Placeholder(graph, DType::kInt32, {2}, "labels");
  const Output logits = Placeholder(graph, DType::kFloat32, {2, 3}, "logits");
  const Output loss = SparseSoftmaxCrossEntropyWithLogits(graph, labels, logits, "loss");
  const auto session = New(graph);
  const auto run = [&](int32_t label) {
    return session->Run({.feeds = {{labels, Tensor::Vector<int32_t>({0, label})},
                                   {logits, Tensor::Zeros(DType::kFloat32, {2, 3})}},
                         .fetches = {loss}});
  };
  const std::string message = MessageOf(run(3));
  EXPECT_THAT(message, HasSubstr("node \"loss/loss\""));
  EXPECT_THAT(message, HasSubstr("label 1 is 3, want 0 to 2"));
  EXPECT_THAT(message, HasSubstr("\"logits:0\" float32[2,3]"));
  EXPECT_TRUE(run(2).has_value());  // The session goes on.
}

TEST_P(SessionTest, RandomOpsGoOnBetweenRunsAndRepeatInANewSession) {
  GraphBuilder graph;
  graph.set_seed(1);
  const Output random = RandomUniform(graph, {3});
  const auto one = New(graph);
  const auto two = New(graph);
  const auto first = Floats(Get(one->Run({.fetches = {random}}))[0]);
  const auto second = Floats(Get(one->Run({.fetches = {random}}))[0]);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, Floats(Get(two->Run({.fetches = {random}}))[0]));
}

TEST_P(SessionTest, SeveralThreadsMayRun) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Variable v = MakeVariable(graph, Tensor::Scalar(0.0f), "v");
  const Output add = AssignAdd(graph, v.ref, 1.0);
  const Output y = ReduceSum(graph, Mul(graph, x, 2));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = New(graph);
  Get(session->Run({.targets = {init}}));
  std::atomic<int> num_wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const auto size = static_cast<int64_t>(t + 1);
        const Tensor ones = Tensor::Filled<float>({size}, 1.0f);
        for (int i = 0; i < 200; ++i) {
          const auto got = session->Run({.feeds = {{x, ones}}, .fetches = {y, v.value}});
          if (!got || (*got)[0].scalar<float>() != static_cast<float>(2 * size)) ++num_wrong;
          if (!session->Run({.targets = {add}})) ++num_wrong;
        }
      });
    }
  }
  EXPECT_EQ(num_wrong, 0);
  EXPECT_EQ(Get(session->ReadVariable(v.ref)).scalar<float>(), 800);
}

TEST_P(SessionTest, FewPlansAreKept) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Neg(graph, x);
  const auto session =
      Get(Session::Create(graph.graph(), {.max_plans = 2, .optimize = GetParam()}));
  for (int round = 0; round < 2; ++round) {
    for (int64_t size = 0; size < 5; ++size) {
      const auto got =
          Get(session->Run({.feeds = {{x, Tensor::Filled<float>({size}, 1.0f)}}, .fetches = {y}}));
      EXPECT_EQ(got[0].num_elements(), size);
    }
  }
}

TEST(Session, EditsVariablesTogetherAndInPlace) {
  GraphBuilder graph;
  const Variable first = MakeVariable(graph, Tensor::Vector<float>({1, 2}), "first");
  const Variable second = MakeVariable(graph, Tensor::Scalar(3), "second");
  const auto session = Session::Create(*graph.Build());
  ASSERT_TRUE(session.has_value());
  ASSERT_TRUE((*session)->Run({.targets = {first.initializer}}).has_value());
  const Tensor before = *(*session)->ReadVariable(first.ref);
  const std::vector<Output> both = {first.ref, second.value};
  ASSERT_TRUE((*session)
                  ->EditVariables(both,
                                  [&](std::span<Tensor> values) -> Status {
                                    EXPECT_TRUE(values[0].is_shared());
                                    EXPECT_FALSE(values[1].is_valid());
                                    values[0] = Tensor::Vector<float>({5, 6});
                                    values[1] = Tensor::Scalar(7);
                                    return {};
                                  })
                  .has_value());
  EXPECT_EQ(before.flat<float>()[0], 1);
  EXPECT_EQ((*session)->ReadVariable(first.ref)->flat<float>()[0], 5);
  EXPECT_EQ((*session)->ReadVariable(second.ref)->scalar<int32_t>(), 7);
  // What does not fit is not taken, and the error of the edit is told.
  const Status wrong = (*session)->EditVariables(both, [](std::span<Tensor> values) -> Status {
    EXPECT_FALSE(values[0].is_shared());
    values[0].mutable_flat<float>()[1] = 8;
    values[1] = Tensor::Scalar(1.5);
    return {};
  });
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ((*session)->ReadVariable(first.ref)->flat<float>()[1], 8);
  EXPECT_EQ((*session)->ReadVariable(second.ref).error().code, ErrorCode::kFailedPrecondition);
  const Status failed = (*session)->EditVariables(
      both, [](std::span<Tensor>) -> Status { return Fail(ErrorCode::kIo, "no"); });
  EXPECT_EQ(failed.error().message, "no");
  EXPECT_EQ((*session)->ReadVariable(first.ref)->flat<float>()[1], 8);
}

TEST(Session, FetchesWhatWasFedInPlaceOfADefault) {
  GraphBuilder graph;
  const Output fallback = Constant(graph, Tensor::Scalar(1.0f));
  const Output value = PlaceholderWithDefault(graph, fallback, PartialShape(Shape()));
  const Output same = Identity(graph, value);
  const auto session = Session::Create(*graph.Build());
  ASSERT_TRUE(session.has_value());
  const auto fed = (*session)->Run({.feeds = {{value, Tensor::Scalar(2.0f)}}, .fetches = {same}});
  ASSERT_TRUE(fed.has_value()) << fed.error().message;
  EXPECT_EQ(fed->at(0).scalar<float>(), 2.0f);
  EXPECT_EQ((*session)->Run({.fetches = {same}})->at(0).scalar<float>(), 1.0f);
}

// Halves are computed as float32. What cannot tells the node and the dtype.
TEST(Session, OpsTakeHalvesOrSayThatTheyCannot) {
  int num_run = 0;
  int num_refused = 0;
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
    for (const OpDef* op : StandardOps()->All()) {
      GraphBuilder graph;
      const Output x = Placeholder(graph, dtype, {2, 2}, "x");
      const Output zero = Constant(graph, Tensor::Scalar<int32_t>(0), "zero");
      GraphBuilder::NodeSpec spec{.op = op->name, .name = "node"};
      bool has_half = false;
      for (const OpDef::Arg& arg : op->inputs) {
        if (arg.is_ref || !arg.number_attr.empty() || !arg.type_list_attr.empty()) spec.op = "";
        const bool is_half = arg.dtype == dtype || arg.type_attr == "T";
        spec.inputs.push_back(is_half ? x : zero);
        has_half = has_half || is_half;
      }
      if (spec.op.empty() || !has_half || op->outputs.empty()) continue;
      const Node* node = graph.AddNode(std::move(spec));
      if (!graph.ok()) continue;  // It wants other shapes, or an attribute.
      const auto session = NewSession(graph);
      const auto run = session->Run({.feeds = {{x, Tensor(dtype, {2, 2})}}, .fetches = {node}});
      ++(run ? num_run : num_refused);
      if (run) continue;
      EXPECT_THAT(run.error().message, HasSubstr(op->name)) << op->name;
    }
  }
  EXPECT_GT(num_run, 150);
  EXPECT_GT(num_refused, 0);
}

}  // namespace
}  // namespace fanlight
