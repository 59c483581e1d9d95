// fanlight-linear-regression: the TensorFlow tutorial's line through 17 points.

#include <fmt/format.h>

#include <cstdio>

#include "apps/common/stop_signal.h"
#include "apps/linear_regression/regression_flags.h"
#include "apps/linear_regression/regression_training.h"

int main(int argc, char** argv) {
  fanlight::RegressionFlags flags;
  const int exit_code = fanlight::ParseRegressionFlags(argc, argv, flags);
  if (exit_code >= 0) return exit_code;
  fanlight::CatchStopSignals();
  if (const fanlight::Status done = fanlight::TrainRegression(flags); !done) {
    fmt::print(stderr, "fanlight-linear-regression: {}\n", done.error().message);
    return 1;
  }
  return 0;
}
