#include "fanlight/board/ingest/chunk_decoder.h"

#include <algorithm>
#include <array>

#include "fanlight/base/crc32c.h"

namespace fanlight::ingest {
namespace {

// The last record of a chunk may end so far behind it; a longer one is left to the loader.
constexpr uint64_t kOverhang = uint64_t{64} << 10;
// With more other records than this in a chunk, telling the order of points among them costs more than it saves.
constexpr size_t kMaxCountedOthers = 256;

}  // namespace

Status DecodedChunk::Decode(ByteSource& source, uint64_t begin, uint64_t end, bool is_begin_known,
                            bool verify_payload_crc, std::shared_ptr<const ScalarShapes> shapes) {
  shapes_ = std::move(shapes);
  first_ = last_ = 0;
  columns_.resize(shapes_->tags.size());
  for (auto& column : columns_) column.clear();
  others_.clear();
  earliest_s_ = std::numeric_limits<double>::infinity();
  last_point_ = {};
  next_.clear();
  for (const ScalarShapes::Tag& tag : shapes_->tags) next_.push_back(tag.next);

  buffer_.resize(static_cast<size_t>(end - begin + kOverhang));
  FL_ASSIGN_OR_RETURN(buffered_, source.ReadAt(begin, buffer_));
  if (is_begin_known) {
    first_ = begin;
  } else if (!FindFirst(begin, end)) {
    return {};
  }
  last_ = first_;
  std::array<Bytes, 64> payloads;
  while (last_ < end) {
    const Bytes rest = Bytes(buffer_).first(buffered_).subspan(static_cast<size_t>(last_ - begin));
    const size_t found = FindSoundRecords(rest, rest.size(), verify_payload_crc, payloads);
    if (found == 0) break;
    for (size_t i = 0; i < found && last_ < end; ++i) {
      const Record record{payloads[i], last_};
      last_ += kRecordFrameBytes + payloads[i].size();
      const bool is_counted = others_.size() < kMaxCountedOthers;
      if (is_counted && TakeScalars(record.payload)) continue;
      OtherRecord& other = others_.emplace_back();
      other.record = record;
      other.last = last_point_;
      if (!is_counted) continue;
      for (const auto& column : columns_) {
        other.points_before.push_back(static_cast<uint32_t>(column.size()));
      }
    }
  }
  return {};
}

bool DecodedChunk::FindFirst(uint64_t begin, uint64_t end) {
  const Bytes bytes = Bytes(buffer_).first(buffered_);
  std::array<Bytes, 1> payload;
  for (uint64_t at = begin; at < end; ++at) {
    const Bytes rest = bytes.subspan(std::min(bytes.size(), static_cast<size_t>(at - begin)));
    if (rest.size() < kRecordFrameBytes) return false;
    // Always with the payload's CRC: zeros have a length CRC that holds by chance of four bytes only.
    if (FindSoundRecords(rest, rest.size(), true, payload) == 1) {
      first_ = at;
      return true;
    }
  }
  return false;
}

uint32_t DecodedChunk::MatchingTag(uint32_t expected, Bytes value) const {
  if (expected != ScalarShapes::kNone && shapes_->tags[expected].pattern.Matches(value)) {
    return expected;
  }
  if (value.size() < 2 || value[0] != kTagField) return ScalarShapes::kNone;
  const auto length = static_cast<size_t>(value[1]);
  if (length >= 0x80 || length > value.size() - 2) return ScalarShapes::kNone;
  const auto found = shapes_->by_name.find(AsText(value.subspan(2, length)));
  if (found == shapes_->by_name.end()) return ScalarShapes::kNone;
  return shapes_->tags[found->second].pattern.Matches(value) ? found->second : ScalarShapes::kNone;
}

bool DecodedChunk::TakeScalars(Bytes payload) {
  EventView event;
  if (!DecodePlainSummary(payload, event)) return false;
  matches_.clear();
  uint32_t before = last_point_.tag;
  const std::byte* at = event.payload.data();
  const std::byte* end = at + event.payload.size();
  while (at < end) {
    const Bytes value = PlainValueAt(at, end);
    if (value.empty()) return false;
    const uint32_t expected = before == ScalarShapes::kNone ? before : next_[before];
    const uint32_t tag = MatchingTag(expected, value);
    if (tag == ScalarShapes::kNone) return false;
    if (before != ScalarShapes::kNone) next_[before] = tag;
    matches_.push_back({tag, shapes_->tags[tag].pattern.NumberIn(value)});
    before = tag;
    at = value.data() + value.size();
  }
  if (event.wall_time_s < earliest_s_) earliest_s_ = event.wall_time_s;
  for (const Match& match : matches_) {
    last_point_ = {match.tag, {event.step, event.wall_time_s, match.bits}};
    columns_[match.tag].push_back(last_point_.point);
  }
  return true;
}

}  // namespace fanlight::ingest
