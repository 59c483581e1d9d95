#include "fanlight/engine/checkpoint/checked_read.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/text.h"

namespace fanlight::checkpoint {
namespace {

// What one thread takes at a time.
constexpr uint64_t kPieceBytes = uint64_t{2} << 20;
// Read and checksummed in one go: it stays in the second-level cache between the two.
constexpr size_t kStepBytes = size_t{256} << 10;
// So much is mapped at a time.
constexpr uint64_t kWindowBytes = uint64_t{32} << 20;
constexpr size_t kMaxThreads = 4;

tl::unexpected<Error> TooShort(const File& file, uint64_t end) {
  return Fail(ErrorCode::kOutOfRange, "file became shorter while it was read, at byte {} of {}",
              end, Quoted(file.path()));
}

// The checksum of [0, size), of which `read` gives that of a piece [begin, begin + bytes). Each
// thread has a scratch buffer.
using ReadPiece = std::function<Result<uint32_t>(uint64_t begin, uint64_t bytes,
                                                 std::vector<std::byte>& scratch)>;
Result<uint32_t> ChecksumInPieces(uint64_t size, const ReadPiece& read) {
  const auto count = static_cast<size_t>((size + kPieceBytes - 1) / kPieceBytes);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const size_t num_threads = std::min({count / 2, cores, kMaxThreads});
  if (num_threads <= 1) {
    std::vector<std::byte> scratch;
    return read(0, size, scratch);
  }
  const auto size_of = [&](size_t piece) {
    return std::min(kPieceBytes, size - piece * kPieceBytes);
  };
  std::vector<uint32_t> crcs(count);
  std::atomic<size_t> next{0};
  Mutex mutex;
  Status status;
  const auto run = [&] {
    std::vector<std::byte> scratch;
    for (size_t i; (i = next.fetch_add(1)) < count;) {
      const Result<uint32_t> crc = read(i * kPieceBytes, size_of(i), scratch);
      if (!crc) {
        next = count;  // The others stop too.
        const MutexLock lock(mutex);
        if (status) status = tl::unexpected<Error>(crc.error());
        return;
      }
      crcs[i] = *crc;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < num_threads; ++i) threads.emplace_back(run);
    run();
  }
  FL_TRY(status);
  uint32_t crc = 0;
  for (size_t i = 0; i < count; ++i) crc = Crc32cCombine(crc, crcs[i], size_of(i));
  return crc;
}

// While it lives, whoever wants to write to the file or make it shorter waits; so its pages can be
// mapped without fear. Not every file system gives leases, nor is one given to a file of another
// user or one that is open for writing.
class ReadLease {
 public:
  explicit ReadLease(const File& file) {
    // A descriptor of its own, for a lease belongs to one, and another thread may hold one too.
    Result<File> again = File::OpenForReading(fmt::format("/proc/self/fd/{}", file.descriptor()));
    if (!again) return;
    file_ = *std::move(again);
    // We are told by a signal when someone waits. By this one, which nobody dies of: it will not be
    // for long.
    is_held_ = ::fcntl(file_.descriptor(), F_SETSIG, SIGURG) == 0 &&
               ::fcntl(file_.descriptor(), F_SETLEASE, F_RDLCK) == 0;
  }
  ~ReadLease() {
    if (is_held_) ::fcntl(file_.descriptor(), F_SETLEASE, F_UNLCK);
  }
  ReadLease(const ReadLease&) = delete;
  ReadLease& operator=(const ReadLease&) = delete;
  bool is_held() const { return is_held_; }

 private:
  File file_;
  bool is_held_ = false;
};

}  // namespace

Result<uint32_t> ReadChecked(const File& file, uint64_t offset, std::span<std::byte> into) {
  return ChecksumInPieces(
      into.size(), [&](uint64_t begin, uint64_t bytes, auto&) -> Result<uint32_t> {
        uint32_t crc = 0;
        for (uint64_t done = 0; done < bytes;) {
          const std::span<std::byte> step =
              into.subspan(begin + done, std::min<uint64_t>(bytes - done, kStepBytes));
          FL_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(offset + begin + done, step));
          if (got != step.size()) return TooShort(file, offset + begin + done + got);
          crc = Crc32cExtend(crc, step);
          done += got;
        }
        return crc;
      });
}

Result<uint32_t> ChecksumOf(const File& file, uint64_t offset, uint64_t size) {
  if (size >= kPieceBytes) {
    // Twice as fast as copying the bytes out of the page cache.
    const ReadLease lease(file);
    if (lease.is_held()) {
      uint32_t crc = 0;
      for (uint64_t done = 0; done < size;) {
        const uint64_t window = std::min(size - done, kWindowBytes);
        FL_ASSIGN_OR_RETURN(const auto mapped, MappedBytes::Map(file, offset + done, window));
        FL_ASSIGN_OR_RETURN(const uint32_t window_crc, mapped->Checksum());
        crc = Crc32cCombine(crc, window_crc, window);
        done += window;
      }
      return crc;
    }
  }
  return ChecksumInPieces(
      size,
      [&](uint64_t begin, uint64_t bytes, std::vector<std::byte>& scratch) -> Result<uint32_t> {
        scratch.resize(static_cast<size_t>(std::min<uint64_t>(bytes, kStepBytes)));
        uint32_t crc = 0;
        for (uint64_t done = 0; done < bytes;) {
          const std::span<std::byte> step =
              std::span(scratch).first(std::min<uint64_t>(bytes - done, kStepBytes));
          FL_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(offset + begin + done, step));
          if (got != step.size()) return TooShort(file, offset + begin + done + got);
          crc = Crc32cExtend(crc, step);
          done += got;
        }
        return crc;
      });
}

Result<std::shared_ptr<MappedBytes>> MappedBytes::Map(const File& file, uint64_t offset,
                                                      uint64_t size) {
  FL_ASSIGN_OR_RETURN(const uint64_t file_size, file.Size());
  if (offset > file_size || size > file_size - offset) return TooShort(file, file_size);
  if (size == 0) return std::shared_ptr<MappedBytes>(new MappedBytes({}, 0));
  const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const uint64_t skipped = offset % page_bytes;
  const uint64_t mapped = skipped + size;
  void* const pages = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                             file.descriptor(), static_cast<off_t>(offset - skipped));
  if (pages == MAP_FAILED) return FailWithErrno("cannot map", file.path());
  return std::shared_ptr<MappedBytes>(
      new MappedBytes({static_cast<std::byte*>(pages), mapped}, skipped));
}

MappedBytes::MappedBytes(std::span<std::byte> pages, size_t skipped)
    : pages_(pages), bytes_(pages.subspan(skipped)) {}

MappedBytes::~MappedBytes() {
  if (!pages_.empty()) ::munmap(pages_.data(), pages_.size());
}

Result<uint32_t> MappedBytes::Checksum() const {
  return ChecksumInPieces(
      bytes_.size(), [&](uint64_t begin, uint64_t bytes, auto&) -> Result<uint32_t> {
        const std::span<std::byte> piece = bytes_.subspan(begin, bytes);
#ifdef MADV_POPULATE_READ
        // All pages by one call; and a device that cannot read is an error, not a signal. Older
        // systems do not know it, and fetch page by page.
        const auto page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
        const uintptr_t skipped = reinterpret_cast<uintptr_t>(piece.data()) % page_bytes;
        if (::madvise(piece.data() - skipped, piece.size() + skipped, MADV_POPULATE_READ) != 0 &&
            errno != EINVAL) {
          return FailWithErrno("cannot read", "a mapped file");
        }
#endif
        return Crc32c(piece);
      });
}

}  // namespace fanlight::checkpoint
