#include "fanlight/board/http/router.h"

#include <gtest/gtest.h>

namespace fanlight::http {
namespace {

class RouterTest : public testing::Test {
 protected:
  // A router with one route that tells what it saw.
  static Router Make(std::string prefix = {}) {
    Router router(std::move(prefix));
    router.Any("/data/runs", [](const Request& request) {
      return TextResponse(
          200, request.path + "|" + request.base_path + "|" + request.experiment.value_or("-"));
    });
    router.Get("/get", [](const Request&) { return TextResponse(200, "got"); });
    router.Post("/post", [](const Request&) { return TextResponse(200, "posted"); });
    return router;
  }
  static Response Ask(const Router& router, std::string path, std::string method = "GET") {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    return router.Route(std::move(request));
  }
};

TEST_F(RouterTest, FindsAPathWithAndWithoutSlashes) {
  const Router router = Make();
  for (const char* path : {"/data/runs", "/data/runs/", "//data/runs", "///data/runs/"})
    EXPECT_EQ(Ask(router, path).body, "/data/runs||-") << path;
  for (const char* path : {"/data/runs//", "/data", "/data/runs/x", "/DATA/runs", "", "/"})
    EXPECT_NE(Ask(router, path).status, 200) << path;
  EXPECT_EQ(Ask(router, "/nothing").body, "Not found");
}

TEST_F(RouterTest, TakesThePrefixOff) {
  const Router router = Make("/board//");
  EXPECT_EQ(Ask(router, "/board/data/runs").body, "/data/runs|/board|-");
  EXPECT_EQ(Ask(router, "/data/runs").status, 404);
  EXPECT_EQ(Ask(router, "/boarding/data/runs").status, 404);
  const Response redirect = Ask(router, "/board");
  EXPECT_EQ(redirect.status, 301);
  EXPECT_EQ(redirect.headers.First("Location"), "/board/");
  EXPECT_EQ(redirect.content_type, "");
}

TEST_F(RouterTest, TakesTheExperimentOffAndRemembersIt) {
  const Router router = Make();
  EXPECT_EQ(Ask(router, "/experiment/foo/data/runs").body, "/data/runs|/experiment/foo|foo");
  EXPECT_EQ(Ask(router, "/experiment//data/runs").body, "/data/runs|/experiment/|");
  EXPECT_EQ(Ask(router, "/experiment/foo").headers.First("Location"), "/experiment/foo/");
  EXPECT_EQ(Ask(Make("/p"), "/p/experiment/a b/data/runs").body,
            "/data/runs|/p/experiment/a%20b|a b");
  // What goes into a header can end no line.
  EXPECT_EQ(Ask(router, "/experiment/a\r\nb").headers.First("Location"), "/experiment/a%0D%0Ab/");
}

TEST_F(RouterTest, SaysWhichMethodsAPathAnswers) {
  const Router router = Make();
  EXPECT_EQ(Ask(router, "/get", "HEAD").status, 200);
  EXPECT_EQ(Ask(router, "/get", "POST").status, 405);
  EXPECT_EQ(Ask(router, "/get", "POST").headers.First("Allow"), "GET, HEAD");
  EXPECT_EQ(Ask(router, "/post", "POST").status, 200);
  EXPECT_EQ(Ask(router, "/post").headers.First("Allow"), "POST");
  EXPECT_EQ(Ask(router, "/data/runs", "DELETE").status, 200);
}

TEST_F(RouterTest, HandsTheRestToTheFallback) {
  Router router = Make("/p");
  router.SetFallback([](const Request& request) { return TextResponse(200, request.path); });
  EXPECT_EQ(Ask(router, "/p/").body, "/");
  EXPECT_EQ(Ask(router, "/p/assets/x.js").body, "/assets/x.js");
  EXPECT_EQ(Ask(router, "/elsewhere").status, 404);
}

}  // namespace
}  // namespace fanlight::http
