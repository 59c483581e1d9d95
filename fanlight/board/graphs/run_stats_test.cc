#include "fanlight/board/graphs/run_stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/board/graphs/testing.h"

namespace fanlight::graphs {
namespace {

void AddEntry(proto::DeviceStepStats& device, std::string_view name, int64_t start_us,
              int64_t took_us, int64_t bytes) {
  proto::NodeExecStats* const entry = device.add_node_stats();
  entry->set_node_name(std::string(name));
  entry->set_all_start_micros(start_us);
  entry->set_all_end_rel_micros(took_us);
  entry->add_memory()->set_total_bytes(bytes);
}

TEST(RunStats, AnOpSpansItsEntriesAScopeWhatIsInside) {
  const proto::GraphDef graph = GraphOf("s/a A\ns/b B s/a\nc C");
  const FlatGraph flat = Flatten(graph);
  const Hierarchy hierarchy(flat, {});
  proto::RunMetadata metadata;
  proto::DeviceStepStats* const device = metadata.mutable_step_stats()->add_dev_stats();
  device->set_device("/cpu:0");
  AddEntry(*device, "s/a", 100, 10, 8);
  AddEntry(*device, "s/a", 120, 5, 64);
  AddEntry(*device, "s/b", 121, 9, 16);
  AddEntry(*device, "c", 0, 0, 1);      // No time: it did not run.
  AddEntry(*device, "gone", 0, 50, 1);  // No such node.
  auto* const shape =
      device->mutable_node_stats(2)->add_output()->mutable_tensor_description()->mutable_shape();
  shape->add_dim()->set_size(7);
  const RunStats stats(hierarchy, metadata);
  const auto of = [&](std::string_view path) { return stats.Of(*hierarchy.Find(path)); };
  EXPECT_EQ(of("s/a")->time_us(), 25);
  EXPECT_EQ(of("s/a")->bytes, 64);
  EXPECT_EQ(of("s/a")->device, "/cpu:0");
  EXPECT_THAT(of("s/b")->outputs, testing::ElementsAre("[7]"));
  EXPECT_EQ(of("s")->time_us(), 30);
  EXPECT_EQ(of("s")->bytes, 80);
  EXPECT_EQ(of("")->time_us(), 30);
  EXPECT_FALSE(of("c"));
}

TEST(RunStats, DevicesAreThoseTheNodesRanOnWithoutTheirStreams) {
  proto::GraphDef graph = GraphOf("s/a A\ns/b B s/a\nc C");
  graph.mutable_node(2)->set_device("/device:CPU:1");
  const FlatGraph flat = Flatten(graph);
  const Hierarchy hierarchy(flat, {});
  proto::RunMetadata metadata;
  const auto add = [&](const std::string& name, std::string_view node, int64_t took_us) {
    proto::DeviceStepStats* const device = metadata.mutable_step_stats()->add_dev_stats();
    device->set_device(name);
    AddEntry(*device, node, 100, took_us, 1);
  };
  add("/job:x/device:GPU:0", "s/a", 10);
  add("/job:x/device:GPU:0/stream:all", "s/a", 500);
  add("/job:x/device:CPU:0", "s/b", 20);
  const RunStats stats(hierarchy, metadata);
  EXPECT_THAT(stats.devices(), testing::ElementsAre("/job:x/device:CPU:0", "/job:x/device:GPU:0"));
  EXPECT_EQ(stats.Of(*hierarchy.Find("s/a"))->time_us(), 10);
  EXPECT_THAT(stats.DevicesOf(*hierarchy.Find("s")),
              testing::ElementsAre(testing::Pair("/job:x/device:CPU:0", 1),
                                   testing::Pair("/job:x/device:GPU:0", 1)));
  EXPECT_THAT(stats.DevicesOf(*hierarchy.Find("c")),
              testing::ElementsAre(testing::Pair("/device:CPU:1", 1)));

  const RunStats without(hierarchy, metadata, {"/job:x/device:GPU:0"});
  EXPECT_FALSE(without.Of(*hierarchy.Find("s/a")));
  EXPECT_EQ(without.Of(*hierarchy.Find("s"))->time_us(), 20);
  EXPECT_EQ(without.devices().size(), 2u);
}

}  // namespace
}  // namespace fanlight::graphs
