#include "fanlight/board/graphs/keras_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanlight::graphs {
namespace {

using testing::ElementsAre;

// "name < input input", a line a node.
std::vector<std::string> Lines(std::string_view json) {
  const auto graph = KerasModelToGraph(json);
  EXPECT_TRUE(graph) << graph.error().message;
  std::vector<std::string> lines;
  for (const proto::NodeDef& node : graph->node()) {
    std::string line = node.name();
    for (int i = 0; i < node.input_size(); ++i) line += (i == 0 ? " < " : " ") + node.input(i);
    lines.push_back(std::move(line));
  }
  return lines;
}

TEST(KerasModel, ALayerOfASequentialFollowsTheOneBefore) {
  EXPECT_THAT(Lines(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "InputLayer", "config": {"name": "in", "dtype": "float32"}},
      {"class_name": "Dense", "config": {"name": "d", "dtype": {"config": {"name": "float16"}}}},
      {"class_name": "Dense", "config": {"name": "e", "dtype": "mixed"}}]}})"),
              ElementsAre("s/in", "s/d < s/in", "s/e < s/d"));
}

TEST(KerasModel, ClassAndDtypeAreAttributes) {
  const auto graph = KerasModelToGraph(
      R"({"config": [{"class_name": "Dense", "config": {"name": "d", "dtype": {"config": {"name": "float16"}}}},
                     {"class_name": "Odd", "config": {"name": "o", "dtype": "mixed_float16"}}]})");
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->node(0).attr().at("keras_class").s(), "Dense");
  EXPECT_EQ(graph->node(0).attr().at("dtype").type(), proto::DT_HALF);
  EXPECT_EQ(graph->node(1).attr().count("dtype"), 0u);
}

TEST(KerasModel, InboundNodesOfBothFormsAndSharedLayers) {
  const std::vector<std::string> wanted = {"m/a", "m/b", "m/c < m/a m/b", "m/d < m/a m/b m/c"};
  EXPECT_EQ(Lines(R"({"config": {"name": "m", "layers": [
      {"config": {"name": "a"}, "inbound_nodes": []}, {"config": {"name": "b"}, "inbound_nodes": []},
      {"config": {"name": "c"}, "inbound_nodes": [{"args": [[
         {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}},
         {"class_name": "__keras_tensor__", "config": {"keras_history": ["b", 0, 0]}}]], "kwargs": {}}]},
      {"config": {"name": "d"}, "inbound_nodes": [{"args": [{"config": {"keras_history": ["a", 0, 0]}}]},
         {"args": [{"config": {"keras_history": ["b", 0, 0]}}], "kwargs": {"mask": {"config": {"keras_history": ["c", 0, 0]}}}}]}
      ]}})"),
            wanted);
  EXPECT_EQ(Lines(R"({"config": {"name": "m", "layers": [
      {"config": {"name": "a"}, "inbound_nodes": []}, {"config": {"name": "b"}, "inbound_nodes": []},
      {"config": {"name": "c"}, "inbound_nodes": [[["a", 0, 0, {}], ["b", 0, 0, {}]]]},
      {"config": {"name": "d"}, "inbound_nodes": [[["a", 0, 0, {}]], [["b", 0, 0, {}]], [["c", 0, 0, {}]]]}]}})"),
            wanted);
}

TEST(KerasModel, AModelInsideAnotherIsEnteredAndLeftByItsEnds) {
  EXPECT_THAT(Lines(R"({"config": {"name": "m", "layers": [
      {"config": {"name": "x"}, "inbound_nodes": []},
      {"class_name": "Functional", "config": {"name": "inner", "input_layers": [["i", 0, 0]],
         "output_layers": [["o", 0, 0]], "layers": [
           {"config": {"name": "i"}, "inbound_nodes": []},
           {"config": {"name": "o"}, "inbound_nodes": [[["i", 0, 0, {}]]]}]},
       "inbound_nodes": [[["x", 0, 0, {}]]]},
      {"config": {"name": "y"}, "inbound_nodes": [[["inner", 1, 0, {}]]]}]}})"),
              ElementsAre("m/x", "m/inner/i < m/x", "m/inner/o < m/inner/i", "m/y < m/inner/o"));
}

TEST(KerasModel, WhatIsNoModelIsSaid) {
  for (const char* const text : {"", "{", "[]", "{\"config\": 3}", "\"x\""}) {
    const auto graph = KerasModelToGraph(text);
    ASSERT_FALSE(graph) << text;
    EXPECT_EQ(graph.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(graph.error().message, testing::HasSubstr("a Keras model"));
  }
  // Odd parts are passed over.
  EXPECT_THAT(Lines(R"({"config": {"layers": [3, {"config": {"name": "a"}, "inbound_nodes": 7},
      {"config": {"name": "b"}, "inbound_nodes": [[["gone", 0, 0]], [["a", -1, -1]]]}]}})"),
              ElementsAre("", "a", "b < a"));
}

}  // namespace
}  // namespace fanlight::graphs
