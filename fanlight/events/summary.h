// The tagged values of a Summary, decoded without copying.
//
//   SummaryReader values(event.payload);
//   for (;;) {
//     FL_ASSIGN_OR_RETURN(const auto value, values.Next());
//     if (!value) break;
//     if (value->kind == ValueKind::kSimpleValue) Plot(value->tag, value->simple_value);
//   }
//
// A tag is whatever bytes the writer put there, also other than UTF-8, also none. Layout, and what
// becomes of each kind: docs/formats/summaries.md. Views live as long as the payload.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"

namespace fanlight {

enum class ValueKind {
  kNone,          // No value: metadata alone, or a kind that is not known here.
  kSimpleValue,   // simple_value
  kOldHistogram,  // payload: bytes of a form given up in 2015.
  kImage,         // payload: an Image.
  kHistogram,     // payload: a HistogramProto.
  kAudio,         // payload: an Audio.
  kTensor,        // payload: a TensorProto.
};

// The name of the field in Summary.Value, such as "histo"; "none" for kNone.
std::string_view ValueKindName(ValueKind kind);

struct SummaryValueView {
  std::string_view tag;
  ValueKind kind = ValueKind::kNone;
  float simple_value = 0;
  bool has_metadata = false;
  Bytes payload;
  Bytes metadata;              // A SummaryMetadata, if has_metadata.
  std::string_view node_name;  // Obsolete; stands in for an empty tag in very old files.
};

// Iterates over the values of one Summary, in file order.
class SummaryReader {
 public:
  explicit SummaryReader(Bytes summary) : rest_(summary) {}
  // The next value; nullopt after the last. kCorrupt when the bytes are not a message, and again at
  // every later call.
  Result<std::optional<SummaryValueView>> Next();

 private:
  Bytes rest_;
};

enum class DataClass : int32_t { kUnknown = 0, kScalar = 1, kTensor = 2, kBlobSequence = 3 };

struct SummaryMetadataView {
  std::string_view plugin_name;
  Bytes content;  // The plugin's own message.
  std::string_view display_name;
  std::string_view description;
  int32_t data_class = 0;  // A DataClass, or a number that is not named there.
};
Result<SummaryMetadataView> DecodeSummaryMetadata(Bytes metadata);

struct ImageView {
  int32_t height = 0;
  int32_t width = 0;
  int32_t colorspace = 0;  // Channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA.
  Bytes encoded;           // PNG as a rule.
};
Result<ImageView> DecodeImage(Bytes image);

struct AudioView {
  float sample_rate = 0;
  int64_t num_channels = 0;
  int64_t length_frames = 0;
  Bytes encoded;
  std::string_view content_type;  // "audio/wav" as a rule.
};
Result<AudioView> DecodeAudio(Bytes audio);

// A HistogramProto as it stands in the file. The bucket i counts what lies below limits[i], and at
// or above limits[i - 1].
struct HistogramValue {
  double min = 0;
  double max = 0;
  double num = 0;
  double sum = 0;
  double sum_squares = 0;
  std::vector<double> limits;
  std::vector<double> counts;
};
// Errors: kCorrupt, also when there are not as many limits as counts.
Result<HistogramValue> DecodeHistogram(Bytes histogram);

struct HistogramBucket {
  double left = 0;
  double right = 0;
  double count = 0;
  bool operator==(const HistogramBucket&) const = default;
};
// The histogram as dashboards draw it: without the empty buckets at both ends, the first bucket
// beginning at the minimum and the last one ending at the maximum. Without any count: no buckets.
std::vector<HistogramBucket> DrawableBuckets(const HistogramValue& histogram);

// The rows of a TensorFlow 2 histogram, a tensor of shape [k, 3]: left, right, count. Errors:
// kInvalidArgument for another shape or no numbers; kTooLarge above a million rows.
Result<std::vector<HistogramBucket>> DecodeHistogramTensor(Bytes tensor);

}  // namespace fanlight
