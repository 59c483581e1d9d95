#include "fanlight/engine/graph/ops/resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/scatter_nd_update.h"
#include "fanlight/engine/graph/ops/scatter_update.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/train/adadelta.h"
#include "fanlight/engine/train/adagrad.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/ftrl.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/momentum.h"
#include "fanlight/engine/train/rms_prop.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ResourceVariables, AreMadeOfTensorFlowsNodes) {
  GraphBuilder graph;
  const Variable x = MakeVariable(graph, 1.5, "x", {.is_resource = true});
  std::vector<std::string> names;
  for (const Node* node : graph.graph()->Nodes()) {
    names.push_back(fmt::format("{} {}", node->name, node->type()));
  }
  EXPECT_THAT(names,
              ElementsAre("x/initial_value Const", "x VarHandleOp",
                          "x/IsInitialized/VarIsInitializedOp VarIsInitializedOp",
                          "x/Assign AssignVariableOp", "x/Read/ReadVariableOp ReadVariableOp"));
  EXPECT_EQ(x.dtype(), DType::kFloat32);
  EXPECT_EQ(x.ref.node->attr<std::string>("shared_name"), "x");
}

// Optimised and not.
class ResourceRuns : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Session> Start() {
    Must(graph_.status());
    return Must(Session::Create(graph_.graph(), {.optimize = GetParam()}));
  }
  GraphBuilder graph_;
};

TEST_P(ResourceRuns, ReadsAndAssignmentsFollowControlDependencies) {
  const Variable x = MakeVariable(graph_, 1.0, "x", {.is_resource = true});
  const Output before = Mul(graph_, x.value, 10.0);
  const Output add = AssignAdd(graph_, x.ref, 2.0);
  Output after;
  {
    const auto scope = graph_.ControlDependencies({add.node});
    after = ReadVariable(graph_, x.ref);
  }
  const auto session = Start();
  Must(session->Run({.targets = {x.initializer}}));
  const auto fetched = Must(session->Run({.fetches = {before, after}}));
  EXPECT_EQ(fetched[0].scalar<float>(), 10);
  EXPECT_EQ(fetched[1].scalar<float>(), 3);
  EXPECT_EQ(Must(session->ReadVariable(x.ref)).scalar<float>(), 3);
  Must(session->Run({.targets = {AssignSub(graph_, x.ref, 0.5)}}));
  EXPECT_EQ(Must(session->Run({.fetches = {x.value}}))[0].scalar<float>(), 2.5F);
}

TEST_P(ResourceRuns, AreReadAndWrittenBesideRuns) {
  const Variable x = MakeVariable(graph_, 1.0, "x", {.is_resource = true});
  const Output passed = Identity(graph_, Identity(graph_, x.value));
  const auto session = Start();
  Must(session->WriteVariable(x.ref, Tensor::Scalar(7.0F)));
  EXPECT_EQ(Must(session->ReadVariable(passed)).scalar<float>(), 7);
  const Status wrong = session->WriteVariable(x.value, Tensor::Scalar(7.0));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().message,
              HasSubstr("variable \"x\" (VarHandleOp) is float32[], cannot be set to float64[]"));
}

TEST_P(ResourceRuns, TellWhetherTheyAreInitialised) {
  const Variable handle = MakeVariable(graph_, 1.0, "handle", {.is_resource = true});
  const Variable reference = MakeVariable(graph_, 1.0, "reference");
  const std::vector<Output> asked = {IsInitialized(graph_, handle.ref),
                                     IsInitialized(graph_, reference.ref)};
  const auto session = Start();
  for (const Tensor& is : Must(session->Run({.fetches = asked}))) EXPECT_FALSE(is.scalar<bool>());
  Must(session->Run({.targets = {handle.initializer, reference.initializer}}));
  for (const Tensor& is : Must(session->Run({.fetches = asked}))) EXPECT_TRUE(is.scalar<bool>());
}

TEST_P(ResourceRuns, AnUninitialisedOneIsNamed) {
  const Variable x = MakeVariable(graph_, 1.0, "x", {.is_resource = true});
  const auto run = Start()->Run({.fetches = {x.value}});
  ASSERT_FALSE(run.has_value());
  EXPECT_THAT(run.error().message, HasSubstr("variable \"x\" (VarHandleOp) is not initialised"));
}

TEST_P(ResourceRuns, RowsAreScatteredAndGathered) {
  for (const bool is_resource : {false, true}) {
    const Variable x =
        MakeVariable(graph_, Tensor::Of<float>({3, 2}, {1, 2, 3, 4, 5, 6}),
                     is_resource ? "handle" : "reference", {.is_resource = is_resource});
    const Output rows =
        Operand(Tensor::Of<float>({2, 2}, {10, 20, 30, 40})).ToOutput(graph_, "rows");
    const std::vector<Output> steps = {
        ScatterAdd(graph_, x.ref, {0, 0}, rows),    ScatterSub(graph_, x.ref, {1, 2}, rows),
        ScatterUpdate(graph_, x.ref, {2, 1}, rows), ScatterMul(graph_, x.ref, {0, 2}, rows),
        ScatterMax(graph_, x.ref, {0, 1}, rows),    ScatterDiv(graph_, x.ref, {0, 1}, rows)};
    const auto session = Start();
    Must(session->Run({.targets = {x.initializer}}));
    std::vector<std::vector<float>> seen;
    for (const Output& step : steps) {
      Must(session->Run({.targets = {step}}));
      seen.push_back(FloatsOf(Must(session->ReadVariable(x.ref))));
    }
    EXPECT_THAT(
        seen,
        ElementsAre(ElementsAre(41, 62, 3, 4, 5, 6), ElementsAre(41, 62, -7, -16, -25, -34),
                    ElementsAre(41, 62, 30, 40, 10, 20), ElementsAre(410, 1240, 30, 40, 300, 800),
                    ElementsAre(410, 1240, 30, 40, 300, 800), ElementsAre(41, 62, 1, 1, 300, 800)));
    const auto run = session->Run({.targets = {ScatterAdd(graph_, x.ref, {3, 0}, rows)}});
    ASSERT_FALSE(run.has_value());
    EXPECT_THAT(run.error().message, HasSubstr("an index is 3, want 0 to 2"));
  }
}

TEST_P(ResourceRuns, SlicesAreAssignedAndScatteredInto) {
  for (const bool is_resource : {false, true}) {
    const Variable x =
        MakeVariable(graph_, Tensor::Of<float>({3, 2}, {1, 2, 3, 4, 5, 6}),
                     is_resource ? "handle" : "reference", {.is_resource = is_resource});
    const Output pair = Operand(Tensor::Vector<float>({10, 20})).ToOutput(graph_, "pair");
    const std::vector<Output> steps = {
        StridedSliceAssign(graph_, x.ref, {0}, {3}, {2}, pair),
        StridedSliceAssign(graph_, x.ref, {0, 1}, {0, 2}, {1, 1}, 7.0,
                           {.begin_mask = 1, .end_mask = 1, .shrink_axis_mask = 2}),
        ScatterNdUpdate(graph_, x.ref, Tensor::Of<int32_t>({2, 2}, {1, 0, 0, 0}), pair),
        ScatterNdAdd(graph_, x.ref, Tensor::Of<int32_t>({2, 2}, {1, 1, 1, 1}), pair),
        ScatterNdSub(graph_, x.ref, Tensor::Of<int32_t>({1, 1}, {2}),
                     Tensor::Of<float>({1, 2}, {1, 2})),
        ScatterNdMax(graph_, x.ref, Tensor::Of<int32_t>({2, 2}, {0, 0, 0, 1}), pair),
        ScatterNdMin(graph_, x.ref, Tensor::Of<int32_t>({2, 2}, {0, 0, 0, 1}), pair)};
    const auto session = Start();
    Must(session->Run({.targets = {x.initializer}}));
    std::vector<std::vector<float>> seen;
    for (const Output& step : steps) {
      Must(session->Run({.targets = {step}}));
      seen.push_back(FloatsOf(Must(session->ReadVariable(x.ref))));
    }
    EXPECT_THAT(seen,
                ElementsAre(ElementsAre(10, 20, 3, 4, 10, 20), ElementsAre(10, 7, 3, 7, 10, 7),
                            ElementsAre(20, 7, 10, 7, 10, 7), ElementsAre(20, 7, 10, 37, 10, 7),
                            ElementsAre(20, 7, 10, 37, 9, 5), ElementsAre(20, 20, 10, 37, 9, 5),
                            ElementsAre(10, 20, 10, 37, 9, 5)));
    const std::vector<std::pair<Output, std::string>> wrong = {
        {StridedSliceAssign(graph_, x.ref, {0}, {2}, {1}, Tensor::Vector<float>({1, 2, 3})),
         "the slice has shape [2,2], cannot be assigned float32[3]"},
        {ScatterNdUpdate(graph_, x.ref, Tensor::Of<int32_t>({1, 1}, {3}),
                         Tensor::Of<float>({1, 2}, {1, 2})),
         "index 0 of vector 0 is 3, want 0 to 2"}};
    for (const auto& [step, message] : wrong) {
      const auto run = session->Run({.targets = {step}});
      ASSERT_FALSE(run.has_value());
      EXPECT_THAT(run.error().message, HasSubstr(message));
    }
  }
}

TEST_P(ResourceRuns, CountUpToTheirLimit) {
  for (const bool is_resource : {false, true}) {
    const Variable n =
        MakeVariable(graph_, 3, is_resource ? "handle" : "reference", {.is_resource = is_resource});
    const Output count = CountUpTo(graph_, n.ref, 5);
    const auto session = Start();
    Must(session->Run({.targets = {n.initializer}}));
    EXPECT_EQ(Must(session->Run({.fetches = {count}}))[0].scalar<int32_t>(), 3);
    Must(session->Run({.targets = {count}}));
    const auto run = session->Run({.fetches = {count}});
    ASSERT_FALSE(run.has_value());
    EXPECT_EQ(run.error().code, ErrorCode::kOutOfRange);
    EXPECT_EQ(Must(session->ReadVariable(n.ref)).scalar<int32_t>(), 5);
  }
}

TEST_P(ResourceRuns, GradientsReachThemThroughReadsAndGathers) {
  const Variable x =
      MakeVariable(graph_, Tensor::Of<float>({3}, {1, 2, 3}), "x", {.is_resource = true});
  const Output rows = ResourceGather(graph_, x.ref, {2, 0, 2});
  const Output y = Add(graph_, ReduceSum(graph_, Square(graph_, x.value)), ReduceSum(graph_, rows));
  const Output gradient = Gradients(graph_, {y}, {x.ref})[0];
  const auto session = Start();
  Must(session->Run({.targets = {x.initializer}}));
  const auto fetched = Must(session->Run({.fetches = {gradient, rows}}));
  EXPECT_THAT(FloatsOf(fetched[0]), ElementsAre(3, 4, 8));
  EXPECT_THAT(FloatsOf(fetched[1]), ElementsAre(3, 1, 3));
}

INSTANTIATE_TEST_SUITE_P(Plans, ResourceRuns, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "optimised" : "plain");
});

// Ten steps on either kind of variable give the same bits.
TEST(ResourceVariables, EveryOptimizerTrainsThemAsItTrainsReferences) {
  std::vector<std::pair<std::string, std::function<std::unique_ptr<Optimizer>()>>> optimizers = {
      {"sgd", [] { return std::make_unique<GradientDescentOptimizer>(0.1); }},
      {"momentum", [] { return std::make_unique<MomentumOptimizer>(0.1, 0.9); }},
      {"adagrad", [] { return std::make_unique<AdagradOptimizer>(0.1); }},
      {"adadelta", [] { return std::make_unique<AdadeltaOptimizer>(0.5); }},
      {"ftrl", [] { return std::make_unique<FtrlOptimizer>(0.1); }},
      {"rms_prop", [] { return std::make_unique<RmsPropOptimizer>(0.1); }},
      {"adam", [] { return std::make_unique<AdamOptimizer>(0.1); }},
  };
  for (const auto& [name, make] : optimizers) {
    SCOPED_TRACE(name);
    std::vector<std::vector<float>> ends;
    for (const bool is_resource : {false, true}) {
      GraphBuilder graph;
      const Variable x = MakeVariable(graph, Tensor::Of<float>({3}, {1, -2, 3}), "x",
                                      {.is_resource = is_resource});
      const Variable step =
          MakeVariable(graph, 0, "step", {.is_trainable = false, .is_resource = is_resource});
      const Output loss = ReduceSum(graph, Square(graph, Sub(graph, x.value, 0.5)));
      const auto optimizer = make();
      const Node* train = optimizer->Minimize(graph, loss, {.global_step = step});
      const Node* init = GlobalVariablesInitializer(graph);
      const auto session = NewSession(graph);
      Must(session->Run({.targets = {init}}));
      for (int i = 0; i < 10; ++i) Must(session->Run({.targets = {train}}));
      ends.push_back(FloatsOf(Must(session->ReadVariable(x.ref))));
      EXPECT_EQ(Must(session->ReadVariable(step.ref)).scalar<int32_t>(), 10);
    }
    EXPECT_EQ(ends[0], ends[1]);
    EXPECT_NE(ends[0], (std::vector<float>{1, -2, 3}));
  }
}

}  // namespace
}  // namespace fanlight
