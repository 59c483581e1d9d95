// What event files hold, without the values: which kinds of data, under which tags, at which steps.
//
//   EventDigest digest("");
//   FL_TRY(digest.Add(*source, on_damage));
//   digest.steps(DigestKind::kScalars)->last;
//
// Events count as they stand in the file: what TensorFlow 2 wrote counts as kTensor, whatever it
// means. Memory: 8 bytes for each distinct step of a kind, whatever the number of events.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/events/byte_source.h"
#include "fanlight/events/event.h"
#include "fanlight/events/record_reader.h"

namespace fanlight::ingest {

// In the order of their names.
enum class DigestKind : uint8_t {
  kAudio,
  kGraph,
  kHistograms,
  kImages,
  kScalars,
  kSessionCheckpoint,
  kSessionStart,
  kSessionStop,
  kTensor,
};
inline constexpr std::array kDigestKinds = {
    DigestKind::kAudio,        DigestKind::kGraph,       DigestKind::kHistograms,
    DigestKind::kImages,       DigestKind::kScalars,     DigestKind::kSessionCheckpoint,
    DigestKind::kSessionStart, DigestKind::kSessionStop, DigestKind::kTensor,
};
// As TensorBoard's digest names it, such as "sessionlog:start".
std::string_view DigestKindName(DigestKind kind);
// Whether values of this kind have a tag.
bool HasTags(DigestKind kind);

// The steps of all values of one kind.
struct StepDigest {
  int64_t first = 0;
  int64_t last = 0;
  int64_t min = 0;
  int64_t max = 0;
  uint64_t distinct = 0;
  std::vector<std::pair<int64_t, int64_t>> falls;  // A step, and the lower one that follows it.
  std::vector<int64_t> all;  // Of kSessionStart and kSessionStop alone, in file order.
};

class EventDigest {
 public:
  // Counts values of this tag only; of all, and what has no tag, when it is empty.
  explicit EventDigest(std::string tag);
  EventDigest(EventDigest&&) noexcept;
  ~EventDigest();

  // Goes through the file to its end; files follow each other. Damaged records are left out and
  // told to `on_damage`. Errors: those of the source.
  Status Add(std::unique_ptr<ByteSource> source,
             const std::function<void(const Damage&)>& on_damage);

  // nullopt when there is nothing of the kind.
  std::optional<StepDigest> steps(DigestKind kind) const;
  const std::set<std::string, std::less<>>& tags(DigestKind kind) const;

 private:
  class Counter;
  void Count(DigestKind kind, int64_t step, std::string_view tag);
  // False when its bytes are no message.
  bool AddEvent(Bytes payload);

  const std::string tag_;
  std::vector<Counter> counters_;  // One a kind, in the order of the kinds.
};

}  // namespace fanlight::ingest
