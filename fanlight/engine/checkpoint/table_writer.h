// Builds a sorted string table, byte for byte as TensorFlow builds it (table_format.h).
//
//   TableWriter writer;
//   writer.Add("", header);
//   writer.Add("weights", entry);
//   const std::string bytes = std::move(writer).Finish();
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/engine/checkpoint/table_format.h"

namespace fanlight::checkpoint {

class TableWriter {
 public:
  // Keys must come in increasing order of their bytes; a key out of order is a bug of the caller.
  void Add(std::string_view key, std::string_view value);
  // The whole table. The writer is spent.
  std::string Finish() &&;

 private:
  // One block under construction.
  class Block {
   public:
    explicit Block(int restart_interval) : restart_interval_(restart_interval) {}
    void Add(std::string_view key, std::string_view value);
    // Bytes the block would take if it were closed now, without its trailer.
    size_t SizeEstimate() const;
    bool empty() const { return entries_.empty(); }
    std::string Finish();

   private:
    const int restart_interval_;
    std::string entries_;
    std::vector<uint32_t> restarts_ = {0};
    int since_restart_ = 0;
    std::string last_key_;
  };
  struct Handle {
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  Handle AppendBlock(Block& block);
  void CloseDataBlock();
  // Writes the index entry of the block closed last, now that `key`, the first of the next block,
  // is known.
  void AddIndexEntry(std::string index_key);

  std::string out_;
  Block data_{kTableDataRestartInterval};
  Block index_{kTableIndexRestartInterval};
  std::string last_key_;
  bool has_entries_ = false;
  bool has_pending_handle_ = false;
  Handle pending_handle_;
};

}  // namespace fanlight::checkpoint
