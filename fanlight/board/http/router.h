// Which handler answers which path.
//
//   Router router("/board");
//   router.Get("/data/runs", [&](const Request& request) { return ...; });
//   Response response = router.Route(std::move(request));
//
// A request's path is treated in this order: the path prefix is taken off (a path outside it is not
// found); `/experiment/<id>` is taken off and remembered; an empty rest is redirected to the same
// place with a slash; one trailing slash is dropped; what is left is looked up. Leading slashes
// count as one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fanlight/board/http/message.h"

namespace fanlight::http {

using Handler = std::function<Response(const Request&)>;
// Answers a request whose method the path does not take; `allowed` is the Allow header's value.
using MethodRefusal = std::function<Response(const Request&, std::string_view allowed)>;

class Router {
 public:
  // `path_prefix` is empty or begins with a slash; trailing slashes do not count.
  explicit Router(std::string path_prefix = {});

  // Answers exactly `path`. Get: GET and HEAD; Post: POST; a path may have both. Other methods are told so with 405.
  // Any: all.
  void Get(std::string path, Handler handler);
  void Post(std::string path, Handler handler);
  void Any(std::string path, Handler handler);
  // What a wrong method gets, with status 405; a line of text without this.
  void SetMethodRefusal(MethodRefusal refusal) { method_refusal_ = std::move(refusal); }
  // Answers every path that nothing else answers; without it those are 404.
  void SetFallback(Handler handler) { fallback_ = std::move(handler); }

  // Thread-safe once all routes are made.
  Response Route(Request request) const;

  const std::string& path_prefix() const { return path_prefix_; }

 private:
  struct Entry {
    Handler get;
    Handler post;
    Handler any;
  };
  void Set(Handler Entry::* method, std::string path, Handler handler);

  std::string path_prefix_;
  std::map<std::string, Entry, std::less<>> routes_;
  MethodRefusal method_refusal_;
  Handler fallback_;
};

}  // namespace fanlight::http
