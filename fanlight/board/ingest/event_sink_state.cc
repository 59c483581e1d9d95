// What an EventSink remembers of the files it has read, as bytes: so that the sink of the next start takes
// the events that follow as this one would have.
//
// The patterns by which a sink expects the next values are not in it: they come back with the next step.
#include <algorithm>

#include "fanlight/board/ingest/event_sink.h"
#include "fanlight/board/store/byte_codec.h"

namespace fanlight::ingest {
namespace {

using store::ByteReader;
using store::ByteWriter;
using store::SeriesMetadata;

constexpr uint8_t kVersion = 1;
enum SinkFlags : uint8_t {
  kHasStarted = 1,
  kHasEvents = 2,
  kHasGraph = 4,
  kHasMetaGraph = 8,
  kHasLastStep = 16
};
enum TagFlags : uint8_t {
  kHasMetadata = 1,
  kAsFirstSeries = 2,  // Its metadata are those of its first series.
};

bool AreSame(const SeriesMetadata& a, const SeriesMetadata& b) {
  return a.kind == b.kind && a.content == b.content && a.display_name == b.display_name &&
         a.description == b.description;
}

}  // namespace

void EventSink::Save(ByteWriter& out) const {
  out.Put(kVersion);
  out.Put(static_cast<uint8_t>((has_started_ ? kHasStarted : 0) | (has_events_ ? kHasEvents : 0) |
                               (has_graph_ ? kHasGraph : 0) | (meta_graph_ ? kHasMetaGraph : 0) |
                               (last_summary_step_ ? kHasLastStep : 0)));
  out.Put(file_version_);
  out.Put(last_summary_step_.value_or(0));
  if (meta_graph_) out.Put(*meta_graph_);
  out.Put(static_cast<uint32_t>(tags_.size()));
  for (const auto& tag : tags_) {
    std::vector<uint32_t> series;
    if (tag->scalars != nullptr) series.push_back(tag->scalars_series);
    for (const OtherForm& other : tag->others) series.push_back(other.series);
    const bool is_as_first = tag->has_metadata && !series.empty() &&
                             AreSame(tag->metadata, writer_.series(series.front()).metadata());
    out.Put(static_cast<uint8_t>((tag->has_metadata ? kHasMetadata : 0) |
                                 (is_as_first ? kAsFirstSeries : 0)));
    out.Put(static_cast<uint32_t>(series.size()));
    for (const uint32_t each : series) out.Put(each);
    if (series.empty()) out.PutText(tag->bytes);
    if (!tag->has_metadata || is_as_first) continue;
    out.PutText(tag->metadata.kind);
    out.PutText(tag->metadata.content);
    out.PutText(tag->metadata.display_name);
    out.PutText(tag->metadata.description);
  }
}

bool EventSink::Restore(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  if (in.Take<uint8_t>() != kVersion) return false;
  const auto flags = in.Take<uint8_t>();
  has_started_ = (flags & kHasStarted) != 0;
  has_events_ = (flags & kHasEvents) != 0;
  has_graph_ = (flags & kHasGraph) != 0;
  file_version_ = in.Take<double>();
  const auto last_step = in.Take<int64_t>();
  if ((flags & kHasLastStep) != 0) last_summary_step_ = last_step;
  if ((flags & kHasMetaGraph) != 0) meta_graph_ = in.Take<store::BlobRef>();
  const uint32_t count = in.TakeCount(5);
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    auto tag = std::make_unique<Tag>();
    const auto tag_flags = in.Take<uint8_t>();
    const uint32_t forms = in.TakeCount(sizeof(uint32_t));
    for (uint32_t k = 0; k < forms; ++k) {
      const auto index = in.Take<uint32_t>();
      if (index >= writer_.series_count()) return false;
      store::SeriesStage& series = writer_.series(index);
      if (k == 0) {
        tag->bytes = series.tag().bytes;
        if ((tag_flags & kAsFirstSeries) != 0) tag->metadata = series.metadata();
      }
      if (series.tag().bytes != tag->bytes) return false;
      if (series.is_scalars()) {
        tag->scalars = &series;
        tag->scalars_series = index;
      } else {
        tag->others.push_back({series.metadata().kind, index});
      }
    }
    if (forms == 0) tag->bytes = in.TakeText();
    tag->has_metadata = (tag_flags & kHasMetadata) != 0;
    if (tag->has_metadata && (tag_flags & kAsFirstSeries) == 0) {
      tag->metadata.kind = in.TakeText();
      tag->metadata.content = in.TakeText();
      tag->metadata.display_name = in.TakeText();
      tag->metadata.description = in.TakeText();
    }
    if (!by_bytes_.emplace(tag->bytes, tag.get()).second) return false;
    tags_.push_back(std::move(tag));
  }
  return in.ok() && in.is_at_end();
}

}  // namespace fanlight::ingest
