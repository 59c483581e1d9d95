// The models that earlier runs saved in a log directory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight {

// Calls `restore` with one checkpoint of the directory after another until one is sound, and tells
// on stderr which are not: first those that the file `checkpoint` names, the newest first; then,
// should it be missing or name no sound one, those called model.ckpt-STEP, the highest step first.
// Returns the sound one and those behind it in this order.
// Errors: kNotFound, when there are neither checkpoints nor a file that names some; kCorrupt, when
// none is sound; kInvalidArgument, from `restore`, when a checkpoint is of another network.
Result<std::vector<std::string>> RestoreNewestSound(
    const std::string& directory, const std::function<Status(const std::string& prefix)>& restore);

}  // namespace fanlight
