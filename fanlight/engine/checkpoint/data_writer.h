// Writes the data file of a bundle: the bytes of tensors one after another, with their checksums.
//
// What is small gathers in a block and is written with it. What is large is cut into blocks that
// several threads checksum and write at once, each at its place: one waits for the device while
// another computes. Who waits for the device in any case has full blocks written past the page
// cache (O_DIRECT), where the file system can: copying into pages that are then written from there
// costs more than the device does. Who does not wait has them written whichever way is faster
// (write_ways.h). Blocks that do not lie in memory as the device wants them are copied on their way.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "fanlight/base/file.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/write_ways.h"

namespace fanlight::checkpoint {

// Not thread-safe; threads of its own live during a call only.
class DataWriter {
 public:
  struct Options {
    size_t block_bytes = size_t{4} << 20;      // A multiple of 4096.
    int max_threads = 4;                       // More than cores: they wait for the device in turn.
    WriteWays ways{WriteWay::kPastPageCache};  // Best where Finish() syncs.
  };
  // `file` must be new and empty.
  explicit DataWriter(File file) : DataWriter(std::move(file), Options()) {}
  DataWriter(File file, Options options);
  ~DataWriter();
  DataWriter(const DataWriter&) = delete;
  DataWriter& operator=(const DataWriter&) = delete;

  // Appends bytes; `crc`, unless it is nullptr, goes on over them.
  // Errors: kIo, such as a full disk; the file is of no use then.
  Status Append(std::span<const std::byte> bytes, uint32_t* crc);
  // Writes what is still held; with `sync` waits until the device has all.
  Status Finish(bool sync);

  uint64_t offset() const { return block_offset_ + filled_; }  // Bytes appended.
  const File& file() const { return file_; }
  Status Close() { return file_.Close(); }

 private:
  // Memory aligned for O_DIRECT.
  struct Release {
    void operator()(std::byte* block) const;
  };
  using Block = std::unique_ptr<std::byte[], Release>;

  Result<std::byte*> BlockMemory(Block& block) const;
  // Copies up to the end of the block; returns what is left of `bytes`.
  Result<std::span<const std::byte>> Fill(std::span<const std::byte> bytes, uint32_t* crc);
  // Writes whole blocks, from where they lie or by a copy.
  Status WriteBlocks(std::span<const std::byte> bytes, uint32_t* crc);
  // Writes `bytes` at `offset` in one way on several threads; a checksum for each block goes to
  // `crcs`, unless that is empty.
  Status WriteTurn(std::span<const std::byte> bytes, uint64_t offset, WriteWay way,
                   std::span<uint32_t> crcs);
  Status WriteBlock(std::span<const std::byte> block, uint64_t offset, WriteWay way, Block& copy,
                    uint32_t* crc);
  Status WriteAt(std::span<const std::byte> bytes, uint64_t offset, WriteWay way);
  void OpenPastPageCache();

  File file_;
  const Options options_;
  uint64_t block_offset_ = 0;  // Where block_ will stand in the file.
  size_t filled_ = 0;          // Bytes of block_ that are appended.
  Block block_;
  WriteWays ways_;
  // The same file for O_DIRECT, from the first full block on. Not open where there is no such thing.
  File past_page_cache_;
  bool is_opened_past_page_cache_ = false;
  std::atomic<bool> refuses_past_page_cache_ = false;
  size_t memory_alignment_ = 4096;  // Of what is written past the page cache.
};

}  // namespace fanlight::checkpoint
