// An HTTP/1.1 server: one thread moves bytes for all connections, a small pool of threads makes the
// answers, so that a large answer stalls nobody.
//
//   FL_ASSIGN_OR_RETURN(auto server, Server::Create({.host = "localhost", .port = 6006},
//                                                   [&](Request r) { return
//                                                   router.Route(std::move(r)); }));
//   server->Start();
//
// Limits hold for every connection: size of header and body, idle time, time to send a request,
// time to take an answer, number of connections. What a limit stops is answered with its reason
// where it can be. Each answer leaves in one write, with TCP_NODELAY.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/http/message.h"

namespace fanlight::http {

struct ServerLimits {
  uint32_t header_bytes = 64u << 10;
  uint64_t body_bytes = uint64_t{8} << 20;
  size_t connections = 1024;
  size_t streams = 256;                       // Of them, Server-Sent Events.
  std::chrono::milliseconds idle{75'000};     // Between two requests of a connection.
  std::chrono::milliseconds request{20'000};  // From a request's first byte to its last.
  // To take an answer: this long, and a second more for each `min_bytes_per_second` of it.
  std::chrono::milliseconds answer{30'000};
  uint64_t min_bytes_per_second = 32u << 10;
  std::chrono::milliseconds stream_comment{
      15'000};  // Silence before a comment keeps a stream open.
};

class Server {
 public:
  struct Options {
    // A name or address; "localhost" is 127.0.0.1 and, where there is one, ::1; empty is every
    // address.
    std::string host = "localhost";
    uint16_t port = 0;  // 0: any free one.
    bool reuse_port = false;
    unsigned workers = 4;
    ServerLimits limits{};
    // Whether making the answer takes less than handing the request to another thread would, always. Such answers are made
    // where bytes are moved. Empty: none.
    std::function<bool(const Request&)> is_quick{};
  };
  // Called from several threads at once.
  using AnswerFunction = std::function<Response(Request)>;

  // Binds and listens; nothing is answered before Start().
  // Errors: kAlreadyExists, the port is taken; kPermissionDenied; kNotFound, the host is not an
  // address of this machine; kIo.
  static Result<std::unique_ptr<Server>> Create(Options options, AnswerFunction answer);
  // Stops, closes every connection and joins the threads.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Start();
  // The port bound to.
  uint16_t port() const;
  // Whether all addresses bound to are loopback ones.
  bool is_loopback() const;
  // Connections open now.
  size_t connections() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fanlight::http
