#include "fanlight/board/http/form.h"

#include <gtest/gtest.h>

namespace fanlight::http {
namespace {

Request FormRequest(std::string type, std::string body) {
  Request request;
  request.method = "POST";
  request.headers.Add("content-type", std::move(type));
  request.body = std::move(body);
  return request;
}

TEST(PercentDecoded, LeavesWhatIsNotAnEscape) {
  EXPECT_EQ(PercentDecoded("a%20b+c", false), "a b+c");
  EXPECT_EQ(PercentDecoded("a%20b+c", true), "a b c");
  EXPECT_EQ(PercentDecoded("%", false), "%");
  EXPECT_EQ(PercentDecoded("%4", false), "%4");
  EXPECT_EQ(PercentDecoded("%zz%41%", false), "%zzA%");
  EXPECT_EQ(PercentDecoded("%E8%AE%AD", false), "训");
  EXPECT_EQ(PercentDecoded("%00", false), std::string(1, '\0'));
}

TEST(PercentEncoded, IsSafeInAHeader) {
  EXPECT_EQ(PercentEncodedPath("/a b/\r\nX: y"), "/a%20b/%0D%0AX%3A%20y");
  EXPECT_EQ(PercentEncodedValue("a/b&c=训"), "a%2Fb%26c%3D%E8%AE%AD");
}

TEST(ParseQuery, KeepsOrderRepeatsAndEmptyValues) {
  const Fields fields = ParseQuery("a=1&b=x%26y&&a=2&c&=d&e=f=g");
  ASSERT_EQ(fields.items().size(), 6u);
  EXPECT_EQ(fields.First("a"), "1");
  EXPECT_EQ(fields.All("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(fields.First("b"), "x&y");
  EXPECT_EQ(fields.First("c"), "");
  EXPECT_EQ(fields.First(""), "d");
  EXPECT_EQ(fields.First("e"), "f=g");
  EXPECT_EQ(fields.First("z"), std::nullopt);
}

TEST(ParseForm, ReadsUrlEncodedBodies) {
  const auto fields = ParseForm(
      FormRequest("application/x-www-form-urlencoded; charset=utf-8", "tag=a+b&runs=x&runs=y"));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->First("tag"), "a b");
  EXPECT_EQ(fields->All("runs").size(), 2u);
}

TEST(ParseForm, ReadsMultipartBodiesAsBrowsersWriteThem) {
  const auto fields = ParseForm(FormRequest(
      "multipart/form-data; boundary=----Web7",
      "------Web7\r\nContent-Disposition: form-data; name=\"tag\"\r\n\r\nlo\r\nss\r\n"
      "------Web7\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=runs; "
      "filename=\"x\"\r\n\r\n\r\n------Web7--\r\n"));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->First("tag"), "lo\r\nss");
  EXPECT_EQ(fields->First("runs"), "");
}

TEST(ParseForm, SaysWhatIsWrongWithAMultipartBody) {
  for (const char* body :
       {"", "x", "--b", "--b\r\n", "--b\r\nA: b\r\n\r\nvalue", "--b\r\nA: b\r\n\r\nvalue\r\n--"}) {
    EXPECT_FALSE(ParseForm(FormRequest("multipart/form-data; boundary=b", body))) << body;
  }
  EXPECT_FALSE(ParseForm(FormRequest("multipart/form-data", "--b--")));
  EXPECT_FALSE(ParseForm(FormRequest("multipart/form-data; boundary=\"\"", "--b--")));
  EXPECT_TRUE(ParseForm(FormRequest("multipart/form-data; boundary=\"b\"", "--b--")));
}

TEST(ParseForm, GivesNothingForOtherTypes) {
  EXPECT_TRUE(ParseForm(FormRequest("application/json", "{}"))->items().empty());
}

}  // namespace
}  // namespace fanlight::http
