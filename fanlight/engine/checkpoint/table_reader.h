// Reads a sorted string table (table_format.h) whole, every checksum verified before a byte of the
// block is believed.
//
//   FL_ASSIGN_OR_RETURN(const Table table, ReadTableFile("model.ckpt-999.index"));
//   for (const Table::Entry& entry : table.entries()) Use(entry.key, entry.value);
//
// A Table is immutable and may be read from several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight::checkpoint {

class Table {
 public:
  struct Entry {
    std::string key;
    std::string value;
  };
  // Sorted by the bytes of the keys, each key once.
  const std::vector<Entry>& entries() const { return entries_; }
  // The value of `key`, or nullopt. The table keeps the bytes alive.
  std::optional<std::string_view> Find(std::string_view key) const;

 private:
  friend Result<Table> ParseTable(std::string_view bytes, const std::string& path);
  std::vector<Entry> entries_;
};

// The table that `bytes` hold; `path` stands in error messages only.
// Errors: kCorrupt, when the structure is broken or a checksum is wrong: the message names the
//         offset. kUnimplemented, when a block is compressed: TensorFlow never writes such bundles.
Result<Table> ParseTable(std::string_view bytes, const std::string& path);

// The same for a file, which must be at most 2 GiB.
Result<Table> ReadTableFile(const std::string& path);

}  // namespace fanlight::checkpoint
