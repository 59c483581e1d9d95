#include "fanlight/events/record_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

// A log directory may hold ten thousand small files: a reader starts with a small buffer, and grows
// it when the file has filled it. Above 1 MiB bench/read_records gained nothing.
constexpr size_t kFirstPieceBytes = size_t{64} << 10;
constexpr size_t kPieceBytes = size_t{1} << 20;
// What a file that has been read to its end grows by at a time is little as a rule.
constexpr size_t kFollowedPieceBytes = size_t{4} << 10;
// A larger buffer is given back once the record that needed it is gone.
constexpr size_t kLargestKeptBytes = size_t{16} << 20;
// A search may verify this many bytes in vain, and this many more for each byte it passes. Without
// a bound a hostile file, with a sound length at every twelfth byte that claims all the rest, would
// cost the square of its size.
constexpr uint64_t kSearchCredit = uint64_t{64} << 20;
constexpr uint64_t kSearchCreditPerByte = 32;

struct Header {
  uint64_t length;
  uint32_t stored_crc;
};

Header LoadHeader(const std::byte* at) {
  return {LoadLittleEndian<uint64_t>(at), LoadLittleEndian<uint32_t>(at + sizeof(uint64_t))};
}

uint32_t LengthCrc(const std::byte* at) { return MaskCrc32c(Crc32c({at, sizeof(uint64_t)})); }

}  // namespace

RecordReader::RecordReader(std::unique_ptr<ByteSource> source, Options options)
    : source_(std::move(source)), options_(options), base_(options.start_offset) {}

Result<std::optional<Record>> RecordReader::Next() {
  if (state_ == State::kSuspect) {
    FL_ASSIGN_OR_RETURN(const bool decided, LeaveSuspect());
    if (!decided) return std::nullopt;
  }
  if (state_ == State::kSearching) {
    FL_ASSIGN_OR_RETURN(const bool found, Search());
    if (!found) {
      ReleaseBuffer();
      return std::nullopt;
    }
    const uint64_t from = std::max(search_begin_, reported_until_);
    if (cursor_offset() > from) {
      return Report(search_code_, from, cursor_offset() - from, search_what_);
    }
  }
  return ReadHere();
}

Result<std::optional<Record>> RecordReader::ReadHere() {
  if (end_ - begin_ < kRecordHeaderBytes) {
    FL_ASSIGN_OR_RETURN(const bool there, Require(kRecordHeaderBytes));
    if (!there) {
      ReleaseBuffer();
      return std::nullopt;
    }
  }
  const Header header = LoadHeader(cursor());
  const uint32_t length_crc = LengthCrc(cursor());
  if (header.stored_crc != length_crc) [[unlikely]] {
    BeginSearch(ErrorCode::kCorrupt,
                fmt::format("length checksum mismatch: got {:#010x}, want {:#010x}", length_crc,
                            header.stored_crc));
    return Next();
  }
  if (header.length > options_.max_payload_bytes) [[unlikely]] {
    const uint64_t offset = cursor_offset();
    if (header.length > std::numeric_limits<int64_t>::max() - offset - kRecordFrameBytes) {
      BeginSearch(ErrorCode::kCorrupt,
                  fmt::format("length beyond any file: got {} bytes", header.length));
      return Next();
    }
    SkipTo(offset + kRecordFrameBytes + header.length);
    return Report(ErrorCode::kTooLarge, offset, kRecordFrameBytes + header.length,
                  fmt::format("record too large: got {}, want at most {}",
                              HumanBytes(header.length), HumanBytes(options_.max_payload_bytes)));
  }
  const auto length = static_cast<size_t>(header.length);
  if (end_ - begin_ < kRecordFrameBytes + length) {
    FL_ASSIGN_OR_RETURN(const bool there, Require(kRecordFrameBytes + length));
    if (!there) {
      ReleaseBuffer();
      return std::nullopt;
    }
  }
  const Bytes payload(cursor() + kRecordHeaderBytes, length);
  if (options_.verify_payload_crc) {
    const uint32_t want = LoadLittleEndian<uint32_t>(payload.data() + length);
    const uint32_t got = MaskCrc32c(Crc32c(payload));
    if (got != want) [[unlikely]]
      return FailPayload(length, got, want);
  }
  const Record record{payload, cursor_offset()};
  begin_ += kRecordFrameBytes + length;
  return record;
}

Result<std::optional<Record>> RecordReader::FailPayload(uint64_t length, uint32_t got,
                                                        uint32_t want) {
  const std::string what =
      fmt::format("payload checksum mismatch: got {:#010x}, want {:#010x}", got, want);
  const uint64_t offset = cursor_offset();
  const size_t frame = kRecordFrameBytes + static_cast<size_t>(length);
  FL_ASSIGN_OR_RETURN(const bool there, Require(frame + kRecordHeaderBytes));
  if (!there) {
    // Whoever reads a finished file must hear of its last record too, so the report cannot wait.
    state_ = State::kSuspect;
    suspect_end_ = offset + frame;
    return Report(ErrorCode::kDataLoss, offset, frame, what);
  }
  if (LoadHeader(cursor() + frame).stored_crc == LengthCrc(cursor() + frame)) {
    begin_ += frame;
    return Report(ErrorCode::kDataLoss, offset, frame, what);
  }
  reported_until_ = offset;
  BeginSearch(ErrorCode::kDataLoss, what);
  return Next();
}

Result<bool> RecordReader::LeaveSuspect() {
  const auto frame = static_cast<size_t>(suspect_end_ - cursor_offset());
  FL_ASSIGN_OR_RETURN(const bool there, Require(frame + kRecordHeaderBytes));
  if (!there) return false;
  if (LoadHeader(cursor() + frame).stored_crc == LengthCrc(cursor() + frame)) {
    state_ = State::kInStep;
    begin_ += frame;
  } else {
    reported_until_ = suspect_end_;
    BeginSearch(ErrorCode::kCorrupt, "no sound record behind a payload checksum mismatch");
  }
  return true;
}

void RecordReader::BeginSearch(ErrorCode code, std::string what) {
  state_ = State::kSearching;
  search_begin_ = cursor_offset();
  search_code_ = code;
  search_what_ = std::move(what);
  search_cost_ = 0;
  ++begin_;
}

Result<bool> RecordReader::Search() {
  for (;; ++begin_) {
    if (end_ - begin_ < kRecordHeaderBytes) {
      FL_ASSIGN_OR_RETURN(const bool there, Require(kRecordHeaderBytes));
      if (!there) return false;
    }
    const Header header = LoadHeader(cursor());
    // First the comparison that rules out nearly every position.
    if (header.length > options_.max_payload_bytes || header.stored_crc != LengthCrc(cursor())) {
      continue;
    }
    const uint64_t passed = cursor_offset() - search_begin_;
    if (search_cost_ + header.length > kSearchCredit + kSearchCreditPerByte * passed) continue;
    const auto length = static_cast<size_t>(header.length);
    FL_ASSIGN_OR_RETURN(const bool there, Require(kRecordFrameBytes + length));
    if (!there) return false;
    const Bytes payload(cursor() + kRecordHeaderBytes, length);
    if (MaskCrc32c(Crc32c(payload)) == LoadLittleEndian<uint32_t>(payload.data() + length)) {
      state_ = State::kInStep;
      return true;
    }
    search_cost_ += length;
  }
}

Result<bool> RecordReader::Require(size_t bytes) {
  while (end_ - begin_ < bytes) {
    if (std::exchange(is_end_known_, false)) return false;
    MakeRoom(bytes);
    const std::span room(buffer_.get() + end_, capacity_ - end_);
    FL_ASSIGN_OR_RETURN(const size_t got, source_->ReadAt(base_ + end_, room));
    if (got == 0) return false;
    end_ += got;
    is_end_known_ = got < room.size() && bytes_read() >= expected_end_;
  }
  return true;
}

void RecordReader::MakeRoom(size_t bytes) {
  const size_t kept = end_ - begin_;
  const bool was_filled = end_ == capacity_;
  size_t wanted = capacity_;
  if (was_filled) {
    // A claimed length allocates nothing by itself: the buffer at most doubles, once it is full.
    if (capacity_ < kPieceBytes) {
      wanted =
          std::max(is_source_followed_ ? kFollowedPieceBytes : kFirstPieceBytes, capacity_ * 4);
    }
    if (kept == capacity_) wanted = std::max(wanted, std::min(capacity_ * 2, bytes));
    // After a very large record a buffer of the common size will do again.
    if (capacity_ > kLargestKeptBytes && kept < kPieceBytes / 2 && bytes <= kPieceBytes) {
      wanted = kPieceBytes;
    }
  }
  if (wanted != capacity_) {
    auto grown = std::make_unique_for_overwrite<std::byte[]>(wanted);
    if (kept > 0) std::memcpy(grown.get(), cursor(), kept);
    buffer_ = std::move(grown);
    capacity_ = wanted;
  } else if (begin_ > 0 && (was_filled || kept == 0)) {
    if (kept > 0) std::memmove(buffer_.get(), cursor(), kept);
  } else {
    return;
  }
  base_ += begin_;
  begin_ = 0;
  end_ = kept;
}

// A reader of a file that may grow for days holds no more than the partial record.
void RecordReader::ReleaseBuffer() {
  is_source_followed_ = true;
  const size_t kept = end_ - begin_;
  if (capacity_ <= kFirstPieceBytes && kept > 0) return;
  if (kept > capacity_ / 2) return;
  std::unique_ptr<std::byte[]> smaller;
  if (kept > 0) {
    smaller = std::make_unique_for_overwrite<std::byte[]>(kept);
    std::memcpy(smaller.get(), cursor(), kept);
  }
  buffer_ = std::move(smaller);
  capacity_ = kept;
  base_ += begin_;
  begin_ = 0;
  end_ = kept;
}

void RecordReader::GoOnAt(uint64_t offset) {
  FL_CHECK(is_in_step() && offset >= cursor_offset(),
           "a reader goes on only from where it is in step");
  SkipTo(offset);
}

Bytes RecordReader::Buffered(uint64_t offset) const {
  if (offset < base_ || offset >= base_ + end_) return {};
  const auto at = static_cast<size_t>(offset - base_);
  return {buffer_.get() + at, end_ - at};
}

void RecordReader::SkipTo(uint64_t offset) {
  if (offset <= base_ + end_) {
    begin_ = static_cast<size_t>(offset - base_);
  } else {
    base_ = offset;
    begin_ = 0;
    end_ = 0;
    is_end_known_ = false;
  }
}

tl::unexpected<Error> RecordReader::Report(ErrorCode code, uint64_t offset, uint64_t bytes,
                                           const std::string& what) {
  last_damage_ = Describe(code, offset, bytes, what);
  return tl::unexpected<Error>(Error{code, last_damage_.message});
}

Damage RecordReader::Describe(ErrorCode code, uint64_t offset, uint64_t bytes,
                              const std::string& what) const {
  return {offset, bytes, code,
          fmt::format("{}: {} bytes lost at byte {} of {}", what, bytes, offset,
                      Quoted(source_->name()))};
}

std::optional<Damage> RecordReader::open_damage() const {
  if (state_ != State::kSearching) return std::nullopt;
  const uint64_t from = std::max(search_begin_, reported_until_);
  if (cursor_offset() <= from) return std::nullopt;
  return Describe(search_code_, from, cursor_offset() - from, search_what_);
}

std::optional<Damage> RecordReader::TakeOpenDamage() {
  std::optional<Damage> damage = open_damage();
  if (damage) reported_until_ = cursor_offset();
  return damage;
}

uint64_t RecordReader::position() const {
  switch (state_) {
    case State::kInStep:
      return cursor_offset();
    case State::kSuspect:
      return suspect_end_;
    case State::kSearching:
      return std::max(search_begin_, reported_until_);
  }
  return cursor_offset();
}

}  // namespace fanlight
