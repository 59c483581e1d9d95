// Saves models for TensorFlow to restore, and goes on from what TensorFlow saved.
//
//   fanlight-checkpoint-sample write DIRECTORY
//     DIRECTORY/whole, parts, sharded: checkpoints with .meta files of one model each (below); and
//     the same with variables by handle: whole-handles, parts-handles, sharded-handles.
//   fanlight-checkpoint-sample train META PREFIX STEPS NEW_PREFIX
//     Imports the MetaGraph, restores, runs what is in the collection train_op so many times, saves.
//
// The model: `w` [5,2], `b` [2], `global_step`; loss = mean((x · w + b)²) of a fed x [.,2,5]'s rows;
// one step of gradient descent. In "parts" w is two variables, in "sharded" b is on another device.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <string>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/checkpoint_kernels.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

using checkpoint::Saver;
using checkpoint::SaverOptions;

constexpr int64_t kRows = 5;

Result<std::unique_ptr<Session>> NewSession(const GraphBuilder& graph) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(checkpoint::CheckpointKernels(false));
  return Session::Create(graph.graph(), {.kernels = std::move(kernels)});
}

Status WriteModel(const std::string& prefix, int parts, bool sharded, bool by_handle) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {-1, kRows}, "x");
  std::vector<Output> rows;
  if (parts == 1) {
    rows.push_back(GetVariable(graph, "w", {kRows, 2}, {.is_resource = by_handle}).value);
  } else {
    for (const Variable& part :
         GetPartitionedVariable(graph, "w", {kRows, 2}, parts, 0, {.is_resource = by_handle})) {
      rows.push_back(part.value);
    }
  }
  const Output w = rows.size() == 1 ? rows[0] : Concat(graph, rows, 0, "w/concat");
  Variable b;
  {
    const auto device = graph.Device(sharded ? "/device:CPU:1" : "");
    b = GetVariable(graph, "b", {2}, {.initializer = ZerosInitializer(), .is_resource = by_handle});
  }
  const Variable step = MakeVariable(graph, Tensor::Scalar(int64_t{0}), "global_step",
                                     {.is_trainable = false, .is_resource = by_handle});
  const Output y = Add(graph, MatMul(graph, x, w), b, "y");
  const Output loss = ReduceMean(graph, Square(graph, y), {}, "loss");
  const Node* train = GradientDescentOptimizer(0.1f).Minimize(graph, loss, {.global_step = step});
  const Node* init = GlobalVariablesInitializer(graph);
  FL_TRY(graph.status());
  graph.collections().signatures()["serving_default"] = {
      .inputs = {{"x", x}}, .outputs = {{"y", y}}, .method_name = "tensorflow/serving/predict"};
  FL_ASSIGN_OR_RETURN(const auto saver, Saver::Create(graph, {.sharded = sharded}));
  FL_ASSIGN_OR_RETURN(const auto session, NewSession(graph));
  FL_TRY(session->Run({.targets = {init}}));
  const Session::Feed feed{x, Tensor::Filled<float>(Shape{3, kRows}, 0.5f)};
  for (int i = 0; i < 7; ++i) FL_TRY(session->Run({.feeds = {feed}, .targets = {train}}));
  FL_TRY(saver->Save(*session, prefix));
  return {};
}

Status WriteAll(const std::string& directory) {
  for (const bool by_handle : {false, true}) {
    const std::string end = by_handle ? "-handles" : "";
    FL_TRY(WriteModel(JoinPath(directory, "whole" + end), 1, false, by_handle));
    FL_TRY(WriteModel(JoinPath(directory, "parts" + end), 2, false, by_handle));
    FL_TRY(WriteModel(JoinPath(directory, "sharded" + end), 1, true, by_handle));
  }
  return {};
}

Status Train(const std::string& meta, const std::string& prefix, int steps,
             const std::string& new_prefix) {
  GraphBuilder graph;
  FL_ASSIGN_OR_RETURN(const auto saver, checkpoint::ImportMetaGraphFile(graph, meta));
  FL_ASSIGN_OR_RETURN(const auto session, NewSession(graph));
  FL_TRY(saver->Restore(*session, prefix));
  const auto train_ops = graph.collections().All<const Node*>(CollectionKeys::kTrainOp);
  FL_ASSIGN_OR_RETURN(const Output x, graph.graph()->FindOutput("x:0"));
  const Session::Feed feed{x, Tensor::Filled<float>(Shape{3, kRows}, 0.5f)};
  for (int i = 0; i < steps; ++i) {
    FL_TRY(session->Run({.feeds = {feed}, .targets = {train_ops.begin(), train_ops.end()}}));
  }
  // Once by the saver's own way, once by running its nodes: the same files.
  FL_TRY(saver->Save(*session, new_prefix));
  FL_ASSIGN_OR_RETURN(const Output filename,
                      graph.graph()->FindOutput(saver->def().filename_tensor_name()));
  FL_ASSIGN_OR_RETURN(const Output save,
                      graph.graph()->FindOutput(saver->def().save_tensor_name()));
  FL_ASSIGN_OR_RETURN(const auto saved,
                      session->Run({.feeds = {{filename, Tensor::Scalar(new_prefix + "-by-nodes")}},
                                    .fetches = {save}}));
  fmt::print("{}\n", saved[0].scalar<std::string>());
  for (const auto& [key, signature] : graph.collections().signatures()) {
    fmt::print("signature {}\n", key);
  }
  return {};
}

Status Run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "write") return WriteAll(words[1]);
  if (words.size() == 5 && words[0] == "train") {
    int steps = 0;
    std::from_chars(words[3].data(), words[3].data() + words[3].size(), steps);
    return Train(words[1], words[2], steps, words[4]);
  }
  return Fail(ErrorCode::kInvalidArgument,
              "write DIRECTORY, or train META PREFIX STEPS NEW_PREFIX");
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  const fanlight::Status done = fanlight::Run({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
