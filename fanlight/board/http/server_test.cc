// The server over real sockets on loopback, spoken to byte by byte.

#include "fanlight/board/http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "fanlight/board/http/compress.h"
#include "fanlight/board/http/event_stream.h"

namespace fanlight::http {
namespace {

using namespace std::chrono_literals;

// A client that sends what it is told and reads what comes.
class Client {
 public:
  explicit Client(uint16_t port, int receive_buffer = 0)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0)
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void EndSending() { shutdown(socket_, SHUT_WR); }

  // One answer: head and body by its Content-Length (none after HEAD). Empty at the end.
  std::string ReadAnswer(bool has_body = true) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!ReadMore()) return std::exchange(buffer_, {});
    }
    const size_t head = buffer_.find("\r\n\r\n") + 4;
    size_t length = 0;
    const size_t field = buffer_.find("Content-Length: ");
    if (has_body && field < head) length = std::stoul(buffer_.substr(field + 16));
    while (buffer_.size() < head + length) {
      if (!ReadMore()) break;
    }
    std::string answer = buffer_.substr(0, head + length);
    buffer_.erase(0, head + length);
    return answer;
  }
  // Everything until the server closes.
  std::string ReadAll() {
    while (ReadMore()) {
    }
    return std::exchange(buffer_, {});
  }
  // Whether `text` comes before there is a pause.
  bool Comes(std::string_view text) {
    pollfd wait{socket_, POLLIN, 0};
    while (buffer_.find(text) == std::string::npos) {
      if (poll(&wait, 1, 20) != 1 || !ReadMore()) return false;
    }
    return true;
  }
  // Until `text` has come; what came.
  std::string ReadUntil(std::string_view text) {
    while (buffer_.find(text) == std::string::npos && ReadMore()) {
    }
    return buffer_;
  }

 private:
  bool ReadMore() {
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 20'000) != 1) {
      ADD_FAILURE() << "nothing came for 20 s";
      return false;
    }
    char bytes[65536];
    const ssize_t read = recv(socket_, bytes, sizeof bytes, 0);
    if (read <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(read));
    return true;
  }
  const int socket_;
  std::string buffer_;
};

std::string Body(const std::string& answer) {
  return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
}

bool StartsWith(const std::string& answer, std::string_view head) {
  return answer.starts_with(head);
}

class ServerTest : public testing::Test {
 protected:
  void Start(ServerLimits limits = {}, unsigned workers = 4) {
    Server::Options options;
    options.workers = workers;
    options.is_quick = [](const Request& request) { return request.path == "/quick"; };
    options.limits = limits;
    options.host = "127.0.0.1";
    auto server = Server::Create(options, [this](Request request) { return Answer(request); });
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    server_->Start();
  }
  Client Connect(int receive_buffer = 0) { return Client(server_->port(), receive_buffer); }

  // 8 MB in which every place tells which it is.
  static std::string Numbers() {
    std::string numbers;
    for (uint64_t i = 0; i < (1 << 20); ++i) {
      numbers.append(reinterpret_cast<const char*>(&i), sizeof i);
    }
    return numbers;
  }
  Response Answer(const Request& request) {
    if (request.path == "/echo")
      return TextResponse(200, request.method + " " + request.query + " " + request.body);
    if (request.path == "/long") return TextResponse(200, std::string(100'000, 'a'));
    if (request.path == "/huge") {
      Response response;
      response.content_type = "application/octet-stream";
      response.body.assign(size_t{32} << 20, 'x');
      return response;
    }
    if (request.path == "/numbers") {
      Response response;
      response.content_type = "application/octet-stream";
      response.body = Numbers();
      return response;
    }
    if (request.path == "/throw") return TextResponse(200, {std::string("a bug").at(9)});
    if (request.path == "/stream") {
      EventStream::Options options;
      options.max_queued_bytes = 1 << 20;
      options.overflow_message = ServerSentEvent("reload", "{}");
      auto stream = std::make_shared<EventStream>(std::move(options));
      stream->Send(ServerSentEvent("first", "1"));
      Response response;
      response.content_type = "text/event-stream";
      response.stream = stream;
      const std::lock_guard<std::mutex> lock(mutex_);
      streams_.push_back(std::move(stream));
      stream_opened_.notify_all();
      return response;
    }
    if (request.path == "/wait") {
      std::unique_lock<std::mutex> lock(mutex_);
      released_.wait(lock, [this] { return is_released_; });
      return TextResponse(200, "released");
    }
    return TextResponse(200, "hello");
  }
  std::shared_ptr<EventStream> WaitForStream(size_t place = 0) {
    std::unique_lock<std::mutex> lock(mutex_);
    stream_opened_.wait(lock, [&] { return streams_.size() > place; });
    return streams_[place];
  }

  std::mutex mutex_;
  std::condition_variable released_;
  std::condition_variable stream_opened_;
  bool is_released_ = false;
  std::vector<std::shared_ptr<EventStream>> streams_;
  std::unique_ptr<Server> server_;  // Last: it stops before what its handlers use goes.
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(ServerTest, AnswersWithTheHeadersThatKeepBrowsersSafe) {
  Start();
  Client client = Connect();
  client.Send(kGet);
  const std::string answer = client.ReadAnswer();
  EXPECT_TRUE(StartsWith(answer, "HTTP/1.1 200 OK\r\n")) << answer;
  for (const char* header :
       {"Content-Type: text/plain; charset=utf-8\r\n", "Content-Length: 5\r\n", "Expires: 0\r\n",
        "Cache-Control: no-cache, must-revalidate\r\n", "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n", "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n"})
    EXPECT_NE(answer.find(header), std::string::npos) << header;
  EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(answer.find("Access-Control"), std::string::npos);
  EXPECT_EQ(Body(answer), "hello");
}

TEST_F(ServerTest, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
  Start();
  Client client = Connect();
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  client.Send(requests);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(Body(client.ReadAnswer()), "GET " + std::to_string(i) + " ");
}

TEST_F(ServerTest, SendsWholeAnswersToAReaderWithLittleRoom) {
  Start();
  Client client = Connect(4096);
  const std::string request = "GET /numbers HTTP/1.1\r\nHost: x\r\n\r\n";
  client.Send(request + request + "GET /echo?end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(Body(client.ReadAnswer()) == Numbers());
  EXPECT_TRUE(Body(client.ReadAnswer()) == Numbers());
  EXPECT_EQ(Body(client.ReadAll()), "GET end ");
}

TEST_F(ServerTest, ReadsBodiesByLengthAndInChunks) {
  Start();
  Client client = Connect();
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(Body(client.ReadAnswer()), "POST  abc");
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(Body(client.ReadAnswer()), "POST  abcde");
}

TEST_F(ServerTest, TellsAClientThatAsksToGoOn) {
  Start();
  Client client = Connect();
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_TRUE(StartsWith(client.ReadAnswer(), "HTTP/1.1 100 Continue"));
  client.Send("abc");
  EXPECT_EQ(Body(client.ReadAnswer()), "POST  abc");
}

TEST_F(ServerTest, AnswersHeadWithTheLengthAndNoBody) {
  Start();
  Client client = Connect();
  client.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = client.ReadAnswer(false);
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(Body(client.ReadAnswer()), "hello");
}

TEST_F(ServerTest, ClosesWhenTheClientWantsIt) {
  Start();
  Client modern = Connect();
  modern.Send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(modern.ReadAll().find("Connection: close\r\n"), std::string::npos);
  Client old = Connect();
  old.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(StartsWith(old.ReadAll(), "HTTP/1.0 200 OK"));
}

TEST_F(ServerTest, CompressesLongTextsWhereTheClientTakesIt) {
  Start();
  Client client = Connect();
  client.Send("GET /long HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  const std::string answer = client.ReadAnswer();
  EXPECT_NE(answer.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Vary: Accept-Encoding\r\n"), std::string::npos);
  EXPECT_EQ(Gunzip(Body(answer), 100'000).value(), std::string(100'000, 'a'));
  client.Send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(Body(client.ReadAnswer()).size(), 100'000u);
  client.Send("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(Body(client.ReadAnswer()), "hello");
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  Start();
  for (const std::string_view bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"}) {
    Client client = Connect();
    client.Send(bytes);
    EXPECT_TRUE(StartsWith(client.ReadAll(), "HTTP/1.1 4")) << bytes;
  }
  Client after = Connect();
  after.Send(kGet);
  EXPECT_EQ(Body(after.ReadAnswer()), "hello");
}

TEST_F(ServerTest, RefusesAHeaderBeyondItsLimitAndSaysSo) {
  Start({.header_bytes = 4096});
  Client client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(100'000, 'y') + "\r\n\r\n");
  EXPECT_TRUE(StartsWith(client.ReadAll(), "HTTP/1.1 431 "));
}

TEST_F(ServerTest, RefusesABodyBeyondItsLimitBeforeReadingIt) {
  Start({.body_bytes = 1000});
  Client by_length = Connect();
  by_length.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  by_length.EndSending();
  EXPECT_TRUE(StartsWith(by_length.ReadAll(), "HTTP/1.1 413 "));
  Client in_chunks = Connect();
  in_chunks.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3 && in_chunks.Send("200\r\n" + std::string(512, 'x') + "\r\n"); ++i) {
  }
  in_chunks.EndSending();
  EXPECT_TRUE(StartsWith(in_chunks.ReadAll(), "HTTP/1.1 413 "));
}

TEST_F(ServerTest, CutsOffAClientThatSendsTooSlowlyOrNothing) {
  Start({.idle = 100ms, .request = 100ms});
  Client silent = Connect();
  EXPECT_EQ(silent.ReadAll(), "");
  Client slow = Connect();
  slow.Send("GET / HTT");
  EXPECT_EQ(slow.ReadAll(), "");
  Client without_body = Connect();
  without_body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
  EXPECT_EQ(without_body.ReadAll(), "");
}

TEST_F(ServerTest, CutsOffAReaderThatDoesNotTakeItsAnswer) {
  Start({.answer = 200ms, .min_bytes_per_second = uint64_t{1} << 30});
  Client lazy = Connect(4096);
  lazy.Send("GET /huge HTTP/1.1\r\nHost: x\r\n\r\n");
  // It waits for the server to give up: the connection count falls back to none.
  while (server_->connections() == 0) std::this_thread::yield();
  while (server_->connections() > 0) std::this_thread::yield();
  EXPECT_LT(lazy.ReadAll().size(), size_t{32} << 20);
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheirNumber) {
  Start({.connections = 2});
  Client one = Connect();
  one.Send(kGet);
  one.ReadAnswer();
  Client two = Connect();
  two.Send(kGet);
  two.ReadAnswer();
  Client three = Connect();
  three.EndSending();
  EXPECT_TRUE(StartsWith(three.ReadAll(), "HTTP/1.1 503 "));
  one.Send(kGet);
  EXPECT_EQ(Body(one.ReadAnswer()), "hello");
}

TEST_F(ServerTest, ASlowAnswerStallsNobody) {
  Start();
  Client slow = Connect();
  slow.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  Client quick = Connect();
  quick.Send(kGet);
  EXPECT_EQ(Body(quick.ReadAnswer()), "hello");
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_released_ = true;
  }
  released_.notify_all();
  EXPECT_EQ(Body(slow.ReadAnswer()), "released");
}

TEST_F(ServerTest, AQuickAnswerNeedsNoWorker) {
  Start({}, 1);
  Client slow = Connect();
  slow.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  Client quick = Connect();
  for (int i = 0; i < 3; ++i) {
    quick.Send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(Body(quick.ReadAnswer()), "hello");
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_released_ = true;
  }
  released_.notify_all();
  EXPECT_EQ(Body(slow.ReadAnswer()), "released");
}

TEST_F(ServerTest, SurvivesAHandlerThatThrows) {
  Start();
  Client client = Connect();
  client.Send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = client.ReadAnswer();
  EXPECT_TRUE(StartsWith(answer, "HTTP/1.1 500 "));
  EXPECT_EQ(answer.find("a bug"), std::string::npos);
  client.Send(kGet);
  EXPECT_EQ(Body(client.ReadAnswer()), "hello");
}

TEST_F(ServerTest, CarriesAStreamAndKeepsItOpenWithComments) {
  Start({.stream_comment = 50ms});
  Client client = Connect();
  client.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string begin = client.ReadUntil("data: 1\n\n");
  EXPECT_NE(begin.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(begin.find("Content-Length"), std::string::npos);
  client.ReadUntil(":\n\n");
  WaitForStream()->Send(ServerSentEvent("second", "2"));
  EXPECT_NE(client.ReadUntil("data: 2\n\n").find("event: second\n"), std::string::npos);
}

TEST_F(ServerTest, TellsAStreamsReaderThatFellBehindToReload) {
  Start();
  Client slow = Connect(4096);
  slow.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = WaitForStream();
  // More than all buffers between here and there hold.
  const std::string message = ServerSentEvent("x", std::string(50'000, 'x'));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(stream->Send(message));
  const std::string came = slow.ReadUntil("event: reload\ndata: {}\n\n");
  EXPECT_NE(came.find("event: reload"), std::string::npos);
  EXPECT_LT(came.size(), 2000 * message.size());
  // Another one may be on its way, which speaks for what is sent before it has left.
  const auto begin = std::chrono::steady_clock::now();
  do {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    ASSERT_TRUE(stream->Send(ServerSentEvent("after", "1")));
  } while (!slow.Comes("event: after"));
}

TEST_F(ServerTest, ForgetsAStreamWhoseReaderHasGone) {
  Start();
  {
    Client client = Connect();
    client.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    client.ReadUntil("data: 1\n\n");
  }
  while (!WaitForStream()->is_closed()) std::this_thread::yield();
  while (server_->connections() > 0) std::this_thread::yield();
  EXPECT_FALSE(WaitForStream()->Send("x"));
}

TEST_F(ServerTest, RefusesStreamsBeyondTheirNumber) {
  Start({.streams = 1});
  Client first = Connect();
  first.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  first.ReadUntil("data: 1\n\n");
  Client second = Connect();
  second.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  second.EndSending();
  EXPECT_TRUE(StartsWith(second.ReadAll(), "HTTP/1.1 503 "));
}

TEST_F(ServerTest, StopsWithConnectionsAndStreamsOpen) {
  Start();
  Client idle = Connect();
  idle.Send(kGet);
  idle.ReadAnswer();
  Client stream = Connect();
  stream.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.ReadUntil("data: 1\n\n");
  server_.reset();
  EXPECT_EQ(idle.ReadAll(), "");
  stream.ReadAll();
}

TEST(ServerCreate, SaysWhyItCannotListen) {
  const auto answer = [](const Request&) { return TextResponse(200, ""); };
  auto first = Server::Create({.host = "localhost"}, answer);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE((*first)->is_loopback());
  const auto taken = Server::Create({.host = "localhost", .port = (*first)->port()}, answer);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kAlreadyExists);
  const auto elsewhere = Server::Create({.host = "192.0.2.1"}, answer);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kNotFound);
  const auto nowhere = Server::Create({.host = "no such host"}, answer);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kNotFound);
}

TEST(ServerCreate, ListensOnEveryAddressWhenNoneIsNamed) {
  auto server =
      Server::Create({.host = ""}, [](const Request&) { return TextResponse(200, "any"); });
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_FALSE((*server)->is_loopback());
  (*server)->Start();
  Client client((*server)->port());
  client.Send(kGet);
  EXPECT_EQ(Body(client.ReadAnswer()), "any");
}

}  // namespace
}  // namespace fanlight::http
