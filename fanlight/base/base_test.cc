#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <string>

#include "fanlight/base/base64.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/base/result.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

uint32_t CrcOf(std::string_view text) { return Crc32c(std::as_bytes(std::span(text))); }

TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(CrcOf(""), 0u);
  EXPECT_EQ(CrcOf("a"), 0xc1d04330u);
  EXPECT_EQ(CrcOf("123456789"), 0xe3069283u);
  EXPECT_EQ(CrcOf(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(CrcOf(std::string(32, '\xff')), 0x62a8ab43u);
}

// The definition, bit by bit.
uint32_t SlowCrcOf(std::string_view text) {
  uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

TEST(Crc32c, IsThatOfTheDefinitionAtEveryLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(CrcOf(text), SlowCrcOf(text)) << i;
    EXPECT_EQ(CrcOf(std::string_view(text).substr(text.size() / 3)),
              SlowCrcOf(std::string_view(text).substr(text.size() / 3)));
    text += static_cast<char>(i * 37 + 11);
  }
}

TEST(Crc32c, MasksAndUnmasks) {
  EXPECT_EQ(MaskCrc32c(0), 0xa282ead8u);
  EXPECT_EQ(MaskCrc32c(CrcOf("123456789")), 0xc78ab0e5u);
  EXPECT_EQ(UnmaskCrc32c(MaskCrc32c(0x12345678u)), 0x12345678u);
}

TEST(Crc32c, OfPiecesIsCombinedToThatOfTheWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 31 + i / 7);
  for (const size_t cut :
       {size_t{0}, size_t{1}, size_t{8}, size_t{63}, size_t{4096}, text.size()}) {
    const std::string_view tail = std::string_view(text).substr(cut);
    EXPECT_EQ(Crc32cCombine(CrcOf(text.substr(0, cut)), CrcOf(tail), tail.size()), CrcOf(text))
        << cut;
  }
  // More zeros than fit in 32 bits: what four halves give.
  const uint64_t huge = uint64_t{3} << 33;
  const uint32_t half = Crc32cCombine(0x12345678, 0, huge / 2);
  EXPECT_EQ(Crc32cCombine(half, 0, huge / 2), Crc32cCombine(0x12345678, 0, huge));
}

TEST(Crc32c, ExtendsPieceByPiece) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view head = std::string_view(text).substr(0, cut);
    const std::string_view tail = std::string_view(text).substr(cut);
    EXPECT_EQ(Crc32cExtend(CrcOf(head), std::as_bytes(std::span(tail))), CrcOf(text));
  }
}

TEST(Base64, IsThatOfTheStandard) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(Base64Url("\xfb\xff"), "-_8");
}

TEST(Base64, ReadsBackWhatItWroteAndRefusesTheRest) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(FromBase64(Base64(bytes)).value(), bytes);
    EXPECT_EQ(FromBase64(Base64Url(bytes)).value(), bytes);
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_FALSE(FromBase64("Z"));
  EXPECT_FALSE(FromBase64("Zg!="));
}

TEST(Text, QuotesWhatWouldBreakATerminal) {
  EXPECT_EQ(Quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(Quoted("a\x1b[31m\n"), "\"a\\x1b[31m\\x0a\"");
  EXPECT_EQ(Quoted("\xff训练"), "\"\\xff训练\"");
  EXPECT_EQ(Quoted(std::string(300, 'x')), "\"" + std::string(200, 'x') + "…\"");
}

TEST(Text, ReplacesBytesThatAreNotUtf8) {
  EXPECT_TRUE(IsUtf8("训练 ü a"));
  EXPECT_FALSE(IsUtf8("\xc0\x80"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));
  EXPECT_EQ(ToUtf8("a\xff"
                   "b"),
            "a\xef\xbf\xbd"
            "b");
}

TEST(Text, OrdersNumbersInNamesByValue) {
  EXPECT_TRUE(NaturalLess("run2", "run10"));
  EXPECT_FALSE(NaturalLess("run10", "run2"));
  EXPECT_TRUE(NaturalLess("run", "run1"));
  EXPECT_TRUE(NaturalLess("lr0.1/a", "lr0.1/b"));
  EXPECT_TRUE(NaturalLess("a01", "a1") != NaturalLess("a1", "a01"));
  EXPECT_FALSE(NaturalLess("same", "same"));
}

TEST(File, ReplacesAtomicallyAndLeavesNothingBehind) {
  const TemporaryDirectory directory;
  const std::string path = directory.Join("state");
  ASSERT_TRUE(WriteFileAtomically(path, "one"));
  ASSERT_TRUE(WriteFileAtomically(path, "two"));
  EXPECT_EQ(*ReadWholeFile(path), "two");
  const Status failed = WriteFileAtomically(path, [](File& file) -> Status {
    FL_TRY(file.Write("half"));
    return Fail(ErrorCode::kIo, "the disk is full");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(*ReadWholeFile(path), "two");
  EXPECT_FALSE(WriteFileAtomically(directory.Join("missing/state"), "x"));
}

TEST(File, IsReadUnnoted) {
  const TemporaryDirectory directory;
  const std::string path = directory.Join("log");
  std::ofstream(path) << "x";
  // Older than the last change: a noted read would set it anew.
  const timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 2000, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  const auto file = File::OpenForReadingUnnoted(path);
  ASSERT_TRUE(file);
  std::byte byte{};
  EXPECT_EQ(*file->ReadAt(0, {&byte, 1}), 1u);
  EXPECT_EQ(byte, std::byte{'x'});
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_atim.tv_sec, 1000);
  EXPECT_FALSE(File::OpenForReadingUnnoted(directory.Join("missing")));
}

TEST(File, SaysWhichFileCouldNotBeOpened) {
  const auto missing = File::OpenForReading("/nonexistent/a b");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message,
            "cannot open for reading: No such file or directory: \"/nonexistent/a b\"");
}

TEST(File, AFullDiskIsAnErrorNotASignal) {
  auto full = File::CreateOrTruncate("/dev/full");
  if (!full) GTEST_FAIL() << full.error().message;
  EXPECT_FALSE(full->Write("x"));
}

TEST(Endian, SwapsBytes) {
  EXPECT_EQ(LoadBigEndian<uint32_t>("\x00\x00\x08\x03"), 0x803u);
  EXPECT_EQ(LoadLittleEndian<uint32_t>("\x03\x08\x00\x00"), 0x803u);
}

}  // namespace
}  // namespace fanlight
