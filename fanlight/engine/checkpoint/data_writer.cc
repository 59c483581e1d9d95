#include "fanlight/engine/checkpoint/data_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/text.h"

namespace fanlight::checkpoint {
namespace {

constexpr std::align_val_t kBlockAlignment{4096};
// Copied and checksummed while it is in the first-level cache.
constexpr size_t kCopyBytes = size_t{16} << 10;

void CopyAndExtend(std::byte* to, std::span<const std::byte> from, uint32_t* crc) {
  while (!from.empty()) {
    const size_t piece = std::min(from.size(), kCopyBytes);
    std::memcpy(to, from.data(), piece);
    if (crc != nullptr) *crc = Crc32cExtend(*crc, {to, piece});
    to += piece;
    from = from.subspan(piece);
  }
}

}  // namespace

void DataWriter::Release::operator()(std::byte* block) const {
  ::operator delete(block, kBlockAlignment);
}

DataWriter::DataWriter(File file, Options options)
    : file_(std::move(file)), options_(options), ways_(options.ways) {
  FL_CHECK(options_.block_bytes % static_cast<size_t>(kBlockAlignment) == 0 &&
               options_.block_bytes > 0 && options_.max_threads > 0,
           "blocks of whole pages, and a thread to write them");
}

DataWriter::~DataWriter() = default;

Result<std::byte*> DataWriter::BlockMemory(Block& block) const {
  if (block == nullptr) {
    block.reset(static_cast<std::byte*>(
        ::operator new(options_.block_bytes, kBlockAlignment, std::nothrow)));
    if (block == nullptr) {
      return Fail(ErrorCode::kTooLarge, "not enough memory to write {}", Quoted(file_.path()));
    }
  }
  return block.get();
}

Status DataWriter::Append(std::span<const std::byte> bytes, uint32_t* crc) {
  if (filled_ > 0 || bytes.size() < options_.block_bytes) {
    FL_ASSIGN_OR_RETURN(bytes, Fill(bytes, crc));
  }
  const size_t whole = bytes.size() / options_.block_bytes * options_.block_bytes;
  if (whole > 0) {
    FL_TRY(WriteBlocks(bytes.first(whole), crc));
    FL_ASSIGN_OR_RETURN(bytes, Fill(bytes.subspan(whole), crc));
  }
  if (bytes.empty()) return {};
  FL_TRY(Fill(bytes, crc));
  return {};
}

Result<std::span<const std::byte>> DataWriter::Fill(std::span<const std::byte> bytes,
                                                    uint32_t* crc) {
  FL_ASSIGN_OR_RETURN(std::byte* const block, BlockMemory(block_));
  const size_t taken = std::min(bytes.size(), options_.block_bytes - filled_);
  CopyAndExtend(block + filled_, bytes.first(taken), crc);
  filled_ += taken;
  if (filled_ == options_.block_bytes) {
    filled_ = 0;
    FL_TRY(WriteBlocks({block, options_.block_bytes}, nullptr));
  }
  return bytes.subspan(taken);
}

Status DataWriter::WriteBlocks(std::span<const std::byte> bytes, uint32_t* crc) {
  OpenPastPageCache();
  uint64_t offset = block_offset_;
  block_offset_ += bytes.size();
  // A full disk is told here, before minutes of writing; and threads that write to space which is
  // there already do not wait for each other. File systems that cannot are told by the writing.
  if (::fallocate(file_.descriptor(), 0, static_cast<off_t>(offset),
                  static_cast<off_t>(bytes.size())) != 0 &&
      (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)) {
    return FailWithErrno("cannot write", file_.path());
  }
  std::vector<uint32_t> crcs;
  while (!bytes.empty()) {
    const WriteWays::Turn turn = ways_.Next(bytes.size() / options_.block_bytes);
    const size_t size = turn.blocks * options_.block_bytes;
    crcs.assign(crc == nullptr ? 0 : turn.blocks, 0);
    const auto begin = std::chrono::steady_clock::now();
    FL_TRY(WriteTurn(bytes.first(size), offset, turn.way, crcs));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    ways_.Took(turn, seconds.count());
    for (const uint32_t piece : crcs) *crc = Crc32cCombine(*crc, piece, options_.block_bytes);
    bytes = bytes.subspan(size);
    offset += size;
  }
  return {};
}

Status DataWriter::WriteTurn(std::span<const std::byte> bytes, uint64_t offset, WriteWay way,
                             std::span<uint32_t> crcs) {
  const size_t count = bytes.size() / options_.block_bytes;
  std::atomic<size_t> next{0};
  Mutex mutex;
  Status status;
  const auto run = [&] {
    Block copy;
    for (size_t i; (i = next.fetch_add(1)) < count;) {
      const size_t at = i * options_.block_bytes;
      const Status done = WriteBlock(bytes.subspan(at, options_.block_bytes), offset + at, way,
                                     copy, crcs.empty() ? nullptr : &crcs[i]);
      if (done) continue;
      next = count;  // The others stop too.
      const MutexLock lock(mutex);
      if (status) status = done;
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t helpers = std::min(count, static_cast<size_t>(options_.max_threads)) - 1;
    for (size_t i = 0; i < helpers; ++i) threads.emplace_back(run);
    run();
  }
  return status;
}

Status DataWriter::WriteBlock(std::span<const std::byte> block, uint64_t offset, WriteWay way,
                              Block& copy, uint32_t* crc) {
  const bool lies_well = way == WriteWay::kThroughPageCache || !past_page_cache_.is_open() ||
                         reinterpret_cast<uintptr_t>(block.data()) % memory_alignment_ == 0;
  if (!lies_well) {
    FL_ASSIGN_OR_RETURN(std::byte* const memory, BlockMemory(copy));
    CopyAndExtend(memory, block, crc);
    block = {memory, block.size()};
  } else if (crc != nullptr) {
    *crc = Crc32c(block);
  }
  return WriteAt(block, offset, way);
}

void DataWriter::OpenPastPageCache() {
  if (std::exchange(is_opened_past_page_cache_, true)) return;
  past_page_cache_ =
      File(::open(file_.path().c_str(), O_WRONLY | O_CLOEXEC | O_DIRECT), file_.path());
#ifdef STATX_DIOALIGN
  struct statx info{};
  if (past_page_cache_.is_open() &&
      ::statx(past_page_cache_.descriptor(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 &&
      (info.stx_mask & STATX_DIOALIGN) != 0 && info.stx_dio_mem_align > 0) {
    memory_alignment_ = info.stx_dio_mem_align;
  }
#endif
}

Status DataWriter::WriteAt(std::span<const std::byte> bytes, uint64_t offset, WriteWay way) {
  while (!bytes.empty()) {
    const bool goes_past =
        way == WriteWay::kPastPageCache && past_page_cache_.is_open() && !refuses_past_page_cache_;
    const File& file = goes_past ? past_page_cache_ : file_;
    const ssize_t put =
        ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      // The file system took O_DIRECT and does not want it in this way.
      if (errno == EINVAL && goes_past) {
        refuses_past_page_cache_ = true;
        continue;
      }
      return FailWithErrno("cannot write", file_.path());
    }
    bytes = bytes.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return {};
}

Status DataWriter::Finish(bool sync) {
  if (filled_ > 0) {
    // The end is no whole block.
    FL_TRY(WriteAt({block_.get(), filled_}, block_offset_, WriteWay::kThroughPageCache));
    block_offset_ += filled_;
    filled_ = 0;
  }
  if (sync) return file_.Sync();
  return {};
}

}  // namespace fanlight::checkpoint
