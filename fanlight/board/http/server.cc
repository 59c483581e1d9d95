#include "fanlight/board/http/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <thread>
#include <unordered_set>
#include <utility>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/http/compress.h"
#include "fanlight/board/http/event_stream.h"
#include "fanlight/board/http/form.h"

namespace fanlight::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;

// How long a refused client is listened to after the answer. Closing at once, with its bytes
// unread, would reset the connection and take the answer away from it.
constexpr std::chrono::seconds kLinger{2};
constexpr size_t kMaxLingerBytes = size_t{4} << 20;
// Pause after a failed accept, such as one for want of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

auto Into(error_code& error) { return asio::redirect_error(use_awaitable, error); }

// What to say about a request that could not be read; nothing when the client has just gone.
std::optional<Response> ReadFailure(const error_code& error) {
  using Code = beast::http::error;
  if (error == Code::header_limit || error == Code::buffer_overflow)
    return TextResponse(431, "The request's header is larger than this server takes.");
  if (error == Code::body_limit)
    return TextResponse(413, "The request's body is larger than this server takes.");
  if (error.category() == make_error_code(Code::bad_version).category() &&
      error != Code::end_of_stream && error != Code::partial_message)
    return TextResponse(400, "This is not an HTTP/1.1 request: " + error.message());
  return std::nullopt;
}

// Header values come from code and, percent-encoded, from requests; a line break would be a bug of
// ours.
void AppendHeader(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) head += c == '\r' || c == '\n' ? ' ' : c;
  head += "\r\n";
}

std::string MakeHead(const Response& response, unsigned version, bool keep_alive) {
  std::string head = version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += StatusPhrase(response.status);
  head += "\r\n";
  if (!response.content_type.empty()) AppendHeader(head, "Content-Type", response.content_type);
  if (response.stream == nullptr && response.status != 304)
    AppendHeader(head, "Content-Length", std::to_string(response.bytes().size()));
  for (const auto& [name, value] : response.headers.items()) AppendHeader(head, name, value);
  if (!response.headers.Header("Cache-Control")) {
    AppendHeader(head, "Expires", "0");
    AppendHeader(head, "Cache-Control", "no-cache, must-revalidate");
  }
  AppendHeader(head, "X-Content-Type-Options", "nosniff");
  AppendHeader(head, "Referrer-Policy", "no-referrer");
  AppendHeader(head, "Cross-Origin-Opener-Policy", "same-origin");
  AppendHeader(head, "Cross-Origin-Resource-Policy", "same-origin");
  if (!keep_alive) {
    AppendHeader(head, "Connection", "close");
  } else if (version == 10) {
    AppendHeader(head, "Connection", "keep-alive");
  }
  head += "\r\n";
  return head;
}

// What goes out for a response, which it borrows the body of.
struct Message {
  Message(const Response& response, unsigned version, bool keep_alive, bool with_body)
      : head(MakeHead(response, version, keep_alive)) {
    if (with_body && response.stream == nullptr) body = response.bytes();
  }
  bool is_sent() const { return sent == head.size() + body.size(); }
  std::array<asio::const_buffer, 2> Rest() const {
    std::array<asio::const_buffer, 2> rest = {asio::buffer(head),
                                              asio::buffer(body.data(), body.size())};
    const size_t of_head = std::min(sent, head.size());
    rest[0] += of_head;
    rest[1] += sent - of_head;
    return rest;
  }

  std::string head;
  std::string_view body;
  size_t sent = 0;
};

// The answer of `answer`, compressed where that helps. Runs on the pool, unless it is quick.
Response MakeAnswer(const Server::AnswerFunction& answer, Request request) {
  const std::string accepted(request.headers.Header("Accept-Encoding").value_or(""));
  try {
    Response response = answer(std::move(request));
    if (response.stream == nullptr && IsCompressible(response.content_type) &&
        !response.headers.Header("Content-Encoding")) {
      response.headers.Add("Vary", "Accept-Encoding");
      if (response.bytes().size() >= kMinCompressedBytes && AcceptsEncoding(accepted, "gzip")) {
        response.body = Gzip(response.bytes());
        response.fixed_body = {};
        response.headers.Add("Content-Encoding", "gzip");
      }
    }
    return response;
  } catch (const std::exception& e) {
    LogError("no answer to a request: {}", e.what());
    return TextResponse(500, "Internal Server Error");
  }
}

}  // namespace

// Threads: everything here runs on the one thread of `io_`, but for MakeAnswer (the pool, unless it is quick),
// the first write of its answer, EventStream's wake (any thread; it only posts) and the atomics.
class Server::Impl {
 public:
  Impl(Options options, AnswerFunction answer)
      : options_(std::move(options)), answer_(std::move(answer)), pool_(options_.workers) {}
  ~Impl() { Stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Bind();
  void Start();
  void Stop();
  uint16_t port() const { return port_; }
  bool is_loopback() const { return is_loopback_; }
  size_t connections() const { return connections_.load(); }

 private:
  // A connection. Its coroutines hold it; the set below only closes it at the end.
  struct Connection {
    explicit Connection(tcp::socket socket)
        : stream(std::move(socket)), wake(stream.get_executor()) {}
    beast::tcp_stream stream;
    asio::steady_timer wake;  // A Server-Sent Events stream waits on it for news.
    beast::flat_buffer buffer;
    std::string peer;
    bool is_reader_gone = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  Status BindTo(const tcp::endpoint& endpoint, bool dual_stack);
  awaitable<void> Accept(tcp::acceptor& acceptor);
  awaitable<void> Serve(ConnectionPtr connection);
  // Reads one request and answers it. False when the connection ends with it.
  awaitable<bool> ServeOne(ConnectionPtr connection);
  // Sends what is left of a message; false when that fails.
  awaitable<bool> Finish(Connection& connection, const Message& message);
  awaitable<void> Refuse(Connection& connection, Response response, unsigned version);
  awaitable<void> ServeStream(ConnectionPtr connection, std::shared_ptr<EventStream> stream);
  awaitable<void> WatchForEnd(ConnectionPtr connection);
  static Request ToRequest(Parser& parser, const Connection& connection);

  const Options options_;
  const AnswerFunction answer_;
  asio::io_context io_{1};
  asio::thread_pool pool_;
  std::vector<tcp::acceptor> acceptors_;
  std::unordered_set<Connection*> open_;
  size_t streams_ = 0;
  std::atomic<size_t> connections_ = 0;
  uint16_t port_ = 0;
  bool is_loopback_ = true;
  bool is_stopped_ = false;
  std::thread thread_;
};

Status Server::Impl::BindTo(const tcp::endpoint& endpoint, bool dual_stack) {
  error_code error;
  const auto failed = [&](std::string_view what) -> tl::unexpected<Error> {
    const ErrorCode code = error == asio::error::address_in_use  ? ErrorCode::kAlreadyExists
                           : error == asio::error::access_denied ? ErrorCode::kPermissionDenied
                           : error == boost::system::errc::address_not_available
                               ? ErrorCode::kNotFound
                               : ErrorCode::kIo;
    return Fail(code, "cannot {} {} port {}: {}", what, endpoint.address().to_string(),
                endpoint.port(), error.message());
  };
  tcp::acceptor acceptor(io_);
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed("open a socket for");
  // A restart must not wait for the old connections to time out.
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (error) return failed("set up");
  if (options_.reuse_port) {
    acceptor.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true),
                        error);
    if (error) return failed("share");
  }
  if (endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!dual_stack), error);
    if (error) return failed("set up");
  }
  acceptor.bind(endpoint, error);
  if (error) return failed("bind to");
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed("listen on");
  port_ = acceptor.local_endpoint().port();
  is_loopback_ = is_loopback_ && endpoint.address().is_loopback();
  acceptors_.push_back(std::move(acceptor));
  return {};
}

Status Server::Impl::Bind() {
  const uint16_t port = options_.port;
  if (options_.host.empty()) {
    if (BindTo({asio::ip::address_v6::any(), port}, true)) return {};
    return BindTo({asio::ip::address_v4::any(), port}, false);
  }
  if (options_.host == "localhost") {
    FL_TRY(BindTo({asio::ip::address_v4::loopback(), port}, false));
    const Status v6 = BindTo({asio::ip::address_v6::loopback(), port_}, false);
    // A machine without IPv6 is fine. Someone else on that port is not: browsers might go there.
    if (!v6 && v6.error().code == ErrorCode::kAlreadyExists && port != 0) {
      acceptors_.clear();
      return v6;
    }
    return {};
  }
  std::string host = options_.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code error;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error)
    return Fail(ErrorCode::kNotFound, "cannot find the address of host {}: {}", Quoted(host),
                error.message());
  Status status = Fail(ErrorCode::kNotFound, "host {} has no address", Quoted(host));
  for (const auto& entry : found) {
    status = BindTo(entry.endpoint(), false);
    if (status) return {};
  }
  return status;
}

void Server::Impl::Start() {
  for (tcp::acceptor& acceptor : acceptors_) asio::co_spawn(io_, Accept(acceptor), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

void Server::Impl::Stop() {
  if (is_stopped_) return;
  is_stopped_ = true;
  pool_.join();  // Answers being made are finished; they reach the loop, which is still there.
  if (thread_.joinable()) {
    asio::post(io_, [this] {
      for (tcp::acceptor& acceptor : acceptors_) {
        error_code ignored;
        acceptor.close(ignored);
      }
      for (Connection* connection : open_) {
        connection->stream.close();
        connection->wake.cancel();
      }
      io_.stop();
    });
    thread_.join();
  }
}

awaitable<void> Server::Impl::Accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(io_);
  while (acceptor.is_open()) {
    error_code error;
    tcp::socket socket = co_await acceptor.async_accept(Into(error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(Into(error));
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);
    socket.non_blocking(true, error);
    const tcp::endpoint peer = socket.remote_endpoint(error);
    auto connection = std::make_shared<Connection>(std::move(socket));
    connection->peer = error ? std::string() : peer.address().to_string();
    asio::co_spawn(io_, Serve(std::move(connection)), asio::detached);
  }
}

awaitable<void> Server::Impl::Serve(ConnectionPtr connection) {
  open_.insert(connection.get());
  ++connections_;
  try {
    if (open_.size() > options_.limits.connections) {
      co_await Refuse(*connection, TextResponse(503, "Too many connections are open."), 11);
    } else {
      while (co_await ServeOne(connection)) {
      }
    }
  } catch (const std::exception& e) {
    LogError("a connection was closed: {}", e.what());
  }
  --connections_;
  open_.erase(connection.get());
}

Request Server::Impl::ToRequest(Parser& parser, const Connection& connection) {
  auto& message = parser.get();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  // The absolute form, `GET http://host/path`, which a proxy sends.
  std::string_view target = request.target;
  if (const size_t scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    const size_t path = target.find('/', scheme + 3);
    target = path == target.npos ? std::string_view("/") : target.substr(path);
    request.target = std::string(target);
    target = request.target;
  }
  const size_t question = target.find('?');
  request.path = PercentDecoded(target.substr(0, question), false);
  if (question != target.npos) request.query = std::string(target.substr(question + 1));
  for (const auto& field : message) {
    request.headers.Add(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = connection.peer;
  return request;
}

awaitable<bool> Server::Impl::ServeOne(ConnectionPtr connection) {
  const ServerLimits& limits = options_.limits;
  beast::tcp_stream& stream = connection->stream;
  beast::flat_buffer& buffer = connection->buffer;
  error_code error;
  if (buffer.size() == 0) {
    stream.expires_after(limits.idle);
    const size_t read =
        co_await stream.async_read_some(buffer.prepare(size_t{8} << 10), Into(error));
    if (error) co_return false;
    buffer.commit(read);
  }
  Parser parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(limits.body_bytes);
  stream.expires_after(limits.request);
  co_await beast::http::async_read_header(stream, buffer, parser, Into(error));
  if (!error && beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream, asio::buffer(kContinue), Into(error));
  }
  if (!error) co_await beast::http::async_read(stream, buffer, parser, Into(error));
  if (error) {
    if (auto failure = ReadFailure(error)) co_await Refuse(*connection, *std::move(failure), 11);
    co_return false;
  }

  const unsigned version = parser.get().version();
  if (version >= 11 && parser.get()[beast::http::field::host].empty()) {
    co_await Refuse(*connection, TextResponse(400, "The request has no Host header."), version);
    co_return false;
  }
  const bool keep_alive = parser.get().keep_alive();
  const bool with_body = parser.get().method() != beast::http::verb::head;
  Request request = ToRequest(parser, *connection);
  Response response;
  std::optional<Message> message;
  const auto answer = [&] {
    response = MakeAnswer(answer_, std::move(request));
    message.emplace(response, version, keep_alive && response.stream == nullptr, with_body);
    // The client need not wait until the other thread wakes: what the system takes at once is
    // sent from here, while nothing else is done with the socket. What fails here fails again,
    // and is told, where the rest is sent.
    error_code ignored;
    if (response.stream == nullptr)
      message->sent = stream.socket().write_some(message->Rest(), ignored);
  };
  if (options_.is_quick && options_.is_quick(request)) {
    answer();
  } else {
    co_await asio::co_spawn(
        pool_,
        [&]() -> awaitable<void> {
          answer();
          co_return;
        },
        use_awaitable);
  }

  if (response.stream != nullptr) {
    if (streams_ >= limits.streams) {
      co_await Refuse(*connection, TextResponse(503, "Too many streams are open."), version);
    } else if (co_await Finish(*connection, *message) && with_body) {
      co_await ServeStream(connection, std::move(response.stream));
    }
    if (response.stream != nullptr) response.stream->Close();
    co_return false;
  }
  if (!co_await Finish(*connection, *message)) co_return false;
  if (!keep_alive) stream.socket().shutdown(tcp::socket::shutdown_send, error);
  co_return keep_alive;
}

awaitable<bool> Server::Impl::Finish(Connection& connection, const Message& message) {
  if (message.is_sent()) co_return true;
  const auto extra =
      std::chrono::seconds(message.body.size() / options_.limits.min_bytes_per_second);
  connection.stream.expires_after(options_.limits.answer + extra);
  error_code error;
  // As much at once as the system takes; asio's own measure is 64 KB.
  const auto all = [](const error_code& failure, size_t) { return failure ? 0 : SIZE_MAX; };
  co_await asio::async_write(connection.stream, message.Rest(), all, Into(error));
  co_return !error;
}

awaitable<void> Server::Impl::Refuse(Connection& connection, Response response, unsigned version) {
  const Message message(response, version, false, true);
  if (!co_await Finish(connection, message)) co_return;
  error_code error;
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, error);
  connection.stream.expires_after(kLinger);
  std::array<char, 16384> unread{};
  error.clear();
  for (size_t total = 0; !error && total < kMaxLingerBytes;)
    total += co_await connection.stream.async_read_some(asio::buffer(unread), Into(error));
}

awaitable<void> Server::Impl::WatchForEnd(ConnectionPtr connection) {
  std::array<char, 256> unread{};
  error_code error;
  while (!error) co_await connection->stream.async_read_some(asio::buffer(unread), Into(error));
  connection->is_reader_gone = true;
  connection->wake.cancel();
}

awaitable<void> Server::Impl::ServeStream(ConnectionPtr connection,
                                          std::shared_ptr<EventStream> stream) {
  ++streams_;
  stream->SetWake([this, weak = std::weak_ptr<Connection>(connection)] {
    asio::post(io_, [weak] {
      if (const ConnectionPtr waiting = weak.lock()) waiting->wake.cancel();
    });
  });
  connection->stream.expires_never();
  asio::co_spawn(io_, WatchForEnd(connection), asio::detached);
  while (!connection->is_reader_gone) {
    error_code error;
    std::string text = stream->Take();
    if (text.empty()) {
      connection->wake.expires_after(options_.limits.stream_comment);
      co_await connection->wake.async_wait(Into(error));
      if (error) continue;  // Woken: there is news, or the reader has gone.
      text = ":\n\n";
    }
    connection->stream.expires_after(options_.limits.answer);
    co_await asio::async_write(connection->stream, asio::buffer(text), Into(error));
    if (error) break;
  }
  stream->Close();
  connection->stream.close();  // Ends WatchForEnd too.
  --streams_;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Create(Options options, AnswerFunction answer) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(answer));
  FL_TRY(impl->Bind());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::Start() { impl_->Start(); }
uint16_t Server::port() const { return impl_->port(); }
bool Server::is_loopback() const { return impl_->is_loopback(); }
size_t Server::connections() const { return impl_->connections(); }

}  // namespace fanlight::http
