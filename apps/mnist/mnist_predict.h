// Uses a trained network: which digit is on an image.
#pragma once

#include <array>
#include <string>

#include "apps/mnist/mnist_flags.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/engine/train/mnist_data.h"

namespace fanlight {

struct MnistPrediction {
  int digit = 0;
  std::array<float, static_cast<size_t>(kMnistClasses)> probabilities{};
};

// Restores the network from the checkpoint at `prefix`, whatever the sizes of its hidden layers,
// and shows it the image, a tensor of 784 numbers.
// Errors: those of reading; kInvalidArgument, when the checkpoint is of another network.
Result<MnistPrediction> PredictDigit(const std::string& prefix, const Tensor& image);

// Predicts flags.predict, a PNG file or the number of a test image, with the newest sound checkpoint
// in log_dir, and tells it on stdout.
Status RunMnistPrediction(const MnistFlags& flags);

}  // namespace fanlight
