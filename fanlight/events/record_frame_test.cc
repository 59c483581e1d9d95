#include "fanlight/events/record_frame.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "fanlight/events/record_writer.h"

namespace fanlight {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

std::string PayloadOf(size_t bytes) {
  std::string payload;
  for (size_t i = 0; i < bytes; ++i) payload.push_back(static_cast<char>(i * 131 + bytes));
  return payload;
}

TEST(RecordFrame, FindsPayloadsOfEveryLength) {
  std::string file;
  std::vector<std::string> wanted;
  for (size_t bytes = 0; bytes <= 1100; ++bytes) {
    wanted.push_back(PayloadOf(bytes));
    AppendRecord(file, AsBytes(wanted.back()));
  }
  std::vector<Bytes> found(wanted.size() + 1);
  ASSERT_EQ(FindSoundRecords(AsBytes(file), kNoLimit, true, found), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(AsText(found[i]), wanted[i]) << i;
}

TEST(RecordFrame, StopsBeforeARecordThatIsNotWhole) {
  std::string file;
  AppendRecord(file, AsBytes(PayloadOf(20)));
  const size_t first = file.size();
  AppendRecord(file, AsBytes(PayloadOf(9)));
  std::array<Bytes, 4> found;
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(FindSoundRecords(AsBytes(file).first(size), kNoLimit, true, found),
              size < first ? 0u : 1u)
        << size;
  }
}

TEST(RecordFrame, StopsAtAnyFlippedBit) {
  for (const size_t bytes : {0, 5, 64, 511, 600}) {
    std::string file;
    AppendRecord(file, AsBytes(PayloadOf(bytes)));
    std::array<Bytes, 1> found;
    for (size_t bit = 0; bit < file.size() * 8; ++bit) {
      std::string flipped = file;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_EQ(FindSoundRecords(AsBytes(flipped), kNoLimit, true, found), 0u) << bit;
      const bool is_in_header = bit / 8 < kRecordHeaderBytes;
      EXPECT_EQ(FindSoundRecords(AsBytes(flipped), kNoLimit, false, found), is_in_header ? 0u : 1u);
    }
  }
}

TEST(RecordFrame, TakesNoMoreThanThereIsRoomForAndNoLongerThanAllowed) {
  std::string file;
  for (size_t i = 0; i < 5; ++i) AppendRecord(file, AsBytes(PayloadOf(i)));
  std::array<Bytes, 3> found;
  EXPECT_EQ(FindSoundRecords(AsBytes(file), kNoLimit, true, found), 3u);
  std::array<Bytes, 9> more;
  EXPECT_EQ(FindSoundRecords(AsBytes(file), 3, true, more), 4u);
}

}  // namespace
}  // namespace fanlight
