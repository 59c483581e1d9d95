// The updates of optimizers that change some rows of a variable and its slots, as TensorFlow makes
// them of gradients that come from a gather: `grad` has a row for each of `indices`. The elements of
// a row are changed as in training.h, whose functions make them; a row that is named twice is changed
// twice, in order.
#pragma once

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

std::span<const OpSpec> SparseTrainingOps();
std::span<const KernelDef> SparseTrainingKernels();

}  // namespace fanlight
