// The tables of all families together.
#include <array>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {

std::shared_ptr<const OpRegistry> StandardOps() {
  static const std::shared_ptr<const OpRegistry> kOps = [] {
    const std::span<const OpSpec> families[] = {
        ArrayOps(),  ControlOps(),   IoOps(),      MathOps(),  MatMulOps(),  NnOps(),
        RandomOps(), ReductionOps(), SlicingOps(), StateOps(), SummaryOps(), TrainingOps()};
    return std::make_shared<const OpRegistry>(families);
  }();
  return kOps;
}

std::shared_ptr<const KernelRegistry> StandardKernels() {
  static const std::shared_ptr<const KernelRegistry> kKernels = [] {
    auto kernels = std::make_shared<KernelRegistry>();
    for (const std::span<const KernelDef> family :
         {ArrayKernels(), ControlKernels(), MathKernels(), MatMulKernels(), NnKernels(),
          RandomKernels(), ReductionKernels(), SlicingKernels(), StateKernels(),
          TrainingKernels()}) {
      kernels->Add(family);
    }
    return std::shared_ptr<const KernelRegistry>(std::move(kernels));
  }();
  return kKernels;
}

}  // namespace fanlight
