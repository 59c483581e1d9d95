#include "fanlight/engine/train/kernels.h"

#include "fanlight/engine/checkpoint/checkpoint_kernels.h"
#include "fanlight/engine/train/media_kernels.h"
#include "fanlight/engine/train/summary_kernels.h"

namespace fanlight {

std::shared_ptr<const KernelRegistry> AllKernels(const KernelOptions& options) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(checkpoint::CheckpointKernels(options.sync_checkpoints));
  kernels->Add(SummaryKernels());
  kernels->Add(MediaSummaryKernels());
  return kernels;
}

}  // namespace fanlight
