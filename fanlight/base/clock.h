// Time as a dependency: code asks a Clock, tests hand in one they move themselves.
#pragma once

#include <atomic>
#include <chrono>

namespace fanlight {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since 1970-01-01 UTC.
  virtual double WallTimeS() const = 0;
  // A time that never goes back, for intervals.
  virtual std::chrono::steady_clock::time_point Monotonic() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  double WallTimeS() const override {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::chrono::steady_clock::time_point Monotonic() const override {
    return std::chrono::steady_clock::now();
  }
};

// A clock that stands still until it is told to move. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(double wall_time_s = 1.7e9) : wall_time_s_(wall_time_s) {}
  double WallTimeS() const override { return wall_time_s_.load(); }
  std::chrono::steady_clock::time_point Monotonic() const override {
    return std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(wall_time_s_.load())));
  }
  void Advance(double seconds) { wall_time_s_.store(wall_time_s_.load() + seconds); }

 private:
  std::atomic<double> wall_time_s_;
};

}  // namespace fanlight
