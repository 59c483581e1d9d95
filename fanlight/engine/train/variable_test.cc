#include "fanlight/engine/train/variable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/golden_graph.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

TEST(GetVariable, BuildsTensorFlowsNodesForEachInitializer) {
  GraphBuilder graph;
  graph.set_seed(7);
  const auto make = [&](const std::string& name, Initializer initializer) {
    GetVariable(graph, "net/" + name, {5, 4}, {.initializer = std::move(initializer)});
  };
  make("zeros", ZerosInitializer());
  make("ones", OnesInitializer());
  make("constant", ConstantInitializer(0.25));
  make("random_normal", RandomNormalInitializer({.mean = 0.5F, .stddev = 2}));
  make("truncated_normal", TruncatedNormalInitializer({.stddev = 0.1F, .seed = 3}));
  make("random_uniform", RandomUniformInitializer());
  make("glorot_normal", GlorotNormalInitializer());
  make("he_normal", HeNormalInitializer());
  make("default", {});
  GetVariable(graph, "net/conv", {3, 3, 5, 4});
  GetVariable(graph, "net/large", {50, 40}, {.initializer = ZerosInitializer()});
  {
    const auto scope = graph.NameScope("elsewhere");  // Names of variables do not depend on it.
    GetVariable(graph, "net/count", {2}, {.dtype = DType::kInt64, .is_trainable = false});
  }
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  // TensorFlow places the nodes of an initial value with the variable that is yet to be made.
  EXPECT_TRUE(SameNodes(ExportGraphDef(*graph.graph()), ReadGoldenGraph("training/initializers.pb"),
                        {.ignored_attrs = {"_has_manual_control_dependencies", "_class"}}));
  EXPECT_EQ(graph.collections().variables().size(), 12U);
  EXPECT_EQ(graph.collections().trainable_variables().size(), 11U);
}

TEST(GetVariable, InitialValuesHaveTheVarianceThatIsAskedFor) {
  GraphBuilder graph;
  graph.set_seed(1);
  const Variable he = GetVariable(graph, "he", {400, 100}, {.initializer = HeNormalInitializer()});
  const Variable glorot = GetVariable(graph, "glorot", {400, 100});
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {GlobalVariablesInitializer(graph)}}));
  const auto variance = [&](const Variable& variable) {
    const auto values = FloatsOf(Must(session->ReadVariable(variable.ref)));
    return std::inner_product(values.begin(), values.end(), values.begin(), 0.0) /
           static_cast<double>(values.size());
  };
  EXPECT_NEAR(variance(he), 2.0 / 400, 2.0 / 400 * 0.05);
  EXPECT_NEAR(variance(glorot), 1.0 / 250, 1.0 / 250 * 0.05);
}

TEST(GetVariable, ANameStandsForOneVariable) {
  GraphBuilder graph;
  GetVariable(graph, "w", {2, 3});
  ASSERT_TRUE(graph.ok());
  EXPECT_TRUE(FindVariable(graph, "w", {2, PartialShape::kUnknown}).has_value());
  EXPECT_EQ(FindVariable(graph, "w", {3, 2}).error().message,
            "variable \"w\" has shape [2,3], want [3,2]");
  EXPECT_EQ(FindVariable(graph, "v").error().code, ErrorCode::kNotFound);
  GetVariable(graph, "w", {2, 3});
  EXPECT_EQ(MessageOf(graph.status()), "there is a variable \"w\" already");
}

TEST(GetVariable, RandomInitialValuesAreFloat32Only) {
  GraphBuilder graph;
  GetVariable(graph, "w", {2}, {.dtype = DType::kFloat64});
  EXPECT_THAT(MessageOf(graph.status()),
              testing::HasSubstr("in \"w/Initializer\": got dtype float64, want float32"));
}

}  // namespace
}  // namespace fanlight
