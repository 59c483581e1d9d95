// A small convolutional network, after LeNet, that reads MNIST: two layers of filters with pooling,
// two of units, trained by Adam. Three epochs, about a minute, bring it above 99 % on the test set.
//
//   ./run mnist data && example-mnist-cnn logs/cnn data && fanlight --logdir logs
//   example-mnist-cnn logs/cnn                    # A few steps on made-up images.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/train/adam.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/engine/train/kernels.h"
#include "fanlight/engine/train/learning_rate.h"
#include "fanlight/engine/train/mnist_data.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

constexpr int64_t kBatch = 100;

Output Biased(GraphBuilder& graph, const std::string& name, const Output& input, int64_t units) {
  const Variable biases =
      GetVariable(graph, name + "/biases", {units}, {.initializer = ConstantInitializer(0.05)});
  return BiasAdd(graph, input, biases);
}

// Filters of 5 × 5, rectified, then the largest of each 2 × 2.
Output ConvLayer(GraphBuilder& graph, const std::string& name, const Output& images,
                 int64_t channels, int64_t features) {
  const auto scope = graph.NameScope(name);
  const Variable filters = GetVariable(graph, name + "/filters", {5, 5, channels, features},
                                       {.initializer = HeNormalInitializer()});
  const Output convolved = Conv2D(graph, images, filters);
  return MaxPool(graph, Relu(graph, Biased(graph, name, convolved, features)));
}

Output DenseLayer(GraphBuilder& graph, const std::string& name, const Output& input, int64_t inputs,
                  int64_t units) {
  const auto scope = graph.NameScope(name);
  const Variable weights = GetVariable(graph, name + "/weights", {inputs, units},
                                       {.initializer = HeNormalInitializer()});
  return Biased(graph, name, MatMul(graph, input, weights), units);
}

struct Model {
  Output images;
  Output labels;
  Output loss;
  Output num_correct;
  Output summary;
  const Node* train_step = nullptr;
  const Node* init = nullptr;
};

Model Build(GraphBuilder& graph, int64_t num_steps) {
  Model model;
  model.images = Placeholder(graph, DType::kFloat32, {kBatch, kMnistImagePixels}, "images");
  model.labels = Placeholder(graph, DType::kInt32, {kBatch}, "labels");
  const Output square = Reshape(graph, model.images, {-1, kMnistImageSide, kMnistImageSide, 1});
  const Output conv1 = ConvLayer(graph, "conv1", square, 1, 16);
  const Output conv2 = ConvLayer(graph, "conv2", conv1, 16, 32);
  const Output flat = Reshape(graph, conv2, {kBatch, 7 * 7 * 32});
  const Output hidden = Relu(graph, DenseLayer(graph, "hidden", flat, 7 * 7 * 32, 128));
  const Output logits = DenseLayer(graph, "logits", hidden, 128, kMnistClasses);
  model.loss = ReduceMean(graph, SparseSoftmaxCrossEntropyWithLogits(graph, model.labels, logits));
  model.num_correct =
      ReduceSum(graph, Cast(graph, InTopK(graph, logits, model.labels, 1), DType::kInt32));

  const Variable step = MakeVariable(graph, 0, "global_step", {.is_trainable = false});
  const Output rate = CosineDecay(graph, 0.002, step, num_steps);
  model.train_step = AdamOptimizer(rate).Minimize(graph, model.loss, {.global_step = step});
  ScalarSummary(graph, "loss", model.loss);
  ScalarSummary(graph, "learning_rate", rate);
  model.summary = MergeAllSummaries(graph);
  model.init = GlobalVariablesInitializer(graph);
  return model;
}

Result<double> Precision(Session& session, const Model& model, DataSet& data, int64_t batches) {
  int64_t num_correct = 0;
  for (int64_t i = 0; i < batches; ++i) {
    FL_ASSIGN_OR_RETURN(const Batch batch, data.NextBatch(kBatch));
    FL_ASSIGN_OR_RETURN(
        const auto fetched,
        session.Run({.feeds = {{model.images, batch.images}, {model.labels, batch.labels}},
                     .fetches = {model.num_correct}}));
    num_correct += fetched[0].scalar<int32_t>();
  }
  return static_cast<double>(num_correct) / static_cast<double>(batches * kBatch);
}

Status Train(const std::string& logdir, const std::string& data_folder) {
  const bool is_fake = data_folder.empty();
  MnistData data = FakeMnist();
  if (!is_fake) {
    FL_ASSIGN_OR_RETURN(data, ReadMnist(data_folder, {.validation_size = 0, .seed = 1}));
  }
  const int64_t num_steps = is_fake ? 5 : 3 * data.train.num_examples() / kBatch;
  GraphBuilder graph;
  graph.set_seed(1);
  const Model model = Build(graph, num_steps);
  FL_ASSIGN_OR_RETURN(const auto built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session, Session::Create(built, {.kernels = AllKernels()}));
  FL_ASSIGN_OR_RETURN(const auto writer, FileWriter::Create(logdir, graph));
  FL_TRY(session->Run({.targets = {model.init}}));
  for (int64_t i = 0; i < num_steps; ++i) {
    FL_ASSIGN_OR_RETURN(const Batch batch, data.train.NextBatch(kBatch));
    FL_ASSIGN_OR_RETURN(
        const auto fetched,
        session->Run({.feeds = {{model.images, batch.images}, {model.labels, batch.labels}},
                      .fetches = {model.loss, model.summary},
                      .targets = {model.train_step}}));
    FL_TRY(writer->AddSummary(fetched[1], i));
    if (i % 100 == 0) {
      std::printf("step %d: loss %.4f\n", static_cast<int>(i), double{fetched[0].scalar<float>()});
      std::fflush(stdout);
    }
  }
  FL_ASSIGN_OR_RETURN(const double precision,
                      Precision(*session, model, data.test, is_fake ? 2 : 100));
  std::printf("test precision: %.4f\n", precision);
  return writer->Close();
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  const fanlight::Status status =
      fanlight::Train(argc > 1 ? argv[1] : "logs/cnn", argc > 2 ? argv[2] : "");
  if (!status) std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
