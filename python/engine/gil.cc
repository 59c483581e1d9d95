#include "python/engine/gil.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace fanlight::python {
namespace {

std::atomic<bool> is_ending{false};
std::atomic<int> num_taking{0};  // Threads that are about to take the lock.
std::thread::id ending_thread;   // Set before is_ending.

[[noreturn]] void WaitForTheEnd() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

void BeforeEnd() {
  ending_thread = std::this_thread::get_id();
  is_ending.store(true);
  // Those that wait for the lock already get it while there still is a Python.
  PyThreadState* const state = PyEval_SaveThread();
  while (num_taking.load() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  PyEval_RestoreThread(state);
}

}  // namespace

bool PythonIsEnding() { return is_ending.load(); }

void TakeGilBack(PyThreadState* state) {
  num_taking.fetch_add(1);
  if (is_ending.load() && std::this_thread::get_id() != ending_thread) {
    num_taking.fetch_sub(1);
    WaitForTheEnd();
  }
  PyEval_RestoreThread(state);
  num_taking.fetch_sub(1);
}

Gil::Gil() {
  num_taking.fetch_add(1);
  if (!is_ending.load() || std::this_thread::get_id() == ending_thread) {
    state_ = PyGILState_Ensure();
    is_held_ = true;
  }
  num_taking.fetch_sub(1);
}

Gil::~Gil() {
  if (is_held_) PyGILState_Release(state_);
}

void DefineGil(nanobind::module_& module) { module.def("before_end", BeforeEnd); }

}  // namespace fanlight::python
