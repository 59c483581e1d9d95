#include "fanlight/engine/train/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fanlight/base/file.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/idx/" + name;
}

Result<IdxArray> Parse(std::string_view bytes) {
  return ParseIdx(std::as_bytes(std::span(bytes)), "test.idx");
}

TEST(Idx, ReadsPlainAndGzippedAlike) {
  const auto plain = ReadIdx(Golden("train-images-idx3-ubyte"));
  ASSERT_TRUE(plain.has_value()) << plain.error().message;
  EXPECT_THAT(plain->dims(), ElementsAre(20, 28, 28));
  EXPECT_EQ(plain->magic(), 2051u);
  EXPECT_EQ(plain->bytes()[0], 106);
  EXPECT_EQ(plain->bytes()[20 * 28 * 28 - 1], 43);
  const auto zipped = ReadIdx(Golden("train-images-idx3-ubyte.gz"));
  ASSERT_TRUE(zipped.has_value()) << zipped.error().message;
  EXPECT_TRUE(std::ranges::equal(plain->bytes(), zipped->bytes()));
  const auto labels = ReadIdx(Golden("train-labels-idx1-ubyte.gz"));
  ASSERT_TRUE(labels.has_value()) << labels.error().message;
  EXPECT_EQ(labels->magic(), 2049u);
  EXPECT_EQ(labels->bytes()[19], 3);
}

TEST(Idx, ReportsEveryCut) {
  for (const char* name : {"train-labels-idx1-ubyte", "train-labels-idx1-ubyte.gz"}) {
    const std::string good = *ReadWholeFile(Golden(name));
    for (size_t size = 0; size < good.size(); ++size) {
      const auto cut = Parse(std::string_view(good).substr(0, size));
      ASSERT_FALSE(cut.has_value()) << name << " cut at " << size;
      EXPECT_THAT(cut.error().message, HasSubstr("\"test.idx\""));
    }
    EXPECT_TRUE(Parse(good).has_value());
  }
}

TEST(Idx, NeverGivesOtherNumbersForAFlippedBitOfAGzipFile) {
  const std::string good = *ReadWholeFile(Golden("train-labels-idx1-ubyte.gz"));
  const auto want = Parse(good);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const auto got = Parse(bytes);
    EXPECT_TRUE(!got || std::ranges::equal(got->bytes(), want->bytes())) << bit;
  }
}

TEST(Idx, SaysWhatIsWrong) {
  using std::string_literals::operator""s;
  EXPECT_THAT(Parse("hello, this is no IDX file").error().message,
              HasSubstr("Invalid magic number 1751477356"));
  EXPECT_THAT(Parse("\0\0\x08\1\0\0\0\3ab"s).error().message,
              HasSubstr("shorter than its header says: got 10 bytes, want 11"));
  EXPECT_THAT(Parse("\0\0\x08\1\0\0\0\1ab"s).error().message, HasSubstr("longer than its header"));
  EXPECT_EQ(Parse("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s).error().code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(ReadIdx("/nowhere/at/all").error().code, ErrorCode::kNotFound);
}

TEST(Idx, AGzippedHeaderCannotClaimMoreThanTheFileCanHold) {
  // gzip of 00 00 08 01 40 00 00 00: a gibibyte of labels, it says.
  const std::string bytes(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x08\x00\xf7\xff\x00\x00\x08\x01\x40\x00\x00"
      "\x00",
      23);
  const auto array = Parse(bytes);
  ASSERT_FALSE(array.has_value());
  EXPECT_THAT(array.error().message, HasSubstr("claims 1073741832 bytes"));
}

}  // namespace
}  // namespace fanlight
