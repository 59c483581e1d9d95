#include "apps/mnist/mnist_flags.h"

#include <cstdlib>
#include <limits>
#include <map>

#include "apps/common/absl_flags.h"

namespace fanlight {

int ParseMnistFlags(int argc, const char* const* argv, MnistFlags& flags) {
  const char* test_dir = std::getenv("TEST_TMPDIR");
  const std::string base = test_dir != nullptr ? test_dir : "/tmp";
  flags.input_data_dir = base + "/tensorflow/mnist/input_data";
  flags.log_dir = base + "/tensorflow/mnist/logs/fully_connected_feed";
  std::string train_dir;
  int64_t seed = 0;

  CLI::App app("Trains the fully connected network of the TensorFlow tutorial on MNIST",
               "fanlight-mnist");
  app.option_defaults()->always_capture_default();
  app.add_option("--learning_rate", flags.learning_rate, "Initial learning rate")->check(Finite());
  app.add_option("--max_steps", flags.max_steps, "Number of steps to train")
      ->check(CLI::Range(int64_t{0}, int64_t{std::numeric_limits<int32_t>::max()}));
  // Weights of more are no array that a machine has.
  const CLI::Range units(int64_t{1}, int64_t{1} << 16);
  app.add_option("--hidden1", flags.hidden1, "Units in hidden layer 1")->check(units);
  app.add_option("--hidden2", flags.hidden2, "Units in hidden layer 2")->check(units);
  app.add_option("--batch_size", flags.batch_size, "Images a step")->check(CLI::PositiveNumber);
  app.add_option("--input_data_dir", flags.input_data_dir, "Folder of the MNIST files")
      ->check(NotEmpty());
  app.add_option("--log_dir", flags.log_dir, "Folder for events and checkpoints")
      ->check(NotEmpty());
  const auto* train =
      app.add_option("--train_dir", train_dir, "Both folders in one")->check(NotEmpty());
  app.add_flag("--fake_data,!--nofake_data", flags.fake_data, "Train on made-up data");
  const auto* seeded =
      app.add_option("--seed", seed, "Of weights and order; runs repeat exactly")
          ->check(CLI::Range(int64_t{0}, int64_t{std::numeric_limits<uint32_t>::max()}));
  app.add_option("--summaries", flags.summaries, "What to record: tutorial or full")
      ->transform(CLI::CheckedTransformer(std::map<std::string, MnistSummaries>{
          {"tutorial", MnistSummaries::kTutorial}, {"full", MnistSummaries::kFull}}));
  app.add_option("--summary_steps", flags.summary_steps, "Steps from one summary to the next")
      ->check(CLI::PositiveNumber);
  app.add_flag("--resume,!--noresume", flags.resume,
               "Go on from the latest checkpoint in log_dir and remove nothing there");
  app.add_option("--predict", flags.predict,
                 "Train nothing; tell the digit of a PNG file, or of a test image by its number")
      ->check(NotEmpty());
  const int exit_code = ParseFlags(app, argc, argv);
  if (exit_code >= 0) return exit_code;
  flags.unknown = app.remaining();
  if (*seeded) flags.seed = seed;
  if (*train) {
    flags.input_data_dir = train_dir;
    flags.log_dir = train_dir;
  }
  return -1;
}

}  // namespace fanlight
