// The flags of fanlight-linear-regression.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fanlight {

struct RegressionFlags {
  double learning_rate = 0.01;
  int64_t training_epochs = 1000;
  int64_t display_step = 50;
  std::string log_dir = "./example";
  std::string model = "./tmp/model.ckpt";  // Where the first session saves.
  bool two_sessions = false;  // Save after the first 200 epochs; restore in a second session.
  std::string restore;        // A checkpoint to begin from.
  std::optional<uint32_t> seed{};
  std::optional<float> weight{};  // How the variables begin; without them: at random.
  std::optional<float> bias{};
};

// Reads the command line into `flags`. Returns an exit code when the program should end now; else
// -1.
int ParseRegressionFlags(int argc, const char* const* argv, RegressionFlags& flags);

}  // namespace fanlight
