#include "fanlight/board/graphs/graph_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/base/file.h"

namespace fanlight::graphs {
namespace {

std::string Golden(const std::string& name) {
  return ReadWholeFile(std::string(FANLIGHT_GOLDEN_DIR) + "/" + name).value();
}

TEST(GraphFile, ReadsWhatTensorFlowWrites) {
  EXPECT_EQ(ParseGraphFile(Golden("mnist_graph/mnist_graphdef.pb"))->node_size(), 149);
  EXPECT_EQ(ParseGraphFile(Golden("mnist_graph/mnist.meta"))->node_size(), 149);
  const auto text = ParseGraphFile(
      "node { name: \"a\" op: \"A\" later: 3 }\nnode { name: \"b\" op: \"B\" input: \"a\" }");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->node_size(), 2);
  EXPECT_EQ(ParseGraphFile("graph_def { node { name: \"a\" op: \"A\" } }")->node(0).name(), "a");
}

TEST(GraphFile, SaysWhatIsWrong) {
  const auto message = [](std::string_view bytes) {
    const auto graph = ParseGraphFile(bytes);
    return graph ? std::string("a graph") : graph.error().message;
  };
  EXPECT_THAT(message("node {\n  name: 3\n}"), testing::HasSubstr("at line 2"));
  EXPECT_THAT(message(""), testing::HasSubstr("no nodes"));
  EXPECT_THAT(message("node { name: \"a\" }"), testing::HasSubstr("no nodes"));
  EXPECT_THAT(message(std::string("\0\1\2", 3)), testing::HasSubstr("neither"));
  std::string cut = Golden("mnist_graph/mnist_graphdef.pb");
  cut.resize(cut.size() - 3);
  EXPECT_THAT(message(cut), testing::HasSubstr("neither"));
  EXPECT_THAT(message(std::string(5000, '{')), testing::HasSubstr("no graph in text form"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "node { attr { value { func { attr { value { func {";
  EXPECT_THAT(message(deep), testing::HasSubstr("no graph in text form"));
}

}  // namespace
}  // namespace fanlight::graphs
