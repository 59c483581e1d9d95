// The kernels of the ops that make summaries: ScalarSummary, HistogramSummary and MergeSummary
// (graph/ops/summary.h). Each gives a serialized Summary, which a FileWriter takes.
#pragma once

#include <span>

#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

std::span<const KernelDef> SummaryKernels();

}  // namespace fanlight
