#include "fanlight/board/http/access.h"

#include <gtest/gtest.h>

namespace fanlight::http {
namespace {

constexpr char kToken[] = "0123456789abcdef0123456789abcdef";

struct Headers {
  std::string host = "localhost:6006";
  std::string cookie{};
  std::string authorization{};
  std::string accept{};
};

Request MakeRequest(std::string target, const Headers& headers, std::string peer = "10.0.0.7") {
  Request request;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
  request.headers.Add("Host", headers.host);
  if (!headers.cookie.empty()) request.headers.Add("Cookie", headers.cookie);
  if (!headers.authorization.empty()) request.headers.Add("Authorization", headers.authorization);
  if (!headers.accept.empty()) request.headers.Add("Accept", headers.accept);
  request.peer = std::move(peer);
  return request;
}

int StatusFor(AccessGate& gate, const Request& request) {
  const auto stopped = gate.Stop(request);
  return stopped ? stopped->status : 0;
}

TEST(AccessGate, OnLoopbackTakesThisMachinesNamesOnly) {
  ManualClock clock;
  AccessGate gate({.hosts = {"board.example"}}, clock);
  for (const char* host : {"localhost", "LOCALHOST:6006", "127.0.0.1:6006", "127.1.2.3", "[::1]:80",
                           "[::1]", "board.example:80"})
    EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.host = host})), 0) << host;
  for (const char* host : {"evil.example", "localhost.evil.example:6006", "127.0.0.1.evil.example",
                           "127.evil", "[::2]", "10.0.0.1", "["})
    EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.host = host})), 403) << host;
  const auto stopped = gate.Stop(MakeRequest("/", {.host = "evil.example:80"}));
  EXPECT_NE(stopped->body.find("--allow_host evil.example"), std::string::npos);
}

TEST(AccessGate, BoundWiderTakesTheTokenInThreeWays) {
  ManualClock clock;
  AccessGate gate({.is_loopback = false, .token = kToken, .cookie_name = "fl-1"}, clock);
  const std::string bearer = std::string("Bearer ") + kToken;
  const std::string query = std::string("/data/runs?token=") + kToken;
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.host = "any", .authorization = bearer})), 0);
  EXPECT_EQ(StatusFor(gate, MakeRequest(query, {})), 0);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.cookie = std::string("a=b; fl-1=") + kToken})), 0);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {})), 401);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.cookie = "fl-1=wrong"})), 401);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.cookie = std::string("fl-10=") + kToken})), 401);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/", {.authorization = "Bearer x"})), 401);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/?token=", {})), 401);
}

TEST(AccessGate, ExchangesABrowsersTokenForACookieAndTakesItOutOfTheAddress) {
  ManualClock clock;
  AccessGate gate({.is_loopback = false, .token = kToken, .cookie_name = "fl-1"}, clock);
  const auto redirect = gate.Stop(MakeRequest(std::string("/board/?a=1%202&token=") + kToken + "&b",
                                              {.accept = "text/html,*/*"}));
  ASSERT_TRUE(redirect);
  EXPECT_EQ(redirect->status, 303);
  EXPECT_EQ(redirect->headers.First("Location"), "/board/?a=1%202&b=");
  EXPECT_EQ(redirect->headers.First("Set-Cookie"),
            std::string("fl-1=") + kToken + "; Path=/; HttpOnly; SameSite=Strict");
}

TEST(AccessGate, RedirectsNeverLeaveThisServer) {
  ManualClock clock;
  AccessGate gate({.is_loopback = false, .token = kToken}, clock);
  for (const char* path : {"//evil.example/", "/\\evil.example", "evil", "/%0d%0aX:y"}) {
    const auto redirect =
        gate.Stop(MakeRequest(std::string(path) + "?token=" + kToken, {.accept = "text/html"}));
    ASSERT_TRUE(redirect);
    const std::string location(*redirect->headers.First("Location"));
    EXPECT_TRUE(location.starts_with('/') && !location.starts_with("//")) << location;
    EXPECT_EQ(location.find_first_of("\\\r\n"), std::string::npos) << location;
  }
}

TEST(AccessGate, MakesAnAddressThatGuessesWait) {
  ManualClock clock;
  AccessGate gate({.is_loopback = false, .token = kToken}, clock);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(StatusFor(gate, MakeRequest("/?token=bad", {})), 401);
  EXPECT_EQ(StatusFor(gate, MakeRequest("/?token=bad", {})), 429);
  // The right one is not even looked at now, from here; from elsewhere it is.
  const std::string right = std::string("/?token=") + kToken;
  EXPECT_EQ(StatusFor(gate, MakeRequest(right, {})), 429);
  EXPECT_EQ(StatusFor(gate, MakeRequest(right, {}, "10.0.0.8")), 0);
  clock.Advance(61);
  EXPECT_EQ(StatusFor(gate, MakeRequest(right, {})), 0);
}

TEST(AccessGate, TellsAPersonWhatToDoOnAPageAndAProgramInText) {
  ManualClock clock;
  AccessGate gate({.is_loopback = false, .token = kToken}, clock);
  const auto page = gate.Stop(MakeRequest("/", {.accept = "text/html"}));
  EXPECT_TRUE(page->content_type.starts_with("text/html"));
  EXPECT_TRUE(page->headers.First("Content-Security-Policy"));
  const auto text = gate.Stop(MakeRequest("/", {.accept = "application/json"}));
  EXPECT_TRUE(text->content_type.starts_with("text/plain"));
  EXPECT_EQ(text->headers.First("WWW-Authenticate"), "Bearer");
}

TEST(MakeToken, IsNeverTheSame) {
  EXPECT_EQ(MakeToken().size(), 32u);
  EXPECT_NE(MakeToken(), MakeToken());
}

TEST(EqualsInConstantTime, IsEquality) {
  EXPECT_TRUE(EqualsInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "ab"));
  EXPECT_TRUE(EqualsInConstantTime("", ""));
}

}  // namespace
}  // namespace fanlight::http
