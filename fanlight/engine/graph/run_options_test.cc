#include "fanlight/engine/graph/run_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Get;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::NewSession;

// What the kernel of Tanh does in these tests before it copies its input.
std::atomic<void (*)()> during_tanh{nullptr};

Status TestTanh(KernelContext& context) {
  if (const auto call = during_tanh.load()) call();
  context.SetOutput(0, context.input(0));
  return {};
}

constexpr KernelDef kTestKernels[] = {
    {"Tanh", DType::kFloat32, MakeFunctionKernel<TestTanh>},
};

std::unique_ptr<Session> SessionWithTestTanh(const GraphBuilder& graph) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(kTestKernels);
  return Get(Session::Create(graph.graph(), {.kernels = kernels}));
}

TEST(RunOptions, AStopEndsTheRunBeforeTheNextNode) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Neg(graph, Tanh(graph, x), "last");
  const auto session = SessionWithTestTanh(graph);
  const Session::Request request{.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}};
  static std::stop_source source;
  source = std::stop_source();
  during_tanh = [] { source.request_stop(); };
  const auto stopped = session->Run(request, {.stop = source.get_token()});
  during_tanh = nullptr;
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(MessageOf(stopped), HasSubstr("stopped before node \"last\" (Neg)"));
  EXPECT_EQ(Get(session->Run(request))[0].scalar<float>(), -1);
  source = std::stop_source();
  EXPECT_EQ(Get(session->Run(request, {.stop = source.get_token()}))[0].scalar<float>(), -1);
}

TEST(RunOptions, AnInterruptEndsTheRunBeforeTheNextNode) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Neg(graph, Tanh(graph, x), "last");
  const auto session = SessionWithTestTanh(graph);
  const Session::Request request{.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}};
  static std::atomic<bool> interrupted{false};
  during_tanh = [] { interrupted = true; };
  const auto ended = session->Run(request, {.interrupted = &interrupted});
  during_tanh = nullptr;
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(MessageOf(ended), HasSubstr("stopped before node \"last\" (Neg)"));
  // What has been told stays told until somebody takes it back.
  EXPECT_FALSE(session->Run(request, {.interrupted = &interrupted}).has_value());
  interrupted = false;
  EXPECT_EQ(Get(session->Run(request, {.interrupted = &interrupted}))[0].scalar<float>(), -1);
}

TEST(RunOptions, ARunThatTakesTooLongIsEnded) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Output y = Neg(graph, Tanh(graph, x), "last");
  const auto session = SessionWithTestTanh(graph);
  during_tanh = [] {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(3);
    while (Clock::now() < end) {
    }
  };
  const auto ended =
      session->Run({.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}}, {.timeout_ms = 2});
  during_tanh = nullptr;
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(MessageOf(ended), HasSubstr("longer than 2 ms and was ended before node"));
  EXPECT_TRUE(session
                  ->Run({.feeds = {{x, Tensor::Scalar(1.0f)}}, .fetches = {y}},
                        {.timeout_ms = int64_t{1} << 62})
                  .has_value());
}

TEST(RunOptions, ARunMayBeStoppedWhileItWaitsForAnother) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32);
  const Variable v = MakeVariable(graph, Tensor::Scalar(1.0f), "v");
  const Output assign = Assign(graph, v.ref, Tanh(graph, x));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = SessionWithTestTanh(graph);
  Get(session->Run({.targets = {init}}));
  static std::atomic<bool> is_within{false};
  static std::atomic<bool> may_end{false};
  during_tanh = [] {
    is_within = true;
    while (!may_end) std::this_thread::yield();
  };
  std::jthread other([&] {
    EXPECT_TRUE(
        session->Run({.feeds = {{x, Tensor::Scalar(5.0f)}}, .targets = {assign}}).has_value());
  });
  while (!is_within) std::this_thread::yield();
  const auto ended = session->Run({.fetches = {v.value}}, {.timeout_ms = 1});
  may_end = true;
  other.join();
  during_tanh = nullptr;
  ASSERT_FALSE(ended.has_value());
  EXPECT_THAT(MessageOf(ended), HasSubstr("while it waited for another run"));
  EXPECT_EQ(Get(session->Run({.fetches = {v.value}}))[0].scalar<float>(), 5);
}

TEST(RunOptions, TheFirstNodeThatMakesANaNIsNamed) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {3}, "x");
  const Output root = Sqrt(graph, x, "root");
  const Output sum = ReduceSum(graph, Mul(graph, Log(graph, root, "log"), 2, "double"));
  const auto session = NewSession(graph);
  const auto run = [&](float middle) {
    return session->Run({.feeds = {{x, Tensor::Vector<float>({1, middle, 2})}}, .fetches = {sum}},
                        {.checks_numbers = true});
  };
  EXPECT_TRUE(run(1).has_value());
  const auto negative = run(-1);
  ASSERT_FALSE(negative.has_value());
  EXPECT_EQ(negative.error().code, ErrorCode::kOutOfRange);
  EXPECT_THAT(MessageOf(negative),
              AllOf(HasSubstr("node \"root\" (Sqrt): it makes a NaN: element 1 of output 0"),
                    HasSubstr("inputs: \"x:0\" float32[3]")));
  EXPECT_THAT(MessageOf(run(0)), HasSubstr("node \"log\" (Log): it makes an infinity: element 1"));
  EXPECT_THAT(MessageOf(run(std::numeric_limits<float>::infinity())),
              HasSubstr("what is fed for \"x\" (Placeholder): there is an infinity at element 1"));
  // Unless it is asked for, numbers are as they are.
  EXPECT_TRUE(session->Run({.feeds = {{x, Tensor::Vector<float>({-1, 0, 1})}}, .fetches = {sum}})
                  .has_value());
}

TEST(RunOptions, NodesThatWouldRunAsOneAreCheckedOneByOne) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2, 2});
  const Output product = MatMul(graph, x, x, {}, "product");
  const Output bias = Placeholder(graph, DType::kFloat32, {2});
  const Output y = Relu(graph, Add(graph, product, bias, "with_bias"));
  const auto session = NewSession(graph);
  const Tensor huge = Tensor::Filled<float>({2, 2}, 3e38f);
  EXPECT_THAT(MessageOf(session->Run(
                  {.feeds = {{x, huge}, {bias, Tensor::Filled<float>({2}, 0.0f)}}, .fetches = {y}},
                  {.checks_numbers = true})),
              HasSubstr("node \"product\" (MatMul): it makes an infinity"));
}

TEST(RunOptions, VariablesAreCheckedBeforeAndAfter) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {});
  const Variable v = MakeVariable(graph, Tensor::Scalar(1.0f), "v");
  const Output grow = AssignAdd(graph, v.ref, Mul(graph, x, v.value));
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph);
  Get(session->Run({.targets = {init}}));
  const Session::Request request{.feeds = {{x, Tensor::Scalar(1.0f)}}, .targets = {grow}};
  Get(session->WriteVariable(v.ref, Tensor::Scalar(3e38f)).map([] { return 0; }));
  EXPECT_THAT(MessageOf(session->Run(request, {.checks_numbers = true})),
              HasSubstr("it leaves an infinity in variable \"v\""));
  EXPECT_THAT(MessageOf(session->Run(request, {.checks_numbers = true})),
              HasSubstr("variable \"v\" (VariableV2): there is an infinity at element 0"));
}

TEST(RunOptions, MetadataTellWhatEachNodeTook) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {4, 3}, "x");
  const Variable w = MakeVariable(graph, Tensor::Filled<float>({3, 2}, 0.5f), "w");
  const Output y = Relu(graph, MatMul(graph, x, w, {}, "product"), "relu");
  const Output sum = ReduceSum(graph, y, {}, "sum");
  const Node* init = GlobalVariablesInitializer(graph);
  const auto session = NewSession(graph);
  Get(session->Run({.targets = {init}}));
  proto::RunMetadata metadata;
  Get(session->Run({.feeds = {{x, Tensor::Filled<float>({4, 3}, 1.0f)}}, .fetches = {sum}},
                   {.metadata = &metadata}));
  ASSERT_EQ(metadata.step_stats().dev_stats_size(), 1);
  const proto::DeviceStepStats& stats = metadata.step_stats().dev_stats(0);
  EXPECT_THAT(stats.device(), HasSubstr("CPU:0"));
  ASSERT_EQ(stats.node_stats_size(), 2);
  const proto::NodeExecStats& relu = stats.node_stats(0);
  EXPECT_EQ(relu.node_name(), "relu");
  EXPECT_EQ(relu.timeline_label(), "relu = Relu(product:0) with product");
  ASSERT_EQ(relu.output_size(), 1);
  EXPECT_EQ(relu.output(0).tensor_description().shape().dim(0).size(), 4);
  EXPECT_EQ(relu.output(0).tensor_description().shape().dim(1).size(), 2);
  ASSERT_EQ(relu.memory_size(), 1);
  EXPECT_EQ(relu.memory(0).total_bytes(), 32);
  EXPECT_EQ(stats.node_stats(1).node_name(), "sum");
  for (const proto::NodeExecStats& node : stats.node_stats()) {
    EXPECT_GT(node.all_start_micros(), int64_t{1'500'000'000} * 1'000'000);
    EXPECT_GE(node.all_end_rel_micros(), 1);
  }
  EXPECT_GE(stats.node_stats(1).all_start_nanos(),
            relu.all_start_nanos() + relu.all_end_rel_nanos());
}

}  // namespace
}  // namespace fanlight
