// Ops of neural networks.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// max(x, 0). Gradient: the incoming one where the result is above 0, else 0.
Output Relu(GraphBuilder& graph, const Operand& x, std::string_view name = "Relu");

// `value` plus the vector `bias` along the last dimension.
Output BiasAdd(GraphBuilder& graph, const Operand& value, const Operand& bias,
               std::string_view name = "BiasAdd");

// exp(x) normalised along the last dimension, and its logarithm.
// Numerics: the row's maximum is subtracted first.
Output Softmax(GraphBuilder& graph, const Operand& logits, std::string_view name = "Softmax");
Output LogSoftmax(GraphBuilder& graph, const Operand& logits, std::string_view name = "LogSoftmax");

// Half the sum of the squares of all elements, as weights are kept small by.
// Gradient: value · incoming.
Output L2Loss(GraphBuilder& graph, const Operand& value, std::string_view name = "L2Loss");

// Cross-entropy of softmax(`logits`) against class numbers, one value per example.
// Shapes:   logits [batch, classes] floating; labels [batch] int32 or int64; result [batch].
// Errors:   kInvalidArgument when run with a label outside [0, classes).
// Numerics: the row's maximum is subtracted first; logits of ±1e4 neither overflow nor lose the
//           gradient.
// Gradient: (softmax(logits) − one_hot(labels)) · incoming; none for labels.
// Source:   TensorFlow 1.15, sparse_softmax_cross_entropy_with_logits: a scope `name` (else
//           SparseSoftmaxCrossEntropyWithLogits) with the labels' shape and the op of that name.
Output SparseSoftmaxCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                           const Operand& logits, std::string_view name = "");

// Whether the class `targets` is among the `k` largest of each row of `predictions`.
// Shapes:   predictions [batch, classes] float32; targets [batch] int32 or int64; bool [batch].
// Numerics: ties at the k-th place count as in; false where a prediction of the row is not finite
//           or the target is outside [0, classes).
Output InTopK(GraphBuilder& graph, const Operand& predictions, const Operand& targets, int32_t k,
              std::string_view name = "");

// The kernel of float32 logits, its gradient (output 1) multiplied by `weight`.
Status SparseCrossEntropy(KernelContext& context, float weight);

std::span<const OpSpec> NnOps();
std::span<const KernelDef> NnKernels();

}  // namespace fanlight
