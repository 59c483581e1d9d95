// What the extension asks of the package's Python part: rare work that is simple there, and NumPy's types. Set once, by
// fanlight.tf1, when it is imported; kept as long as the process runs.
#pragma once

#include <nanobind/nanobind.h>

namespace fanlight::python {

namespace nb = nanobind;

struct Hooks {
  // (code, message, is_building) → the exception to raise.
  PyObject* make_error = nullptr;
  // What a program fetches, such as a variable or a name, and its graph → a Tensor, an Operation, or a structure of these.
  PyObject* resolve_fetch = nullptr;
  // The key of a feed, and its graph → a Tensor.
  PyObject* resolve_feed = nullptr;
  // What a program fetches that was resolved into a dict, and a dict of its results → these in a structure of its kind.
  PyObject* rebuild_fetch = nullptr;
  // The token of a function of the program's, and a list of its arguments → a list of arrays.
  PyObject* call_function = nullptr;
  // What such a function raised, and the message of the run that failed of it → the exception to raise.
  PyObject* function_error = nullptr;
  // (value, number of the dtype wanted or 0) → a contiguous array of it; of bytes objects for strings.
  PyObject* as_array = nullptr;
  // A list of bytes objects and a shape → an array of them.
  PyObject* bytes_array = nullptr;
  // An array → its bits as uint16 where it is of bfloat16, else None; and back.
  PyObject* bfloat16_bits = nullptr;
  PyObject* bfloat16_array = nullptr;
  PyObject* ndarray = nullptr;  // numpy.ndarray
  PyObject* dtypes = nullptr;   // dict: number of a dtype → numpy.dtype.
  PyObject* scalars = nullptr;  // dict: number of a dtype → NumPy's type of scalars.
};

// Before set_hooks() all are nullptr.
const Hooks& TheHooks();

void DefineHooks(nb::module_& module);

// The result of `function(arguments…)`. Throws what it raises.
template <typename... Args>
nb::object Call(PyObject* function, Args&&... args) {
  return nb::borrow<nb::callable>(function)(std::forward<Args>(args)...);
}

}  // namespace fanlight::python
