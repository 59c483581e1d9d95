// The network against TensorFlow's: its graph node by node, and 20 steps of training.

#include "apps/mnist/mnist_model.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "apps/mnist/mnist_training.h"
#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {
namespace {

using google::protobuf::util::MessageDifferencer;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

boost::json::value ReadJson(const std::string& name) {
  return boost::json::parse(*ReadWholeFile(Golden(name)));
}

TEST(MnistGraph, IsTensorFlowsNodeByNode) {
  GraphBuilder graph;
  BuildMnistModel(graph, {.input_data_dir = "", .log_dir = "", .seed = 7});
  const auto saver = checkpoint::Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const proto::GraphDef ours = ExportGraphDef(*graph.graph());
  proto::GraphDef theirs;
  ASSERT_TRUE(theirs.ParseFromString(*ReadWholeFile(Golden("mnist_graph/mnist_graphdef.pb"))));
  ASSERT_EQ(ours.node_size(), theirs.node_size());
  for (int i = 0; i < theirs.node_size(); ++i) {
    proto::NodeDef want = theirs.node(i);
    proto::NodeDef got = ours.node(i);
    // A mark of TensorFlow 2 that importers ignore.
    want.mutable_attr()->erase("_has_manual_control_dependencies");
    got.mutable_attr()->erase("_has_manual_control_dependencies");
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(want, got)) << i << " " << want.name() << "\n" << difference;
  }
}

TEST(MnistGraph, ItsMetaGraphHasTensorFlowsCollectionsAndSaver) {
  GraphBuilder graph;
  BuildMnistModel(graph, {.input_data_dir = "", .log_dir = "", .seed = 7});
  const auto saver = checkpoint::Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const proto::MetaGraphDef ours = ExportMetaGraph(graph, &(*saver)->def());
  proto::MetaGraphDef theirs;
  ASSERT_TRUE(theirs.ParseFromString(*ReadWholeFile(Golden("mnist_graph/mnist.meta"))));
  std::string difference;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(theirs.saver_def(), ours.saver_def())) << difference;
  EXPECT_EQ(ours.collection_def_size(), theirs.collection_def_size());
  for (const auto& [key, want] : theirs.collection_def()) {
    ASSERT_TRUE(ours.collection_def().contains(key)) << key;
    const proto::CollectionDef& got = ours.collection_def().at(key);
    if (!want.has_bytes_list()) {
      EXPECT_TRUE(MessageDifferencer::Equals(want, got)) << key;
      continue;
    }
    ASSERT_EQ(got.bytes_list().value_size(), want.bytes_list().value_size()) << key;
    for (int i = 0; i < want.bytes_list().value_size(); ++i) {
      proto::VariableDef want_variable;
      proto::VariableDef got_variable;
      ASSERT_TRUE(want_variable.ParseFromString(want.bytes_list().value(i)));
      ASSERT_TRUE(got_variable.ParseFromString(got.bytes_list().value(i)));
      EXPECT_TRUE(MessageDifferencer::Equals(want_variable, got_variable))
          << want_variable.variable_name();
    }
  }
}

bool IsClose(double got, double want, double relative, double absolute) {
  return std::abs(got - want) <= std::max(relative * std::abs(want), absolute);
}

TEST(MnistTraining, TwentyStepsAreTensorFlows) {
  const MnistFlags flags{.input_data_dir = "", .log_dir = ""};
  GraphBuilder graph;
  const MnistModel model = BuildMnistModel(graph, flags);
  const auto saver = checkpoint::Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const auto session = Session::Create(graph.graph(), {.kernels = AllKernels()});
  ASSERT_TRUE(session.has_value()) << session.error().message;
  const Status restored = (*saver)->Restore(**session, Golden("mnist_steps/initial"));
  ASSERT_TRUE(restored.has_value()) << restored.error().message;

  auto images = ReadIdx(Golden("mnist_steps/images-idx3-ubyte.gz"));
  ASSERT_TRUE(images.has_value()) << images.error().message;
  auto labels = ReadIdx(Golden("mnist_steps/labels-idx1-ubyte.gz"));
  ASSERT_TRUE(labels.has_value()) << labels.error().message;
  DataSet data(std::make_shared<const IdxArray>(*std::move(images)),
               std::make_shared<const IdxArray>(*std::move(labels)), 0, 2000, nullptr);

  const boost::json::value expected = ReadJson("mnist_steps/expected.json");
  for (size_t step = 0; step < 20; ++step) {
    const Result<Batch> batch = data.NextBatch(flags.batch_size, /*shuffle=*/false);
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    const std::vector<Session::Feed> feeds = {{model.images, batch->images},
                                              {model.labels, batch->labels}};
    const auto before = (*session)->Run({.feeds = feeds, .fetches = {model.num_correct}});
    ASSERT_TRUE(before.has_value()) << before.error().message;
    EXPECT_EQ((*before)[0].scalar<int32_t>(),
              expected.at("correct_before_step").at(step).to_number<int32_t>())
        << step;
    const auto trained =
        (*session)->Run({.feeds = feeds, .fetches = {model.loss}, .targets = {model.train_op}});
    ASSERT_TRUE(trained.has_value()) << trained.error().message;
    EXPECT_TRUE(IsClose(static_cast<double>((*trained)[0].scalar<float>()),
                        expected.at("losses").at(step).to_number<double>(), 1e-5, 0))
        << step << ": " << (*trained)[0].scalar<float>();
  }
  const auto after = checkpoint::BundleReader::Open(Golden("mnist_steps/after20"));
  ASSERT_TRUE(after.has_value()) << after.error().message;
  for (const Variable& variable : graph.collections().variables()) {
    const Result<Tensor> got = (*session)->ReadVariable(variable.ref);
    const Result<Tensor> want = (*after)->Read(variable.name());
    ASSERT_TRUE(got && want) << variable.name();
    if (variable.dtype() == DType::kInt32) {
      EXPECT_EQ(got->scalar<int32_t>(), 20);
      continue;
    }
    // Relative to the variable's own scale: single elements pass through zero.
    double scale = 0;
    for (const float element : want->flat<float>()) {
      scale = std::max(scale, std::abs(static_cast<double>(element)));
    }
    for (size_t i = 0; i < want->flat<float>().size(); ++i) {
      ASSERT_TRUE(IsClose(static_cast<double>(got->flat<float>()[i]),
                          static_cast<double>(want->flat<float>()[i]), 1e-5, 1e-5 * scale))
          << variable.name() << " element " << i;
    }
  }
}

TEST(MnistGraph, FullSummariesHaveEveryLayer) {
  GraphBuilder graph;
  const MnistModel model = BuildMnistModel(
      graph, {.input_data_dir = "", .log_dir = "", .summaries = MnistSummaries::kFull});
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  EXPECT_EQ(model.summary.node->num_inputs(), 2 + 3 * 3);
}

}  // namespace
}  // namespace fanlight
