// How far behind the board is while logs grow, and what following them costs it:
//
//   tail-bench [PROGRAM]      default: the `fanlight` beside it
//
// One event at a time, written until the API counts it; 20,000 events a second into 20 runs; 20 a second into each of 500
// runs. Writers flush every 10 ms, as a training that flushes each step would. Prints figures, asserts none.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/board_process.h"
#include "bench/log_profile.h"
#include "fanlight/base/check.h"
#include "fanlight/base/clock.h"
#include "fanlight/base/file.h"
#include "fanlight/events/record_writer.h"

namespace fanlight::bench {
namespace {

using std::chrono::milliseconds;

constexpr int kSingleEvents = 300;
constexpr milliseconds kFlushInterval{10};
// How often the API is asked how far it is while a stream is written: answering costs the board too.
constexpr milliseconds kAskInterval{20};

std::string Framed(const std::string& event) {
  std::string record;
  AppendRecord(record, AsBytes(event));
  return record;
}

class GrowingRun {
 public:
  explicit GrowingRun(const std::string& directory) {
    FL_CHECK(MakeDirectories(directory), "a run can be made");
    const std::string path = JoinPath(directory, "events.out.tfevents.1.v2");
    file_ = File(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), path);
    // protobuf: wall time, and file_version "brain.Event:2".
    std::string version("\x09\0\0\0\0\x80\x54\xd9\x41\x1a\x0d", 11);
    version += "brain.Event:2";
    FL_CHECK(file_.Write(Framed(version)), "a run can be written");
  }
  void Add(int64_t step) {
    pending_ += Framed(ScalarEvent(SystemClock().WallTimeS(), step, "loss", 1.0f));
  }
  void Flush() {
    FL_CHECK(file_.Write(pending_), "a run can be written");
    pending_.clear();
  }

 private:
  File file_;
  std::string pending_;
};

uint64_t PointsServed(Connection& connection) {
  return boost::json::parse(connection.Get("/api/v1/status")).at("points").to_number<uint64_t>();
}

double Percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(part * static_cast<double>(values.size())))];
}

void WaitForPoints(Connection& connection, uint64_t points) {
  while (PointsServed(connection) < points) std::this_thread::sleep_for(milliseconds(1));
}

void MeasureSingleEvents(const std::string& program) {
  const TemporaryDirectory directory;
  GrowingRun run(directory.Join("run"));
  const BoardProcess board({program, "--logdir", directory.path(), "--port", "0"});
  Connection connection(board.port());
  run.Add(0);
  run.Flush();
  WaitForPoints(connection, 1);
  std::vector<double> lags_ms;
  for (int i = 1; i <= kSingleEvents; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    run.Add(i);
    const auto written = Clock::now();
    run.Flush();
    while (PointsServed(connection) < static_cast<uint64_t>(i) + 1) {
    }
    lags_ms.push_back(1e3 * SecondsSince(written));
  }
  fmt::print("one event, written until served: p50 {:.2f} ms, p99 {:.2f} ms, most {:.2f} ms\n",
             Percentile(lags_ms, 0.5), Percentile(lags_ms, 0.99), Percentile(lags_ms, 1));
}

void MeasureStream(const std::string& program, int runs, int events_per_run_second,
                   double seconds) {
  const TemporaryDirectory directory;
  std::vector<std::unique_ptr<GrowingRun>> all;
  for (int i = 0; i < runs; ++i) {
    all.push_back(std::make_unique<GrowingRun>(directory.Join(fmt::format("run_{:03}", i))));
    all.back()->Add(0);
    all.back()->Flush();
  }
  const BoardProcess board({program, "--logdir", directory.path(), "--port", "0"});
  Connection connection(board.port());
  WaitForPoints(connection, static_cast<uint64_t>(runs));

  // How many points were flushed when: what is served later than that is behind.
  struct Flushed {
    uint64_t points;
    Clock::time_point at;
  };
  std::mutex mutex;
  std::deque<Flushed> waiting;
  std::atomic<bool> is_done{false};
  const double rate = static_cast<double>(runs) * events_per_run_second;
  const auto begin = Clock::now();
  const double cpu_before = board.CpuSeconds();
  std::jthread writer([&] {
    uint64_t written = 0;
    const auto total = static_cast<uint64_t>(rate * seconds);
    while (written < total) {
      const auto due = std::min(total, static_cast<uint64_t>(rate * SecondsSince(begin)));
      for (; written < due; ++written) {
        const size_t run = written % all.size();
        all[run]->Add(1 + static_cast<int64_t>(written / all.size()));
      }
      for (const auto& run : all) run->Flush();
      {
        const std::lock_guard lock(mutex);
        waiting.push_back({written + all.size(), Clock::now()});
      }
      std::this_thread::sleep_for(kFlushInterval);
    }
    is_done = true;
  });
  std::vector<double> lags_ms;
  for (;;) {
    const uint64_t served = PointsServed(connection);
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex);
      while (!waiting.empty() && waiting.front().points <= served) {
        lags_ms.push_back(
            std::chrono::duration<double, std::milli>(now - waiting.front().at).count());
        waiting.pop_front();
      }
      if (is_done && waiting.empty()) break;
    }
    std::this_thread::sleep_for(kAskInterval);
  }
  const double spent_s = SecondsSince(begin);
  const double cpu_s = board.CpuSeconds() - cpu_before;
  fmt::print(
      "{} runs, {:.0f} events a second for {:.0f} s: behind p50 {:.1f} ms, p99 {:.1f} ms, most "
      "{:.1f} ms; {:.1f} % of a core, {:.1f} MB\n",
      runs, rate, seconds, Percentile(lags_ms, 0.5), Percentile(lags_ms, 0.99),
      Percentile(lags_ms, 1), 100 * cpu_s / spent_s, board.MemoryNow().heap_mb);
}

}  // namespace
}  // namespace fanlight::bench

int main(int argc, char** argv) {
  const std::string program =
      argc > 1 ? argv[1] : fanlight::JoinPath(fanlight::DirectoryOf(argv[0]), "fanlight");
  fanlight::bench::MeasureSingleEvents(program);
  fanlight::bench::MeasureStream(program, 20, 1000, 10);
  fanlight::bench::MeasureStream(program, 500, 20, 10);
  return 0;
}
