// A mutex that clang's thread-safety analysis understands. Group the members by who guards them:
//
//   mutable Mutex mutex_;  // Guards what follows.
//   std::vector<int> values_ FL_GUARDED_BY(mutex_);
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FL_THREAD_ANNOTATION(x)
#endif
#define FL_CAPABILITY(x) FL_THREAD_ANNOTATION(capability(x))
#define FL_SCOPED_CAPABILITY FL_THREAD_ANNOTATION(scoped_lockable)
#define FL_GUARDED_BY(x) FL_THREAD_ANNOTATION(guarded_by(x))
#define FL_REQUIRES(...) FL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define FL_EXCLUDES(...) FL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define FL_ACQUIRE(...) FL_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define FL_RELEASE(...) FL_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define FL_NO_THREAD_SAFETY_ANALYSIS FL_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace fanlight {

class FL_CAPABILITY("mutex") Mutex {
 public:
  void lock() FL_ACQUIRE() { mutex_.lock(); }
  void unlock() FL_RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex for a scope; waits on a condition variable with it.
class FL_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FL_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() FL_RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // Callers loop: while (!condition) lock.Wait(changed);
  void Wait(std::condition_variable& changed) { changed.wait(lock_); }
  // False when the time passed without a notification.
  template <typename Rep, typename Period>
  bool WaitFor(std::condition_variable& changed, std::chrono::duration<Rep, Period> time) {
    return changed.wait_for(lock_, time) == std::cv_status::no_timeout;
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace fanlight
