// Work without Python's lock, so that other threads of Python's run meanwhile.
#pragma once

#include <nanobind/nanobind.h>

namespace fanlight::python {

// Takes the lock again. When Python ends, it ends a thread that asks for the lock by unwinding its stack, which C++ does
// not survive here: from then on other threads than the one that ends Python wait in this call for the process's end.
void TakeGilBack(PyThreadState* state);

// work(), which must not use Python.
template <typename Work>
auto WithoutGil(const Work& work) {
  PyThreadState* const state = PyEval_SaveThread();
  try {
    auto result = work();
    TakeGilBack(state);
    return result;
  } catch (...) {
    TakeGilBack(state);
    throw;
  }
}

// Python's lock, for a thread that may be without it, as long as this lives. Not held where Python ends: see above.
class Gil {
 public:
  Gil();
  ~Gil();
  Gil(const Gil&) = delete;
  Gil& operator=(const Gil&) = delete;
  bool is_held() const { return is_held_; }

 private:
  bool is_held_ = false;
  PyGILState_STATE state_{};
};

// Whether Python is about to end; what is left to give back to it then stays.
bool PythonIsEnding();

// before_end(): to be called once, when Python is about to end.
void DefineGil(nanobind::module_& module);

}  // namespace fanlight::python
