#include "fanlight/engine/graph/thread_choice.h"

#include <algorithm>

namespace fanlight {
namespace {

// The first run with each number of threads starts threads and fills caches: it does not count.
constexpr int kColdRuns = 1;
constexpr int kTimedRuns = 6;
// Long runs show it sooner, and each on too few threads costs more.
constexpr int kLongTimedRuns = 2;
constexpr double kLongTrial_s = 50e-3;
// Runs from one trial to the next; more, each time a trial confirms what was.
constexpr int64_t kFirstStay = 100;
constexpr int64_t kLongestStay = 1600;
// A run shorter than this is not worth a second thread, nor often a trial.
constexpr double kSmallRun_s = 40e-6;
constexpr int64_t kSmallStay = 10000;
// What more threads must save: they are taken from other work.
constexpr double kWantedSaving = 0.05;

}  // namespace

ThreadChoice::ThreadChoice(int max_threads) : next_stay_(kFirstStay) {
  for (int n = 1; n < max_threads; n *= 2) candidates_.push_back({n});
  candidates_.push_back({std::max(1, max_threads)});
  if (candidates_.size() == 1) runs_to_stay_ = INT64_MAX;
}

ThreadChoice::Turn ThreadChoice::NextOfTrial() {
  return {candidates_[static_cast<size_t>(turns_++) % candidates_.size()].num_threads, true};
}

void ThreadChoice::Took(const Turn& turn, double seconds) {
  for (Candidate& candidate : candidates_) {
    if (candidate.num_threads != turn.num_threads) continue;
    if (++candidate.num_runs <= kColdRuns) return;
    candidate.sum_s += seconds;
    candidate.slowest_s = std::max(candidate.slowest_s, seconds);
    if (candidate.num_threads == 1 && candidate.num_runs == kColdRuns + 1 &&
        seconds < kSmallRun_s) {
      best_ = 1;
      runs_to_stay_ = kSmallStay;
      break;
    }
  }
  const bool is_over = runs_to_stay_ > 0 ||
                       std::all_of(candidates_.begin(), candidates_.end(), [](const Candidate& c) {
                         const bool is_long = c.sum_s >= kLongTrial_s;
                         return c.num_runs >= kColdRuns + (is_long ? kLongTimedRuns : kTimedRuns);
                       });
  if (!is_over) return;
  if (runs_to_stay_ == 0) Judge();
  turns_ = 0;
  for (Candidate& candidate : candidates_) candidate = {candidate.num_threads};
}

void ThreadChoice::Judge() {
  const auto mean = [](const Candidate& c) {
    return (c.sum_s - c.slowest_s) / (c.num_runs - kColdRuns - 1);
  };
  const Candidate* best = &candidates_.front();
  for (const Candidate& candidate : candidates_) {
    if (mean(candidate) < (1 - kWantedSaving) * mean(*best)) best = &candidate;
  }
  next_stay_ = best->num_threads == best_ ? std::min(2 * next_stay_, kLongestStay) : kFirstStay;
  best_ = best->num_threads;
  runs_to_stay_ = next_stay_;
}

}  // namespace fanlight
