// Everything a Session of a program that trains needs.
#pragma once

#include <memory>

#include "fanlight/engine/graph/session.h"

namespace fanlight {

struct KernelOptions {
  // Whether a checkpoint that was saved outlives a loss of power. false is for tests.
  bool sync_checkpoints = true;
};

// The kernels of all ops: the standard ones, those that write and read checkpoints, and those that
// make summaries.
//
//   FL_ASSIGN_OR_RETURN(auto session,
//                       Session::Create(graph.graph(), {.kernels = AllKernels()}));
std::shared_ptr<const KernelRegistry> AllKernels(const KernelOptions& options = {});

}  // namespace fanlight
