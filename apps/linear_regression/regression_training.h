// Trains the line, and tells on stdout what the tutorial's two programs tell.
#pragma once

#include "apps/linear_regression/regression_flags.h"
#include "fanlight/base/result.h"

namespace fanlight {

// Runs one session, or two with a checkpoint between them, as the flags say. A stop request
// (stop_signal.h) ends it after the epoch that runs, with everything recorded.
Status TrainRegression(const RegressionFlags& flags);

}  // namespace fanlight
