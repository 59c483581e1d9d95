#include "fanlight/events/summary.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "fanlight/events/parse.h"
#include "fanlight/events/tensor_value.h"

namespace fanlight {
namespace {

using internal::Delimited;
using internal::Fixed32;
using internal::Fixed64;
using internal::ForEachField;
using internal::GetBytes;
using internal::GetText;
using internal::Guarded;
using internal::Varint;

constexpr uint64_t kMaxHistogramRows = 1'000'000;

// Fills a value that is at its defaults. Throws protozero's exceptions; called under Guarded().
void DecodeValue(protozero::pbf_reader reader, SummaryValueView& view) {
  const auto keep = [&view](ValueKind kind, protozero::pbf_reader& from) {
    view.kind = kind;
    view.payload = GetBytes(from);
  };
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Delimited(1):
        view.tag = GetText(reader);
        break;
      case Fixed32(2):
        view.kind = ValueKind::kSimpleValue;
        view.simple_value = reader.get_float();
        view.payload = {};
        break;
      case Delimited(3):
        keep(ValueKind::kOldHistogram, reader);
        break;
      case Delimited(4):
        keep(ValueKind::kImage, reader);
        break;
      case Delimited(5):
        keep(ValueKind::kHistogram, reader);
        break;
      case Delimited(6):
        keep(ValueKind::kAudio, reader);
        break;
      case Delimited(7):
        view.node_name = GetText(reader);
        break;
      case Delimited(8):
        keep(ValueKind::kTensor, reader);
        break;
      case Delimited(9):
        view.has_metadata = true;
        view.metadata = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }
}

void AppendDoubles(protozero::pbf_reader& reader, bool packed, std::vector<double>& into) {
  if (!packed) {
    into.push_back(reader.get_double());
    return;
  }
  const auto values = reader.get_packed_double();
  into.insert(into.end(), values.begin(), values.end());
}

}  // namespace

std::string_view ValueKindName(ValueKind kind) {
  switch (kind) {
    case ValueKind::kNone:
      return "none";
    case ValueKind::kSimpleValue:
      return "simple_value";
    case ValueKind::kOldHistogram:
      return "obsolete_old_style_histogram";
    case ValueKind::kImage:
      return "image";
    case ValueKind::kHistogram:
      return "histo";
    case ValueKind::kAudio:
      return "audio";
    case ValueKind::kTensor:
      return "tensor";
  }
  return "none";
}

Result<std::optional<SummaryValueView>> SummaryReader::Next() {
  // The value is decoded in its place: copying it after many small stores cost as much as decoding.
  // Written so, g++ 12 does not zero the whole of it first; any other way it does.
  Result<std::optional<SummaryValueView>> result = std::nullopt;
  if (rest_.empty()) return result;
  Status done = Guarded("Summary", rest_, [&](protozero::pbf_reader& reader) {
    while (reader.next()) {
      if (reader.tag_and_type() == Delimited(1)) {
        DecodeValue(reader.get_message(), result->emplace());
        break;
      }
      reader.skip();
    }
    rest_ = rest_.last(reader.length());
  });
  if (!done) [[unlikely]]
    result = tl::unexpected(std::move(done).error());
  return result;
}

Result<SummaryMetadataView> DecodeSummaryMetadata(Bytes metadata) {
  SummaryMetadataView view;
  Bytes plugin_data;
  FL_TRY(ForEachField("SummaryMetadata", metadata, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Delimited(1):
        plugin_data = GetBytes(reader);
        break;
      case Delimited(2):
        view.display_name = GetText(reader);
        break;
      case Delimited(3):
        view.description = GetText(reader);
        break;
      case Varint(4):
        view.data_class = reader.get_enum();
        break;
      default:
        reader.skip();
    }
  }));
  FL_TRY(ForEachField("PluginData", plugin_data, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Delimited(1):
        view.plugin_name = GetText(reader);
        break;
      case Delimited(2):
        view.content = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

Result<ImageView> DecodeImage(Bytes image) {
  ImageView view;
  FL_TRY(ForEachField("Image", image, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Varint(1):
        view.height = reader.get_int32();
        break;
      case Varint(2):
        view.width = reader.get_int32();
        break;
      case Varint(3):
        view.colorspace = reader.get_int32();
        break;
      case Delimited(4):
        view.encoded = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

Result<AudioView> DecodeAudio(Bytes audio) {
  AudioView view;
  FL_TRY(ForEachField("Audio", audio, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Fixed32(1):
        view.sample_rate = reader.get_float();
        break;
      case Varint(2):
        view.num_channels = reader.get_int64();
        break;
      case Varint(3):
        view.length_frames = reader.get_int64();
        break;
      case Delimited(4):
        view.encoded = GetBytes(reader);
        break;
      case Delimited(5):
        view.content_type = GetText(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

Result<HistogramValue> DecodeHistogram(Bytes histogram) {
  HistogramValue value;
  FL_TRY(ForEachField("HistogramProto", histogram, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Fixed64(1):
        value.min = reader.get_double();
        break;
      case Fixed64(2):
        value.max = reader.get_double();
        break;
      case Fixed64(3):
        value.num = reader.get_double();
        break;
      case Fixed64(4):
        value.sum = reader.get_double();
        break;
      case Fixed64(5):
        value.sum_squares = reader.get_double();
        break;
      case Fixed64(6):
        AppendDoubles(reader, false, value.limits);
        break;
      case Delimited(6):
        AppendDoubles(reader, true, value.limits);
        break;
      case Fixed64(7):
        AppendDoubles(reader, false, value.counts);
        break;
      case Delimited(7):
        AppendDoubles(reader, true, value.counts);
        break;
      default:
        reader.skip();
    }
  }));
  if (value.limits.size() != value.counts.size()) {
    return Fail(ErrorCode::kCorrupt, "histogram with {} bucket limits and {} buckets",
                value.limits.size(), value.counts.size());
  }
  return value;
}

std::vector<HistogramBucket> DrawableBuckets(const HistogramValue& histogram) {
  const std::vector<double>& counts = histogram.counts;
  const auto is_filled = [](double count) { return count > 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), is_filled);
  if (first == counts.end()) return {};
  const auto last = std::find_if(counts.rbegin(), counts.rend(), is_filled).base();
  std::vector<HistogramBucket> buckets;
  buckets.reserve(static_cast<size_t>(last - first));
  double left = histogram.min;
  for (auto count = first; count != last; ++count) {
    const double limit = histogram.limits[static_cast<size_t>(count - counts.begin())];
    buckets.push_back({left, limit, *count});
    left = limit;
  }
  buckets.back().right = histogram.max;
  return buckets;
}

Result<std::vector<HistogramBucket>> DecodeHistogramTensor(Bytes bytes) {
  FL_ASSIGN_OR_RETURN(const TensorView tensor, DecodeTensor(bytes));
  FL_ASSIGN_OR_RETURN(const std::vector<int64_t> dimensions, DimensionsOf(tensor));
  if (dimensions.size() != 2 || dimensions[1] != 3) {
    return Fail(ErrorCode::kInvalidArgument, "histogram tensor of shape [{}], want [k, 3]",
                fmt::join(dimensions, ", "));
  }
  FL_ASSIGN_OR_RETURN(const std::vector<double> numbers, NumbersOf(tensor, 3 * kMaxHistogramRows));
  std::vector<HistogramBucket> buckets(numbers.size() / 3);
  for (size_t i = 0; i < buckets.size(); ++i) {
    buckets[i] = {numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]};
  }
  return buckets;
}

}  // namespace fanlight
