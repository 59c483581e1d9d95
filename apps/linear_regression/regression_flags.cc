#include "apps/linear_regression/regression_flags.h"

#include "apps/common/absl_flags.h"

namespace fanlight {

int ParseRegressionFlags(int argc, const char* const* argv, RegressionFlags& flags) {
  CLI::App app("Fits a line to 17 points, as the TensorFlow tutorial does",
               "fanlight-linear-regression");
  app.option_defaults()->always_capture_default();
  app.add_option("--learning_rate", flags.learning_rate, "Of the gradient descent")
      ->check(Finite());
  app.add_option("--training_epochs", flags.training_epochs, "Times over all points")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--display_step", flags.display_step, "Epochs from one line and point to the next")
      ->check(CLI::PositiveNumber);
  app.add_option("--log_dir,--logdir", flags.log_dir, "Folder for events")->check(NotEmpty());
  app.add_option("--model", flags.model, "Where --two_sessions saves")->check(NotEmpty());
  auto* two_sessions =
      app.add_flag("--two_sessions,!--notwo_sessions", flags.two_sessions,
                   "Save after 200 epochs, restore in a second session and train on");
  app.add_option("--restore", flags.restore, "Begin from this checkpoint")
      ->check(NotEmpty())
      ->excludes(two_sessions);
  app.add_option("--seed", flags.seed, "Of the random start; runs repeat exactly");
  app.add_option("--weight", flags.weight, "Start of the weight")->check(Finite());
  app.add_option("--bias", flags.bias, "Start of the bias")->check(Finite());
  return ParseFlags(app, argc, argv);
}

}  // namespace fanlight
