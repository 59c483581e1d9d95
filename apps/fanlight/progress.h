// What the terminal shows while a board reads its logs: bytes, runs and the time left on one line that
// is written over; on anything but a terminal, only what there is to know once.
#pragma once

#include <stop_token>
#include <string>

#include "fanlight/board/store/store.h"

namespace fanlight::app {

// The line for what there is, without line break: "reading 12.4 MiB of 1.2 GiB · 34 runs · 5 s left".
std::string ProgressLine(const store::Overview& overview);

// Writes to stderr until everything is read or a stop is asked for.
void ShowProgress(const store::Store& store, const std::string& logdir, bool is_terminal,
                  std::stop_token stop);

}  // namespace fanlight::app
