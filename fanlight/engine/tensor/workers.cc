#include "fanlight/engine/tensor/workers.h"

#include <pthread.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace fanlight {
namespace {

using Clock = std::chrono::steady_clock;

// How long a helper looks for more work before it sleeps. A step's products follow each other within
// this time; to wake a sleeper takes about as long.
constexpr std::chrono::microseconds kLookFor{50};
// Looks between two readings of the clock.
constexpr int kLooks = 32;

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

int ThreadsOfProcess() {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const char* const wanted = std::getenv("OMP_NUM_THREADS");
  if (wanted == nullptr) return cores;
  int count = 0;
  const std::string_view text(wanted);
  // OpenMP reads a list, one number for each level of nesting: the first counts.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 1) return cores;
  return std::min(count, 256);
}

// A process that was forked has none of the helpers, whatever the memory says that it got: it works alone.
std::atomic<bool> is_forked{false};

void WatchForks() {
  static const int kWatched = pthread_atfork(nullptr, nullptr, [] { is_forked.store(true); });
  static_cast<void>(kWatched);
}

constexpr ThreadShare kNoHelpers;
thread_local const ThreadShare* current_share = &kNoHelpers;

}  // namespace

const ThreadShare& ThreadShare::Current() { return *current_share; }

ThreadShare::Scope::Scope(const ThreadShare& share) : before_(current_share) {
  current_share = &share;
}
ThreadShare::Scope::~Scope() { current_share = before_; }

Workers::Workers(int num_helpers) : num_helpers_(std::max(0, num_helpers)) {}

Workers::~Workers() {
  if (is_forked) {
    // There is nobody to wait for.
    static_cast<void>(std::make_unique<std::vector<std::thread>>(std::move(helpers_)).release());
    return;
  }
  is_ending_ = true;
  call_number_.fetch_add(1);
  call_number_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

std::shared_ptr<Workers> Workers::OfProcess() {
  static const std::shared_ptr<Workers> workers = std::make_shared<Workers>(ThreadsOfProcess() - 1);
  return workers;
}

void Workers::StartHelpers() {
  WatchForks();
  helpers_.reserve(static_cast<size_t>(num_helpers_));
  try {
    for (int i = 0; i < num_helpers_; ++i) helpers_.emplace_back([this, i] { Help(i); });
  } catch (const std::system_error&) {
    // There may be no more threads: those that are there will do, or the caller alone.
  }
}

void Workers::Run(int64_t num_parts, int max_threads, Call call, const void* part) {
  const auto num_wanted =
      static_cast<int>(std::min<int64_t>(std::min(max_threads - 1, num_helpers_), num_parts - 1));
  if (num_wanted <= 0 || is_forked.load(std::memory_order_relaxed) ||
      is_taken_.exchange(true, std::memory_order_acquire)) {
    for (int64_t i = 0; i < num_parts; ++i) call(part, i);
    return;
  }
  if (helpers_.empty()) StartHelpers();
  call_ = call;
  part_ = part;
  num_parts_ = num_parts;
  num_wanted_ = num_wanted;
  next_part_.store(0, std::memory_order_relaxed);
  is_open_.store(true);
  call_number_.fetch_add(1);
  call_number_.notify_all();
  TakeParts();
  is_open_.store(false);
  // A part that a helper has begun is about to end, unless the helper has lost its core: then ours
  // may be the one it gets.
  for (int looks = 0; num_in_.load() != 0; ++looks) {
    if (looks < 1000) {
      Pause();
    } else {
      std::this_thread::yield();
    }
  }
  is_taken_.store(false, std::memory_order_release);
}

void Workers::TakeParts() {
  for (;;) {
    const int64_t i = next_part_.fetch_add(1, std::memory_order_relaxed);
    if (i >= num_parts_) return;
    call_(part_, i);
  }
}

void Workers::Help(int index) {
  int seen = 0;
  while (!is_ending_) {
    const Clock::time_point sleep_at = Clock::now() + kLookFor;
    while (call_number_.load(std::memory_order_acquire) == seen && Clock::now() < sleep_at) {
      for (int i = 0; i < kLooks && call_number_.load(std::memory_order_relaxed) == seen; ++i) {
        Pause();
      }
    }
    call_number_.wait(seen);
    seen = call_number_.load();
    num_in_.fetch_add(1);
    if (is_open_.load() && index < num_wanted_) TakeParts();
    num_in_.fetch_sub(1);
  }
}

}  // namespace fanlight
