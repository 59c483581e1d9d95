#include "bench/board_process.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "fanlight/base/check.h"

namespace fanlight::bench {

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Connection::Connection(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  FL_CHECK(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
           "the board listens");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() { ::close(socket_); }

std::string_view Connection::Get(const std::string& path) {
  return Ask(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
}

std::string_view Connection::Post(const std::string& path, const std::string& json,
                                  const std::string& accept) {
  return Ask(
      fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Accept: {}\r\nContent-Length: {}\r\n\r\n{}",
                  path, accept, json.size(), json));
}

std::string_view Connection::Ask(const std::string& request) {
  std::string_view rest = request;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    FL_CHECK(sent > 0, "the board takes a request");
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  size_t used = 0;
  size_t head = 0;
  size_t length = 0;
  for (;;) {
    if (buffer_.size() - used < (1 << 16)) buffer_.resize(buffer_.size() * 2 + (1 << 16));
    const ssize_t got = ::recv(socket_, buffer_.data() + used, buffer_.size() - used, 0);
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

BoardProcess::BoardProcess(const std::vector<std::string>& command) : started_(Clock::now()) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int pipe_ends[2];
  FL_CHECK(::pipe(pipe_ends) == 0, "a pipe can be made");
  child_ = ::fork();
  if (child_ == 0) {
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  said_ = pipe_ends[0];
  constexpr std::string_view kHost = "localhost:";
  std::string text;
  char bytes[4096];
  size_t at = std::string::npos;
  while (at == std::string::npos || text.find('/', at + kHost.size()) == std::string::npos) {
    const ssize_t got = ::read(said_, bytes, sizeof bytes);
    FL_CHECK(got > 0, "the board starts: " + command[0] + "\n" + text);
    text.append(bytes, static_cast<size_t>(got));
    at = text.find(kHost);
  }
  port_ = static_cast<uint16_t>(std::strtoul(text.c_str() + at + kHost.size(), nullptr, 10));
  // A board that has much to say would wait for ever for someone to hear it.
  listener_ = std::jthread([said = said_] {
    char heard[4096];
    while (::read(said, heard, sizeof heard) > 0) {
    }
  });
}

BoardProcess::~BoardProcess() {
  ::kill(child_, SIGTERM);
  ::waitpid(child_, nullptr, 0);
  listener_.join();
  ::close(said_);
}

Memory BoardProcess::MemoryNow() const {
  std::ifstream status(fmt::format("/proc/{}/status", child_));
  Memory memory;
  for (std::string line; std::getline(status, line);) {
    const auto take = [&](std::string_view key, double& into) {
      if (line.starts_with(key)) into = std::stod(line.substr(key.size())) / 1024;
    };
    take("VmHWM:", memory.peak_mb);
    take("VmRSS:", memory.resident_mb);
    take("RssAnon:", memory.heap_mb);
  }
  return memory;
}

double BoardProcess::CpuSeconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", child_));
  std::string text;
  std::getline(file, text);
  // Fields 14 and 15; the name in parentheses may hold blanks.
  const char* at = text.c_str() + text.rfind(')') + 1;
  uint64_t ticks = 0;
  for (int field = 3; field <= 15; ++field) {
    while (*at == ' ') ++at;
    if (field >= 14) ticks += std::strtoull(at, nullptr, 10);
    while (*at != ' ' && *at != '\0') ++at;
  }
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace fanlight::bench
