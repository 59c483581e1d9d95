#include "apps/mnist/mnist_predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "apps/mnist/mnist_model.h"
#include "apps/mnist/png_digit.h"
#include "apps/mnist/saved_models.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {
namespace {

// The units of a hidden layer, told from its biases.
Result<int64_t> Units(const checkpoint::BundleReader& reader, const std::string& layer) {
  const auto* biases = reader.Find(layer + "/biases");
  if (biases == nullptr || biases->entry.shape.rank() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "no {}/biases of this network in checkpoint {}", layer,
                Quoted(reader.prefix()));
  }
  return biases->entry.shape.dim(0);
}

std::optional<int64_t> AsNumber(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<MnistPrediction> PredictDigit(const std::string& prefix, const Tensor& image) {
  MnistFlags flags;
  flags.batch_size = 1;
  {
    FL_ASSIGN_OR_RETURN(const auto reader, checkpoint::BundleReader::Open(prefix));
    FL_ASSIGN_OR_RETURN(flags.hidden1, Units(*reader, "hidden1"));
    FL_ASSIGN_OR_RETURN(flags.hidden2, Units(*reader, "hidden2"));
  }
  GraphBuilder graph;
  const MnistModel model = BuildMnistModel(graph, flags);
  FL_TRY(graph.status());
  FL_ASSIGN_OR_RETURN(const auto saver, checkpoint::Saver::Create(graph, {}));
  FL_ASSIGN_OR_RETURN(const auto session,
                      Session::Create(graph.graph(), {.kernels = AllKernels()}));
  FL_TRY(saver->Restore(*session, prefix));
  FL_ASSIGN_OR_RETURN(const std::vector<Tensor> fetched,
                      session->Run({.feeds = {{model.images, image}}, .fetches = {model.logits}}));
  const std::span<const float> logits = fetched[0].flat<float>();
  MnistPrediction prediction;
  const auto largest = std::ranges::max_element(logits);
  prediction.digit = static_cast<int>(largest - logits.begin());
  float sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    prediction.probabilities[i] = std::exp(logits[i] - *largest);
    sum += prediction.probabilities[i];
  }
  for (float& probability : prediction.probabilities) probability /= sum;
  return prediction;
}

Status RunMnistPrediction(const MnistFlags& flags) {
  std::optional<int32_t> label;
  Tensor image;
  if (const std::optional<int64_t> index = AsNumber(*flags.predict)) {
    FL_ASSIGN_OR_RETURN(MnistData data, ReadMnist(flags.input_data_dir, {}));
    FL_ASSIGN_OR_RETURN(const Batch example, data.test.Example(*index));
    image = example.images;
    label = example.labels.flat<int32_t>()[0];
  } else {
    FL_ASSIGN_OR_RETURN(image, ReadPngDigit(*flags.predict));
  }
  MnistPrediction prediction;
  FL_ASSIGN_OR_RETURN(const std::vector<std::string> models,
                      RestoreNewestSound(flags.log_dir, [&](const std::string& prefix) -> Status {
                        FL_ASSIGN_OR_RETURN(prediction, PredictDigit(prefix, image));
                        return {};
                      }));
  fmt::print("Model restored from file: {}\n", models.front());
  for (size_t digit = 0; digit < prediction.probabilities.size(); ++digit) {
    fmt::print("  {}  {:6.2f} %\n", digit, 100 * prediction.probabilities[digit]);
  }
  fmt::print("Predicted: {}{}\n", prediction.digit,
             label ? fmt::format(" (labelled {})", *label) : "");
  return {};
}

}  // namespace fanlight
