#include "fanlight/engine/graph/device_scopes.h"

#include <gtest/gtest.h>

#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

TEST(DeviceName, ReadsFullAndShortNames) {
  const auto read = [](std::string_view text) { return DeviceName::From(text)->ToString(); };
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("/cpu:0"), "/device:CPU:0");
  EXPECT_EQ(read("GPU:12"), "/device:GPU:12");
  EXPECT_EQ(read("/device:gpu:*"), "/device:GPU:*");
  EXPECT_EQ(read("/task:1/job:a/replica:0"), "/job:a/replica:0/task:1");
  EXPECT_EQ(read("/job:ps/device:XLA_CPU:0"), "/job:ps/device:XLA_CPU:0");
  for (const char* wrong : {"/nowhere:0", "cpu0", "/job", "/job:", "/device"}) {
    EXPECT_FALSE(DeviceName::From(wrong).has_value()) << wrong;
  }
}

TEST(DeviceScopes, InnerOnesComeFirst) {
  GraphBuilder graph;
  const auto job = graph.Device("/job:a/cpu:0");
  const auto task = graph.Device("/task:3");
  EXPECT_EQ(NoOp(graph)->device, "/job:a/task:3/device:CPU:0");
  {
    const auto none = graph.NoDevice();
    EXPECT_EQ(NoOp(graph)->device, "");
    const auto other = graph.Device("/gpu:1");
    EXPECT_EQ(NoOp(graph)->device, "/device:GPU:1");
  }
  {
    const auto function = graph.Device([](const Node& node) -> Result<std::string> {
      if (node.name == "wrong") return Fail(ErrorCode::kInvalidArgument, "no place for it");
      return std::string(node.type() == "NoOp" ? "/gpu:2" : node.device);
    });
    EXPECT_EQ(NoOp(graph)->device, "/job:a/task:3/device:GPU:2");
    EXPECT_EQ(NoOp(graph, "wrong"), nullptr);
    EXPECT_EQ(testing::MessageOf(graph.status()), "\"wrong\" (NoOp): no place for it");
    graph.ClearError();
  }
  {
    const auto wrong = graph.Device("/nowhere:0");
    EXPECT_FALSE(graph.ok());
    graph.ClearError();
  }
  EXPECT_EQ(NoOp(graph)->device, "/job:a/task:3/device:CPU:0");
}

TEST(DeviceScopes, WhatIsPlacedWithANodeHasItsDevice) {
  GraphBuilder graph;
  const Node* first = nullptr;
  Variable variable;
  {
    const auto device = graph.Device("/gpu:0");
    variable = MakeVariable(graph, 1.0, "v");
    first = NoOp(graph);
  }
  const auto device = graph.Device("/cpu:0");
  const auto place = graph.ColocateWith(variable.ref);
  const auto within = graph.Device("/cpu:1");
  const Node* second = NoOp(graph);
  EXPECT_EQ(second->device, "/device:GPU:0");
  EXPECT_EQ(Group(graph, {first, second})->device, "/device:GPU:0");
  // Of several devices: what is waited for on each, and all of them.
  const auto nowhere = graph.ColocateWith({});
  const Node* third = NoOp(graph);
  const Node* all = Group(graph, {first, third, second}, "all");
  EXPECT_EQ(all->device, "");
  ASSERT_EQ(all->controls.size(), 2U);
  EXPECT_EQ(all->controls[0]->name, "all/NoOp");
  EXPECT_EQ(all->controls[1]->device, "/device:GPU:0");
  EXPECT_EQ(all->controls[1]->controls.size(), 2U);
}

}  // namespace
}  // namespace fanlight
