#include "apps/fanlight/progress.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "fanlight/base/text.h"

namespace fanlight::app {
namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr std::chrono::seconds kLongestWait{1};
constexpr std::string_view kClearLine = "\r\x1b[K";

void Tell(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string Counted(uint64_t count, std::string_view one, std::string_view many) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return fmt::format("{} {}", digits, count == 1 ? one : many);
}

}  // namespace

std::string ProgressLine(const store::Overview& overview) {
  const store::LoadProgress& progress = overview.progress;
  std::string line =
      fmt::format("reading {} of {} · {}", HumanBytes(progress.bytes_read),
                  HumanBytes(progress.bytes_total), Counted(overview.total_runs, "run", "runs"));
  if (progress.seconds_left)
    line += fmt::format(" · {:.0f} s left", std::max(1.0, std::ceil(*progress.seconds_left)));
  return line;
}

void ShowProgress(const store::Store& store, const std::string& logdir, bool is_terminal,
                  std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  bool has_told_missing = false;
  while (!stop.stop_requested()) {
    const store::Overview overview = store.Look();
    const store::LoadProgress& progress = overview.progress;
    if (progress.state == store::LoadState::kMissing && !has_told_missing) {
      Tell(fmt::format("{} does not exist yet; waiting for it.\n", logdir));
      has_told_missing = true;
    }
    if (progress.state == store::LoadState::kWatching) {
      if (is_terminal) Tell(kClearLine);
      std::string line = fmt::format(
          "{}, {}, {} in {}", Counted(overview.total_runs, "run", "runs"),
          Counted(overview.total_series, "series", "series"),
          Counted(overview.total_points, "point", "points"), HumanBytes(progress.bytes_read));
      if (const uint64_t damaged = overview.damage->count; damaged > 0)
        line += fmt::format("; {} damaged, left out", Counted(damaged, "place is", "places are"));
      Tell(overview.total_runs == 0
               ? fmt::format("No event files below {} yet; watching it.\n", logdir)
               : line + ". Watching.\n");
      return;
    }
    if (is_terminal && progress.bytes_total > 0) {
      Tell(kClearLine);
      Tell(ProgressLine(overview));
    }
    store.WaitForChange(overview.change, stop, kLongestWait);
    std::unique_lock<std::mutex> lock(mutex);
    stopped.wait_for(lock, stop, kPause, [] { return false; });
  }
  if (is_terminal) Tell(kClearLine);
}

}  // namespace fanlight::app
