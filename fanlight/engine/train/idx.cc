#include "fanlight/engine/train/idx.h"

#include <isa-l/igzip_lib.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{8} << 30;
constexpr size_t kMagicBytes = 4;
// Deflate cannot make more of a byte: a header that claims more is wrong.
constexpr uint64_t kMaxInflation = 1032;

size_t ElementBytes(IdxType type) {
  switch (type) {
    case IdxType::kUInt8:
    case IdxType::kInt8:
      return 1;
    case IdxType::kInt16:
      return 2;
    case IdxType::kInt32:
    case IdxType::kFloat32:
      return 4;
    case IdxType::kFloat64:
      return 8;
  }
  return 0;
}

struct Header {
  IdxType type = IdxType::kUInt8;
  std::vector<uint32_t> dims;
  size_t header_bytes = 0;
  uint64_t total_bytes = 0;  // Header and elements.
};

// The header at the front of `bytes`, which may be cut after it.
Result<Header> ParseHeader(std::span<const std::byte> bytes, const std::string& path) {
  if (bytes.size() < kMagicBytes) {
    return Fail(ErrorCode::kCorrupt, "IDX file too short: got {} bytes, want a header: {}",
                bytes.size(), Quoted(path));
  }
  const auto magic = LoadBigEndian<uint32_t>(bytes.data());
  Header header;
  header.type = static_cast<IdxType>(magic >> 8 & 0xff);
  const size_t rank = magic & 0xff;
  const size_t element_bytes = ElementBytes(header.type);
  if (magic >> 16 != 0 || element_bytes == 0 || rank == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "Invalid magic number {} in IDX file, want 2051 for images or 2049 for labels: {}",
                magic, Quoted(path));
  }
  header.header_bytes = kMagicBytes + 4 * rank;
  if (bytes.size() < header.header_bytes) {
    return Fail(ErrorCode::kCorrupt,
                "IDX file too short: got {} bytes, want {} for the header of {} dimensions: {}",
                bytes.size(), header.header_bytes, rank, Quoted(path));
  }
  uint64_t data_bytes = element_bytes;
  for (size_t i = 0; i < rank; ++i) {
    const auto dim = LoadBigEndian<uint32_t>(bytes.data() + kMagicBytes + 4 * i);
    header.dims.push_back(dim);
    if (dim != 0 && data_bytes > kMaxFileBytes / dim) {
      return Fail(ErrorCode::kTooLarge,
                  "IDX header claims over {} of elements, in dimension {} at byte {} of {}",
                  HumanBytes(kMaxFileBytes), i, kMagicBytes + 4 * i, Quoted(path));
    }
    data_bytes *= dim;
  }
  header.total_bytes = header.header_bytes + data_bytes;
  return header;
}

bool IsGzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

// Inflates a gzip stream piece by piece.
class Inflater {
 public:
  Inflater(std::span<const std::byte> gzip, const std::string& path) : left_(gzip), path_(path) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;  // Header and trailer are read, CRC and length verified.
  }

  // Fills `into` from its front; returns how many bytes came before the stream ended.
  Result<size_t> Inflate(std::span<std::byte> into) {
    size_t done = 0;
    while (done < into.size() && state_.block_state != ISAL_BLOCK_FINISH) {
      FL_ASSIGN_OR_RETURN(const size_t got, Step(into.subspan(done)));
      done += got;
    }
    return done;
  }

  // Reads the trailer. Errors: kCorrupt, when the stream goes on or is damaged.
  Status Finish() {
    std::array<std::byte, 1> further;
    FL_ASSIGN_OR_RETURN(const size_t got, Inflate(further));
    if (got > 0) {
      return Fail(ErrorCode::kCorrupt, "IDX file longer than its header says: {}", Quoted(path_));
    }
    return {};
  }

 private:
  // One call of the library: at most 1 GiB in and out, whose counters have 32 bits.
  Result<size_t> Step(std::span<std::byte> into) {
    constexpr size_t kMost = size_t{1} << 30;
    const auto in = static_cast<uint32_t>(std::min(left_.size(), kMost));
    const auto out = static_cast<uint32_t>(std::min(into.size(), kMost));
    // The library does not write through next_in; its type only lacks a const.
    state_.next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(left_.data()));
    state_.avail_in = in;
    state_.next_out = reinterpret_cast<uint8_t*>(into.data());
    state_.avail_out = out;
    const int result = isal_inflate(&state_);
    const size_t taken = in - state_.avail_in;
    const size_t got = out - state_.avail_out;
    left_ = left_.subspan(taken);
    if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT) {
      return Fail(ErrorCode::kCorrupt, "damaged gzip stream (inflate says {}): {}", result,
                  Quoted(path_));
    }
    if (taken == 0 && got == 0 && state_.block_state != ISAL_BLOCK_FINISH) {
      return Fail(ErrorCode::kCorrupt, "gzip stream is cut off: {}", Quoted(path_));
    }
    return got;
  }

  inflate_state state_;
  std::span<const std::byte> left_;
  const std::string& path_;
};

// A gzipped IDX file in one pass: the header first, which says how much memory the rest takes.
Result<std::pair<std::unique_ptr<std::byte[]>, size_t>> InflateIdx(std::span<const std::byte> gzip,
                                                                   const std::string& path) {
  std::array<std::byte, kMagicBytes + 4 * 255> front;
  Inflater inflater(gzip, path);
  const std::span<std::byte> magic = std::span(front).first(kMagicBytes);
  FL_ASSIGN_OR_RETURN(size_t got, inflater.Inflate(magic));
  const size_t rank = got == kMagicBytes ? std::to_integer<size_t>(front[3]) : 0;
  FL_ASSIGN_OR_RETURN(const size_t got_dims,
                      inflater.Inflate(std::span(front).subspan(kMagicBytes, 4 * rank)));
  got += got_dims;
  FL_ASSIGN_OR_RETURN(const Header header, ParseHeader(std::span(front).first(got), path));
  if (header.total_bytes / kMaxInflation > gzip.size()) {
    return Fail(ErrorCode::kCorrupt,
                "IDX header claims {} bytes, more than {} bytes of gzip can hold: {}",
                header.total_bytes, gzip.size(), Quoted(path));
  }
  auto content = std::make_unique_for_overwrite<std::byte[]>(header.total_bytes);
  std::memcpy(content.get(), front.data(), got);
  FL_ASSIGN_OR_RETURN(const size_t got_data,
                      inflater.Inflate(std::span(content.get(), header.total_bytes).subspan(got)));
  got += got_data;
  if (got == header.total_bytes) FL_TRY(inflater.Finish());
  return std::pair(std::move(content), got);
}

}  // namespace

Result<IdxArray> IdxArray::FromContent(std::shared_ptr<const std::byte[]> content, size_t size,
                                       const std::string& path) {
  FL_ASSIGN_OR_RETURN(Header header, ParseHeader({content.get(), size}, path));
  if (size != header.total_bytes) {
    return Fail(ErrorCode::kCorrupt, "IDX file {} than its header says: got {} bytes, want {}: {}",
                size < header.total_bytes ? "shorter" : "longer", size, header.total_bytes,
                Quoted(path));
  }
  IdxArray array;
  array.type_ = header.type;
  array.dims_ = std::move(header.dims);
  array.content_ = std::move(content);
  array.bytes_ = {reinterpret_cast<const uint8_t*>(array.content_.get()) + header.header_bytes,
                  size - header.header_bytes};
  return array;
}

Result<IdxArray> ParseIdx(std::span<const std::byte> content, const std::string& path) {
  if (IsGzip(content)) {
    FL_ASSIGN_OR_RETURN(auto inflated, InflateIdx(content, path));
    return IdxArray::FromContent(std::move(inflated.first), inflated.second, path);
  }
  auto copy = std::make_unique_for_overwrite<std::byte[]>(content.size());
  std::ranges::copy(content, copy.get());
  return IdxArray::FromContent(std::move(copy), content.size(), path);
}

Result<IdxArray> ReadIdx(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const File file, File::OpenForReading(path));
  FL_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (size > kMaxFileBytes) {
    return Fail(ErrorCode::kTooLarge, "file too large: got {}, want at most {}: {}",
                HumanBytes(size), HumanBytes(kMaxFileBytes), Quoted(path));
  }
  if (size == 0) return ParseIdx({}, path);
  void* const pages = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (pages == MAP_FAILED) return FailWithErrno("cannot map", path);
  std::shared_ptr<const std::byte[]> content(
      static_cast<const std::byte*>(pages),
      [size](const std::byte* at) { ::munmap(const_cast<std::byte*>(at), size); });
  if (IsGzip({content.get(), size})) return ParseIdx({content.get(), size}, path);
  return IdxArray::FromContent(std::move(content), size, path);
}

}  // namespace fanlight
