// How fast the board answers over HTTP, told by a native client on loopback: columns of 100 runs, a window of a series of a
// million points, the first page of a large log, and the time from a flushed event until the API serves it. Prints figures,
// asserts none.
//
//   http-bench [PROGRAM [LOGDIR]]      default: the `fanlight` beside it, and a directory that is removed in the end

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/board_process.h"
#include "fanlight/base/check.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/proto/event.pb.h"

namespace {

using fanlight::bench::BoardProcess;
using fanlight::bench::Clock;
using fanlight::bench::Connection;

double MillisecondsSince(Clock::time_point begin) {
  return fanlight::bench::SecondsSince(begin) * 1000;
}

double Percentile(std::vector<double>& values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(part * static_cast<double>(values.size())))];
}

void AppendScalar(std::string& out, int64_t step, double wall_time_s, float value) {
  fanlight::proto::Event event;
  event.set_step(step);
  event.set_wall_time(wall_time_s);
  auto* const point = event.mutable_summary()->add_value();
  point->set_tag("loss");
  point->set_simple_value(value);
  const std::string bytes = event.SerializeAsString();
  fanlight::AppendRecord(out, std::as_bytes(std::span(bytes)));
}

// A run whose wall times jitter and whose values look like noise, as real ones do.
void WriteRun(const std::string& directory, int run, int64_t points) {
  FL_CHECK(fanlight::MakeDirectories(directory), "the logdir can be made");
  std::string bytes;
  uint32_t state = static_cast<uint32_t>(run) + 1;
  for (int64_t step = 0; step < points; ++step) {
    state = state * 1664525 + 1013904223;
    AppendScalar(
        bytes, step,
        1.7e9 + static_cast<double>(step) * 0.25 + static_cast<double>(state >> 12) / 4194304.0,
        static_cast<float>(state >> 8) / 16777216.0f);
  }
  FL_CHECK(fanlight::WriteFileAtomically(directory + "/events.out.tfevents.1", bytes),
           "the run can be written");
}

constexpr char kPlain[] = "application/vnd.fanlight.columns";
constexpr char kPacked[] = "application/vnd.fanlight.packed";
constexpr int kRuns = 100;

// Total points of the answer's series number `place`.
uint64_t TotalOf(std::string_view columns, size_t place) {
  return fanlight::LoadLittleEndian<uint64_t>(columns.data() + 16 + 32 * place + 8);
}

void WaitForPoints(uint16_t port, int run, uint64_t points) {
  Connection connection(port);
  const std::string request =
      fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":1}})", run);
  while (TotalOf(connection.Post("/api/v1/columns", request, kPlain), 0) < points)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Report(const std::string& what, std::vector<double>& milliseconds, size_t bytes) {
  const double median = Percentile(milliseconds, 0.5);
  fmt::print("{:<72} p50 {:8.3f} ms   p99 {:8.3f} ms   {:>10} bytes\n", what, median,
             Percentile(milliseconds, 0.99), bytes);
}

void MeasurePost(uint16_t port, const std::string& what, const std::string& request,
                 const std::string& accept, int rounds) {
  Connection connection(port);
  std::vector<double> times;
  size_t bytes = 0;
  for (int i = -3; i < rounds; ++i) {
    const auto begin = Clock::now();
    bytes = connection.Post("/api/v1/columns", request, accept).size();
    if (i >= 0) times.push_back(MillisecondsSince(begin));
  }
  Report(what, times, bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program =
      argc > 1 ? argv[1] : fanlight::JoinPath(fanlight::DirectoryOf(argv[0]), "fanlight");
  const fanlight::TemporaryDirectory temporary;
  const std::string logdir = argc > 2 ? argv[2] : temporary.path();
  for (int run = 0; run < kRuns; ++run)
    WriteRun(fanlight::JoinPath(logdir, fmt::format("run_{:03}", run)), run, 1000);
  WriteRun(fanlight::JoinPath(logdir, "z_long"), kRuns, 1'000'000);
  const BoardProcess board({program, "--logdir", logdir, "--port", "0"});

  // Ids are given in the order of loading; ask which name each has.
  std::vector<int> short_runs;
  int long_run = -1;
  {
    Connection connection(board.port());
    for (int id = 0; static_cast<int>(short_runs.size()) < kRuns || long_run < 0;) {
      const std::string request =
          fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":1}})", id % (kRuns + 1));
      const uint64_t total = TotalOf(connection.Post("/api/v1/columns", request, kPlain), 0);
      const int run = id % (kRuns + 1);
      if (total == 1'000'000) long_run = run;
      if (total == 1000 &&
          std::find(short_runs.begin(), short_runs.end(), run) == short_runs.end() &&
          long_run != run)
        short_runs.push_back(run);
      ++id;
      if (id % (kRuns + 1) == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (long_run < 0)
          short_runs.clear();  // The long run may have been seen at its thousandth point.
      }
    }
  }
  WaitForPoints(board.port(), long_run, 1'000'000);

  std::string all = R"({"series":[)";
  for (size_t i = 0; i < short_runs.size(); ++i)
    all += fmt::format(R"({}{{"run":{},"tag":"loss"}})", i > 0 ? "," : "", short_runs[i]);
  all += "]";
  const std::string every = all + "}";
  MeasurePost(board.port(), "100 runs x 1,000 points, packed", every, kPacked, 500);
  MeasurePost(board.port(), "the same, plain", every, kPlain, 500);
  MeasurePost(board.port(), "the same, JSON", every, "application/json", 100);
  MeasurePost(
      board.port(), "100 runs x 1,000 points as envelopes of 64, smoothed, for the screen",
      all +
          R"(,"width":64,"shape":"envelope","smoothing":0.6,"precision":"screen","wall_times":false})",
      kPacked, 300);
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{0, 999'999},
                                                                 {250'000, 750'000},
                                                                 {499'000, 540'000},
                                                                 {500'000, 502'000},
                                                                 {500'000, 500'400}}) {
    for (const char* smoothing : {"", R"(,"smoothing":0.6)", R"(,"smoothing":0.999)"}) {
      MeasurePost(
          board.port(),
          fmt::format("400 pixels of 1,000,000 points, {} to {}{}", from, to, smoothing),
          fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":400,"from":{},"to":{}{}}})",
                      long_run, from, to, smoothing),
          kPacked, 300);
    }
  }
  for (const char* smoothing :
       {R"({"kind":"time_ema","half_life":100})", R"({"kind":"mean","radius":50})",
        R"({"kind":"gaussian","sigma":20})", R"({"kind":"median","radius":20})"}) {
    MeasurePost(
        board.port(), fmt::format("400 pixels of all of it, {}", smoothing),
        fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":400,"smoothing":{}}})",
                    long_run, smoothing),
        kPacked, 100);
  }
  std::string group = R"({"series":[],"width":400,"groups":[{"tag":"loss","runs":[)";
  for (size_t i = 0; i < short_runs.size(); ++i)
    group += fmt::format("{}{}", i > 0 ? "," : "", short_runs[i]);
  MeasurePost(board.port(), "100 runs x 1,000 points as one band", group + "]}]}", kPacked, 100);

  constexpr int kConnections = 8;
  constexpr int kEach = 250;
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kConnections; ++i) {
      clients.emplace_back([&] {
        Connection connection(board.port());
        for (int j = 0; j < kEach; ++j) connection.Post("/api/v1/columns", every, kPacked);
      });
    }
  }
  fmt::print("{:<72} {:8.0f} requests/s\n", "100 runs x 1,000 points, packed, 8 connections",
             kConnections * kEach * 1000.0 / MillisecondsSince(begin));

  // One event written (that is what a flush does) until the API counts it; the client asks without pause.
  const std::string path = fanlight::JoinPath(logdir, "run_000/events.out.tfevents.1");
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  FL_CHECK(file >= 0, "the run can be appended to");
  Connection connection(board.port());
  const auto sum = [&] {
    const std::string_view columns =
        connection.Post("/api/v1/columns", all + R"(,"width":1})", kPlain);
    uint64_t total = 0;
    for (size_t i = 0; i < short_runs.size(); ++i) total += TotalOf(columns, i);
    return total;
  };
  std::vector<double> lags;
  uint64_t total = sum();
  for (int64_t i = 0; i < 300; ++i) {
    std::string record;
    AppendScalar(record, 1000 + i, 1.7e9 + 1000 + static_cast<double>(i), 1.0f);
    const auto written_at = Clock::now();
    FL_CHECK(write(file, record.data(), record.size()) == static_cast<ssize_t>(record.size()),
             "a record can be written");
    ++total;
    while (sum() < total) {
    }
    lags.push_back(MillisecondsSince(written_at));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  close(file);
  Report("one event written until the API serves it", lags, 0);
  return 0;
}
