#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "fanlight/base/crc32c.h"
#include "fanlight/engine/checkpoint/table_reader.h"
#include "fanlight/engine/checkpoint/table_writer.h"
#include "fanlight/engine/checkpoint/varint.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::HasSubstr;

std::string FromHex(std::string_view text) {
  std::string bytes;
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    digits.push_back(c);
    if (digits.size() == 2) {
      bytes.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

std::string WriteTable(const std::map<std::string, std::string>& entries) {
  TableWriter writer;
  for (const auto& [key, value] : entries) writer.Add(key, value);
  return std::move(writer).Finish();
}

std::map<std::string, std::string> AsMap(const Table& table) {
  std::map<std::string, std::string> entries;
  for (const Table::Entry& entry : table.entries()) entries[entry.key] = entry.value;
  return entries;
}

// The example that docs/formats/checkpoint.md tells byte by byte; TensorFlow wrote it.
const std::string& TinyIndex() {
  static const std::string bytes = FromHex(
      "00 00 06 08 01 1a 02 08 01"
      "00 01 0d 61 08 03 12 00 20 08 28 04 35 a7 8d 9d 88"
      "00 01 0f 62 08 01 12 04 12 02 08 02 28 08 35 3d 33 c8 f4"
      "00 00 00 00 01 00 00 00 00 ca 9d 85 b6"
      "00 00 00 00 01 00 00 00 00 c0 f2 a1 b0"
      "00 01 02 63 00 35 00 00 00 00 01 00 00 00 00 7e 2c 7d 04"
      "3a 08 47 0e" +
      std::string(72, '0') + "57 fb 80 8b 24 75 47 db");
  return bytes;
}

TEST(TableWriter, WritesTheDocumentedExample) {
  const std::string bytes = WriteTable({{"", FromHex("08011a020801")},
                                        {"a", FromHex("080312002008280435a78d9d88")},
                                        {"b", FromHex("080112041202080228 08353d33c8f4")}});
  EXPECT_EQ(bytes, TinyIndex());
}

TEST(TableReader, ReadsTheDocumentedExample) {
  const Result<Table> table = ParseTable(TinyIndex(), "tiny.index");
  ASSERT_TRUE(table.has_value()) << table.error().message;
  ASSERT_EQ(table->entries().size(), 3u);
  EXPECT_EQ(table->Find(""), FromHex("08011a020801"));
  EXPECT_EQ(table->entries()[2].key, "b");
  EXPECT_EQ(table->Find("c"), std::nullopt);
}

TEST(TableReader, ReportsEveryCut) {
  for (size_t size = 0; size < TinyIndex().size(); ++size) {
    const Result<Table> table = ParseTable(TinyIndex().substr(0, size), "cut.index");
    ASSERT_FALSE(table.has_value()) << size;
    EXPECT_THAT(table.error().message, HasSubstr("\"cut.index\"")) << size;
  }
}

TEST(TableReader, NeverGivesOtherEntriesForAFlippedBit) {
  const auto good = AsMap(*ParseTable(TinyIndex(), "tiny.index"));
  size_t unnoticed = 0;
  for (size_t bit = 0; bit < TinyIndex().size() * 8; ++bit) {
    std::string bytes = TinyIndex();
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const Result<Table> table = ParseTable(bytes, "flipped.index");
    if (!table) continue;
    ++unnoticed;
    EXPECT_EQ(AsMap(*table), good) << bit;
  }
  // The footer's zeros are without a checksum, and its last varint may go on into them.
  EXPECT_LE(unnoticed, 36u * 8 + 1);
}

TEST(TableReader, NamesTheOffsetOfADamagedBlock) {
  std::string bytes = TinyIndex();
  bytes[60] ^= 1;
  const Result<Table> table = ParseTable(bytes, "some.index");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(table.error().message, HasSubstr("block checksum mismatch"));
  EXPECT_THAT(table.error().message, HasSubstr("at byte 58 of \"some.index\""));
}

TEST(TableReader, RefusesKeysThatExpandWithoutEnd) {
  // One long key, and then entries of six bytes that each repeat it and add a byte: 4,000 keys of
  // over 200,000 bytes in a file of 225,000. Only a hand-made block does without restart points.
  std::string block;
  const std::string base(200'000, 'k');
  AppendVarint(block, 0);
  AppendVarint(block, base.size());
  AppendVarint(block, 0);
  block += base;
  for (size_t i = 0; i < 4000; ++i) {
    AppendVarint(block, base.size() + i);
    block += std::string("\1\0z", 3);
  }
  block += FromHex("00 00 00 00 01 00 00 00");
  const auto with_trailer = [](std::string bytes) {
    bytes.push_back(kTableBlockPlain);
    const uint32_t crc = MaskCrc32c(Crc32c(std::as_bytes(std::span(bytes))));
    bytes.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
    return bytes;
  };
  const auto handle = [](size_t offset, size_t size) {
    std::string bytes;
    AppendVarint(bytes, offset);
    AppendVarint(bytes, size);
    return bytes;
  };
  std::string file = with_trailer(block);
  const std::string empty = FromHex("00 00 00 00 01 00 00 00");
  const std::string metaindex = handle(file.size(), empty.size());
  file += with_trailer(empty);
  const std::string data = handle(0, block.size());
  const std::string index =
      std::string{'\0', '\1', static_cast<char>(data.size()), 'z'} + data + empty;
  std::string footer = metaindex + handle(file.size(), index.size());
  file += with_trailer(index);
  footer.resize(kTableFooterBytes - 8, '\0');
  file += footer + FromHex("57 fb 80 8b 24 75 47 db");
  const Result<Table> table = ParseTable(file, "bomb.index");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, ErrorCode::kTooLarge) << table.error().message;
}

TEST(TableWriter, ClosesBlocksAtTheirSizeAndBeforeLargeEntries) {
  std::map<std::string, std::string> entries;
  for (int i = 0; i < 5000; ++i) entries[fmt::format("key{:06d}", i)] = std::string(100, 'v');
  entries["key002500large"] = std::string(600'000, 'L');
  const std::string bytes = WriteTable(entries);
  const Result<Table> table = ParseTable(bytes, "large.index");
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(AsMap(*table), entries);
}

TEST(TableProperty, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check([](const std::map<std::string, std::string>& entries) {
    const Result<Table> table = ParseTable(WriteTable(entries), "any");
    RC_ASSERT(table.has_value());
    RC_ASSERT(AsMap(*table) == entries);
  }));
}

TEST(Varint, RefusesMoreThan64Bits) {
  std::string_view bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
  EXPECT_EQ(TakeVarint(bytes), std::nullopt);
  EXPECT_EQ(bytes.size(), 10u);
  std::string most;
  AppendVarint(most, ~uint64_t{0});
  std::string_view left = most;
  EXPECT_EQ(TakeVarint(left), ~uint64_t{0});
  EXPECT_TRUE(left.empty());
}

}  // namespace
}  // namespace fanlight::checkpoint
