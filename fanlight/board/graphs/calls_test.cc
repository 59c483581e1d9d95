#include "fanlight/board/graphs/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "fanlight/board/graphs/testing.h"

namespace fanlight::graphs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class CallsTest : public testing::Test {
 protected:
  void Build(proto::GraphDef graph, const std::set<std::string, std::less<>>& ungrouped = {}) {
    graph_ = std::move(graph);
    flat_ = Flatten(graph_);
    hierarchy_ = std::make_unique<Hierarchy>(flat_, ungrouped);
    calls_ = std::make_unique<Calls>(graph_, *hierarchy_);
  }
  Spot At(std::string_view path) const {
    const auto spot = calls_->Find(path);
    EXPECT_TRUE(spot) << path;
    return spot.value_or(Spot{});
  }
  SpotView View(std::string_view path, const ViewOptions& options = {}) const {
    return calls_->View(At(path), options);
  }
  std::vector<std::string> Items(const SpotView& view) const {
    std::vector<std::string> paths;
    for (const SpotItem& item : view.items)
      paths.push_back(item.path + (item.place == Place::kMain ? "" : " aside"));
    return paths;
  }
  std::vector<std::string> Lines(const SpotView& view) const {
    std::vector<std::string> texts;
    for (const auto& [from, to, bundle] : view.lines) texts.push_back(from + ">" + to);
    return texts;
  }
  // "inside<outside", "inside>outside".
  std::vector<std::string> Crossings(const SpotView& view) const {
    std::vector<std::string> texts;
    for (const SpotCrossing& each : view.crossings)
      texts.push_back(each.inside + (each.is_input ? "<" : ">") + each.outside +
                      (each.is_drawn ? "" : " named"));
    return texts;
  }
  std::vector<std::string> Inputs(std::string_view path) const {
    std::vector<std::string> paths;
    for (const auto& each : calls_->NeighboursOf(At(path)).inputs) paths.push_back(each.path);
    return paths;
  }
  std::vector<std::string> Outputs(std::string_view path) const {
    std::vector<std::string> paths;
    for (const auto& each : calls_->NeighboursOf(At(path)).outputs) paths.push_back(each.path);
    return paths;
  }

  proto::GraphDef graph_;
  FlatGraph flat_;
  std::unique_ptr<Hierarchy> hierarchy_;
  std::unique_ptr<Calls> calls_;
};

// A call by the function's name as op, as TensorFlow 1 writes it.
TEST_F(CallsTest, AnOpNamedAsAFunctionShowsItsBody) {
  proto::GraphDef graph = GraphOf("x X\nw W\nm/call f x w\ny Y m/call:1\nz Z m/call");
  AddFunction(graph, "f", {"a", "b"}, {"p=s/mul:z:0", "q=add:z:0"},
              "s/mul Mul a b\nadd Add s/mul:z:0 b");
  Build(graph);
  EXPECT_EQ(calls_->NodesIn(At("m/call").item), 4u);
  const SpotView body = View("m/call");
  EXPECT_THAT(Items(body), ElementsAre("m/call/a", "m/call/b", "m/call/s", "m/call/add"));
  EXPECT_THAT(Lines(body), UnorderedElementsAre("m/call/a>m/call/s", "m/call/b>m/call/s",
                                                "m/call/s>m/call/add", "m/call/b>m/call/add"));
  EXPECT_THAT(Crossings(body),
              UnorderedElementsAre("m/call/a<x", "m/call/b<w", "m/call/add>y", "m/call/s>z"));
  // One level deeper the way out is the same.
  EXPECT_THAT(Crossings(View("m/call/s")),
              UnorderedElementsAre("m/call/s/mul<m/call/a", "m/call/s/mul<m/call/b",
                                   "m/call/s/mul>m/call/add", "m/call/s/mul>z"));
  EXPECT_THAT(calls_->ParentsOf(At("m/call/s/mul")), ElementsAre("m", "m/call", "m/call/s"));
  EXPECT_THAT(Inputs("m/call/a"), ElementsAre("x"));
  EXPECT_THAT(Inputs("m/call/add"), UnorderedElementsAre("m/call/s/mul", "m/call/b"));
  EXPECT_THAT(Outputs("m/call/add"), ElementsAre("y"));
  // The library itself has no outside.
  EXPECT_THAT(Crossings(View("__function_library__/f")), IsEmpty());
  EXPECT_THAT(calls_->FunctionAt(*hierarchy_->Find("__function_library__/f"))->usages,
              ElementsAre(*hierarchy_->Find("m/call")));
}

TEST_F(CallsTest, CallsInsideCallsLeadOutOfBoth) {
  proto::GraphDef graph = GraphOf("x X\nouter PartitionedCall x\ny Y outer");
  SetCallee(*graph.mutable_node(1), "f", "g");
  SetCallee(AddFunction(graph, "g", {"v"}, {"r=inner:output:0"}, "inner PartitionedCall v")
                .mutable_node_def()
                ->at(0),
            "f", "h");
  AddFunction(graph, "h", {"w"}, {"s=neg:y:0"}, "neg Neg w");
  Build(graph);
  EXPECT_THAT(Items(View("outer")), ElementsAre("outer/v", "outer/inner"));
  EXPECT_THAT(Crossings(View("outer")), UnorderedElementsAre("outer/v<x", "outer/inner>y"));
  EXPECT_THAT(Items(View("outer/inner")), ElementsAre("outer/inner/w", "outer/inner/neg"));
  EXPECT_THAT(Crossings(View("outer/inner")),
              UnorderedElementsAre("outer/inner/w<outer/v", "outer/inner/neg>y"));
  EXPECT_THAT(Outputs("outer/inner/neg"), ElementsAre("y"));
}

TEST_F(CallsTest, WhatIsCalledByAttributesLiesInScopesOfTheirNames) {
  proto::GraphDef graph =
      GraphOf("i I\nx X\nloop While i x\nc C\nif If c x\ny Y loop:1 if\ncase Case c x");
  SetCallee(*graph.mutable_node(2), "cond", "less");
  SetCallee(*graph.mutable_node(2), "body", "next");
  SetCallee(*graph.mutable_node(4), "then_branch", "half");
  SetCallee(*graph.mutable_node(4), "else_branch", "half");
  auto& branches = *(*graph.mutable_node(6)->mutable_attr())["branches"].mutable_list();
  branches.add_func()->set_name("half");
  branches.add_func()->set_name("half");
  AddFunction(graph, "less", {"i", "x"}, {"o=lt:z:0"}, "lt Less i");
  AddFunction(graph, "next", {"i", "x"}, {"i1=inc:z:0", "x1=dbl:z:0"}, "inc Inc i\ndbl Double x");
  AddFunction(graph, "half", {"x"}, {"r=div:z:0"}, "div Div x");
  Build(graph);
  EXPECT_THAT(Items(View("loop")), ElementsAre("loop/body", "loop/cond"));
  EXPECT_THAT(Crossings(View("loop")),
              UnorderedElementsAre("loop/body<i", "loop/body<x", "loop/cond<i", "loop/cond<x",
                                   "loop/body>y"));
  EXPECT_THAT(Crossings(View("loop/body")),
              UnorderedElementsAre("loop/body/i<i", "loop/body/x<x", "loop/body/dbl>y"));
  // The condition feeds no parameter.
  EXPECT_THAT(Crossings(View("if/then_branch")),
              UnorderedElementsAre("if/then_branch/x<x", "if/then_branch/div>y"));
  EXPECT_THAT(Items(View("case")), ElementsAre("case/branches_0", "case/branches_1"));
  EXPECT_THAT(calls_->ParentsOf(At("loop/body/dbl")), ElementsAre("loop", "loop/body"));
  EXPECT_THAT(calls_->ParentsOf(At("loop/body")), ElementsAre("loop"));
  EXPECT_FALSE(calls_->Find("loop/nothing"));
  EXPECT_FALSE(calls_->Find("loop/body/nothing"));
}

TEST_F(CallsTest, AFunctionThatCallsItselfIsAsDeepAsThePath) {
  proto::GraphDef graph = GraphOf("x X\ncall f x");
  AddFunction(graph, "f", {"a"}, {"r=again:r:0"}, "again f a");
  Build(graph);
  std::string path = "call";
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Items(View(path)), ElementsAre(path + "/a", path + "/again"));
    path += "/again";
  }
  for (int i = 0; i < 200; ++i) path += "/again";
  EXPECT_FALSE(calls_->Find(path));
  std::set<std::string, std::less<>> open = {"call", "call/again", "call/again/again"};
  EXPECT_THAT(
      calls_->Trace(At("call"), open),
      UnorderedElementsAre("x", "call", "call/a", "call/again", "call/again/a", "call/again/again",
                           "call/again/again/a", "call/again/again/again"));
}

TEST_F(CallsTest, OneNodeMayFeedSeveralParameters) {
  proto::GraphDef graph = GraphOf("x Split\ncall f x x:1");
  AddFunction(graph, "f", {"a", "b"}, {}, "add Add a b");
  Build(graph);
  EXPECT_THAT(Crossings(View("call")), UnorderedElementsAre("call/a<x", "call/b<x"));
}

TEST_F(CallsTest, WhatAPersonPutsAsideInACallStaysInTheLibrary) {
  proto::GraphDef graph = GraphOf("x X\none f x\ntwo f x");
  AddFunction(graph, "f", {"a"}, {"r=c:z:0"}, "b B a\nc C b:z:0 a");
  Build(graph);
  const ViewOptions options{.aside = {"one/b"}};
  EXPECT_THAT(Items(View("one", options)), ElementsAre("one/a", "one/b aside", "one/c"));
  EXPECT_THAT(Items(View("two", options)), ElementsAre("two/a", "two/b", "two/c"));
  EXPECT_THAT(Items(View("")), ElementsAre("x", "one", "two", "__function_library__ aside"));
}

TEST_F(CallsTest, SeriesInAFunctionAreUngroupedByTheirNameInTheLibrary) {
  proto::GraphDef graph = GraphOf("x X\ncall f x");
  AddFunction(graph, "f", {"a"}, {}, "p1 P a\np2 P a\np3 P a\np4 P a\np5 P a");
  Build(graph);
  EXPECT_THAT(Items(View("call")), ElementsAre("call/a", "call/p[1-5]"));
  EXPECT_THAT(Items(View("call/p[1-5]")).size(), 5u);
  Build(graph_, {"__function_library__/f/p[1-5]"});
  EXPECT_EQ(View("call").items.size(), 6u);
}

TEST_F(CallsTest, InputsAreTracedThroughScopesAndControlEdges) {
  Build(GraphOf("a A\ns/b B a\ns/c C\nd D s/b ^s/c\ne E"));
  EXPECT_THAT(calls_->Trace(At("d"), {}), UnorderedElementsAre("a", "s", "s/b", "s/c", "d"));
}

TEST_F(CallsTest, InputsAreTracedThroughOpenCallsByTheResultTheyCarry) {
  proto::GraphDef graph = GraphOf("x X\nw W\ncall f x w\ny Y call:1");
  AddFunction(graph, "f", {"a", "b"}, {"p=m:z:0", "q=n:z:0"}, "m M a\nn N b");
  Build(graph);
  EXPECT_THAT(calls_->Trace(At("y"), {}), UnorderedElementsAre("y", "call", "x", "w"));
  EXPECT_THAT(calls_->Trace(At("y"), {"call"}),
              UnorderedElementsAre("y", "call", "call/n", "call/b", "w"));
}

TEST_F(CallsTest, HostileLibrariesAreHarmless) {
  proto::GraphDef graph = GraphOf("x X\ncall f x x x x\ng PartitionedCall x:99999999999999999999");
  SetCallee(*graph.mutable_node(2), "f", "no such function");
  AddFunction(graph, "f", {"a", "a", ""}, {"r=nothing:z:0", "a=a", "=:::"}, "call f a:z:z\nf f f");
  AddFunction(graph, "f", {}, {}, "");
  AddFunction(graph, "", {"x"}, {}, "/ / x");
  AddFunction(graph, "a/../b", {"x"}, {"y=x"}, "q \x01 ^x");
  Build(graph);
  EXPECT_THAT(calls_->CalleesOf(*hierarchy_->Find("g")), IsEmpty());
  for (const char* path : {"call", "call/call", "call/f", "call/call/f", "", "call/"}) {
    if (const auto spot = calls_->Find(path)) {
      calls_->View(*spot, {});
      calls_->NeighboursOf(*spot);
      calls_->ParentsOf(*spot);
      calls_->Trace(*spot, {"call", "call/call"});
    }
  }
}

}  // namespace
}  // namespace fanlight::graphs
