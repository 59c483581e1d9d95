#include "fanlight/board/http/compress.h"

#include <gtest/gtest.h>

namespace fanlight::http {
namespace {

TEST(Gzip, ReadsBackAsWhatItWas) {
  std::string bytes;
  uint32_t state = 1;
  for (size_t size : {0u, 1u, 1000u, 70'000u, 1'000'000u}) {
    while (bytes.size() < size) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24);
    }
    const std::string random = Gzip(bytes);
    EXPECT_EQ(Gunzip(random, bytes.size()).value(), bytes);
    const std::string text = Gzip(std::string(size, 'a'));
    EXPECT_EQ(Gunzip(text, size).value(), std::string(size, 'a'));
    EXPECT_LT(text.size(), size / 10 + 100);
  }
}

TEST(Gunzip, SaysThatTheSizeOrTheBytesAreWrong) {
  const std::string gzip = Gzip("hello");
  EXPECT_FALSE(Gunzip(gzip, 4));
  EXPECT_FALSE(Gunzip(gzip, 6));
  EXPECT_FALSE(Gunzip("not gzip", 5));
  EXPECT_FALSE(Gunzip("", 5));
}

TEST(AcceptsEncoding, ReadsNamesStarsAndRefusals) {
  EXPECT_TRUE(AcceptsEncoding("gzip", "gzip"));
  EXPECT_TRUE(AcceptsEncoding("deflate, gzip", "gzip"));
  EXPECT_TRUE(AcceptsEncoding("br;q=1.0, GZIP;q=0.5", "gzip"));
  EXPECT_TRUE(AcceptsEncoding("*", "br"));
  EXPECT_TRUE(AcceptsEncoding("x-gzip", "gzip"));
  EXPECT_FALSE(AcceptsEncoding("", "gzip"));
  EXPECT_FALSE(AcceptsEncoding("gzip;q=0", "gzip"));
  EXPECT_FALSE(AcceptsEncoding("gzip;q=0, *", "gzip"));
  EXPECT_FALSE(AcceptsEncoding("deflate, br", "gzip"));
  EXPECT_FALSE(AcceptsEncoding("gzipped", "gzip"));
}

TEST(IsCompressible, IsSoForTextsOnly) {
  EXPECT_TRUE(IsCompressible("text/html; charset=utf-8"));
  EXPECT_TRUE(IsCompressible("application/json"));
  EXPECT_FALSE(IsCompressible("image/png"));
  EXPECT_FALSE(IsCompressible("text/event-stream"));
  EXPECT_FALSE(IsCompressible("application/vnd.fanlight.columns"));
}

}  // namespace
}  // namespace fanlight::http
