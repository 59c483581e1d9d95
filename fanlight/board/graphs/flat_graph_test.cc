#include "fanlight/board/graphs/flat_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/board/graphs/testing.h"

namespace fanlight::graphs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Names(const FlatGraph& graph) {
  std::vector<std::string> names;
  for (const FlatNode& node : graph.nodes) names.push_back(node.name);
  return names;
}

// "from>to", control edges with "^", reference edges with "*", outputs other than 0 with ":n".
std::vector<std::string> Edges(const FlatGraph& graph) {
  std::vector<std::string> edges;
  for (const FlatEdge& edge : graph.edges) {
    edges.push_back(graph.nodes[edge.from].name + (edge.output == "0" ? "" : ":" + edge.output) +
                    (edge.is_control ? "^" : "") + (edge.is_reference ? "*" : "") + ">" +
                    graph.nodes[edge.to].name);
  }
  return edges;
}

std::vector<std::string> AttachedNames(const FlatGraph& graph, const std::vector<uint32_t>& list) {
  std::vector<std::string> names;
  for (const uint32_t index : list) names.push_back(graph.attached[index].name);
  return names;
}

TEST(FlatGraph, ConsecutiveInputsFromOneNodeAreOneEdge) {
  const proto::GraphDef graph = GraphOf("a A\nb B\nc C a:1 a:2 b a ^b");
  EXPECT_THAT(Edges(Flatten(graph)), ElementsAre("a:1>c", "b>c", "a>c", "b^>c"));
}

TEST(FlatGraph, ConstantsStandAtTheirConsumersAndSummariesAtWhatTheyShow) {
  const proto::GraphDef graph = GraphOf(
      "x Placeholder\nshape Const ^x\ntags HostConst\ny Reshape x shape\nz Relu y shape\n"
      "s ScalarSummary tags z\nall MergeSummary s\nalone Const");
  const FlatGraph flat = Flatten(graph);
  EXPECT_THAT(Names(flat), ElementsAre("x", "y", "z"));
  // What the constant waits for, its consumers wait for.
  EXPECT_THAT(Edges(flat), ElementsAre("x>y", "x^>y", "y>z", "x^>z"));
  EXPECT_THAT(AttachedNames(flat, flat.nodes[1].constants), ElementsAre("shape"));
  EXPECT_THAT(AttachedNames(flat, flat.nodes[2].constants), ElementsAre("shape"));
  EXPECT_THAT(AttachedNames(flat, flat.nodes[2].summaries), ElementsAre("s"));
  EXPECT_EQ(flat.Find("s"), 2u);
  EXPECT_EQ(flat.Find("alone"), std::nullopt);
}

TEST(FlatGraph, AnOpWithOnlyConstantsBelowItsNameIsAPlainOp) {
  const FlatGraph flat =
      Flatten(GraphOf("x Placeholder\ns/Save SaveV2 s/Save/names x\ns/Save/names Const"));
  EXPECT_THAT(Names(flat), ElementsAre("x", "s/Save"));
  EXPECT_THAT(AttachedNames(flat, flat.nodes[1].constants), ElementsAre("s/Save/names"));
}

TEST(FlatGraph, ANodeBesideAScopeOfItsNameMovesIntoIt) {
  const FlatGraph flat = Flatten(GraphOf("a/b VariableV2\na/b/Assign Assign a/b v\nv Fill"));
  EXPECT_THAT(Names(flat), ElementsAre("a/b/(b)", "a/b/Assign", "v"));
  EXPECT_THAT(Edges(flat), ElementsAre("a/b/(b)*>a/b/Assign", "v>a/b/Assign"));
  EXPECT_EQ(flat.Find("a/b"), 0u);
  EXPECT_EQ(flat.Find("a/b/(b)"), 0u);
}

TEST(FlatGraph, LoopsUnknownInputsAndSecondNodesOfANameAreDropped) {
  const FlatGraph flat = Flatten(GraphOf("a A a gone\na B\nb C b:1 ^gone a\n/ D\n// E /"));
  EXPECT_THAT(Names(flat), ElementsAre("a", "b", "/", "//"));
  EXPECT_THAT(Edges(flat), ElementsAre("a>b", "/>//"));
  EXPECT_EQ(flat.nodes[0].op, "A");
}

TEST(FlatGraph, ConstantsInARingEnd) {
  const FlatGraph flat = Flatten(GraphOf("a Const b\nb Const a\nc Use a"));
  EXPECT_THAT(Names(flat), ElementsAre("c"));
  EXPECT_THAT(AttachedNames(flat, flat.nodes[0].constants), ElementsAre("a", "b"));
}

TEST(FlatGraph, ShapesAndElements) {
  proto::GraphDef graph = GraphOf("a Split\nb Use a");
  SetShapes(*graph.mutable_node(0), {{2, 3}, {-1, 4}, {}});
  graph.mutable_node(0)
      ->mutable_attr()
      ->at("_output_shapes")
      .mutable_list()
      ->add_shape()
      ->set_unknown_rank(true);
  const FlatGraph flat = Flatten(graph);
  EXPECT_THAT(flat.nodes[0].shapes, ElementsAre("[2,3]", "[?,4]", "[]", "?"));
  EXPECT_EQ(flat.nodes[0].elements, 6 + 4 + 1 + 1);
  EXPECT_THAT(flat.nodes[1].shapes, IsEmpty());
  EXPECT_EQ(flat.nodes[1].elements, 1);
}

TEST(FlatGraph, FunctionsLieInALibraryOfTheirOwn) {
  proto::GraphDef graph = GraphOf("x Placeholder\ny PartitionedCall x");
  proto::FunctionDef* const function = graph.mutable_library()->add_function();
  function->mutable_signature()->set_name("f");
  function->mutable_signature()->add_input_arg()->set_name("in");
  function->mutable_signature()->add_output_arg()->set_name("out");
  proto::NodeDef* const add = function->add_node_def();
  add->set_name("out");
  add->set_op("Add");
  add->add_input("in");
  add->add_input("^in");
  const FlatGraph flat = Flatten(graph);
  EXPECT_THAT(Names(flat),
              ElementsAre("x", "y", "__function_library__/f/in", "__function_library__/f/out"));
  EXPECT_EQ(flat.nodes[2].role, NodeRole::kFunctionInput);
  EXPECT_EQ(flat.nodes[3].role, NodeRole::kFunctionOutput);
  EXPECT_THAT(Edges(flat),
              ElementsAre("x>y", "__function_library__/f/in>__function_library__/f/out"));
}

TEST(ParseInput, TellsNodeOutputAndControl) {
  const auto told = [](std::string_view text) {
    const InputText input = ParseInput(text);
    return std::string(input.node) + "|" + std::string(input.output) +
           (input.is_control ? "^" : "");
  };
  EXPECT_EQ(told("a/b"), "a/b|0");
  EXPECT_EQ(told("a:12"), "a|12");
  EXPECT_EQ(told("a:out:0"), "a|out:0");
  EXPECT_EQ(told("^a:1"), "a:1|0^");
  EXPECT_EQ(told("a:x"), "a:x|0");
  EXPECT_EQ(told(":"), ":|0");
}

TEST(ScopeOf, StopsAtTheDeepestScope) {
  EXPECT_EQ(ScopeOf("a/b/c"), "a/b");
  EXPECT_EQ(LastPartOf("a/b/c"), "c");
  EXPECT_EQ(ScopeOf("c"), "");
  EXPECT_EQ(ScopeOf("c/"), "");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "s/";
  EXPECT_EQ(ScopeOf(deep + "x").size(), kMaxScopeDepth * 2 - 1);
}

}  // namespace
}  // namespace fanlight::graphs
