#include "fanlight/engine/graph/byte_graph.h"

#include <gtest/gtest.h>

#include <random>

namespace fanlight::testing {
namespace {

TEST(ByteGraphs, AreMoreThanTheirInputs) {
  const std::vector<uint8_t> bytes(200, 1);
  ByteGraph made;
  BuildByteGraph(bytes, made);
  ASSERT_TRUE(made.graph.ok()) << made.graph.status().error().message;
  EXPECT_GT(made.graph.graph()->num_nodes(), 30);
  EXPECT_FALSE(made.fetches.empty());
}

TEST(ByteGraphs, RunAlikeOptimisedAndNot) {
  std::mt19937 random(11);
  for (int i = 0; i < 600; ++i) {
    std::vector<uint8_t> bytes(40 + random() % 160);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    ASSERT_EQ(CompareOptimised(bytes), "") << "graph " << i;
  }
}

}  // namespace
}  // namespace fanlight::testing
