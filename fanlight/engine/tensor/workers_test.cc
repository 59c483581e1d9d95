#include "fanlight/engine/tensor/workers.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace fanlight {
namespace {

TEST(Workers, CallEachPartOnce) {
  Workers workers(3);
  for (const int64_t num_parts : {0, 1, 2, 3, 17, 1000}) {
    for (int max_threads = 0; max_threads <= 5; ++max_threads) {
      // Plain integers: a part that were called twice at once would be a race.
      std::vector<int> calls(static_cast<size_t>(num_parts), 0);
      workers.ForEachPart(num_parts, max_threads,
                          [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
      for (const int count : calls) EXPECT_EQ(count, 1);
    }
  }
}

TEST(Workers, HelpersTakePartsAndNoMoreThanAsked) {
  Workers workers(3);
  for (const int max_threads : {1, 2, 4}) {
    std::atomic<int> num_within{0};
    std::atomic<int> most{0};
    // Each part waits until as many are within as may be.
    workers.ForEachPart(max_threads, max_threads, [&](int64_t) {
      int now = ++num_within;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      while (num_within < max_threads) std::this_thread::yield();
    });
    EXPECT_EQ(most, max_threads);
  }
}

TEST(Workers, SleepersAreWoken) {
  Workers workers(1);
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> num_within{0};
    workers.ForEachPart(2, 2, [&](int64_t) {
      ++num_within;
      while (num_within < 2) std::this_thread::yield();
    });
    // Long enough, in some rounds, for the helper to have gone to sleep.
    for (int i = 0; i < round * 10; ++i) std::this_thread::yield();
  }
}

TEST(Workers, CallersShareThem) {
  Workers workers(2);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        workers.ForEachPart(5, 3, [&](int64_t i) { sum += i; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 500 * 10);
}

TEST(Workers, MayAskForMoreWithinAPart) {
  Workers workers(2);
  std::atomic<int> calls{0};
  workers.ForEachPart(4, 3, [&](int64_t) { workers.ForEachPart(4, 3, [&](int64_t) { ++calls; }); });
  EXPECT_EQ(calls, 16);
}

TEST(Workers, AShareIsTheCallersThreadUnlessGiven) {
  std::set<std::thread::id> threads;
  ThreadShare().ForEachPart(5, [&](int64_t) { threads.insert(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(Workers, TheCurrentShareIsThatOfTheInnermostScopeOfTheThread) {
  Workers workers(1);
  EXPECT_TRUE(ThreadShare::Current().is_alone());
  const ThreadShare two{&workers, 2};
  const ThreadShare::Scope outer(two);
  EXPECT_EQ(ThreadShare::Current().max_threads, 2);
  {
    const ThreadShare one{&workers, 1};
    const ThreadShare::Scope inner(one);
    EXPECT_TRUE(ThreadShare::Current().is_alone());
  }
  EXPECT_EQ(ThreadShare::Current().workers, &workers);
  std::thread([] { EXPECT_TRUE(ThreadShare::Current().is_alone()); }).join();
}

// A forked process has no helpers, and nobody to wait for when it ends.
TEST(Workers, AForkedProcessWorksAlone) {
  Workers workers(3);
  std::atomic<int> calls{0};
  workers.ForEachPart(100, 4, [&](int64_t) { ++calls; });
  ASSERT_EQ(calls, 100);
  const pid_t child = fork();
  if (child == 0) {
    {
      Workers own(2);
      own.ForEachPart(100, 3, [&](int64_t) { ++calls; });
    }
    for (int i = 0; i < 100; ++i) workers.ForEachPart(10, 4, [&](int64_t) { ++calls; });
    const bool is_right = calls == 1200;
    workers.~Workers();
    _exit(is_right ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace fanlight
