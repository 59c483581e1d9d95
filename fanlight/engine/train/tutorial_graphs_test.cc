#include "fanlight/engine/train/tutorial_graphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/train/golden_graph.h"
#include "fanlight/engine/train/mnist_data.h"
#include "fanlight/engine/train/testing.h"

namespace fanlight {
namespace {

std::string CollectionText(const proto::CollectionDef& collection) {
  std::string text;
  for (const std::string& name : collection.node_list().value()) text += name + "\n";
  for (const std::string& bytes : collection.bytes_list().value()) {
    proto::VariableDef variable;
    EXPECT_TRUE(variable.ParseFromString(bytes));
    text += variable.ShortDebugString() + "\n";
  }
  return text;
}

TEST(TutorialGraphs, MnistIsTensorFlowsGraphNodeByNode) {
  const proto::MetaGraphDef golden = ReadGoldenMetaGraph("mnist_graph/mnist.meta");
  ASSERT_EQ(golden.graph_def().node_size(), 149);
  GraphBuilder graph;
  graph.set_seed(7);
  const MnistGraph mnist(graph);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  constexpr int kBeforeSaver = 131;
  EXPECT_TRUE(SameNodes(ExportGraphDef(*graph.graph(), {.with_output_shapes = true}),
                        NodesOf(golden.graph_def(), 0, kBeforeSaver)));

  const auto saver = checkpoint::Saver::Create(graph, {});
  ASSERT_TRUE(saver) << saver.error().message;
  const proto::MetaGraphDef ours = ExportMetaGraph(graph, &(*saver)->def());
  EXPECT_TRUE(SameNodes(ours.graph_def(), golden.graph_def()));
  EXPECT_EQ(ours.saver_def().SerializeAsString(), golden.saver_def().SerializeAsString());
  EXPECT_EQ(ours.collection_def_size(), golden.collection_def_size());
  for (const auto& [name, collection] : golden.collection_def()) {
    ASSERT_TRUE(ours.collection_def().contains(name)) << name;
    EXPECT_EQ(CollectionText(ours.collection_def().at(name)), CollectionText(collection)) << name;
  }
  std::vector<std::string> ops;
  for (const auto& op : ours.meta_info_def().stripped_op_list().op()) ops.push_back(op.name());
  std::vector<std::string> golden_ops;
  for (const auto& op : golden.meta_info_def().stripped_op_list().op()) {
    golden_ops.push_back(op.name());
  }
  EXPECT_EQ(ops, golden_ops);
}

TEST(TutorialGraphs, LinearRegressionIsTensorFlowsGraphNodeByNode) {
  GraphBuilder graph;
  const LinearRegressionGraph regression(graph);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  EXPECT_TRUE(SameNodes(ExportGraphDef(*graph.graph(), {.with_output_shapes = true}),
                        ReadGoldenGraph("training/linear_regression.pb")));
}

TEST(TutorialGraphs, LinearRegressionEndsWhereTensorFlowsDoes) {
  GraphBuilder graph;
  const LinearRegressionGraph regression(graph);
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {regression.init}}));
  for (int epoch = 0; epoch < 1000; ++epoch) {
    for (int i = 0; i < LinearRegressionGraph::kPoints; ++i) {
      Must(session->Run({.feeds = {{regression.x, Tensor::Scalar(LinearRegressionGraph::kX[i])},
                                   {regression.y, Tensor::Scalar(LinearRegressionGraph::kY[i])}},
                         .targets = {regression.train_step}}));
    }
  }
  const Tensor xs = Tensor::Vector<float>(std::span(LinearRegressionGraph::kX));
  const Tensor ys = Tensor::Vector<float>(std::span(LinearRegressionGraph::kY));
  const auto fetched = Must(
      session->Run({.feeds = {{regression.x, xs}, {regression.y, ys}},
                    .fetches = {regression.weight.value, regression.bias.value, regression.cost}}));
  EXPECT_NEAR(fetched[0].scalar<float>(), 0.2899269, 2e-7);
  EXPECT_NEAR(fetched[1].scalar<float>(), 0.5113118, 2e-7);
  EXPECT_NEAR(fetched[2].scalar<float>(), 0.082147, 5e-7);
}

TEST(TutorialGraphs, MnistTrainsAsTensorFlowDoesFromTheSameWeights) {
  const std::string golden = JoinPath(FANLIGHT_GOLDEN_DIR, "mnist_steps");
  const auto expected =
      boost::json::parse(Must(ReadWholeFile(JoinPath(golden, "expected.json")))).as_object();
  GraphBuilder graph;
  const MnistGraph mnist(graph);
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  const auto saver = Must(checkpoint::Saver::Create(graph, {}));
  const auto session = NewSession(graph);
  Must(saver->Restore(*session, JoinPath(golden, "initial")));
  DataSet data(std::make_shared<IdxArray>(Must(ReadIdx(JoinPath(golden, "images-idx3-ubyte.gz")))),
               std::make_shared<IdxArray>(Must(ReadIdx(JoinPath(golden, "labels-idx1-ubyte.gz")))),
               0, 2000, std::make_shared<LegacyRandomState>(0));
  const auto& losses = expected.at("losses").as_array();
  const auto& correct = expected.at("correct_before_step").as_array();
  for (size_t step = 0; step < losses.size(); ++step) {
    const Batch batch = Must(data.NextBatch(100, /*shuffle=*/false));
    const std::vector<Session::Feed> feeds{{mnist.images, batch.images},
                                           {mnist.labels, batch.labels}};
    const auto before = Must(session->Run({.feeds = feeds, .fetches = {mnist.num_correct}}));
    EXPECT_EQ(before[0].scalar<int32_t>(), correct[step].as_int64()) << "step " << step;
    const auto fetched = Must(
        session->Run({.feeds = feeds, .fetches = {mnist.loss}, .targets = {mnist.train_step}}));
    EXPECT_NEAR(fetched[0].scalar<float>(), losses[step].as_double(), 2e-5) << "step " << step;
  }
  const auto after = Must(checkpoint::BundleReader::Open(JoinPath(golden, "after20")));
  for (const Variable& variable : graph.collections().variables()) {
    const auto ours = FloatsOf(Must(session->ReadVariable(variable.ref)));
    const auto theirs = FloatsOf(Must(after->Read(variable.name())));
    EXPECT_THAT(ours, testing::Pointwise(testing::FloatNear(2e-5F), theirs)) << variable.name();
  }
}

}  // namespace
}  // namespace fanlight
