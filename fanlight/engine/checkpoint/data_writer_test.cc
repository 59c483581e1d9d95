#include "fanlight/engine/checkpoint/data_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "fanlight/base/crc32c.h"
#include "fanlight/engine/checkpoint/checked_read.h"

namespace fanlight::checkpoint {
namespace {

constexpr size_t kBlock = 8192;
const std::vector<WriteWays> kAllWays = {WriteWays(WriteWay::kPastPageCache),
                                         WriteWays(WriteWay::kThroughPageCache), WriteWays()};

// Bytes in memory that begins `shift` bytes after a page.
class Bytes {
 public:
  Bytes(size_t size, size_t shift) : memory_(size + shift + 4096) {
    void* at = memory_.data();
    size_t space = memory_.size();
    std::align(4096, size + shift, at, space);
    span_ = {static_cast<std::byte*>(at) + shift, size};
    for (size_t i = 0; i < size; ++i) span_[i] = static_cast<std::byte>(i * 131 + i / 251);
  }
  std::span<const std::byte> span() const { return span_; }

 private:
  std::vector<std::byte> memory_;
  std::span<std::byte> span_;
};

void WriteAndCompare(const std::vector<size_t>& sizes, size_t shift, WriteWays ways) {
  const TemporaryDirectory directory;
  auto file = File::CreateNew(directory.Join("data"));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  DataWriter writer(*std::move(file), {.block_bytes = kBlock, .ways = ways});
  std::string expected;
  for (const size_t size : sizes) {
    const Bytes bytes(size, shift);
    uint32_t crc = Crc32c(std::as_bytes(std::span("before", 6)));
    const uint32_t expected_crc = Crc32cExtend(crc, bytes.span());
    EXPECT_EQ(writer.offset(), expected.size());
    const Status appended = writer.Append(bytes.span(), &crc);
    ASSERT_TRUE(appended.has_value()) << appended.error().message;
    EXPECT_EQ(crc, expected_crc);
    expected.append(reinterpret_cast<const char*>(bytes.span().data()), size);
  }
  const Status finished = writer.Finish(false);
  ASSERT_TRUE(finished.has_value()) << finished.error().message;
  EXPECT_EQ(writer.offset(), expected.size());
  EXPECT_TRUE(*ReadWholeFile(directory.Join("data")) == expected);
}

TEST(DataWriter, WritesBlocksFromWhereTheyLieAndByCopies) {
  for (const WriteWays& ways : kAllWays) {
    for (const size_t shift : {0, 64, 3}) {
      SCOPED_TRACE(shift);
      WriteAndCompare({}, shift, ways);
      WriteAndCompare({0, 1, 0}, shift, ways);
      WriteAndCompare({kBlock}, shift, ways);
      WriteAndCompare({kBlock * 9, kBlock, kBlock * 2 + 5, 7, kBlock * 5}, shift, ways);
      WriteAndCompare({4, kBlock * 6, kBlock - 4, kBlock * 3, 1}, shift, ways);
    }
  }
}

RC_GTEST_PROP(DataWriterProperty, WhatIsAppendedIsInTheFile, ()) {
  const auto sizes = *rc::gen::container<std::vector<size_t>>(rc::gen::element<size_t>(
      0, 1, 12, 64, 4095, 4096, kBlock - 1, kBlock, kBlock + 1, kBlock * 3, kBlock * 7 + 9));
  WriteAndCompare(sizes, *rc::gen::element<size_t>(0, 64, 512), *rc::gen::elementOf(kAllWays));
}

// Seconds that `blocks` take where each way writes so many blocks a second.
double SecondsOf(WriteWays& ways, size_t blocks, double through_cache, double past_cache) {
  double seconds = 0;
  while (blocks > 0) {
    const WriteWays::Turn turn = ways.Next(blocks);
    EXPECT_GT(turn.blocks, 0);
    EXPECT_LE(turn.blocks, blocks);
    const double rate = turn.way == WriteWay::kPastPageCache ? past_cache : through_cache;
    ways.Took(turn, static_cast<double>(turn.blocks) / rate);
    seconds += static_cast<double>(turn.blocks) / rate;
    blocks -= turn.blocks;
  }
  return seconds;
}

TEST(WriteWays, TheFasterOneWritesNearlyAll) {
  WriteWays past_wins;
  EXPECT_LT(SecondsOf(past_wins, 1000, 100, 300), 1000 / 300.0 * 1.05);
  WriteWays through_wins;
  EXPECT_LT(SecondsOf(through_wins, 1000, 700, 300), 1000 / 700.0 * 1.05);
  WriteWays slow_device;  // The first trial cannot know.
  EXPECT_LT(SecondsOf(slow_device, 10000, 1000, 10), 10000 / 1000.0 * 1.05 + 0.8);
}

TEST(WriteWays, FollowWhatChanges) {
  WriteWays ways;
  SecondsOf(ways, 500, 700, 300);
  EXPECT_LT(SecondsOf(ways, 2000, 100, 300), 2000 / 300.0 * 1.2);  // Memory has run short.
  EXPECT_LT(SecondsOf(ways, 4000, 700, 300), 4000 / 700.0 * 1.2);
}

TEST(WriteWays, OneThatIsChosenStays) {
  WriteWays ways{WriteWay::kPastPageCache};
  EXPECT_DOUBLE_EQ(SecondsOf(ways, 100, 700, 1), 100);
}

TEST(DataWriter, TellsAFullDisk) {
  const TemporaryDirectory directory;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small{.rlim_cur = kBlock * 3 / 2, .rlim_max = limit.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (const size_t shift : {0, 64}) {
    DataWriter writer(*File::CreateNew(directory.Join(std::to_string(shift))),
                      {.block_bytes = kBlock});
    const Bytes bytes(kBlock * 8, shift);
    uint32_t crc = 0;
    const Status full = writer.Append(bytes.span(), &crc);
    EXPECT_FALSE(full.has_value());
    if (!full) {
      EXPECT_EQ(full.error().code, ErrorCode::kIo);
    }
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, old_handler);
}

TEST(CheckedRead, OfAnySizeGivesBytesAndChecksum) {
  const TemporaryDirectory directory;
  const Bytes bytes((size_t{9} << 20) + 5, 0);
  ASSERT_TRUE(WriteFileAtomically(directory.Join("f"), [&](File& file) {
                return file.Write(bytes.span());
              }).has_value());
  const auto file = File::OpenForReading(directory.Join("f"));
  ASSERT_TRUE(file.has_value());
  for (const size_t size : {size_t{0}, size_t{1}, size_t{300'000}, size_t{4} << 20,
                            (size_t{4} << 20) + 1, size_t{9} << 20}) {
    const std::span<const std::byte> expected = bytes.span().subspan(3, size);
    std::vector<std::byte> read(size);
    const Result<uint32_t> crc = ReadChecked(*file, 3, read);
    ASSERT_TRUE(crc.has_value()) << crc.error().message;
    EXPECT_EQ(*crc, Crc32c(expected)) << size;
    EXPECT_TRUE(std::ranges::equal(read, expected)) << size;
    EXPECT_EQ(*ChecksumOf(*file, 3, size), *crc) << size;
  }
  const Result<uint32_t> beyond = ChecksumOf(*file, 10, bytes.span().size());
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, ErrorCode::kOutOfRange);
}

}  // namespace
}  // namespace fanlight::checkpoint
