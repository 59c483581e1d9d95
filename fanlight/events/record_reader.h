// Reads the payloads of a TFRecord file in order, while another process may still be appending to
// it.
//
//   RecordReader reader(std::move(source), {});
//   for (;;) {
//     FL_ASSIGN_OR_RETURN(auto record, reader.Next());
//     if (!record) break;  // Nothing complete yet. Come back when the file has grown.
//     Consume(record->payload);
//   }
//
// That loop stops at the first damage. One that goes on past it:
//
//     Result<std::optional<Record>> record = reader.Next();
//     if (!record && RecordReader::IsDamage(record.error())) {
//       report.Add(reader.last_damage());
//       continue;
//     }
//
// Layout and limits: docs/formats/tfrecord.md. Not thread-safe; one reader per file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "fanlight/base/result.h"
#include "fanlight/events/byte_source.h"
#include "fanlight/events/bytes.h"
#include "fanlight/events/record_frame.h"

namespace fanlight {

struct Record {
  Bytes payload;        // Valid until the next call of Next().
  uint64_t offset = 0;  // Where its length field begins in the file, in bytes.

  // Where the payload begins in the file.
  uint64_t payload_offset() const { return offset + kRecordHeaderBytes; }
};

// Bytes of a file that gave no record.
struct Damage {
  uint64_t offset = 0;  // Where they begin in the file.
  uint64_t bytes = 0;   // How many are lost.
  ErrorCode code = ErrorCode::kCorrupt;
  std::string message;  // What was found, wanted and lost, and where.
};

class RecordReader {
 public:
  struct Options {
    bool verify_payload_crc = true;  // The length's CRC is verified always.
    // A longer claim is kTooLarge, before anything is allocated.
    uint64_t max_payload_bytes = uint64_t{256} << 20;
    uint64_t start_offset = 0;  // Where the first record begins; nothing before it is read.
  };

  RecordReader(std::unique_ptr<ByteSource> source, Options options);

  // Returns the next record, or nullopt when the source ends before one is complete. A partial
  // record is kept: the next call goes on where this one stopped, so bytes are read from the source
  // once.
  //
  // Damage does not stop it; after each of these the next call reads what follows:
  //   kDataLoss  A payload's CRC is wrong: the record is skipped.
  //   kCorrupt   The length's CRC is wrong: it goes on at the next position where a length CRC and
  //              then a payload CRC hold. The error comes when that position is found, and names
  //              the bytes lost; until then see open_damage().
  //   kTooLarge  The length is trusted, its payload is skipped.
  // A payload that fails its CRC and is not followed by a sound length was torn: the search then
  // begins inside it, so that a record written over its tail is found.
  // kIo and others: from the source; the call may be tried again.
  Result<std::optional<Record>> Next();

  // Calls `visit(record)` for the sound records that have been read from the source already, until it returns false.
  // What is left, Next() deals with: a record that is not whole yet, damage, reading on. Loops over millions of small
  // records this way save the cost of a Result for each.
  template <typename Visit>
  void VisitBuffered(Visit&& visit);

  // Whether an error of Next() tells of damage, which last_damage() describes.
  static bool IsDamage(const Error& error) {
    return error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kCorrupt ||
           error.code == ErrorCode::kTooLarge;
  }
  // The damage that Next() returned last.
  const Damage& last_damage() const { return last_damage_; }
  // Damage that has not ended: no sound record has been found behind it up to now.
  std::optional<Damage> open_damage() const;
  // The same, for whoever reports it at once: it counts as reported, and what Next() tells of it later is only the
  // bytes behind.
  std::optional<Damage> TakeOpenDamage();

  // Where the next record begins, or where the search for one began: a new reader that starts here
  // returns what this one would.
  uint64_t position() const;
  // Whether a record is to begin at position(), as far as is known.
  bool is_in_step() const { return state_ == State::kInStep; }
  // Goes on at `offset`, at or behind position(): the records in between have been read by others. In step only.
  void GoOnAt(uint64_t offset);
  // The source was at least so long when someone looked: that a read which gives less than was asked for, and reaches
  // this, is the end for now need not be asked again.
  void ExpectEnd(uint64_t offset) { expected_end_ = offset; }
  // How far the source has been read.
  uint64_t bytes_read() const { return base_ + end_; }

  // The bytes of the file from `offset` on that are in memory, until the next call; maybe none.
  Bytes Buffered(uint64_t offset) const;

  const ByteSource& source() const { return *source_; }

 private:
  // Makes `bytes` bytes from the cursor available in the buffer. False when the source ends before.
  Result<bool> Require(size_t bytes);
  // Makes room for reading on, when `bytes` bytes from the cursor are wanted.
  void MakeRoom(size_t bytes);
  void ReleaseBuffer();
  // Moves the cursor to a position of the file at or behind it.
  void SkipTo(uint64_t offset);
  const std::byte* cursor() const { return buffer_.get() + begin_; }
  uint64_t cursor_offset() const { return base_ + begin_; }

  // The record at the cursor, or the damage there.
  Result<std::optional<Record>> ReadHere();
  Result<std::optional<Record>> FailPayload(uint64_t length, uint32_t got, uint32_t want);
  // The state behind a reported payload whose successor was not there yet. True when in step again.
  Result<bool> LeaveSuspect();
  void BeginSearch(ErrorCode code, std::string what);
  // True when a sound record stands at the cursor; false when the source ended before.
  Result<bool> Search();
  tl::unexpected<Error> Report(ErrorCode code, uint64_t offset, uint64_t bytes,
                               const std::string& what);
  Damage Describe(ErrorCode code, uint64_t offset, uint64_t bytes, const std::string& what) const;

  const std::unique_ptr<ByteSource> source_;
  const Options options_;

  // buffer_[i] is byte base_ + i of the file; the cursor is at begin_, what was read ends at end_.
  std::unique_ptr<std::byte[]> buffer_;
  size_t capacity_ = 0;
  uint64_t base_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool is_source_followed_ = false;  // It was read to its end before.
  uint64_t expected_end_ = std::numeric_limits<uint64_t>::max();
  bool is_end_known_ = false;  // The last read told it.

  // kSuspect: the record at the cursor was reported as lost; the header behind it decides whether
  // its length was right.
  enum class State { kInStep, kSuspect, kSearching };
  State state_ = State::kInStep;
  uint64_t suspect_end_ = 0;     // Where the lost record ends if its length was right.
  uint64_t search_begin_ = 0;    // Where the lost bytes begin.
  uint64_t reported_until_ = 0;  // What lies before was reported already.
  uint64_t search_cost_ = 0;     // Payload bytes verified in vain.
  ErrorCode search_code_ = ErrorCode::kCorrupt;
  std::string search_what_;
  Damage last_damage_;
};

template <typename Visit>
void RecordReader::VisitBuffered(Visit&& visit) {
  if (state_ != State::kInStep) return;
  std::array<Bytes, 64> payloads;
  size_t found;
  do {
    found = FindSoundRecords({cursor(), end_ - begin_}, options_.max_payload_bytes,
                             options_.verify_payload_crc, payloads);
    for (size_t i = 0; i < found; ++i) {
      const Record record{payloads[i], cursor_offset()};
      begin_ += kRecordFrameBytes + payloads[i].size();
      if (!visit(record)) return;
    }
  } while (found == payloads.size());
}

}  // namespace fanlight
