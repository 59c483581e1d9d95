#include "fanlight/engine/checkpoint/table_reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/table_format.h"
#include "fanlight/engine/checkpoint/varint.h"

namespace fanlight::checkpoint {
namespace {

constexpr uint64_t kMaxTableBytes = uint64_t{2} << 30;

// Shared prefixes let few bytes stand for many: the keys of a table may take this many times its
// own size, and no more.
constexpr uint64_t kMaxKeyExpansion = 256;
constexpr uint64_t kAlwaysAllowedKeyBytes = uint64_t{1} << 20;

struct Handle {
  uint64_t offset = 0;
  uint64_t size = 0;
};

std::optional<Handle> TakeHandle(std::string_view& bytes) {
  const std::optional<uint64_t> offset = TakeVarint(bytes);
  if (!offset) return std::nullopt;
  const std::optional<uint64_t> size = TakeVarint(bytes);
  if (!size) return std::nullopt;
  return Handle{*offset, *size};
}

// The bytes of the block at `handle`, its place and checksum verified.
Result<std::string_view> BlockAt(std::string_view table, Handle handle, const std::string& path) {
  const uint64_t end = table.size() - kTableFooterBytes;
  if (handle.offset > end || handle.size > end - handle.offset ||
      kTableTrailerBytes > end - handle.offset - handle.size) {
    return Fail(ErrorCode::kCorrupt,
                "table block outside the file: got offset {} and size {}, want an end before the "
                "footer at byte {} of {}",
                handle.offset, handle.size, end, Quoted(path));
  }
  const std::string_view checked = table.substr(handle.offset, handle.size + 1);
  const uint32_t stored = UnmaskCrc32c(LoadLittleEndian<uint32_t>(checked.data() + checked.size()));
  const uint32_t got = Crc32c(std::as_bytes(std::span(checked)));
  if (stored != got) {
    return Fail(ErrorCode::kCorrupt,
                "block checksum mismatch: got 0x{:08x}, want 0x{:08x}, at byte {} of {}", got,
                stored, handle.offset, Quoted(path));
  }
  const char type = checked.back();
  if (type == kTableBlockSnappy) {
    return Fail(ErrorCode::kUnimplemented,
                "table block compressed with snappy, want a plain one, at byte {} of {}",
                handle.offset, Quoted(path));
  }
  if (type != kTableBlockPlain) {
    return Fail(ErrorCode::kCorrupt, "unknown table block type {}, at byte {} of {}",
                static_cast<int>(type), handle.offset, Quoted(path));
  }
  return checked.substr(0, handle.size);
}

// Appends the entries of a block, in order. Their keys are taken off `key_bytes_left`.
Status ReadEntries(std::string_view block, uint64_t block_offset, const std::string& path,
                   uint64_t& key_bytes_left, std::vector<Table::Entry>& entries) {
  const auto corrupt = [&](std::string_view what, size_t left) {
    return Fail(ErrorCode::kCorrupt, "{}, at byte {} of {}", what,
                block_offset + (block.size() - left), Quoted(path));
  };
  if (block.size() < sizeof(uint32_t)) return corrupt("table block without a trailer", 0);
  const uint64_t restarts =
      LoadLittleEndian<uint32_t>(block.data() + block.size() - sizeof(uint32_t));
  if (restarts > (block.size() - sizeof(uint32_t)) / sizeof(uint32_t)) {
    return corrupt("table block with more restart points than fit into it", sizeof(uint32_t));
  }
  std::string_view left = block.substr(0, block.size() - sizeof(uint32_t) * (restarts + 1));
  const size_t tail = block.size() - left.size();
  std::string key;
  while (!left.empty()) {
    const size_t at = left.size() + tail;
    const std::optional<uint64_t> shared = TakeVarint(left);
    const std::optional<uint64_t> unshared = shared ? TakeVarint(left) : std::nullopt;
    const std::optional<uint64_t> value_bytes = unshared ? TakeVarint(left) : std::nullopt;
    if (!value_bytes || *shared > key.size() || *unshared > left.size() ||
        *value_bytes > left.size() - *unshared) {
      return corrupt("table entry reaches beyond its block", at);
    }
    key.resize(*shared);
    key.append(left.substr(0, *unshared));
    left.remove_prefix(*unshared);
    if (key.size() > key_bytes_left) {
      return Fail(ErrorCode::kTooLarge,
                  "table keys expand to over {} times the file, at byte {} of {}", kMaxKeyExpansion,
                  block_offset + (block.size() - at), Quoted(path));
    }
    key_bytes_left -= key.size();
    if (!entries.empty() && entries.back().key >= key) {
      return corrupt("table keys out of order", at);
    }
    entries.push_back({key, std::string(left.substr(0, *value_bytes))});
    left.remove_prefix(*value_bytes);
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Table::Find(std::string_view key) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), key,
                       [](const Entry& entry, std::string_view want) { return entry.key < want; });
  if (found == entries_.end() || found->key != key) return std::nullopt;
  return found->value;
}

Result<Table> ParseTable(std::string_view bytes, const std::string& path) {
  if (bytes.size() < kTableFooterBytes) {
    return Fail(ErrorCode::kCorrupt,
                "file is too short to be a table: got {} bytes, want at least {}: {}", bytes.size(),
                kTableFooterBytes, Quoted(path));
  }
  std::string_view footer = bytes.substr(bytes.size() - kTableFooterBytes);
  const uint64_t magic = LoadLittleEndian<uint64_t>(footer.data() + footer.size() - 8);
  if (magic != kTableMagic) {
    return Fail(
        ErrorCode::kCorrupt,
        "not a table (bad magic number): got 0x{:016x}, want 0x{:016x}, at byte {} of {}; perhaps "
        "the file was cut",
        magic, kTableMagic, bytes.size() - 8, Quoted(path));
  }
  const std::optional<Handle> metaindex = TakeHandle(footer);
  const std::optional<Handle> index = metaindex ? TakeHandle(footer) : std::nullopt;
  if (!index) {
    return Fail(ErrorCode::kCorrupt, "table footer without two handles, at byte {} of {}",
                bytes.size() - kTableFooterBytes, Quoted(path));
  }
  Table table;
  uint64_t key_bytes_left = kAlwaysAllowedKeyBytes + kMaxKeyExpansion * bytes.size();
  FL_ASSIGN_OR_RETURN(const std::string_view index_block, BlockAt(bytes, *index, path));
  FL_TRY(BlockAt(bytes, *metaindex, path));
  std::vector<Table::Entry> blocks;
  FL_TRY(ReadEntries(index_block, index->offset, path, key_bytes_left, blocks));
  uint64_t expected_offset = 0;
  for (const Table::Entry& block : blocks) {
    std::string_view value = block.value;
    const std::optional<Handle> handle = TakeHandle(value);
    // Blocks follow each other: without this rule a small file could claim the same block often.
    if (!handle || handle->offset < expected_offset) {
      return Fail(ErrorCode::kCorrupt,
                  "table index entry without a block of its own, in the index block at byte {} of "
                  "{}",
                  index->offset, Quoted(path));
    }
    FL_ASSIGN_OR_RETURN(const std::string_view data, BlockAt(bytes, *handle, path));
    FL_TRY(ReadEntries(data, handle->offset, path, key_bytes_left, table.entries_));
    expected_offset = handle->offset + handle->size + kTableTrailerBytes;
  }
  return table;
}

Result<Table> ReadTableFile(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path, kMaxTableBytes));
  return ParseTable(bytes, path);
}

}  // namespace fanlight::checkpoint
