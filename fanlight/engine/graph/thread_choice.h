// How many threads a plan's runs take, found by measuring them.
//
//   small:   the first runs take less than the hand-over to another thread pays: one thread.
//   trial:   a few runs with each number of threads in turn, timed → the best by their sum
//   stay:    many runs, not timed, with the best; then a trial again, since other programs come and go
//
// On a machine with a free core two threads win where the products are large; where the other core
// is busy they lose, and the next trial finds out. Results do not depend on it.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace fanlight {

class ThreadChoice {
 public:
  struct Turn {
    int num_threads = 1;
    bool is_timed = false;
  };

  // Among 1, 2, 4, … and `max_threads`.
  explicit ThreadChoice(int max_threads);

  // What the next run is to do. Where it is timed, Took() is to be called after it.
  Turn Next() {
    if (runs_to_stay_ > 0) {
      --runs_to_stay_;
      return {best_, false};
    }
    return NextOfTrial();
  }
  void Took(const Turn& turn, double seconds);

 private:
  struct Candidate {
    int num_threads;
    int num_runs = 0;
    double sum_s = 0;
    double slowest_s = 0;  // Not part of the judgement: the machine did something else.
  };

  Turn NextOfTrial();
  void Judge();

  std::vector<Candidate> candidates_;
  int64_t turns_ = 0;  // Of this trial.
  int64_t runs_to_stay_ = 0;
  int64_t next_stay_;
  int best_ = 1;
};

}  // namespace fanlight
