#include "fanlight/engine/checkpoint/saver_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/checkpoint_kernels.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Session> NewSession(const GraphBuilder& graph) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(CheckpointKernels(false));
  return *Session::Create(graph.graph(), {.kernels = std::move(kernels)});
}

// "name op input ^control @device" of the nodes of a scope.
std::vector<std::string> NodesIn(const GraphBuilder& graph, std::string_view scope) {
  std::vector<std::string> lines;
  const proto::GraphDef def = ExportGraphDef(*graph.graph());
  for (const proto::NodeDef& node : def.node()) {
    if (!node.name().starts_with(scope)) continue;
    std::string line = node.name() + " " + node.op();
    for (const std::string& input : node.input()) line += " " + input;
    if (!node.device().empty()) line += " @" + node.device();
    lines.push_back(line);
  }
  return lines;
}

class ShardedSaver : public ::testing::Test {
 protected:
  ShardedSaver() {
    a_ = MakeVariable(graph_, Tensor::Vector<float>({1, 2}), "a");
    const auto device = graph_.Device("/device:CPU:1");
    b_ = MakeVariable(graph_, Tensor::Scalar(3), "b");
    c_ = MakeVariable(graph_, Tensor::Scalar(std::string("text")), "c");
  }
  TemporaryDirectory directory_;
  GraphBuilder graph_;
  Variable a_, b_, c_;
};

// What TensorFlow 1.15 makes; 2.x has a choice of the directory's name in front, for S3.
TEST_F(ShardedSaver, ItsNodesAreTensorFlows) {
  const auto saver = Saver::Create(graph_, {.sharded = true});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const std::string cpu = " @/device:CPU:0";
  EXPECT_THAT(
      NodesIn(graph_, "save/"),
      ElementsAre(
          "save/filename/input Const", "save/filename PlaceholderWithDefault save/filename/input",
          "save/Const PlaceholderWithDefault save/filename", "save/Const_1 Const",
          "save/StringJoin StringJoin save/Const save/Const_1", "save/num_shards Const",
          "save/ShardedFilename/shard Const" + cpu,
          "save/ShardedFilename ShardedFilename save/StringJoin save/ShardedFilename/shard "
          "save/num_shards" +
              cpu,
          "save/SaveV2/tensor_names Const" + cpu, "save/SaveV2/shape_and_slices Const" + cpu,
          "save/SaveV2 SaveV2 save/ShardedFilename save/SaveV2/tensor_names "
          "save/SaveV2/shape_and_slices a" +
              cpu,
          "save/control_dependency Identity save/ShardedFilename ^save/SaveV2" + cpu,
          "save/ShardedFilename_1/shard Const" + cpu,
          "save/ShardedFilename_1 ShardedFilename save/StringJoin save/ShardedFilename_1/shard "
          "save/num_shards" +
              cpu,
          "save/SaveV2_1/tensor_names Const" + cpu, "save/SaveV2_1/shape_and_slices Const" + cpu,
          "save/SaveV2_1 SaveV2 save/ShardedFilename_1 save/SaveV2_1/tensor_names "
          "save/SaveV2_1/shape_and_slices b c" +
              cpu,
          "save/control_dependency_1 Identity save/ShardedFilename_1 ^save/SaveV2_1" + cpu,
          "save/MergeV2Checkpoints/checkpoint_prefixes Pack save/ShardedFilename "
          "save/ShardedFilename_1 ^save/control_dependency ^save/control_dependency_1" +
              cpu,
          "save/MergeV2Checkpoints MergeV2Checkpoints save/MergeV2Checkpoints/checkpoint_prefixes "
          "save/Const" +
              cpu,
          "save/Identity Identity save/Const ^save/MergeV2Checkpoints ^save/control_dependency "
          "^save/control_dependency_1" +
              cpu,
          "save/RestoreV2/tensor_names Const" + cpu, "save/RestoreV2/shape_and_slices Const" + cpu,
          "save/RestoreV2 RestoreV2 save/Const save/RestoreV2/tensor_names "
          "save/RestoreV2/shape_and_slices" +
              cpu,
          "save/Assign Assign a save/RestoreV2", "save/restore_shard NoOp ^save/Assign",
          "save/RestoreV2_1/tensor_names Const" + cpu,
          "save/RestoreV2_1/shape_and_slices Const" + cpu,
          "save/RestoreV2_1 RestoreV2 save/Const save/RestoreV2_1/tensor_names "
          "save/RestoreV2_1/shape_and_slices" +
              cpu,
          "save/Assign_1 Assign b save/RestoreV2_1 @/device:CPU:1",
          "save/Assign_2 Assign c save/RestoreV2_1:1 @/device:CPU:1",
          "save/restore_shard_1 NoOp ^save/Assign_1 ^save/Assign_2 @/device:CPU:1",
          "save/restore_all/NoOp NoOp ^save/restore_shard",
          "save/restore_all/NoOp_1 NoOp ^save/restore_shard_1 @/device:CPU:1",
          "save/restore_all NoOp ^save/restore_all/NoOp ^save/restore_all/NoOp_1"));
  EXPECT_TRUE((*saver)->def().sharded());
  EXPECT_EQ((*saver)->def().save_tensor_name(), "save/Identity:0");
}

TEST_F(ShardedSaver, WritesADataFileForEachDeviceByItselfAndByItsNodes) {
  const Node* init = GlobalVariablesInitializer(graph_);
  const auto saver = Saver::Create(graph_, {.sharded = true});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const auto session = NewSession(graph_);
  ASSERT_TRUE(session->Run({.targets = {init}}).has_value());
  const std::string prefix = directory_.Join("m");
  const auto saved = (*saver)->Save(*session, prefix);
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  const std::string nodes_prefix = directory_.Join("nodes/m");
  const auto by_nodes = session->Run(
      {.feeds = {{*graph_.graph()->FindOutput("save/Const:0"), Tensor::Scalar(nodes_prefix)}},
       .fetches = {*graph_.graph()->FindOutput("save/Identity:0")}});
  ASSERT_TRUE(by_nodes.has_value()) << by_nodes.error().message;
  for (const char* file : {".index", ".data-00000-of-00002", ".data-00001-of-00002"}) {
    const auto bytes = ReadWholeFile(prefix + file);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    EXPECT_EQ(*ReadWholeFile(nodes_prefix + file), *bytes) << file;
  }
  EXPECT_FALSE(File::OpenForReading(nodes_prefix + "_temp").has_value());
  EXPECT_EQ((*BundleReader::Open(prefix))->Find("c")->entry.shard, 1);
  const auto fresh = NewSession(graph_);
  const Status restored = (*saver)->Restore(*fresh, prefix);
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_EQ(fresh->ReadVariable(c_.ref)->scalar<std::string>(), "text");
  // Saved over a checkpoint of another number of data files, and the other way round.
  const auto whole = Saver::Create(graph_, {});
  ASSERT_TRUE((*whole)->Save(*session, prefix).has_value());
  EXPECT_FALSE(File::OpenForReading(prefix + ".data-00001-of-00002").has_value());
  ASSERT_TRUE((*saver)->Save(*session, prefix).has_value());
  EXPECT_FALSE(File::OpenForReading(prefix + ".data-00000-of-00001").has_value());
  EXPECT_TRUE((*saver)->Restore(*session, prefix).has_value());
}

// Both kinds of variables, as TensorFlow mixes them.
TEST(ResourceSaver, ItsNodesAreTensorFlows) {
  GraphBuilder graph;
  const VariableOptions by_handle = {.is_resource = true};
  MakeVariable(graph, Tensor::Vector<float>({1, 2}), "w", by_handle);
  MakeVariable(graph, Tensor::Scalar(3), "b", by_handle);
  MakeVariable(graph, Tensor::Scalar(4.0F), "r");
  MakeVariable(graph, Tensor::Vector<float>({5}), "p/part_0",
               {.is_resource = true,
                .slice = VariableSlice{.full_name = "p", .full_shape = Shape{2}, .offset = {0}}});
  const auto saver = Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const std::string cpu = " @/device:CPU:0";
  EXPECT_THAT(
      NodesIn(graph, "save/"),
      ElementsAre(
          "save/filename/input Const", "save/filename PlaceholderWithDefault save/filename/input",
          "save/Const PlaceholderWithDefault save/filename",
          "save/Read/ReadVariableOp ReadVariableOp p/part_0",
          "save/Identity Identity save/Read/ReadVariableOp",
          "save/Identity_1 Identity save/Identity" + cpu, "save/SaveV2/tensor_names Const",
          "save/SaveV2/shape_and_slices Const",
          "save/SaveV2 SaveV2 save/Const save/SaveV2/tensor_names save/SaveV2/shape_and_slices "
          "b/Read/ReadVariableOp save/Identity_1 r w/Read/ReadVariableOp",
          "save/control_dependency Identity save/Const ^save/SaveV2",
          "save/RestoreV2/tensor_names Const" + cpu, "save/RestoreV2/shape_and_slices Const" + cpu,
          "save/RestoreV2 RestoreV2 save/Const save/RestoreV2/tensor_names "
          "save/RestoreV2/shape_and_slices" +
              cpu,
          "save/Identity_2 Identity save/RestoreV2",
          "save/AssignVariableOp AssignVariableOp b save/Identity_2",
          "save/Identity_3 Identity save/RestoreV2:1",
          "save/AssignVariableOp_1 AssignVariableOp p/part_0 save/Identity_3",
          "save/Assign Assign r save/RestoreV2:2", "save/Identity_4 Identity save/RestoreV2:3",
          "save/AssignVariableOp_2 AssignVariableOp w save/Identity_4",
          "save/restore_all NoOp ^save/Assign ^save/AssignVariableOp ^save/AssignVariableOp_1 "
          "^save/AssignVariableOp_2"));
}

// By the saver's own way and by its nodes, and what does not fit is told as of other variables.
TEST(ResourceSaver, SavesAndRestoresByItselfAndByItsNodes) {
  const TemporaryDirectory directory;
  GraphBuilder graph;
  const Variable w = MakeVariable(graph, Tensor::Vector<float>({1, 2}), "w", {.is_resource = true});
  const Output bump = AssignAdd(graph, w.ref, Tensor::Vector<float>({1, 1}));
  const auto saver = Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  auto session = NewSession(graph);
  EXPECT_THAT((*saver)->Save(*session, directory.Join("m")).error().message,
              HasSubstr("variable \"w\" (VarHandleOp) is not initialised"));
  ASSERT_TRUE(session->Run({.targets = {w.initializer}}).has_value());
  ASSERT_TRUE((*saver)->SaveAsync(*session, directory.Join("m")).has_value());
  ASSERT_TRUE(session->Run({.targets = {bump}}).has_value());
  ASSERT_TRUE((*saver)->FinishSaving().has_value());
  const Session::Feed nodes_prefix = {*graph.graph()->FindOutput("save/Const:0"),
                                      Tensor::Scalar(directory.Join("nodes"))};
  ASSERT_TRUE(session
                  ->Run({.feeds = {nodes_prefix},
                         .fetches = {*graph.graph()->FindOutput("save/control_dependency:0")}})
                  .has_value());
  session = NewSession(graph);
  const Status restored = (*saver)->Restore(*session, directory.Join("m"));
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_THAT(session->ReadVariable(w.ref)->flat<float>(), ElementsAre(1, 2));
  ASSERT_TRUE(
      session
          ->Run({.feeds = {nodes_prefix}, .targets = {graph.graph()->FindNode("save/restore_all")}})
          .has_value());
  EXPECT_THAT(session->ReadVariable(w.ref)->flat<float>(), ElementsAre(2, 3));

  GraphBuilder other;
  MakeVariable(other, Tensor::Vector<float>({1, 2, 3}), "w", {.is_resource = true});
  EXPECT_THAT(
      (*Saver::Create(other, {}))->Restore(*NewSession(other), directory.Join("m")).error().message,
      HasSubstr("variable \"w\" does not fit: got float32[2], want float32[3]"));
}

// A variable in two parts, as MakeVariable's callers tell it, is one tensor in the checkpoint.
TEST(PartitionedSaver, SavesPartsAsSlicesOfOneTensor) {
  const TemporaryDirectory directory;
  GraphBuilder graph;
  const auto slice = [](int64_t row) {
    return VariableSlice{.full_name = "w", .full_shape = Shape{3, 2}, .offset = {row, 0}};
  };
  const Variable first = MakeVariable(graph, Tensor::Of<float>(Shape{2, 2}, {1, 2, 3, 4}),
                                      "w/part_0", {.slice = slice(0)});
  const Variable second =
      MakeVariable(graph, Tensor::Of<float>(Shape{1, 2}, {5, 6}), "w/part_1", {.slice = slice(2)});
  const Node* init = GlobalVariablesInitializer(graph);
  const auto saver = Saver::Create(graph, {});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  auto session = NewSession(graph);
  ASSERT_TRUE(session->Run({.targets = {init}}).has_value());
  const auto saved = (*saver)->Save(*session, directory.Join("m"));
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  const auto reader = BundleReader::Open(saved->prefix);
  EXPECT_THAT((*reader)->Read("w")->flat<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ((*reader)->Find("w")->entry.slices.size(), 2u);
  // The MetaGraph tells the parts; and the whole tensor may come from elsewhere.
  GraphBuilder imported;
  const auto again = ImportMetaGraphFile(imported, saved->prefix + ".meta");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  const Variable* part = imported.collections().FindVariable("w/part_1");
  ASSERT_NE(part, nullptr);
  ASSERT_TRUE(part->slice.has_value());
  EXPECT_EQ(part->slice->full_name, "w");
  EXPECT_THAT(part->slice->offset, ElementsAre(2, 0));
  session = NewSession(imported);
  ASSERT_TRUE((*again)->Restore(*session, saved->prefix).has_value());
  EXPECT_THAT(session->ReadVariable(part->ref)->flat<float>(), ElementsAre(5, 6));
}

TEST(SaverNodes, OtherNodesAreNoSaver) {
  GraphBuilder graph;
  MakeVariable(graph, Tensor::Scalar(1), "v");
  proto::SaverDef def = AddSaverNodes(graph, {{"v", graph.collections().variables()[0]}}, {});
  def.set_restore_op_name("v/Assign");
  EXPECT_THAT(ResolveSaverNodes(*graph.graph(), def).error().message,
              HasSubstr("does not assign what a saver restores"));
  def.set_restore_op_name("save/none");
  EXPECT_EQ(ResolveSaverNodes(*graph.graph(), def).error().code, ErrorCode::kNotFound);
  def.set_restore_op_name("save/restore_all");
  def.set_save_tensor_name("v/read:0");
  EXPECT_THAT(ResolveSaverNodes(*graph.graph(), def).error().message, HasSubstr("saves nothing"));
  def.set_save_tensor_name("save/control_dependency:0");
  def.set_sharded(true);
  EXPECT_THAT(ResolveSaverNodes(*graph.graph(), def).error().message,
              HasSubstr("does not tell which of 1 data files it writes"));
}

}  // namespace
}  // namespace fanlight::checkpoint
