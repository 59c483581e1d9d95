// Functions of a program's that a graph calls while it runs (tf.py_func).
#pragma once

#include <memory>

#include "fanlight/engine/graph/session.h"
#include "python/engine/hooks.h"

namespace fanlight::python {

// All kernels, and those of PyFunc and PyFuncStateless: these take Python's lock while their function runs, on the
// thread that called Session::Run().
std::shared_ptr<const KernelRegistry> KernelsThatCallPython();

// What the function raised of which a run on this thread has just failed; nullptr for another failure.
nb::object TakeRaised();

// Whether runs may ask for Python's lock: who holds it must then not wait for one of them to end.
bool RunsMayCallPython();

void DefinePyFunc(nb::module_& module);

}  // namespace fanlight::python
