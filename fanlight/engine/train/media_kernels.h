// Kernels of summaries of images, sounds and tensors (text among them).
#pragma once

#include <span>

#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

std::span<const KernelDef> MediaSummaryKernels();

}  // namespace fanlight
