// The folder in which a run leaves its events and checkpoints.
#pragma once

#include <string>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight {

// Makes the folder; if it is there, removes from it what an earlier run wrote: files called
// `*tfevents*`, `checkpoint` and `model.ckpt-*` directly in it. Nothing else is touched, whatever
// folder is named; the names of what stays are returned, sorted. Flags that were not understood may
// have said otherwise (`--resmue`): with any of them nothing is removed.
// Errors: kFailedPrecondition, when there is something to remove and `unknown_flags` are not empty.
Result<std::vector<std::string>> PrepareLogDir(const std::string& directory,
                                               const std::vector<std::string>& unknown_flags = {});

}  // namespace fanlight
