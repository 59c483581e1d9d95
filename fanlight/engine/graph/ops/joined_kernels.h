// Kernels of several nodes at once, which plans make where they find such nodes together. Each has
// the inputs that its comment lists, and the outputs of the last of its nodes.
#pragma once

#include <memory>

#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/tensor/gemm.h"

namespace fanlight {

// A product of float32 matrices and what follows it.
struct JoinedProduct {
  GemmSizes sizes;
  bool transpose_a = false;
  bool transpose_b = false;
  enum class Then {
    kNothing,
    kBias,         // + bias along the columns.
    kBiasRelu,     // max(· + bias, 0)
    kRelu,         // max(·, 0)
    kReluGrad,     // 0 where the activations are not above 0.
    kApplyDescent  // variable −= alpha · the product
  } then = Then::kNothing;
};

// Inputs: a, b, and the bias or the activations; for kApplyDescent: variable, alpha, a, b.
std::unique_ptr<Kernel> MakeJoinedProduct(const JoinedProduct& product);

// A Conv2D of float32 and what follows it: + bias along the features, then max(·, 0). Inputs:
// images, filters, and the bias where it has one.
std::unique_ptr<Kernel> MakeJoinedConv(const Node& conv, bool has_bias, bool has_relu);

// The gradient of a rectified image's largest pixels: 0 where the largest is not above 0. Inputs:
// those of the MaxPoolGrad of float32.
std::unique_ptr<Kernel> MakeJoinedMaxPoolGrad(const Node& max_pool_grad);

// variable −= alpha · the sum of the rows of a matrix. Inputs: variable, alpha, matrix.
std::unique_ptr<Kernel> MakeRowSumDescent();

// Cross-entropy whose gradient is multiplied by a number. Inputs: features, labels. Outputs: the
// losses, the gradient times `weight`.
std::unique_ptr<Kernel> MakeWeightedSparseCrossEntropy(float weight);

}  // namespace fanlight
