#include "fanlight/board/graphs/hierarchy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "fanlight/base/file.h"
#include "fanlight/board/graphs/testing.h"

namespace fanlight::graphs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class HierarchyTest : public testing::Test {
 protected:
  void Build(proto::GraphDef graph, std::set<std::string, std::less<>> ungrouped = {}) {
    graph_ = std::move(graph);
    flat_ = Flatten(graph_);
    hierarchy_ = std::make_unique<Hierarchy>(flat_, ungrouped);
  }
  const Item& At(std::string_view path) const {
    const auto id = hierarchy_->Find(path);
    EXPECT_TRUE(id) << path;
    return hierarchy_->item(id.value_or(kRoot));
  }
  const std::string& PathOf(ItemId id) const { return hierarchy_->item(id).path; }
  std::vector<std::string> Children(std::string_view path) const {
    std::vector<std::string> paths;
    for (const ItemId child : At(path).children) paths.push_back(PathOf(child));
    return paths;
  }
  ScopeView View(std::string_view path, const ViewOptions& options = {}) const {
    return hierarchy_->View(*hierarchy_->Find(path), options);
  }
  // "from>to 2t 1c".
  std::vector<std::string> Texts(const std::vector<Bundle>& bundles) const {
    std::vector<std::string> texts;
    for (const Bundle& bundle : bundles) {
      texts.push_back(PathOf(bundle.from) + ">" + PathOf(bundle.to) + " " +
                      std::to_string(bundle.tensors) + "t " + std::to_string(bundle.controls) +
                      "c");
    }
    return texts;
  }
  std::vector<std::string> Aside(const ScopeView& view) const {
    std::vector<std::string> paths;
    for (const ViewItem& item : view.items)
      if (item.place != Place::kMain) paths.push_back(PathOf(item.item));
    return paths;
  }

  proto::GraphDef graph_;
  FlatGraph flat_;
  std::unique_ptr<Hierarchy> hierarchy_;
};

TEST_F(HierarchyTest, ScopesHoldTheirNodesAndCountThem) {
  Build(GraphOf("a/b/x A\na/y B a/b/x\nz C a/y a/b/x"));
  EXPECT_THAT(Children(""), ElementsAre("a", "z"));
  EXPECT_THAT(Children("a"), ElementsAre("a/b", "a/y"));
  EXPECT_EQ(At("").nodes, 3u);
  EXPECT_EQ(At("a").nodes, 2u);
  EXPECT_THAT(Texts(View("").lines), ElementsAre("a>z 2t 0c"));
  EXPECT_THAT(Texts(View("a").lines), ElementsAre("a/b>a/y 1t 0c"));
}

TEST_F(HierarchyTest, ABundleCountsTensorsControlsReferencesAndElements) {
  proto::GraphDef graph = GraphOf("p/a A\np/b B\nq/v VariableV2 p/a p/b ^p/a\nq/w Assign p/a");
  SetShapes(*graph.mutable_node(0), {{100, 10}});
  Build(graph);
  const ScopeView view = View("");
  ASSERT_EQ(view.lines.size(), 1u);
  EXPECT_EQ(view.lines[0].tensors, 3u);
  EXPECT_EQ(view.lines[0].controls, 1u);
  EXPECT_EQ(view.lines[0].references, 1u);
  EXPECT_EQ(view.lines[0].elements, 1000 + 1 + 1000);
}

TEST_F(HierarchyTest, ScopesCountTheClustersOfTheirNodes) {
  proto::GraphDef graph = GraphOf("s/a A\ns/b B\nc C");
  (*graph.mutable_node(0)->mutable_attr())["_XlaCluster"].set_s("cluster_0");
  (*graph.mutable_node(2)->mutable_attr())["_XlaCluster"].set_s("cluster_1");
  Build(graph);
  EXPECT_THAT(At("s").clusters, ElementsAre(testing::Pair("cluster_0", 1)));
  EXPECT_EQ(At("").clusters.size(), 2u);
}

TEST_F(HierarchyTest, FiveNodesOfOneOpInARowAreASeries) {
  Build(
      GraphOf("x X\ns/p P x\ns/p1 P x\ns/p2 P x\ns/p3 P x\ns/p4 P x\ns/p6 P x\ns/q1 P x\n"
              "y_1 Y\ny_2 Y\ny_3 Y\ny_4 Y\ny Y"));
  EXPECT_THAT(Children("s"), ElementsAre("s/p[0-4]", "s/p6", "s/q1"));
  EXPECT_THAT(Children("s/p[0-4]"), ElementsAre("s/p", "s/p1", "s/p2", "s/p3", "s/p4"));
  EXPECT_EQ(At("s/p[0-4]").kind, ItemKind::kSeries);
  EXPECT_EQ(At("s").nodes, 7u);
  // "y" is no "y_0": four in a row are no series.
  EXPECT_THAT(Children(""), ElementsAre("x", "s", "y_1", "y_2", "y_3", "y_4", "y"));

  Build(GraphOf("s/p P\ns/p1 P\ns/p2 P\ns/p3 P\ns/p4 P"), {"s/p[0-4]"});
  EXPECT_EQ(Children("s").size(), 5u);
}

TEST_F(HierarchyTest, EdgesOutOfAScopeAreToldWithTheItemBesideIt) {
  Build(GraphOf("in/x X\ns/t/a A in/x\ns/t/b B s/t/a\ns/c C s/t/b\nout Z s/t/b"));
  const ScopeView view = View("s/t");
  ASSERT_EQ(view.crossings.size(), 3u);
  std::vector<std::string> texts;
  for (const Crossing& crossing : view.crossings)
    texts.push_back(PathOf(crossing.inside) + (crossing.is_input ? "<" : ">") +
                    PathOf(crossing.outside) + (crossing.is_drawn ? "" : " named"));
  EXPECT_THAT(texts, UnorderedElementsAre("s/t/a<in", "s/t/b>s/c", "s/t/b>out"));
}

TEST_F(HierarchyTest, ACrossingThatManyChildrenShareIsNamed) {
  Build(GraphOf("x X\ns/a A x\ns/b B x\ns/c C x\ns/d D x\ns/e E x"));
  for (const Crossing& crossing : View("s").crossings) EXPECT_FALSE(crossing.is_drawn);
}

TEST_F(HierarchyTest, HubsStandAsideAndTheirEdgesAreNamed) {
  std::string lines = "hub H\nstep NoOp";
  for (char c = 'a'; c <= 'p'; ++c) {
    lines += std::string("\n") + c + "x Op" + c + " hub";
    if (c > 'a') lines += std::string(" ") + static_cast<char>(c - 1) + "x";
  }
  Build(GraphOf(lines));
  const ScopeView view = View("");
  EXPECT_THAT(Aside(view), UnorderedElementsAre("hub", "step"));
  EXPECT_EQ(view.lines.size(), 15u);
  EXPECT_EQ(view.shortcuts.size(), 16u);
  EXPECT_THAT(Aside(View("", {.puts_hubs_aside = false})), IsEmpty());
  EXPECT_THAT(Aside(View("", {.kept = {"hub"}})), Not(Contains("hub")));
}

TEST_F(HierarchyTest, AChildPutAsideByHandTakesItsLonersAlong) {
  Build(GraphOf("a A\nb B a\nc C b\nd D c"));
  const ScopeView view = View("", {.aside = {"b"}});
  EXPECT_THAT(Aside(view), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(Texts(view.lines), ElementsAre("c>d 1t 0c"));
}

TEST_F(HierarchyTest, ScopesOfOneStructureShareANumber) {
  Build(
      GraphOf("l1/in/x X\nl1/m M l1/in/x\nl2/in/x X\nl2/m M l2/in/x\nl3/in/x X\nl3/m M ^l3/in/x"));
  EXPECT_TRUE(At("l1").structure);
  EXPECT_EQ(At("l1").structure, At("l2").structure);
  EXPECT_FALSE(At("l3").structure);
  EXPECT_EQ(At("l1/in").structure, At("l3/in").structure);
}

TEST_F(HierarchyTest, NeighboursOfAnOpAreOpsThoseOfAScopeWhatStandsBesideIt) {
  Build(GraphOf("p/a A\nq/b B p/a\nq/c C p/a q/b\nr D q/c"));
  const auto op = hierarchy_->NeighboursOf(*hierarchy_->Find("q/c"));
  EXPECT_THAT(Texts(op.inputs), UnorderedElementsAre("p/a>q/c 1t 0c", "q/b>q/c 1t 0c"));
  EXPECT_THAT(Texts(op.outputs), ElementsAre("q/c>r 1t 0c"));
  const auto scope = hierarchy_->NeighboursOf(*hierarchy_->Find("q"));
  EXPECT_THAT(Texts(scope.inputs), ElementsAre("p>q 2t 0c"));
  EXPECT_THAT(Texts(scope.outputs), ElementsAre("q>r 1t 0c"));
}

// Every edge of a graph is in exactly one bundle of one scope, and each bundle counts what it should.
TEST_F(HierarchyTest, TheTutorialsGraphLosesNoEdge) {
  const auto bytes =
      ReadWholeFile(std::string(FANLIGHT_GOLDEN_DIR) + "/mnist_graph/mnist_graphdef.pb");
  ASSERT_TRUE(bytes) << bytes.error().message;
  proto::GraphDef graph;
  ASSERT_TRUE(graph.ParseFromString(*bytes));
  ASSERT_EQ(graph.node_size(), 149);
  Build(graph);
  EXPECT_THAT(Children(""),
              testing::IsSupersetOf({"hidden1", "hidden2", "softmax_linear", "gradients"}));
  size_t edges = 0;
  size_t ops = 0;
  for (ItemId id = 0; id < hierarchy_->items().size(); ++id) {
    const Item& item = hierarchy_->item(id);
    if (item.kind == ItemKind::kOp) {
      ++ops;
      continue;
    }
    const ScopeView view = hierarchy_->View(id, {});
    for (const Bundle& bundle : view.lines) edges += bundle.count();
    for (const Bundle& bundle : view.shortcuts) edges += bundle.count();
    EXPECT_EQ(view.items.size(), item.children.size());
  }
  EXPECT_EQ(edges, flat_.edges.size());
  EXPECT_EQ(ops, flat_.nodes.size());
  EXPECT_EQ(At("").nodes, flat_.nodes.size());
}

TEST_F(HierarchyTest, HostileNamesAndManyLevelsAreHarmless) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "s/";
  Build(GraphOf("/ A\n// B /\na//b C //\n" + deep + "x D a//b\na[1-5] E\na[1-5]/b F"));
  for (ItemId id = 0; id < hierarchy_->items().size(); ++id)
    if (hierarchy_->item(id).kind != ItemKind::kOp) hierarchy_->View(id, {});
  EXPECT_EQ(At("").nodes, 6u);
}

}  // namespace
}  // namespace fanlight::graphs
