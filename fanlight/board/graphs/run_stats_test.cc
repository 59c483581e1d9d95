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

}  // namespace
}  // namespace fanlight::graphs
