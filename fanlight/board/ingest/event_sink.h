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
// Writers log the same tags in the same order, step after step: the tag that followed the last one
// in the round before is compared first, and only where it differs is it looked up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  // All files are read up to their ends, for now: a graph that stands only in a MetaGraphDef is
  // shown.
  void EndOfFiles();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct OtherForm {
    std::string kind;
    uint32_t series;
  };
  struct Tag {
    std::string bytes;
    uint32_t next = kNone;                  // The tag that followed it last time.
    store::SeriesStage* scalars = nullptr;  // Where its numbers go.
    std::vector<OtherForm> others;          // Its references, by kind.
    bool has_metadata = false;
    store::SeriesMetadata metadata;
  };

  Tag& FindTag(std::string_view bytes);
  Status TakeSummary(const EventView& event, Bytes bytes, uint64_t offset);
  Status TakeValue(const EventView& event, const SummaryValueView& value, Bytes bytes,
                   uint64_t offset, uint32_t value_index);
  void AddScalar(Tag& tag, const EventView& event, store::ValueType type, uint64_t bits,
                 bool is_old_style);
  void AddBlob(Tag& tag, std::string_view kind, const store::BlobRef& ref, bool is_old_style);
  Status LearnMetadata(Tag& tag, Bytes metadata);
  store::SeriesMetadata MetadataFor(const Tag& tag, std::string_view kind, bool is_old_style) const;
  void CheckOrderWithoutVersion(Tag& tag, const EventView& event);

  store::RunWriter& writer_;
  store::FileId file_;
  double file_version_ = 0;
  bool has_started_ = false;  // A SessionLog START was seen.
  bool has_events_ = false;
  bool has_graph_ = false;
  std::optional<store::BlobRef> meta_graph_;  // Shown when no graph comes.
  std::optional<int64_t> last_summary_step_;
  bool is_step_falling_ = false;  // Of the event at hand, in a log without a version.

  std::vector<std::unique_ptr<Tag>> tags_;
  std::unordered_map<std::string_view, uint32_t> by_bytes_;  // Views into tags_.
  uint32_t last_tag_ = kNone;
  uint32_t first_tag_ = kNone;  // Stands for the tag after none.
};

}  // namespace fanlight::ingest
