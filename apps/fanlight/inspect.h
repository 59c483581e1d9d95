// `fanlight --inspect`: prints which data event files hold, at which steps, in TensorBoard's form.
#pragma once

#include <cstdio>

#include "apps/fanlight/flags.h"

namespace fanlight::app {

// Prints the digest of --logdir (a part for each run) or of --event_file to `out`, damage and files
// that cannot be read to `messages`. Returns the exit code: 0, or 1 when nothing could be read.
int Inspect(const Flags& flags, std::FILE* out, std::FILE* messages);

}  // namespace fanlight::app
