// The folder in which a run leaves its events and checkpoints.
#pragma once

#include <string>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight {

// Makes the folder; if it is there, removes from it what an earlier run wrote: files called
// `*tfevents*`, `checkpoint` and `model.ckpt-*` directly in it. Nothing else is touched, whatever
// folder is named; the names of what stays are returned, sorted.
Result<std::vector<std::string>> PrepareLogDir(const std::string& directory);

}  // namespace fanlight
