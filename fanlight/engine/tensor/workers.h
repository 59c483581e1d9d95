// Threads that help a caller with the parts of one piece of work.
//
//   threads.ForEachPart(num_parts, [&](int64_t part) { … });
//
// The caller takes parts itself, one after another, and so does each helper that is awake: a helper
// that comes late, since it slept or the machine is busy, finds fewer parts left, and nobody waits
// for it. Waited for are only parts that a helper has begun. Work that is given out step by step
// finds the helpers awake: they look for more for some tens of microseconds before they sleep.
//
// There is one budget for all callers: the helpers are with one of them at a time, and who asks
// meanwhile does his parts alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace fanlight {

class Workers {
 public:
  // The helpers are started when they are first wanted.
  explicit Workers(int num_helpers);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Those of this process, the same at each call: a thread for each core, or as many as
  // OMP_NUM_THREADS says, with the caller's.
  static std::shared_ptr<Workers> OfProcess();

  // Helpers and the caller.
  int max_threads() const { return num_helpers_ + 1; }

  // Calls part(i) once for each i in [0, num_parts), on at most `max_threads` threads, and returns
  // when all calls have. The calls see what the caller wrote before, and the caller what they wrote.
  template <typename Part>
  void ForEachPart(int64_t num_parts, int max_threads, const Part& part) {
    Run(
        num_parts, max_threads,
        [](const void* call, int64_t i) { (*static_cast<const Part*>(call))(i); }, &part);
  }

 private:
  using Call = void (*)(const void* part, int64_t i);
  void Run(int64_t num_parts, int max_threads, Call call, const void* part);
  void StartHelpers();
  void Help(int index);
  void TakeParts();

  const int num_helpers_;
  std::atomic<bool> is_taken_{false};  // By the caller whom the helpers are with.
  // Set by that caller while `is_open_` is false and no helper is in; constant for those within.
  Call call_ = nullptr;
  const void* part_ = nullptr;
  int64_t num_parts_ = 0;
  int num_wanted_ = 0;  // Helpers.
  // A helper counts itself in and then looks whether the work is open; the caller closes the work
  // and then waits until none is in.
  alignas(64) std::atomic<int64_t> next_part_{0};
  alignas(64) std::atomic<bool> is_open_{false};
  std::atomic<int> num_in_{0};
  std::atomic<int> call_number_{0};  // What sleepers wait for.
  std::atomic<bool> is_ending_{false};
  std::vector<std::thread> helpers_;  // Started by the first caller.
};

// What a run may use of them: by default nothing but its caller's thread.
//
// A kernel finds its run's share as ThreadShare::Current(), and uses it where a piece of work is worth
// it: some tens of microseconds. Its result must not depend, in any bit, on how many threads there are.
struct ThreadShare {
  Workers* workers = nullptr;
  int max_threads = 1;

  // That of the run which the calling thread carries out. Outside a run, and within a part that a
  // helper has taken: no helpers.
  static const ThreadShare& Current();
  // Makes a share the current one of this thread, until it ends.
  class Scope;

  bool is_alone() const { return workers == nullptr || max_threads <= 1; }

  template <typename Part>
  void ForEachPart(int64_t num_parts, const Part& part) const {
    if (is_alone() || num_parts <= 1) {
      for (int64_t i = 0; i < num_parts; ++i) part(i);
    } else {
      workers->ForEachPart(num_parts, max_threads, part);
    }
  }
};

class ThreadShare::Scope {
 public:
  explicit Scope(const ThreadShare& share);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  const ThreadShare* const before_;
};

}  // namespace fanlight
