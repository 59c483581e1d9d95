// The flags of fanlight-mnist: those of the tutorial's fully_connected_feed, and a few of our own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fanlight {

enum class MnistSummaries {
  kTutorial,  // The loss.
  kFull,      // And the learning rate, and the distributions of weights, biases and activations.
};

struct MnistFlags {
  double learning_rate = 0.01;
  int64_t max_steps = 2000;
  int64_t hidden1 = 128;  // Units of the first hidden layer.
  int64_t hidden2 = 32;
  int64_t batch_size = 100;
  std::string input_data_dir;
  std::string log_dir;
  bool fake_data = false;
  std::optional<int64_t> seed{};
  MnistSummaries summaries = MnistSummaries::kTutorial;
  int64_t summary_steps = 100;  // A summary every so many steps.
  bool resume = false;          // Go on from the latest checkpoint in log_dir.
  std::optional<std::string>
      predict{};  // Not to train, but to use that checkpoint: a PNG, or an index.
  std::vector<std::string> unknown{};  // What the command line has beside these flags.
};

// Reads the command line into `flags`. Returns an exit code when the program should end now; else
// -1.
int ParseMnistFlags(int argc, const char* const* argv, MnistFlags& flags);

}  // namespace fanlight
