#include "fanlight/engine/graph/collections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Collections, WhatIsSetIsAllThatIsThere) {
  Collections collections;
  collections.Add("numbers", int64_t{1});
  collections.Add("numbers", std::string("two"));
  collections.Set("numbers", {int64_t{3}, 4.5f});
  EXPECT_EQ(collections.Get("numbers").size(), 2u);
  EXPECT_THAT(collections.All<float>("numbers"), ElementsAre(4.5f));
  collections.Add("numbers", int64_t{5});
  EXPECT_THAT(collections.All<int64_t>("numbers"), ElementsAre(3, 5));
  // One that was not there is made; one of nothing stays, and is empty.
  collections.Set("more", {std::string("text")});
  collections.Set("numbers", {});
  EXPECT_THAT(collections.All<std::string>("more"), ElementsAre("text"));
  EXPECT_THAT(collections.Get("numbers"), IsEmpty());
  EXPECT_EQ(collections.all().count("numbers"), 1u);
  EXPECT_THAT(collections.Get("nowhere"), IsEmpty());
}

TEST(Collections, VariablesAreThoseThatWereSet) {
  GraphBuilder graph;
  const Variable a = MakeVariable(graph, 1.0, "a");
  const Variable b = MakeVariable(graph, 2.0, "b");
  Collections& collections = graph.collections();
  collections.Set(CollectionKeys::kVariables, {b});
  ASSERT_EQ(collections.variables().size(), 1u);
  EXPECT_EQ(collections.variables()[0].name(), "b");
  EXPECT_EQ(collections.FindVariable("a"), nullptr);
  EXPECT_EQ(collections.trainable_variables().size(), 2u);
  // What is not listed any more may be local.
  collections.Set(CollectionKeys::kLocalVariables, {a});
  ASSERT_NE(collections.FindVariable("a"), nullptr);
  EXPECT_EQ(collections.FindVariable("a")->ref, a.ref);
}

TEST(Collections, WhatWasSetIsWhatAMetaGraphHas) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2}, "x");
  graph.collections().Add("inputs", std::string("old"));
  graph.collections().Set("inputs", {x});
  graph.collections().Set("gone", {});
  GraphBuilder again;
  ASSERT_TRUE(ImportMetaGraph(again, ExportMetaGraph(graph)).has_value());
  const auto inputs = again.collections().All<Output>("inputs");
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].name(), "x:0");
  EXPECT_THAT(again.collections().All<std::string>("inputs"), IsEmpty());
  EXPECT_THAT(again.collections().Get("gone"), IsEmpty());
}

}  // namespace
}  // namespace fanlight
