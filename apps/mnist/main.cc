// fanlight-mnist: the TensorFlow tutorial's fully_connected_feed.

#include <fmt/format.h>

#include <cstdio>

#include "apps/common/stop_signal.h"
#include "apps/mnist/mnist_flags.h"
#include "apps/mnist/mnist_predict.h"
#include "apps/mnist/mnist_training.h"

int main(int argc, char** argv) {
  fanlight::MnistFlags flags;
  const int exit_code = fanlight::ParseMnistFlags(argc, argv, flags);
  if (exit_code >= 0) return exit_code;
  if (!flags.predict) fanlight::CatchStopSignals();
  const fanlight::Status done =
      flags.predict ? fanlight::RunMnistPrediction(flags) : fanlight::TrainMnist(flags);
  if (!done) {
    fmt::print(stderr, "fanlight-mnist: {}\n", done.error().message);
    return 1;
  }
  return 0;
}
