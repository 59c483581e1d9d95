// Ctrl-C as a request: a training program ends its step, saves and closes its files.
#pragma once

namespace fanlight {

// From now on SIGINT and SIGTERM set StopRequested(). A second one ends the process at once.
void CatchStopSignals();

// Whether one of them has come.
bool StopRequested();

}  // namespace fanlight
