#include "fanlight/board/ingest/event_sink.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "fanlight/base/endian.h"
#include "fanlight/board/ingest/scalar_value.h"
#include "fanlight/events/tensor_value.h"

namespace fanlight::ingest {
namespace {

using store::BlobRef;
using store::SeriesMetadata;
using store::ValueType;

constexpr std::string_view kScalars = "scalars";
constexpr std::string_view kGraphTag = "__run_graph__";

// 2 for "brain.Event:2"; 0 when it is not told.
double VersionOf(std::string_view text) {
  constexpr std::string_view kPrefix = "brain.Event:";
  if (!text.starts_with(kPrefix)) return 0;
  text.remove_prefix(kPrefix.size());
  double version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

uint32_t Capped(uint64_t count) {
  return static_cast<uint32_t>(std::min<uint64_t>(count, std::numeric_limits<uint32_t>::max()));
}

// How many images or clips, else elements, a tensor of this kind holds by its own claim.
uint32_t ItemsOf(std::string_view kind, const TensorView& tensor) {
  if (kind == "images") return Capped(tensor.element_count > 2 ? tensor.element_count - 2 : 0);
  if (kind == "audio" && tensor.rank == 2) return Capped(tensor.element_count / 2);
  return Capped(tensor.element_count);
}

// Graphs and hparams carry no step of the training.
bool HasTrainingStep(std::string_view kind) { return kind != "graphs" && kind != "hparams"; }

}  // namespace

void EventSink::BeginFile(store::FileId file, uint32_t ordinal) {
  place_ = {ordinal};
  writer_.BeginFile(ordinal, file);
}

Status EventSink::Take(Bytes bytes, uint64_t offset) {
  EventView event;
  if (DecodePlainSummary(bytes, event)) {
    // Nearly every event of nearly every log: nothing in it but scalars that were expected.
    if (event.wall_time_s < earliest_s_) earliest_s_ = event.wall_time_s;
    const std::byte* at = event.payload.data();
    uint32_t index = 0;
    if (file_version_ >= 2 && has_events_) {
      TakeExpected({event.wall_time_s, event.step, offset, static_cast<uint32_t>(bytes.size())}, at,
                   at + event.payload.size(), index);
      if (at == event.payload.data() + event.payload.size()) return {};
    }
    NoteStart(event);
    return TakeSummary(event, at, index, bytes, offset);
  }
  FL_ASSIGN_OR_RETURN(event, DecodeEvent(bytes));
  if (event.wall_time_s < earliest_s_) earliest_s_ = event.wall_time_s;
  NoteStart(event);
  if (event.kind == EventKind::kSummary) {
    return TakeSummary(event, event.payload.data(), 0, bytes, offset);
  }
  const BlobRef ref{.file = place_,
                    .value_index = 0,
                    .record_offset = offset,
                    .payload_bytes = static_cast<uint32_t>(bytes.size()),
                    .items = 1,
                    .step = event.step,
                    .wall_time_s = event.wall_time_s};
  switch (event.kind) {
    case EventKind::kFileVersion:
      file_version_ = VersionOf(AsText(event.payload));
      writer_.NoteFileVersion(file_version_);
      break;
    case EventKind::kGraphDef:
      AddBlob(FindTag(kGraphTag), "graphs", ref, false);
      has_graph_ = true;
      break;
    case EventKind::kMetaGraphDef:
      meta_graph_ = ref;
      break;
    case EventKind::kTaggedRunMetadata: {
      FL_ASSIGN_OR_RETURN(const TaggedRunMetadataView tagged,
                          DecodeTaggedRunMetadata(event.payload));
      AddBlob(FindTag(tagged.tag), "graph_tagged_run_metadata", ref, false);
      break;
    }
    case EventKind::kSessionLog: {
      FL_ASSIGN_OR_RETURN(const SessionLogView log, DecodeSessionLog(event.payload));
      if (log.status == SessionLogView::kStart) {
        if (has_started_) writer_.Supersede(event.step, file_version_ >= 2);
        has_started_ = true;
        writer_.NoteSession(store::SessionState::kStarted);
      } else if (log.status == SessionLogView::kStop) {
        writer_.NoteSession(store::SessionState::kStopped);
      }
      break;
    }
    default:
      break;
  }
  return {};
}

void EventSink::NoteStart(const EventView& event) {
  if (has_events_ || !std::isfinite(event.wall_time_s)) return;
  writer_.NoteStart(event.wall_time_s);
  has_events_ = true;
}

Status EventSink::TakeSummary(const EventView& event, const std::byte* at, uint32_t index,
                              Bytes bytes, uint64_t offset) {
  is_step_falling_ = file_version_ < 2 && last_summary_step_ && event.step < *last_summary_step_;
  last_summary_step_ = event.step;
  const std::byte* end = event.payload.data() + event.payload.size();
  for (; at < end; ++index) {
    if (!is_step_falling_) {
      TakeExpected({event.wall_time_s, event.step, offset, static_cast<uint32_t>(bytes.size())}, at,
                   end, index);
      if (at == end) break;
    }
    const std::byte* begin = at;
    const auto length = *at == kValueField ? TakeVarint(++at, end) : std::nullopt;
    if (!length || *length > static_cast<uint64_t>(end - at)) {
      // Unknown fields, or bytes that are no message: told apart by the decoder.
      SummaryReader rest({begin, end});
      for (;; ++index) {
        FL_ASSIGN_OR_RETURN(const auto value, rest.Next());
        if (!value) return {};
        FL_TRY(TakeValue(event, *value, {}, bytes, offset, index));
      }
    }
    const Bytes whole(at, static_cast<size_t>(*length));
    at += *length;
    SummaryReader one({begin, at});
    FL_ASSIGN_OR_RETURN(const auto value, one.Next());
    if (value) FL_TRY(TakeValue(event, *value, whole, bytes, offset, index));
  }
  return {};
}

void EventSink::TakeExpected(const EventPlace& place, const std::byte*& at, const std::byte* end,
                             uint32_t& index) {
  for (;;) {
    Tag* tag = ExpectedTag();
    if (tag == nullptr) return;
    const Bytes value = PlainValueAt(at, end);
    if (tag->pattern.Matches(value)) {
      tag->scalars->Append(ValueType::kFloat32, place.step, place.wall_time_s,
                           tag->pattern.NumberIn(value));
    } else if (tag->tensor_pattern.Matches(value)) {
      tag->tensors->Append({.file = place_,
                            .value_index = index,
                            .record_offset = place.offset,
                            .payload_bytes = place.payload_bytes,
                            .items = tag->tensor_items,
                            .step = place.step,
                            .wall_time_s = place.wall_time_s});
    } else {
      return;
    }
    last_tag_ = tag;
    NotePoint(place.step, place.wall_time_s);
    at = value.data() + value.size();
    ++index;
  }
}

std::shared_ptr<const ScalarShapes> EventSink::Shapes() const {
  auto shapes = std::make_shared<ScalarShapes>();
  std::unordered_map<const Tag*, uint32_t> places;
  for (const auto& tag : tags_) {
    places.emplace(tag.get(), static_cast<uint32_t>(shapes->tags.size()));
    shapes->tags.push_back({.name = tag->bytes, .pattern = tag->pattern});
  }
  for (size_t i = 0; i < tags_.size(); ++i) {
    ScalarShapes::Tag& shape = shapes->tags[i];
    if (tags_[i]->next != nullptr) shape.next = places.at(tags_[i]->next);
    shapes->by_name.emplace(shape.name, static_cast<uint32_t>(i));
  }
  return shapes;
}

void EventSink::LearnPattern(Tag& tag, Bytes value, const std::byte* number) {
  // In a value of another order of fields the bytes at hand may be something else.
  if (value.size() < 8 || value.size() > 8 * ScalarPattern::kMaxWords || number < value.data() ||
      number + sizeof(float) > value.data() + value.size()) {
    return;
  }
  ScalarPattern& pattern = tag.pattern;
  pattern.bytes = static_cast<uint32_t>(value.size());
  pattern.number_at = static_cast<uint32_t>(number - value.data());
  std::vector<std::byte> mask(value.size(), std::byte{0xff});
  std::fill_n(mask.begin() + pattern.number_at, sizeof(float), std::byte{0});
  pattern.words.clear();
  pattern.masks.clear();
  for (size_t i = 0; i < value.size(); i += 8) {
    const size_t from = std::min(i, value.size() - 8);
    pattern.words.push_back(LoadLittleEndian<uint64_t>(value.data() + from));
    pattern.masks.push_back(LoadLittleEndian<uint64_t>(mask.data() + from));
  }
}

void EventSink::LearnTensorPattern(Tag& tag, store::SeriesStage& stage, Bytes value, Bytes content,
                                   uint32_t items) {
  if (value.empty() || !HasTrainingStep(stage.metadata().kind)) return;
  tag.tensor_pattern = TensorPattern::Of(value, content);
  tag.tensors = &stage;
  tag.tensor_items = items;
}

Status EventSink::TakeValue(const EventView& event, const SummaryValueView& value, Bytes whole,
                            Bytes bytes, uint64_t offset, uint32_t value_index) {
  Tag& tag = FindTag(value.tag.empty() ? value.node_name : value.tag);
  if (value.has_metadata && !tag.has_metadata) FL_TRY(LearnMetadata(tag, value.metadata));
  if (is_step_falling_) CheckOrderWithoutVersion(tag, event);

  if (value.kind == ValueKind::kSimpleValue) {
    AddScalar(tag, event, ValueType::kFloat32, std::bit_cast<uint32_t>(value.simple_value), true);
    // The usual form: tag, number and nothing else.
    const size_t number_at = whole.size() - std::min(whole.size(), sizeof(float));
    const bool is_usual = number_at > 0 && whole[number_at - 1] == kSimpleValueField &&
                          value.tag.data() + value.tag.size() ==
                              reinterpret_cast<const char*>(whole.data()) + number_at - 1;
    if (is_usual) LearnPattern(tag, whole, whole.data() + number_at);
    return {};
  }
  BlobRef ref{.file = place_,
              .value_index = value_index,
              .record_offset = offset,
              .payload_bytes = static_cast<uint32_t>(bytes.size()),
              .items = 1,
              .step = event.step,
              .wall_time_s = event.wall_time_s};
  switch (value.kind) {
    case ValueKind::kTensor: {
      const std::string_view kind = tag.metadata.kind;
      FL_ASSIGN_OR_RETURN(const TensorView tensor, DecodeTensor(value.payload));
      if (kind == kScalars) {
        if (const auto scalar = ScalarValueOf(tensor)) {
          AddScalar(tag, event, scalar->type, scalar->bits, false);
          if (scalar->type == ValueType::kFloat32 && tensor.content.size() == sizeof(float)) {
            LearnPattern(tag, whole, tensor.content.data());
          }
          return {};
        }
      }
      ref.items = ItemsOf(kind, tensor);
      store::SeriesStage& stage =
          AddBlob(tag, kind.empty() || kind == kScalars ? "tensors" : kind, ref, false);
      LearnTensorPattern(tag, stage, whole, tensor.content, ref.items);
      return {};
    }
    case ValueKind::kHistogram:
      AddBlob(tag, "histograms", ref, true);
      return {};
    case ValueKind::kImage:
      AddBlob(tag, "images", ref, true);
      return {};
    case ValueKind::kAudio:
      AddBlob(tag, "audio", ref, true);
      return {};
    case ValueKind::kNone:
      // Some writers log hparams as metadata without a value.
      ref.items = 0;
      if (value.has_metadata && !tag.metadata.kind.empty()) {
        AddBlob(tag, tag.metadata.kind == kScalars ? "tensors" : tag.metadata.kind, ref, false);
      }
      return {};
    case ValueKind::kOldHistogram:
      // Given up in 2015, in favour of histo; kept, so that nothing is lost, but no view knows it.
      AddBlob(tag, "tensors", ref, true);
      return {};
    case ValueKind::kSimpleValue:
      break;
  }
  return {};
}

// In logs older than "brain.Event:2" a falling step tells of a restart. TensorBoard's slow loader
// then drops points of the event's own tags; Fanlight's own rules do not use it, because people log
// everything at step 0.
void EventSink::CheckOrderWithoutVersion(Tag& tag, const EventView& event) {
  if (tag.scalars != nullptr) tag.scalars->Supersede(event.step, true, false);
  for (const OtherForm& other : tag.others) {
    writer_.series(other.series).Supersede(event.step, true, false);
  }
}

EventSink::Tag& EventSink::FindTag(std::string_view bytes) {
  Tag*& expected = ExpectedTag();
  if (expected == nullptr || expected->bytes != bytes) {
    const auto found = by_bytes_.find(bytes);
    if (found == by_bytes_.end()) {
      tags_.push_back(std::make_unique<Tag>());
      expected = tags_.back().get();
      expected->bytes = bytes;
      by_bytes_.emplace(expected->bytes, expected);
    } else {
      expected = found->second;
    }
  }
  return *(last_tag_ = expected);
}

void EventSink::TellFacts() {
  if (std::isfinite(earliest_s_)) writer_.NoteEarliest(earliest_s_);
  if (has_point_) writer_.NoteLastPoint(last_step_, last_wall_time_s_);
}

Status EventSink::LearnMetadata(Tag& tag, Bytes bytes) {
  FL_ASSIGN_OR_RETURN(const SummaryMetadataView metadata, DecodeSummaryMetadata(bytes));
  tag.has_metadata = true;
  tag.metadata.kind = metadata.plugin_name;
  tag.metadata.content = AsText(metadata.content);
  tag.metadata.display_name = metadata.display_name;
  tag.metadata.description = metadata.description;
  return {};
}

SeriesMetadata EventSink::MetadataFor(const Tag& tag, std::string_view kind,
                                      bool is_old_style) const {
  SeriesMetadata metadata = tag.metadata;
  // Another plugin's content says nothing about this kind.
  if (metadata.kind != kind) metadata.content.clear();
  metadata.kind = kind;
  metadata.is_old_style = is_old_style;
  return metadata;
}

void EventSink::AddScalar(Tag& tag, const EventView& event, ValueType type, uint64_t bits,
                          bool is_old_style) {
  if (tag.scalars == nullptr) {
    const uint32_t index = writer_.AddSeries(tag.bytes, MetadataFor(tag, kScalars, is_old_style),
                                             store::RunWriter::Form::kScalars);
    tag.scalars = &writer_.series(index);
    tag.scalars_series = index;
  }
  tag.scalars->Append(type, event.step, event.wall_time_s, bits);
  NotePoint(event.step, event.wall_time_s);
}

store::SeriesStage& EventSink::AddBlob(Tag& tag, std::string_view kind, const BlobRef& ref,
                                       bool is_old_style) {
  auto other = std::find_if(tag.others.begin(), tag.others.end(),
                            [&](const OtherForm& o) { return o.kind == kind; });
  if (other == tag.others.end()) {
    const uint32_t index = writer_.AddSeries(tag.bytes, MetadataFor(tag, kind, is_old_style),
                                             store::RunWriter::Form::kBlobs);
    tag.others.push_back({std::string(kind), index});
    other = tag.others.end() - 1;
  }
  store::SeriesStage& stage = writer_.series(other->series);
  stage.Append(ref);
  if (HasTrainingStep(kind)) NotePoint(ref.step, ref.wall_time_s);
  return stage;
}

void EventSink::EndOfFiles() {
  if (has_graph_ || !meta_graph_) return;
  AddBlob(FindTag(kGraphTag), "graphs", *meta_graph_, false);
  meta_graph_.reset();
}

}  // namespace fanlight::ingest
