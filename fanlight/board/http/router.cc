#include "fanlight/board/http/router.h"

#include <fmt/format.h>

#include <utility>

#include "fanlight/base/check.h"
#include "fanlight/board/http/form.h"

namespace fanlight::http {
namespace {

constexpr std::string_view kExperiment = "/experiment/";
const Handler kNone;

}  // namespace

Router::Router(std::string path_prefix) : path_prefix_(std::move(path_prefix)) {
  while (path_prefix_.ends_with('/')) path_prefix_.pop_back();
}

void Router::Get(std::string path, Handler handler) {
  Set(&Entry::get, std::move(path), std::move(handler));
}

void Router::Post(std::string path, Handler handler) {
  Set(&Entry::post, std::move(path), std::move(handler));
}

void Router::Any(std::string path, Handler handler) {
  Set(&Entry::any, std::move(path), std::move(handler));
}

void Router::Set(Handler Entry::* method, std::string path, Handler handler) {
  Entry& entry = routes_[std::move(path)];
  FL_CHECK(!(entry.*method) && !entry.any, "one handler a path and method");
  entry.*method = std::move(handler);
}

Response Router::Route(Request request) const {
  std::string_view rest = request.path;
  while (rest.starts_with("//")) rest.remove_prefix(1);

  std::string stripped;
  if (!path_prefix_.empty()) {
    const bool is_inside = rest.starts_with(path_prefix_) &&
                           (rest.size() == path_prefix_.size() || rest[path_prefix_.size()] == '/');
    if (!is_inside) return TextResponse(404, "Not found");
    stripped = path_prefix_;
    rest.remove_prefix(path_prefix_.size());
  }
  if (rest.starts_with(kExperiment)) {
    const std::string_view id =
        rest.substr(kExperiment.size(), rest.find('/', kExperiment.size()) - kExperiment.size());
    request.experiment = std::string(id);
    stripped += kExperiment;
    stripped += id;
    rest.remove_prefix(kExperiment.size() + id.size());
  }
  request.base_path = PercentEncodedPath(stripped);
  if (rest.empty()) return RedirectResponse(301, request.base_path + "/");
  if (rest.size() > 1 && rest.ends_with('/')) rest.remove_suffix(1);
  request.path = std::string(rest);

  const auto found = routes_.find(request.path);
  if (found == routes_.end())
    return fallback_ ? fallback_(request) : TextResponse(404, "Not found");
  const Entry& entry = found->second;
  const Handler& handler = entry.any                  ? entry.any
                           : request.is_get()         ? entry.get
                           : request.method == "POST" ? entry.post
                                                      : kNone;
  if (handler) return handler(request);
  const std::string_view allowed = !entry.post  ? "GET, HEAD"
                                   : !entry.get ? "POST"
                                                : "GET, HEAD, POST";
  Response response = method_refusal_
                          ? method_refusal_(request, allowed)
                          : TextResponse(405, fmt::format("{} answers {}, not {}", request.path,
                                                          allowed, request.method));
  response.status = 405;
  response.headers.Add("Allow", std::string(allowed));
  return response;
}

}  // namespace fanlight::http
