#include "fanlight/engine/graph/thread_choice.h"

#include <gtest/gtest.h>

#include <map>

namespace fanlight {
namespace {

// Runs `count` times, each as long as `seconds` says for its threads. Returns runs by threads.
template <typename Seconds>
std::map<int, int> RunTurns(ThreadChoice& choice, int count, const Seconds& seconds) {
  std::map<int, int> runs;
  for (int i = 0; i < count; ++i) {
    const ThreadChoice::Turn turn = choice.Next();
    ++runs[turn.num_threads];
    if (turn.is_timed) choice.Took(turn, seconds(turn.num_threads));
  }
  return runs;
}

TEST(ThreadChoice, KeepsTheFasterNumberOfThreads) {
  ThreadChoice choice(4);
  const auto runs = RunTurns(choice, 2000, [](int n) { return n == 2 ? 600e-6 : 1e-3; });
  EXPECT_GT(runs.at(2), 1900);
  EXPECT_GT(runs.at(4), 0);  // It was tried.
}

TEST(ThreadChoice, TakesOneThreadWhereMoreSaveNothing) {
  ThreadChoice choice(2);
  EXPECT_GT(RunTurns(choice, 2000, [](int n) { return n == 2 ? 0.98e-3 : 1e-3; }).at(1), 1900);
}

TEST(ThreadChoice, ChangesWhenTheMachineDoes) {
  ThreadChoice choice(2);
  EXPECT_GT(RunTurns(choice, 1000, [](int n) { return n == 2 ? 0.5e-3 : 1e-3; }).at(2), 900);
  EXPECT_GT(RunTurns(choice, 5000, [](int n) { return n == 2 ? 20e-3 : 1e-3; }).at(1), 3000);
  EXPECT_GT(RunTurns(choice, 5000, [](int n) { return n == 2 ? 0.5e-3 : 1e-3; }).at(2), 3000);
}

TEST(ThreadChoice, OneSlowRunDoesNotDecide) {
  ThreadChoice choice(2);
  int timed = 0;
  const auto runs = RunTurns(choice, 100, [&](int n) {
    if (n == 2 && ++timed == 3) return 1.0;
    return n == 2 ? 0.5e-3 : 1e-3;
  });
  EXPECT_GT(runs.at(2), 80);
}

TEST(ThreadChoice, LongRunsAreTriedSeldom) {
  ThreadChoice choice(2);
  EXPECT_GE(RunTurns(choice, 20, [](int n) { return n == 2 ? 0.09 : 0.17; }).at(2), 17);
}

TEST(ThreadChoice, SmallRunsStayOnOneThreadAndAreHardlyTimed) {
  ThreadChoice choice(2);
  int timed = 0;
  const auto runs = RunTurns(choice, 9000, [&](int) {
    ++timed;
    return 5e-6;
  });
  EXPECT_LE(runs.count(2) == 0 ? 0 : runs.at(2), 2);
  EXPECT_LE(timed, 4);
}

TEST(ThreadChoice, WithoutHelpersNothingIsTimed) {
  ThreadChoice choice(1);
  const ThreadChoice::Turn turn = choice.Next();
  EXPECT_EQ(turn.num_threads, 1);
  EXPECT_FALSE(turn.is_timed);
}

}  // namespace
}  // namespace fanlight
