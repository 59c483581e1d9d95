// The tutorial's network: 784 pixels, two hidden layers of rectified units, ten logits; trained by
// gradient descent on the cross-entropy.
#pragma once

#include "apps/mnist/mnist_flags.h"
#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

struct MnistModel {
  Output images;  // Placeholder [batch, 784] float32.
  Output labels;  // Placeholder [batch] int32.
  Output logits;
  Output loss;
  const Node* train_op = nullptr;
  Output num_correct;  // Of the batch.
  Output summary;      // All summaries, serialized.
  const Node* init = nullptr;
};

// Adds the network's nodes, named and ordered as the tutorial's program makes them. Errors are kept
// by the builder.
MnistModel BuildMnistModel(GraphBuilder& graph, const MnistFlags& flags);

}  // namespace fanlight
