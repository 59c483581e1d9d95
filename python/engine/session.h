// Sessions: the call that programs make most, so what it costs counts.
#pragma once

#include <nanobind/nanobind.h>

#include "fanlight/engine/graph/session.h"

namespace fanlight::python {

// The engine's session of a Python object. Throws a RuntimeError when it is closed, or is of the run that this thread is in.
Session& SessionOf(nanobind::handle session);

// While it lives no run of a session is under way that might ask for Python's lock: the thread that has both can hold the
// lock and wait for the session. Nothing where no program's functions can be called.
class Pause {
 public:
  explicit Pause(nanobind::handle session);
  ~Pause();
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

 private:
  nanobind::object session_;
};

void DefineSession(nanobind::module_& module);

}  // namespace fanlight::python
