#include "fanlight/board/ingest/event_digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "fanlight/events/summary.h"

namespace fanlight::ingest {
namespace {

std::optional<DigestKind> KindOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kSimpleValue:
      return DigestKind::kScalars;
    case ValueKind::kImage:
      return DigestKind::kImages;
    case ValueKind::kHistogram:
      return DigestKind::kHistograms;
    case ValueKind::kAudio:
      return DigestKind::kAudio;
    case ValueKind::kTensor:
      return DigestKind::kTensor;
    case ValueKind::kNone:
    case ValueKind::kOldHistogram:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<DigestKind> KindOf(const SessionLogView& log) {
  switch (log.status) {
    case SessionLogView::kStart:
      return DigestKind::kSessionStart;
    case SessionLogView::kStop:
      return DigestKind::kSessionStop;
    case SessionLogView::kCheckpoint:
      return DigestKind::kSessionCheckpoint;
    default:
      return std::nullopt;
  }
}

void SortUnique(std::vector<int64_t>& steps) {
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

}  // namespace

std::string_view DigestKindName(DigestKind kind) {
  switch (kind) {
    case DigestKind::kAudio:
      return "audio";
    case DigestKind::kGraph:
      return "graph";
    case DigestKind::kHistograms:
      return "histograms";
    case DigestKind::kImages:
      return "images";
    case DigestKind::kScalars:
      return "scalars";
    case DigestKind::kSessionCheckpoint:
      return "sessionlog:checkpoint";
    case DigestKind::kSessionStart:
      return "sessionlog:start";
    case DigestKind::kSessionStop:
      return "sessionlog:stop";
    case DigestKind::kTensor:
      return "tensor";
  }
  return "";
}

bool HasTags(DigestKind kind) {
  switch (kind) {
    case DigestKind::kAudio:
    case DigestKind::kHistograms:
    case DigestKind::kImages:
    case DigestKind::kScalars:
    case DigestKind::kTensor:
      return true;
    case DigestKind::kGraph:
    case DigestKind::kSessionCheckpoint:
    case DigestKind::kSessionStart:
    case DigestKind::kSessionStop:
      return false;
  }
  return false;
}

class EventDigest::Counter {
 public:
  explicit Counter(bool keeps_all) : keeps_all_(keeps_all) {}

  void Add(int64_t step) {
    if (!is_empty_ && step == digest_.last) {
      if (keeps_all_) digest_.all.push_back(step);
      return;
    }
    if (is_empty_) {
      digest_.first = digest_.min = digest_.max = step;
    } else if (step < digest_.last) {
      digest_.falls.emplace_back(digest_.last, step);
    }
    is_empty_ = false;
    digest_.last = step;
    digest_.min = std::min(digest_.min, step);
    digest_.max = std::max(digest_.max, step);
    if (keeps_all_) digest_.all.push_back(step);
    seen_.push_back(step);
    // Steps that come again and again, as those of tags that take turns do, must not pile up.
    if (seen_.size() >= tidy_at_) {
      SortUnique(seen_);
      tidy_at_ = std::max(kFirstTidy, seen_.size() * 2);
    }
  }

  void AddTag(std::string_view tag) {
    if (tag == last_tag_ && !tags_.empty()) return;
    last_tag_ = tag;
    if (!tags_.contains(tag)) tags_.emplace(tag);
  }

  std::optional<StepDigest> digest() const {
    if (is_empty_) return std::nullopt;
    StepDigest digest = digest_;
    std::vector<int64_t> seen = seen_;
    SortUnique(seen);
    digest.distinct = seen.size();
    return digest;
  }
  const std::set<std::string, std::less<>>& tags() const { return tags_; }

 private:
  static constexpr size_t kFirstTidy = size_t{1} << 16;

  bool keeps_all_;
  bool is_empty_ = true;
  StepDigest digest_;
  std::vector<int64_t> seen_;  // With repetitions.
  size_t tidy_at_ = kFirstTidy;
  std::string last_tag_;
  std::set<std::string, std::less<>> tags_;
};

EventDigest::EventDigest(std::string tag) : tag_(std::move(tag)) {
  for (const DigestKind kind : kDigestKinds)
    counters_.emplace_back(kind == DigestKind::kSessionStart || kind == DigestKind::kSessionStop);
}

EventDigest::EventDigest(EventDigest&&) noexcept = default;
EventDigest::~EventDigest() = default;

Status EventDigest::Add(std::unique_ptr<ByteSource> source,
                        const std::function<void(const Damage&)>& on_damage) {
  RecordReader reader(std::move(source), {});
  for (;;) {
    const Result<std::optional<Record>> record = reader.Next();
    if (!record) {
      if (!RecordReader::IsDamage(record.error())) return tl::unexpected(record.error());
      on_damage(reader.last_damage());
      continue;
    }
    if (!*record) break;
    const Bytes payload = (*record)->payload;
    if (!AddEvent(payload)) {
      on_damage({.offset = (*record)->offset,
                 .bytes = payload.size(),
                 .code = ErrorCode::kCorrupt,
                 .message = fmt::format("the record is no event, at byte {} of \"{}\"",
                                        (*record)->offset, reader.source().name())});
    }
  }
  if (const std::optional<Damage> open = reader.open_damage()) on_damage(*open);
  return {};
}

bool EventDigest::AddEvent(Bytes payload) {
  const Result<EventView> event = DecodeEvent(payload);
  if (!event) return false;
  if (event->kind == EventKind::kGraphDef) {
    if (tag_.empty()) Count(DigestKind::kGraph, event->step, {});
  } else if (event->kind == EventKind::kSessionLog) {
    if (!tag_.empty()) return true;
    const Result<SessionLogView> log = DecodeSessionLog(event->payload);
    if (!log) return false;
    if (const auto kind = KindOf(*log)) Count(*kind, event->step, {});
  } else if (event->kind == EventKind::kSummary) {
    SummaryReader values(event->payload);
    for (;;) {
      const Result<std::optional<SummaryValueView>> value = values.Next();
      if (!value) return false;
      if (!*value) break;
      const std::string_view tag = (*value)->tag;
      if (!tag_.empty() && tag != tag_) continue;
      if (const auto kind = KindOf((*value)->kind)) Count(*kind, event->step, tag);
    }
  }
  return true;
}

void EventDigest::Count(DigestKind kind, int64_t step, std::string_view tag) {
  Counter& counter = counters_[static_cast<size_t>(kind)];
  counter.Add(step);
  if (HasTags(kind)) counter.AddTag(tag);
}

std::optional<StepDigest> EventDigest::steps(DigestKind kind) const {
  return counters_[static_cast<size_t>(kind)].digest();
}

const std::set<std::string, std::less<>>& EventDigest::tags(DigestKind kind) const {
  return counters_[static_cast<size_t>(kind)].tags();
}

}  // namespace fanlight::ingest
