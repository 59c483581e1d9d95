// The tutorial's training loop: train, print, record, save, evaluate.
#pragma once

#include <memory>
#include <string>

#include "apps/mnist/mnist_flags.h"
#include "apps/mnist/mnist_model.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/mnist_data.h"

namespace fanlight {

// Trains as the flags say, telling on stdout what the tutorial's program tells. A stop request
// (stop_signal.h) ends it after the step that runs, with everything saved.
// Errors: missing or damaged data (the message says how to get them); what training, recording and
// saving give.
Status TrainMnist(const MnistFlags& flags);

// How many of the set's examples the model gets right, in whole batches.
struct Evaluation {
  int64_t num_examples = 0;
  int64_t num_correct = 0;
  double precision() const {
    return static_cast<double>(num_correct) / static_cast<double>(num_examples);
  }
};
Result<Evaluation> EvaluateMnist(Session& session, const MnistModel& model, DataSet& data,
                                 int64_t batch_size);

}  // namespace fanlight
