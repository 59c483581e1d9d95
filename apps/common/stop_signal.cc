#include "apps/common/stop_signal.h"

#include <atomic>
#include <csignal>

namespace fanlight {
namespace {

// A signal handler can reach nothing but what is global.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void RequestStop(int) { stop_requested.store(true, std::memory_order_relaxed); }

}  // namespace

void CatchStopSignals() {
  struct sigaction action{};
  action.sa_handler = RequestStop;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool StopRequested() { return stop_requested.load(std::memory_order_relaxed); }

}  // namespace fanlight
