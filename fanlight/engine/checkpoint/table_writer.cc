#include "fanlight/engine/checkpoint/table_writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/engine/checkpoint/varint.h"

namespace fanlight::checkpoint {
namespace {

void AppendFixed32(std::string& out, uint32_t value) {
  char bytes[4];
  StoreLittleEndian(bytes, value);
  out.append(bytes, 4);
}

// A short key k with start <= k < limit. `start` itself unless the first differing byte can be
// raised by one and still stay below the limit's.
std::string ShortestSeparator(const std::string& start, std::string_view limit) {
  const size_t common = std::min(start.size(), limit.size());
  size_t at = 0;
  while (at < common && start[at] == limit[at]) ++at;
  if (at >= common) return start;  // One is a prefix of the other.
  const auto byte = static_cast<unsigned char>(start[at]);
  const auto limit_byte = static_cast<unsigned char>(limit[at]);
  if (byte >= 0xff || byte + 1 >= limit_byte) return start;
  std::string separator = start.substr(0, at + 1);
  separator[at] = static_cast<char>(byte + 1);
  return separator;
}

// A short key at or after `key`, for the end of the table.
std::string ShortSuccessor(const std::string& key) {
  for (size_t i = 0; i < key.size(); ++i) {
    const auto byte = static_cast<unsigned char>(key[i]);
    if (byte == 0xff) continue;
    std::string successor = key.substr(0, i + 1);
    successor[i] = static_cast<char>(byte + 1);
    return successor;
  }
  return key;
}

}  // namespace

void TableWriter::Block::Add(std::string_view key, std::string_view value) {
  size_t shared = 0;
  if (since_restart_ < restart_interval_) {
    const size_t common = std::min(last_key_.size(), key.size());
    while (shared < common && last_key_[shared] == key[shared]) ++shared;
  } else {
    restarts_.push_back(static_cast<uint32_t>(entries_.size()));
    since_restart_ = 0;
  }
  AppendVarint(entries_, shared);
  AppendVarint(entries_, key.size() - shared);
  AppendVarint(entries_, value.size());
  entries_.append(key.substr(shared));
  entries_.append(value);
  last_key_.assign(key);
  ++since_restart_;
}

size_t TableWriter::Block::SizeEstimate() const {
  return entries_.size() + sizeof(uint32_t) * (restarts_.size() + 1);
}

std::string TableWriter::Block::Finish() {
  std::string block = std::move(entries_);
  for (const uint32_t restart : restarts_) AppendFixed32(block, restart);
  AppendFixed32(block, static_cast<uint32_t>(restarts_.size()));
  entries_.clear();
  restarts_ = {0};
  since_restart_ = 0;
  last_key_.clear();
  return block;
}

TableWriter::Handle TableWriter::AppendBlock(Block& block) {
  std::string bytes = block.Finish();
  const Handle handle{.offset = out_.size(), .size = bytes.size()};
  bytes.push_back(kTableBlockPlain);
  const uint32_t crc = Crc32c(std::as_bytes(std::span(bytes)));
  AppendFixed32(bytes, MaskCrc32c(crc));
  out_ += bytes;
  return handle;
}

void TableWriter::CloseDataBlock() {
  if (data_.empty()) return;
  pending_handle_ = AppendBlock(data_);
  has_pending_handle_ = true;
}

void TableWriter::AddIndexEntry(std::string index_key) {
  std::string value;
  AppendVarint(value, pending_handle_.offset);
  AppendVarint(value, pending_handle_.size);
  index_.Add(index_key, value);
  has_pending_handle_ = false;
}

void TableWriter::Add(std::string_view key, std::string_view value) {
  FL_CHECK(!has_entries_ || std::string_view(last_key_) < key, "table keys must increase");
  if (!data_.empty() && key.size() + value.size() >= kTableLargeEntryBytes) CloseDataBlock();
  if (has_pending_handle_) AddIndexEntry(ShortestSeparator(last_key_, key));
  last_key_.assign(key);
  has_entries_ = true;
  data_.Add(key, value);
  if (data_.SizeEstimate() >= kTableBlockBytes) CloseDataBlock();
}

std::string TableWriter::Finish() && {
  CloseDataBlock();
  Block metaindex(kTableDataRestartInterval);
  const Handle metaindex_handle = AppendBlock(metaindex);
  if (has_pending_handle_) AddIndexEntry(ShortSuccessor(last_key_));
  const Handle index_handle = AppendBlock(index_);
  std::string footer;
  AppendVarint(footer, metaindex_handle.offset);
  AppendVarint(footer, metaindex_handle.size);
  AppendVarint(footer, index_handle.offset);
  AppendVarint(footer, index_handle.size);
  footer.resize(kTableFooterBytes - sizeof(kTableMagic), '\0');
  char magic[sizeof(kTableMagic)];
  StoreLittleEndian(magic, kTableMagic);
  footer.append(magic, sizeof(magic));
  out_ += footer;
  return std::move(out_);
}

}  // namespace fanlight::checkpoint
