// A board under measurement: the process and a connection to it, from a native client, because a script's own
// milliseconds would hide the board's.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fanlight::bench {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin);

// One kept-alive connection to this machine. What cannot be done ends the program with a message: it is a measurement.
class Connection {
 public:
  explicit Connection(uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The body of an answer with status 200, valid until the next call.
  std::string_view Get(const std::string& path);
  std::string_view Post(const std::string& path, const std::string& json,
                        const std::string& accept);

 private:
  std::string_view Ask(const std::string& request);

  const int socket_;
  std::string buffer_;
};

struct Memory {
  double peak_mb = 0;  // Resident at most, mapped pages included.
  double resident_mb = 0;
  double heap_mb = 0;  // Resident and not backed by a file.
};

// The program; ended with SIGTERM by the destructor.
class BoardProcess {
 public:
  // Starts `command`, and returns once it has printed the address it listens on.
  explicit BoardProcess(const std::vector<std::string>& command);
  ~BoardProcess();
  BoardProcess(const BoardProcess&) = delete;
  BoardProcess& operator=(const BoardProcess&) = delete;

  uint16_t port() const { return port_; }
  pid_t pid() const { return child_; }
  Clock::time_point started() const { return started_; }
  Memory MemoryNow() const;
  double CpuSeconds() const;

 private:
  pid_t child_ = 0;
  int said_ = -1;  // What it prints, which listener_ reads.
  uint16_t port_ = 0;
  Clock::time_point started_;
  std::jthread listener_;
};

}  // namespace fanlight::bench
