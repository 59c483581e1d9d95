// Ctrl-C while a run is under way: Python acts on signals between its own instructions, of which a run has none.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>

namespace fanlight::python {

// What runs of this thread are to look at: set by SIGINT. nullptr on other threads than the main one, which Python's signals
// do not reach either, and where a program has a handler of its own.
std::atomic<bool>* InterruptFlag();

// Throws what Python makes of a signal that has come, as a rule KeyboardInterrupt, and takes the flag down.
void CheckInterrupt(std::atomic<bool>& flag);

// catch_interrupts(): to be called once, on the main thread, while Python's own handler is in place.
void DefineInterrupt(nanobind::module_& module);

}  // namespace fanlight::python
