// A training step of one's own: gradients are cut to [-1, 1] before Adam uses them, its rate decays
// with the step, and the weights are kept in checkpoints. It learns XOR.
//
//   example-custom-training logs/xor && fanlight --logdir logs
#include <cstdio>

#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/engine/train/kernels.h"
#include "fanlight/engine/train/learning_rate.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

Output Dense(GraphBuilder& graph, const std::string& name, const Output& input,
             const Shape& shape) {
  const Variable weights = GetVariable(graph, name + "/weights", shape);
  const Variable biases =
      GetVariable(graph, name + "/biases", {shape[1]}, {.initializer = ZerosInitializer()});
  HistogramSummary(graph, name, weights);
  return Add(graph, MatMul(graph, input, weights), biases);
}

Status LearnXor(const std::string& logdir) {
  GraphBuilder graph;
  graph.set_seed(42);
  const Output inputs = Constant(graph, Tensor::Of<float>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}));
  const Output answers = Constant(graph, Tensor::Of<float>({4, 1}, {0, 1, 1, 0}));
  const Output hidden = Tanh(graph, Dense(graph, "hidden", inputs, {2, 8}));
  const Output guesses = Sigmoid(graph, Dense(graph, "output", hidden, {8, 1}));
  const Output loss = ReduceMean(graph, Square(graph, Sub(graph, guesses, answers)));

  const Variable step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
  const Output rate = ExponentialDecay(graph, 0.05, step, 500, 0.5);
  AdamOptimizer optimizer(rate);
  std::vector<GradientAndVariable> gradients = optimizer.ComputeGradients(graph, loss);
  for (GradientAndVariable& one : gradients) {
    one.gradient = Maximum(graph, Minimum(graph, one.gradient.values, 1.0), -1.0);
  }
  const Node* train_step = optimizer.ApplyGradients(graph, gradients, {.global_step = step});
  ScalarSummary(graph, "loss", loss);
  ScalarSummary(graph, "learning_rate", rate);
  const Output summaries = MergeAllSummaries(graph);
  const Node* init = GlobalVariablesInitializer(graph);
  FL_ASSIGN_OR_RETURN(const auto saver, checkpoint::Saver::Create(graph, {}));
  FL_ASSIGN_OR_RETURN(const auto session,
                      Session::Create(graph.graph(), {.kernels = AllKernels()}));
  FL_ASSIGN_OR_RETURN(const auto writer, FileWriter::Create(logdir, graph));

  FL_TRY(session->Run({.targets = {init}}));
  for (int64_t i = 0; i < 1000; ++i) {
    FL_ASSIGN_OR_RETURN(const auto fetched,
                        session->Run({.fetches = {loss, summaries}, .targets = {train_step}}));
    FL_TRY(writer->AddSummary(fetched[1], i));
    if (i % 250 == 249) {
      std::printf("step %d: loss %.5f\n", static_cast<int>(i), double{fetched[0].scalar<float>()});
      FL_TRY(saver->Save(*session, logdir + "/model.ckpt", {.global_step = i}));
    }
  }
  return writer->Close();
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  const fanlight::Status status = fanlight::LearnXor(argc > 1 ? argv[1] : "logs/xor");
  if (!status) std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
