// Losses: how far predictions are from what they should be. The cross-entropy against class numbers
// stands in nn.h.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Cross-entropy of softmax(`logits`) against distributions, one value per example.
// Shapes:   labels and logits […, classes] floating; result […].
// Numerics: the row's maximum is subtracted first.
// Gradient: of logits: (softmax(logits) − labels) · incoming; of labels: −log softmax(logits) ·
//           incoming, unless `stops_labels`.
// Source:   TensorFlow 1.15, softmax_cross_entropy_with_logits_v2 and, with `stops_labels`,
//           softmax_cross_entropy_with_logits.
Output SoftmaxCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                     const Operand& logits, bool stops_labels = false,
                                     std::string_view name = "");

// Cross-entropy of sigmoid(`logits`) against probabilities, element by element.
// Numerics: max(x, 0) − x·z + log(1 + e^−|x|) neither overflows nor loses the gradient.
// Source:   TensorFlow 1.15, sigmoid_cross_entropy_with_logits.
Output SigmoidCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                     const Operand& logits,
                                     std::string_view name = "logistic_loss");

// The same, the loss of positive labels multiplied by `positive_weight`.
Output WeightedCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                      const Operand& logits, const Operand& positive_weight,
                                      std::string_view name = "logistic_loss");

std::span<const OpSpec> LossOps();
std::span<const KernelDef> LossKernels();

}  // namespace fanlight
