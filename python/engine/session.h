// Sessions: the call that programs make most, so what it costs counts.
#pragma once

#include <nanobind/nanobind.h>

#include "fanlight/engine/graph/session.h"

namespace fanlight::python {

// The engine's session of a Python object. Throws a RuntimeError when it is closed.
Session& SessionOf(nanobind::handle session);

void DefineSession(nanobind::module_& module);

}  // namespace fanlight::python
