// How fast the board answers over HTTP, told by a native client on loopback: columns of 100 runs, a window of a series of a
// million points, and the time from a flushed event until the API serves it. Prints figures, asserts none.
//
//   http-bench [PROGRAM]      default: the `fanlight` beside it

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/proto/event.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using fanlight::File;

double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
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

class Connection {
 public:
  explicit Connection(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FL_CHECK(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
             "the board listens");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The answer's body.
  std::string_view Post(const std::string& path, const std::string& body,
                        const std::string& accept) {
    const std::string request = fmt::format(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAccept: {}\r\nContent-Length: {}\r\n\r\n{}", path,
        accept, body.size(), body);
    FL_CHECK(send(socket_, request.data(), request.size(), MSG_NOSIGNAL) ==
                 static_cast<ssize_t>(request.size()),
             "a request goes out in one piece");
    size_t used = 0;
    size_t head = 0;
    size_t length = 0;
    for (;;) {
      if (buffer_.size() - used < (1 << 16)) buffer_.resize(buffer_.size() * 2 + (1 << 18));
      const ssize_t got = recv(socket_, buffer_.data() + used, buffer_.size() - used, 0);
      FL_CHECK(got > 0, "the board answers");
      used += static_cast<size_t>(got);
      const std::string_view so_far(buffer_.data(), used);
      if (head == 0) {
        const size_t end = so_far.find("\r\n\r\n");
        if (end == std::string_view::npos) continue;
        head = end + 4;
        FL_CHECK(so_far.starts_with("HTTP/1.1 200"), so_far);
        length = std::strtoull(buffer_.data() + so_far.find("Content-Length: ") + 16, nullptr, 10);
      }
      if (used >= head + length) return so_far.substr(head, length);
    }
  }

 private:
  const int socket_;
  std::string buffer_;
};

// The program under measurement; ends with this object.
class Board {
 public:
  Board(const std::string& program, const std::string& logdir) {
    int pipe_ends[2];
    FL_CHECK(pipe(pipe_ends) == 0, "a pipe can be made");
    child_ = fork();
    if (child_ == 0) {
      dup2(pipe_ends[1], STDERR_FILENO);
      close(pipe_ends[0]);
      close(pipe_ends[1]);
      execl(program.c_str(), program.c_str(), "--logdir", logdir.c_str(), "--port", "0",
            static_cast<char*>(nullptr));
      _exit(127);
    }
    close(pipe_ends[1]);
    said_ = pipe_ends[0];
    std::string text;
    char bytes[4096];
    size_t at = std::string::npos;
    while (at == std::string::npos || text.find('/', at + 10) == std::string::npos) {
      const ssize_t got = read(pipe_ends[0], bytes, sizeof bytes);
      FL_CHECK(got > 0, "the board starts: " + program);
      text.append(bytes, static_cast<size_t>(got));
      at = text.find("localhost:");
    }
    port_ = static_cast<uint16_t>(std::strtoul(text.c_str() + at + 10, nullptr, 10));
  }
  ~Board() {
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
    close(said_);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  uint16_t port() const { return port_; }

 private:
  pid_t child_ = 0;
  int said_ = -1;
  uint16_t port_ = 0;
};

constexpr char kBinary[] = "application/vnd.fanlight.columns";
constexpr int kRuns = 100;

// Total points of the answer's series number `place`.
uint64_t TotalOf(std::string_view columns, size_t place) {
  return fanlight::LoadLittleEndian<uint64_t>(columns.data() + 16 + 32 * place + 8);
}

void WaitForPoints(uint16_t port, int run, uint64_t points) {
  Connection connection(port);
  const std::string request =
      fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":1}})", run);
  while (TotalOf(connection.Post("/api/v1/columns", request, kBinary), 0) < points)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Report(const std::string& what, std::vector<double>& milliseconds, size_t bytes) {
  const double median = Percentile(milliseconds, 0.5);
  fmt::print("{:<58} p50 {:8.3f} ms   p99 {:8.3f} ms   {:>10} bytes\n", what, median,
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
  const fanlight::TemporaryDirectory directory;
  for (int run = 0; run < kRuns; ++run)
    WriteRun(directory.Join(fmt::format("run_{:03}", run)), run, 1000);
  WriteRun(directory.Join("z_long"), kRuns, 1'000'000);
  const Board board(program, directory.path());

  // Ids are given in the order of loading; ask which name each has.
  std::vector<int> short_runs;
  int long_run = -1;
  {
    Connection connection(board.port());
    for (int id = 0; static_cast<int>(short_runs.size()) < kRuns || long_run < 0;) {
      const std::string request =
          fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":1}})", id % (kRuns + 1));
      const uint64_t total = TotalOf(connection.Post("/api/v1/columns", request, kBinary), 0);
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
  all += "]}";
  MeasurePost(board.port(), "100 runs x 1,000 points, binary", all, kBinary, 500);
  MeasurePost(board.port(), "100 runs x 1,000 points, JSON", all, "application/json", 100);
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{0, 999'999},
                                                                 {250'000, 750'000},
                                                                 {499'000, 540'000},
                                                                 {500'000, 502'000},
                                                                 {500'000, 500'400}}) {
    MeasurePost(
        board.port(), fmt::format("400 pixels of 1,000,000 points, steps {} to {}", from, to),
        fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":400,"from":{},"to":{}}})",
                    long_run, from, to),
        kBinary, 500);
  }
  MeasurePost(board.port(), "the same, all of it, smoothed 0.6",
              fmt::format(R"({{"series":[{{"run":{},"tag":"loss"}}],"width":400,"smoothing":0.6}})",
                          long_run),
              kBinary, 30);

  constexpr int kConnections = 8;
  constexpr int kEach = 250;
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kConnections; ++i) {
      clients.emplace_back([&] {
        Connection connection(board.port());
        for (int j = 0; j < kEach; ++j) connection.Post("/api/v1/columns", all, kBinary);
      });
    }
  }
  fmt::print("{:<58} {:8.0f} requests/s\n", "100 runs x 1,000 points, binary, 8 connections",
             kConnections * kEach * 1000.0 / MillisecondsSince(begin));

  // One event written (that is what a flush does) until the API counts it; the client asks without pause.
  const std::string path = directory.Join("run_000/events.out.tfevents.1");
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  FL_CHECK(file >= 0, "the run can be appended to");
  Connection connection(board.port());
  const auto sum = [&] {
    const std::string_view columns = connection.Post(
        "/api/v1/columns", all.substr(0, all.size() - 1) + R"(,"width":1})", kBinary);
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
