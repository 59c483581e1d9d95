// A request as handlers see it and the answer they give. Sockets are server.h's business; nothing
// here knows how bytes travel.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fanlight::http {

class EventStream;

// Name and value pairs in the order they came. Used for headers, queries and form fields.
class Fields {
 public:
  void Add(std::string name, std::string value) {
    items_.emplace_back(std::move(name), std::move(value));
  }
  // The first value of that name, exactly as written.
  std::optional<std::string_view> First(std::string_view name) const;
  // The same for header names, where letter case does not count.
  std::optional<std::string_view> Header(std::string_view name) const;
  std::vector<std::string_view> All(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& items() const& { return items_; }
  void items() && = delete;  // Of a temporary it would dangle in a range-for.

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Request {
  std::string method = "GET";  // As sent; HEAD is answered as GET without its body.
  std::string target = "/";    // As sent: path and query, still percent-encoded.
  std::string path = "/";      // Decoded; the router takes what it strips off the front.
  std::string query;           // What follows the first '?', still percent-encoded.
  Fields headers;
  std::string body;
  std::string peer;  // The client's address, without its port.

  // Set by the router.
  std::string base_path;  // What was stripped: path prefix and `/experiment/<id>`, percent-encoded.
  std::optional<std::string> experiment;

  bool is_get() const { return method == "GET" || method == "HEAD"; }
};

struct Response {
  int status = 200;
  std::string content_type;  // Empty: no such header.
  Fields headers;            // Besides those the server itself writes.
  std::string body;
  std::string_view fixed_body;  // Instead of `body`: bytes that live as long as the program.
  // Instead of a body: messages as they come, until the reader or the program ends.
  std::shared_ptr<EventStream> stream;

  std::string_view bytes() const {
    return fixed_body.empty() ? std::string_view(body) : fixed_body;
  }
};

// Whether two texts are equal but for the case of ASCII letters.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// The phrase that goes with a status, such as "Not Found".
std::string_view StatusPhrase(int status);

// `text/plain; charset=utf-8`.
Response TextResponse(int status, std::string text);
// `text/html; charset=utf-8`, under `kPagePolicy`.
Response HtmlResponse(int status, std::string html);
// `application/json`.
Response JsonResponse(std::string json);
// Sends the reader elsewhere. `location` is written as it is: percent-encode what comes from
// outside.
Response RedirectResponse(int status, std::string location);

// `text` with the characters that mean something in HTML written as entities.
std::string EscapedHtml(std::string_view text);

// What a page of ours may do: run our own files and talk to us, nothing else. No inline script or
// style, no eval, no frames around it.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

}  // namespace fanlight::http
