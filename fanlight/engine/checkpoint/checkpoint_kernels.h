// The kernels of the ops that write and read checkpoints: SaveV2, RestoreV2, MergeV2Checkpoints and
// ShardedFilename. A Session of a graph with a Saver needs them:
//
//   auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
//   kernels->Add(checkpoint::CheckpointKernels());
#pragma once

#include <span>

#include "fanlight/engine/graph/kernel.h"

namespace fanlight::checkpoint {

// With `sync`, a saved checkpoint is on the device when the op has run; without, a power cut may
// lose it.
std::span<const KernelDef> CheckpointKernels(bool sync = true);

}  // namespace fanlight::checkpoint
