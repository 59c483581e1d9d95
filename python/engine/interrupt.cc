#include "python/engine/interrupt.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace nb = nanobind;

namespace fanlight::python {
namespace {

static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may set it");
std::atomic<bool> interrupted{false};
// Of the handler that was there before ours.
struct sigaction python_action;
bool is_caught = false;

void OnInterrupt(int number) {
  interrupted.store(true);
  python_action.sa_handler(number);
}

void CatchInterrupts() {
  if (is_caught || sigaction(SIGINT, nullptr, &python_action) != 0) return;
  const bool is_plain = (python_action.sa_flags & SA_SIGINFO) == 0 &&
                        python_action.sa_handler != SIG_IGN && python_action.sa_handler != SIG_DFL;
  if (!is_plain) return;
  struct sigaction ours = python_action;
  ours.sa_handler = OnInterrupt;
  is_caught = sigaction(SIGINT, &ours, nullptr) == 0;
}

}  // namespace

std::atomic<bool>* InterruptFlag() {
  thread_local const bool is_main = syscall(SYS_gettid) == getpid();
  return is_main && is_caught ? &interrupted : nullptr;
}

void CheckInterrupt(std::atomic<bool>& flag) {
  if (!flag.exchange(false)) return;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void DefineInterrupt(nb::module_& module) { module.def("catch_interrupts", CatchInterrupts); }

}  // namespace fanlight::python
