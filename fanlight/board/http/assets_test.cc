#include "fanlight/board/http/assets.h"

#include <gtest/gtest.h>

#include "fanlight/base/file.h"
#include "fanlight/board/http/compress.h"

namespace fanlight::http {
namespace {

class AssetsTest : public testing::Test {
 protected:
  Response Ask(std::string path, std::string accept_encoding, std::string etag = {}) const {
    Request request;
    request.path = std::move(path);
    if (!accept_encoding.empty()) request.headers.Add("Accept-Encoding", accept_encoding);
    if (!etag.empty()) request.headers.Add("If-None-Match", etag);
    return ServeAsset(request, assets_);
  }

  const std::string page_ = "<!doctype html><p>page";
  const std::string page_gzip_ = Gzip(page_);
  const std::vector<Asset> assets_ = {
      {"/assets/main-abcdefgh.js", "\"e1\"", "js in brotli", "js in gzip", 10, true},
      {"/index.html", "\"e2\"", "page in brotli", page_gzip_, page_.size(), false},
  };
};

TEST_F(AssetsTest, SendsTheSmallestFormThatTheClientTakes) {
  const Response brotli = Ask("/", "gzip, deflate, br");
  EXPECT_EQ(brotli.bytes(), "page in brotli");
  EXPECT_EQ(brotli.headers.First("Content-Encoding"), "br");
  EXPECT_EQ(brotli.headers.First("Vary"), "Accept-Encoding");
  EXPECT_EQ(Ask("/", "gzip").bytes(), page_gzip_);
  const Response plain = Ask("/", "");
  EXPECT_EQ(plain.bytes(), page_);
  EXPECT_FALSE(plain.headers.First("Content-Encoding"));
}

TEST_F(AssetsTest, LetsBrowsersKeepWhatItsNameFixes) {
  const Response script = Ask("/assets/main-abcdefgh.js", "br");
  EXPECT_EQ(script.headers.First("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(Ask("/index.html", "br").headers.First("Cache-Control"), "no-cache");
  const Response unchanged = Ask("/", "br", "\"e2\"");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.bytes(), "");
  EXPECT_EQ(Ask("/", "br", "\"other\"").status, 200);
}

TEST_F(AssetsTest, PutsThePageUnderItsPolicy) {
  const Response page = Ask("/", "br");
  const auto policy = page.headers.First("Content-Security-Policy");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->find("unsafe"), std::string_view::npos);
  EXPECT_NE(policy->find("frame-ancestors 'none'"), std::string_view::npos);
  EXPECT_NE(policy->find("require-trusted-types-for 'script'"), std::string_view::npos);
}

TEST_F(AssetsTest, DoesNotHaveTheRest) {
  EXPECT_EQ(Ask("/nothing.js", "br").status, 404);
  EXPECT_EQ(Ask("/index", "br").status, 404);
  EXPECT_EQ(Ask("/zzz", "br").status, 404);
}

TEST(ServeAssetFromDirectory, StaysInsideTheFolder) {
  TemporaryDirectory directory;
  ASSERT_TRUE(MakeDirectories(directory.Join("ui")));
  ASSERT_TRUE(WriteFileAtomically(directory.Join("secret"), "secret"));
  ASSERT_TRUE(WriteFileAtomically(directory.Join("ui/index.html"), "page"));
  const auto ask = [&](std::string path) {
    Request request;
    request.path = std::move(path);
    return ServeAssetFromDirectory(request, directory.Join("ui"));
  };
  EXPECT_EQ(ask("/").body, "page");
  EXPECT_EQ(ask("/").headers.First("Cache-Control"), "no-store");
  EXPECT_EQ(ask("/../secret").status, 404);
  EXPECT_EQ(ask("/x/../../secret").status, 404);
  EXPECT_EQ(ask("/..").status, 404);
  EXPECT_EQ(ask("secret").status, 404);
  EXPECT_EQ(ask(std::string("/index.html\0.js", 15)).status, 404);
}

TEST(PageIsNotBuilt, SaysSoAndLeadsToTheData) {
  const Response page = PageIsNotBuilt();
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("without its page"), std::string::npos);
}

}  // namespace
}  // namespace fanlight::http
