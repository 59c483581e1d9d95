// The tables of all families together.
#include <array>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/norm.h"
#include "fanlight/engine/graph/ops/padding.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/strings.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/training.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {

std::shared_ptr<const OpRegistry> StandardOps() {
  static const std::shared_ptr<const OpRegistry> kOps = [] {
    const std::span<const OpSpec> families[] = {
        ArrayOps(), CastOps(),         ControlOps(), ConvOps(),    DimsOps(),      GatherOps(),
        IoOps(),    LayoutOps(),       LogicOps(),   MatMulOps(),  MathOps(),      NnOps(),
        NormOps(),  PaddingOps(),      PoolingOps(), RandomOps(),  ReductionOps(), SlicingOps(),
        StateOps(), StridedSliceOps(), StringOps(),  SummaryOps(), TrainingOps(),  UnaryOps()};
    return std::make_shared<const OpRegistry>(families);
  }();
  return kOps;
}

std::shared_ptr<const KernelRegistry> StandardKernels() {
  static const std::shared_ptr<const KernelRegistry> kKernels = [] {
    auto kernels = std::make_shared<KernelRegistry>();
    for (const std::span<const KernelDef> family :
         {ArrayKernels(),    CastKernels(),    ControlKernels(),      ConvKernels(),
          DimsKernels(),     GatherKernels(),  LayoutKernels(),       LogicKernels(),
          MatMulKernels(),   MathKernels(),    NnKernels(),           NormKernels(),
          PaddingKernels(),  PoolingKernels(), RandomKernels(),       ReductionKernels(),
          SlicingKernels(),  StateKernels(),   StridedSliceKernels(), StringKernels(),
          TrainingKernels(), UnaryKernels()}) {
      kernels->Add(family);
    }
    return std::shared_ptr<const KernelRegistry>(std::move(kernels));
  }();
  return kKernels;
}

}  // namespace fanlight
