// What a loader keeps in the index beside the run's points, so that the next start knows whether the
// files are still those that were read, and where to go on.
//
// A file whose size and times are what they were when all of it had been read is believed without
// opening it. Else its first bytes, which hold the first record's CRC and time, and those in front of
// where reading ended, which hold the last record's CRC, are compared: they tell a file that grew from
// one that was written anew.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/events/byte_source.h"

namespace fanlight::ingest {

// Up to 64 bytes of a file, to know it again by.
struct Excerpt {
  static constexpr size_t kMaxBytes = 64;
  std::array<std::byte, kMaxBytes> buffer{};
  uint32_t count = 0;

  std::span<const std::byte> bytes() const { return std::span(buffer).first(count); }
  // The bytes from `offset` on, at most `most`; none when they cannot be read.
  static Excerpt Read(ByteSource& source, uint64_t offset, uint64_t most);
  // The first of these.
  static Excerpt Of(std::span<const std::byte> bytes);
  bool operator==(const Excerpt& other) const;
};

struct SavedFile {
  LogFile file;           // As it was when it was read. The path is the base name alone; no run.
  Excerpt head{};         // Its first bytes.
  Excerpt tail{};         // Those in front of `position`.
  uint64_t position = 0;  // Where the next record begins.
  uint64_t read_bytes =
      0;  // How far it was read, the beginning of a record that is not whole included.
  bool is_in_step = true;  // Else it can only be gone on with from its beginning.
};

struct SavedRun {
  std::vector<SavedFile> files;
  std::span<const std::byte> sink;  // EventSink::Save().
};

std::vector<std::byte> EncodeSavedRun(const SavedRun& run);
// The sink's bytes are a part of `bytes`. Errors: kCorrupt.
Result<SavedRun> DecodeSavedRun(std::span<const std::byte> bytes);

// Whether `now`, in a listing, is by its name, size and times just what was read to its end.
bool IsUnchanged(const SavedFile& saved, const LogFile& now);
// Whether it has the same name and still begins and goes on to where it was read as it did. Reads up to
// 128 bytes.
bool HasOnlyGrown(const SavedFile& saved, const LogFile& now, ByteSource& source);

}  // namespace fanlight::ingest
