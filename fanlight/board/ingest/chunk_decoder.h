// Decodes a stretch of a large file ahead of the run's loader, on any worker: finds where its first record begins, checks
// every record, and decodes those that hold nothing but scalars as the loader has seen them before.
//
//   file    ──── chunk 0 ────┬──── chunk 1 ────┬──── chunk 2 ──
//   records  [  ][   ][   ][ │ ][  ][   ][     │   ][  ][
//   taken    0 begins at 0   └ 1 begins with the first record that begins in it, and ends with the last
//
// Where a chunk begins is found as after damage: a length whose CRC holds, then a payload whose CRC holds. It counts only
// if the chunk before ends just there, so what is taken is what one reader from the start would take. docs/design/store.md.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/board/ingest/value_pattern.h"
#include "fanlight/events/byte_source.h"
#include "fanlight/events/record_reader.h"

namespace fanlight::ingest {

// What a loader has learned of its tags' scalars up to some point. Immutable: workers share it.
struct ScalarShapes {
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  struct Tag {
    std::string name;
    ScalarPattern pattern;
    uint32_t next = kNone;  // The tag that followed it last.
  };
  std::vector<Tag> tags;
  std::unordered_map<std::string_view, uint32_t> by_name;  // Views into tags.
};

struct DecodedPoint {
  int64_t step;
  double wall_time_s;
  uint64_t bits;  // A float's.
};

// What one chunk holds. Not thread-safe.
class DecodedChunk {
 public:
  // The point that stands last up to some place, and its tag; kNone without points.
  struct LastPoint {
    uint32_t tag = ScalarShapes::kNone;
    DecodedPoint point{};
  };
  // A record that the loader has to look at itself, and how many points of each tag stand before it. When they are not
  // told, all points of the chunk do.
  struct OtherRecord {
    Record record;
    std::vector<uint32_t> points_before{};
    LastPoint last{};
  };

  // Reads and decodes the records that begin in [begin, end); the first one begins at `begin` if so said.
  // Errors: of the source.
  Status Decode(ByteSource& source, uint64_t begin, uint64_t end, bool is_begin_known,
                bool verify_payload_crc, std::shared_ptr<const ScalarShapes> shapes);

  // The records begin at and end before; both 0 when none was found. Behind `last` stands something that is not a sound
  // record, or not a whole one, unless `last` is at or past the chunk's end.
  uint64_t first() const { return first_; }
  uint64_t last() const { return last_; }
  // Points of each tag of the shapes, in file order.
  std::span<const std::vector<DecodedPoint>> columns() const { return columns_; }
  const std::vector<OtherRecord>& others() const { return others_; }  // In file order.
  double earliest_s() const { return earliest_s_; }  // Of the points; infinite without.
  const LastPoint& last_point() const { return last_point_; }

 private:
  bool FindFirst(uint64_t begin, uint64_t end);
  bool TakeScalars(Bytes payload);
  uint32_t MatchingTag(uint32_t expected, Bytes value) const;

  std::shared_ptr<const ScalarShapes> shapes_;
  std::vector<std::byte> buffer_;
  size_t buffered_ = 0;
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  std::vector<std::vector<DecodedPoint>> columns_;
  std::vector<OtherRecord> others_;
  double earliest_s_ = std::numeric_limits<double>::infinity();
  LastPoint last_point_;
  std::vector<uint32_t> next_;  // As in the shapes, then as met here.
  struct Match {
    uint32_t tag;
    uint32_t bits;
  };
  std::vector<Match> matches_;
};

}  // namespace fanlight::ingest
