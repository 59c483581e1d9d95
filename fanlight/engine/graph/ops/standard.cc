// The tables of all families together.
#include "fanlight/engine/graph/ops/standard.h"

#include <vector>

#include "fanlight/engine/graph/ops/activation.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/batch_matmul.h"
#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/ops/call.h"
#include "fanlight/engine/graph/ops/candidate_sampling.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/debugging.h"
#include "fanlight/engine/graph/ops/diagonal.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/list_diff.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/loss.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/norm.h"
#include "fanlight/engine/graph/ops/padding.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/reverse.h"
#include "fanlight/engine/graph/ops/scan.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/scatter_nd_update.h"
#include "fanlight/engine/graph/ops/scatter_update.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/ops/shuffle.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/sparse_segment.h"
#include "fanlight/engine/graph/ops/sparse_training.h"
#include "fanlight/engine/graph/ops/special.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/strings.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/top_k.h"
#include "fanlight/engine/graph/ops/training.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

std::vector<std::span<const OpSpec>> Families() {
  return {ActivationOps(),
          ArrayOps(),
          BatchMatMulOps(),
          CallOps(),
          CastOps(),
          ControlOps(),
          ConvOps(),
          DebuggingOps(),
          DiagonalOps(),
          DimsOps(),
          GatherOps(),
          IoOps(),
          LayoutOps(),
          ListDiffOps(),
          LogicOps(),
          LossOps(),
          MatMulOps(),
          MathOps(),
          NnOps(),
          NormOps(),
          PaddingOps(),
          PoolingOps(),
          RandomOps(),
          ReductionOps(),
          ResourceOps(),
          ReverseOps(),
          ScanOps(),
          ScatterOps(),
          ScatterUpdateOps(),
          SegmentOps(),
          ShuffleOps(),
          SlicingOps(),
          SparseTrainingOps(),
          SpecialOps(),
          StateOps(),
          StridedSliceOps(),
          StringOps(),
          SummaryOps(),
          TopKOps(),
          TrainingOps(),
          UnaryOps(),
          CandidateSamplingOps(),
          BranchOps(),
          ScatterNdUpdateOps(),
          SparseSegmentOps()};
}

}  // namespace

std::shared_ptr<const OpRegistry> StandardOps() {
  static const std::shared_ptr<const OpRegistry> kOps = [] {
    return std::make_shared<const OpRegistry>(Families());
  }();
  return kOps;
}

std::shared_ptr<const KernelRegistry> StandardKernels() {
  static const std::shared_ptr<const KernelRegistry> kKernels = [] {
    auto kernels = std::make_shared<KernelRegistry>();
    for (const std::span<const KernelDef> family : {ActivationKernels(),
                                                    ArrayKernels(),
                                                    BatchMatMulKernels(),
                                                    CastKernels(),
                                                    ControlKernels(),
                                                    ConvKernels(),
                                                    DebuggingKernels(),
                                                    DiagonalKernels(),
                                                    DimsKernels(),
                                                    GatherKernels(),
                                                    LayoutKernels(),
                                                    ListDiffKernels(),
                                                    LogicKernels(),
                                                    LossKernels(),
                                                    MatMulKernels(),
                                                    MathKernels(),
                                                    NnKernels(),
                                                    NormKernels(),
                                                    PaddingKernels(),
                                                    PoolingKernels(),
                                                    RandomKernels(),
                                                    ReductionKernels(),
                                                    ResourceKernels(),
                                                    ReverseKernels(),
                                                    ScanKernels(),
                                                    ScatterKernels(),
                                                    ScatterUpdateKernels(),
                                                    SparseSegmentKernels(),
                                                    SegmentKernels(),
                                                    ShuffleKernels(),
                                                    SlicingKernels(),
                                                    SparseTrainingKernels(),
                                                    SpecialKernels(),
                                                    StateKernels(),
                                                    StridedSliceKernels(),
                                                    StringKernels(),
                                                    TopKKernels(),
                                                    TrainingKernels(),
                                                    UnaryKernels(),
                                                    CandidateSamplingKernels(),
                                                    BranchKernels(),
                                                    ScatterNdUpdateKernels()}) {
      kernels->Add(family);
    }
    return std::shared_ptr<const KernelRegistry>(std::move(kernels));
  }();
  return kKernels;
}

std::shared_ptr<const OpRegistry> StandardOpsAnd(std::span<const OpSpec> more) {
  std::vector<std::span<const OpSpec>> families = Families();
  families.push_back(more);
  return std::make_shared<const OpRegistry>(families);
}

std::shared_ptr<const KernelRegistry> StandardKernelsAnd(std::span<const KernelDef> more) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(more);
  return kernels;
}

}  // namespace fanlight
