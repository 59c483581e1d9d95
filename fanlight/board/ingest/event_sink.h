// Turns the events of one run into points of its series: all kinds of summaries, old and new,
// normalised once, here.
//
// docs/formats/summaries.md tells the forms. What becomes of them:
//   simple_value; tensor of plugin "scalars" with one element    a point of a column
//   histo, image, audio; other tensors; metadata alone           a reference; kind = the plugin's
//   name, or "tensors" graph_def (or meta_graph_def, when there is no graph_def)    kind "graphs",
//   tag "__run_graph__" tagged_run_metadata                                          kind
//   "graph_tagged_run_metadata" session_log restarts and the end of the run
// The first metadata of a tag wins.
//
// Writers log the same tags in the same order, step after step, and a scalar differs from the one of the step before in
// four bytes. So each tag remembers the bytes of its last scalar and which tag came next: the next value is compared
// with what is expected there, and only where it differs is it decoded and looked up. Tensors of raw bytes likewise.
//
//   0a 04 'loss' 42 0a 08 01 12 00 22 04 [00 00 80 3e] 4a 0b 0a 09 0a 07 'scalars'
//   └────────── as remembered ─────────┘  the value   └──── as remembered ────┘
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/board/ingest/chunk_decoder.h"
#include "fanlight/board/ingest/value_pattern.h"
#include "fanlight/board/store/byte_codec.h"
#include "fanlight/board/store/run_writer.h"
#include "fanlight/events/event.h"
#include "fanlight/events/summary.h"

namespace fanlight::ingest {

// Not thread-safe: it belongs to the run's loader.
class EventSink {
 public:
  explicit EventSink(store::RunWriter& writer) : writer_(writer) {}

  // Events come from this file from now on.
  void BeginFile(store::FileId file, uint32_t ordinal);
  // Takes one event, which stands in a record at `offset`. Errors: kCorrupt when its bytes are not
  // a message; values before the bad place have been taken.
  Status Take(Bytes event, uint64_t offset);
  // Whether events that hold nothing but scalars of known shapes may be decoded elsewhere, and what is known of them.
  // Not in logs without a version, where each step is compared with the one before.
  bool CanTakeDecoded() const { return file_version_ >= 2 && has_events_; }
  std::shared_ptr<const ScalarShapes> Shapes() const;
  // Takes the points of `chunk`, decoded by these shapes, and its other records, all in the order of the file. Calls
  // `failed(record, error)` for records that are no events. Returns where it stopped: the chunk's end, or behind the
  // record after which CanTakeDecoded() holds no more.
  template <typename Failed>
  uint64_t TakeDecoded(const DecodedChunk& chunk, Failed&& failed);
  // All files are read up to their ends, for now: a graph that stands only in a MetaGraphDef is
  // shown.
  void EndOfFiles();
  // Tells the writer the facts gathered since the last call; before each commit.
  void TellFacts();

  // Everything that taking further events depends on. Restore() makes a new sink, whose writer has
  // resumed the same series, go on from there; false when the bytes do not fit: it must not be used.
  void Save(store::ByteWriter& out) const;
  bool Restore(std::span<const std::byte> bytes);

 private:
  // What the references of an event's values have in common.
  struct EventPlace {
    double wall_time_s = 0;
    int64_t step = 0;
    uint64_t offset = 0;
    uint32_t payload_bytes = 0;
  };
  struct OtherForm {
    std::string kind;
    uint32_t series;
  };
  struct Tag {
    std::string bytes;
    Tag* next = nullptr;                    // The tag that followed it last time.
    store::SeriesStage* scalars = nullptr;  // Where its numbers go,
    uint32_t scalars_series = 0;            // and which of the run's series that is.
    std::vector<OtherForm> others;          // Its references, by kind.
    bool has_metadata = false;
    store::SeriesMetadata metadata;
    ScalarPattern pattern;
    // Tensors as the last one: where they go, what each counts as.
    TensorPattern tensor_pattern;
    store::SeriesStage* tensors = nullptr;
    uint32_t tensor_items = 0;
  };

  Tag& FindTag(std::string_view bytes);
  void NoteStart(const EventView& event);
  Tag*& ExpectedTag() { return last_tag_ == nullptr ? first_tag_ : last_tag_->next; }
  // Takes values from `at` on as long as each is what is expected next; moves `at` and `index` behind them.
  void TakeExpected(const EventPlace& place, const std::byte*& at, const std::byte* end,
                    uint32_t& index);
  void NotePoint(int64_t step, double wall_time_s) {
    has_point_ = true;
    last_step_ = step;
    last_wall_time_s_ = wall_time_s;
  }
  void TakeColumn(uint32_t tag, std::span<const DecodedPoint> points) {
    store::SeriesStage& scalars = *tags_[tag]->scalars;
    for (const DecodedPoint& point : points) {
      scalars.Append(store::ValueType::kFloat32, point.step, point.wall_time_s, point.bits);
    }
  }
  void LearnPattern(Tag& tag, Bytes value, const std::byte* number);
  static void LearnTensorPattern(Tag& tag, store::SeriesStage& stage, Bytes value, Bytes content,
                                 uint32_t items);
  // The values of `event`'s summary from number `index` on, which begins at `at`.
  Status TakeSummary(const EventView& event, const std::byte* at, uint32_t index, Bytes bytes,
                     uint64_t offset);
  // `whole` is the serialized value.
  Status TakeValue(const EventView& event, const SummaryValueView& value, Bytes whole, Bytes bytes,
                   uint64_t offset, uint32_t value_index);
  void AddScalar(Tag& tag, const EventView& event, store::ValueType type, uint64_t bits,
                 bool is_old_style);
  store::SeriesStage& AddBlob(Tag& tag, std::string_view kind, const store::BlobRef& ref,
                              bool is_old_style);
  Status LearnMetadata(Tag& tag, Bytes metadata);
  store::SeriesMetadata MetadataFor(const Tag& tag, std::string_view kind, bool is_old_style) const;
  void CheckOrderWithoutVersion(Tag& tag, const EventView& event);

  store::RunWriter& writer_;
  store::FileId place_;  // Of the file at hand, among the run's.
  double file_version_ = 0;
  bool has_started_ = false;  // A SessionLog START was seen.
  bool has_events_ = false;
  bool has_graph_ = false;
  std::optional<store::BlobRef> meta_graph_;  // Shown when no graph comes.
  std::optional<int64_t> last_summary_step_;
  bool is_step_falling_ = false;  // Of the event at hand, in a log without a version.

  // Facts since the last TellFacts().
  double earliest_s_ = std::numeric_limits<double>::infinity();
  bool has_point_ = false;
  int64_t last_step_ = 0;
  double last_wall_time_s_ = 0;

  std::vector<std::unique_ptr<Tag>> tags_;
  std::unordered_map<std::string_view, Tag*> by_bytes_;  // Views into tags_.
  Tag* last_tag_ = nullptr;
  Tag* first_tag_ = nullptr;  // Stands for the tag after none.
};

template <typename Failed>
uint64_t EventSink::TakeDecoded(const DecodedChunk& chunk, Failed&& failed) {
  const auto columns = chunk.columns();
  std::vector<uint32_t> taken(columns.size());
  const auto take_until = [&](const std::vector<uint32_t>& ends,
                              const DecodedChunk::LastPoint& last) {
    bool is_new = false;
    for (uint32_t tag = 0; tag < columns.size(); ++tag) {
      const auto end = ends.empty() ? static_cast<uint32_t>(columns[tag].size()) : ends[tag];
      if (end == taken[tag]) continue;
      TakeColumn(tag, std::span(columns[tag]).subspan(taken[tag], end - taken[tag]));
      taken[tag] = end;
      is_new = true;
    }
    if (!is_new) return;
    NotePoint(last.point.step, last.point.wall_time_s);
    last_tag_ = tags_[last.tag].get();
  };
  if (chunk.earliest_s() < earliest_s_) earliest_s_ = chunk.earliest_s();
  for (const DecodedChunk::OtherRecord& other : chunk.others()) {
    take_until(other.points_before, other.last);
    const Record& record = other.record;
    if (const Status done = Take(record.payload, record.offset); !done) {
      failed(record, done.error());
    }
    if (!CanTakeDecoded()) return record.offset + kRecordFrameBytes + record.payload.size();
  }
  take_until({}, chunk.last_point());
  return chunk.last();
}

}  // namespace fanlight::ingest
