#include "fanlight/board/http/access.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "fanlight/base/check.h"
#include "fanlight/base/text.h"
#include "fanlight/board/http/form.h"

namespace fanlight::http {
namespace {

constexpr double kFreeFailures = 10;            // Wrong tokens an address may send at once,
constexpr double kFailuresPerSecond = 1.0 / 6;  // and how fast it gets new ones: ten a minute.
constexpr size_t kMaxRemembered = 4096;         // Addresses; above, the oldest entries go.

// The host of a Host header, without port and brackets.
std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool IsLoopbackIpv4(std::string_view host) {
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) {
           return c == '.' || (c >= '0' && c <= '9');
         });
}

std::optional<std::string_view> CookieValue(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers.items()) {
    if (!EqualsIgnoringCase(key, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      std::string_view item = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      while (item.starts_with(' ')) item.remove_prefix(1);
      if (item.size() > name.size() && item.starts_with(name) && item[name.size()] == '=')
        return item.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

bool WantsHtml(const Request& request) {
  return request.is_get() &&
         request.headers.Header("Accept").value_or("").find("text/html") != std::string_view::npos;
}

// The request's target without its token, as a path of this server (never `//host`).
std::string TargetWithoutToken(const Request& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  std::string target = PercentEncodedPath(PercentDecoded(path, false));
  while (target.starts_with("//")) target.erase(0, 1);
  if (!target.starts_with('/')) target.insert(0, "/");
  char separator = '?';
  const Fields query = ParseQuery(request.query);
  for (const auto& [name, value] : query.items()) {
    if (name == "token") continue;
    target += separator;
    target += PercentEncodedValue(name) + "=" + PercentEncodedValue(value);
    separator = '&';
  }
  return target;
}

Response Refuse(const Request& request, int status, std::string_view text) {
  if (!WantsHtml(request)) return TextResponse(status, std::string(text));
  // A page opened from a link elsewhere does not get the cookie; its own link does.
  return HtmlResponse(
      status,
      "<!doctype html>\n<html lang=\"en\">\n<title>Fanlight</title>\n<h1>Fanlight</h1>\n<p>" +
          EscapedHtml(text) + "</p>\n<p><a href=\"\">Try again</a></p>\n</html>\n");
}

}  // namespace

std::string MakeToken() {
  std::array<unsigned char, 16> bytes{};
  FL_CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
           "the system gives random bytes");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

bool EqualsInConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  volatile unsigned result = difference;  // Keeps the compiler from leaving the loop early.
  return result == 0;
}

bool AccessGate::IsHostAllowed(std::string_view host) const {
  const std::string_view name = HostName(host);
  if (EqualsIgnoringCase(name, "localhost") || name == "::1" || IsLoopbackIpv4(name)) return true;
  return std::any_of(options_.hosts.begin(), options_.hosts.end(),
                     [&](const std::string& allowed) { return EqualsIgnoringCase(name, allowed); });
}

bool AccessGate::MayTry(const std::string& peer) {
  MutexLock lock(mutex_);
  const auto found = failures_.find(peer);
  if (found == failures_.end()) return true;
  Failures& failures = found->second;
  const double now_s = clock_.WallTimeS();
  failures.allowance =
      std::min(kFreeFailures,
               failures.allowance + std::max(0.0, now_s - failures.at_s) * kFailuresPerSecond);
  failures.at_s = now_s;
  return failures.allowance >= 1;
}

void AccessGate::RecordFailure(const std::string& peer) {
  MutexLock lock(mutex_);
  if (failures_.size() >= kMaxRemembered) {
    const auto oldest = std::min_element(
        failures_.begin(), failures_.end(),
        [](const auto& a, const auto& b) { return a.second.at_s < b.second.at_s; });
    failures_.erase(oldest);
  }
  Failures& failures =
      failures_.try_emplace(peer, Failures{kFreeFailures, clock_.WallTimeS()}).first->second;
  failures.allowance -= 1;
}

std::optional<Response> AccessGate::Stop(const Request& request) {
  if (options_.is_loopback) {
    const std::string_view host = request.headers.Header("Host").value_or("");
    if (!host.empty() && !IsHostAllowed(host)) {
      return TextResponse(
          403, fmt::format(
                   "Fanlight is bound to this machine alone and was asked for the host {}, which "
                   "is not one of its names. Open it as http://localhost, or, behind a proxy that "
                   "passes this name on, start it with --allow_host {}",
                   Quoted(host), HostName(host)));
    }
  }
  if (options_.token.empty()) return std::nullopt;

  const auto cookie = CookieValue(request, options_.cookie_name);
  if (cookie && EqualsInConstantTime(*cookie, options_.token)) return std::nullopt;

  const Fields query = ParseQuery(request.query);
  std::optional<std::string_view> given = query.First("token");
  const bool is_in_query = given.has_value();
  if (!given) {
    const std::string_view authorization = request.headers.Header("Authorization").value_or("");
    constexpr std::string_view kBearer = "Bearer ";
    if (authorization.size() > kBearer.size() &&
        EqualsIgnoringCase(authorization.substr(0, kBearer.size()), kBearer))
      given = authorization.substr(kBearer.size());
  }
  if (!given) {
    Response response =
        Refuse(request, 401,
               "This board asks for a token. Open the address that fanlight printed when it "
               "started, the one with ?token= in it.");
    response.headers.Add("WWW-Authenticate", "Bearer");
    return response;
  }
  if (!MayTry(request.peer))
    return Refuse(request, 429,
                  "Too many wrong tokens from this address. Wait a minute, then try again.");
  if (!EqualsInConstantTime(*given, options_.token)) {
    RecordFailure(request.peer);
    return Refuse(request, 401,
                  "This is not the board's token. It changes when fanlight is started again: open "
                  "the address "
                  "that it printed last.");
  }
  if (!is_in_query || !WantsHtml(request)) return std::nullopt;
  Response response = RedirectResponse(303, TargetWithoutToken(request));
  response.headers.Add("Set-Cookie", options_.cookie_name + "=" + options_.token +
                                         "; Path=/; HttpOnly; SameSite=Strict");
  return response;
}

}  // namespace fanlight::http
