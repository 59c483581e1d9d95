// What a client sends, below the HTTP parser itself: queries, forms, cookies, Accept-Encoding, columns requests.
// The first line names the content type, the second the query; the rest is the body.

#include <string>

#include "fanlight/board/api/columns.h"
#include "fanlight/board/http/access.h"
#include "fanlight/board/http/compress.h"
#include "fanlight/board/http/form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fanlight;
  std::string rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string text = rest.substr(0, end);
    rest.erase(0, end + 1);
    return text;
  };
  http::Request request;
  request.headers.Add("Content-Type", line());
  request.query = line();
  request.target = request.path + "?" + request.query;
  request.headers.Add("Host", request.query);
  request.headers.Add("Cookie", request.query);
  request.headers.Add("Accept", "text/html");
  request.body = rest;
  static_cast<void>(http::ParseForm(request));
  static_cast<void>(http::AcceptsEncoding(request.query, "gzip"));
  static_cast<void>(api::ParseColumnsRequest(request.body));
  static const SystemClock clock;
  http::AccessGate gate({.is_loopback = true, .token = "secret"}, clock);
  static_cast<void>(gate.Stop(request));
  return 0;
}
