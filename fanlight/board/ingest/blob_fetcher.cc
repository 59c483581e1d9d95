#include "fanlight/board/ingest/blob_fetcher.h"

#include <fmt/format.h>

#include <vector>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/events/event.h"
#include "fanlight/events/parse.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/summary.h"
#include "fanlight/events/tensor_value.h"

namespace fanlight::ingest {
namespace {

using store::TensorValue;

constexpr int32_t kDoubleType = 2;
constexpr int32_t kStringType = 7;
// Elements of one tensor that are read; the record itself bounds its bytes.
constexpr uint64_t kMaxElements = uint64_t{1} << 26;

TensorValue OfStrings(std::vector<std::string> strings) {
  TensorValue value;
  value.dtype = kStringType;
  value.shape = {static_cast<int64_t>(strings.size())};
  value.strings = std::move(strings);
  return value;
}

TensorValue OfString(Bytes bytes) { return OfStrings({std::string(AsText(bytes))}); }

Result<TensorValue> OfTensor(Bytes bytes) {
  FL_ASSIGN_OR_RETURN(const TensorView tensor, DecodeTensor(bytes));
  TensorValue value;
  value.dtype = tensor.dtype;
  FL_ASSIGN_OR_RETURN(value.shape, DimensionsOf(tensor));
  if (tensor.dtype == kStringType) {
    FL_ASSIGN_OR_RETURN(const std::vector<Bytes> strings, StringsOf(tensor, kMaxElements));
    value.strings.reserve(strings.size());
    for (const Bytes& text : strings) value.strings.emplace_back(AsText(text));
  } else {
    FL_ASSIGN_OR_RETURN(value.numbers, NumbersOf(tensor, kMaxElements));
  }
  return value;
}

Result<TensorValue> OfHistogram(Bytes bytes) {
  FL_ASSIGN_OR_RETURN(const HistogramValue histogram, DecodeHistogram(bytes));
  TensorValue value;
  value.dtype = kDoubleType;
  for (const HistogramBucket& bucket : DrawableBuckets(histogram)) {
    value.numbers.insert(value.numbers.end(), {bucket.left, bucket.right, bucket.count});
  }
  value.shape = {static_cast<int64_t>(value.numbers.size() / 3), 3};
  return value;
}

// Audio tensors are [k, 2]: clip and label. The labels go.
TensorValue WithoutLabels(TensorValue value) {
  if (value.dtype != kStringType || value.shape.size() != 2 || value.shape[1] != 2) return value;
  std::vector<std::string> clips;
  for (size_t i = 0; i < value.strings.size(); i += 2) {
    clips.push_back(std::move(value.strings[i]));
  }
  return OfStrings(std::move(clips));
}

Result<TensorValue> OfValue(const SummaryValueView& value) {
  switch (value.kind) {
    case ValueKind::kHistogram:
      return OfHistogram(value.payload);
    case ValueKind::kImage: {
      FL_ASSIGN_OR_RETURN(const ImageView image, DecodeImage(value.payload));
      return OfStrings({fmt::to_string(image.width), fmt::to_string(image.height),
                        std::string(AsText(image.encoded))});
    }
    case ValueKind::kAudio: {
      FL_ASSIGN_OR_RETURN(const AudioView audio, DecodeAudio(value.payload));
      TensorValue result = OfString(audio.encoded);
      result.sample_rate = audio.sample_rate;
      result.content_type = audio.content_type;
      return result;
    }
    case ValueKind::kTensor: {
      FL_ASSIGN_OR_RETURN(TensorValue tensor, OfTensor(value.payload));
      if (!value.has_metadata) return tensor;
      FL_ASSIGN_OR_RETURN(const SummaryMetadataView metadata,
                          DecodeSummaryMetadata(value.metadata));
      return metadata.plugin_name == "audio" ? WithoutLabels(std::move(tensor)) : std::move(tensor);
    }
    case ValueKind::kSimpleValue: {
      TensorValue scalar;
      scalar.dtype = 1;
      scalar.numbers = {static_cast<double>(value.simple_value)};
      return scalar;
    }
    case ValueKind::kOldHistogram:
      return OfString(value.payload);
    case ValueKind::kNone:
      break;
  }
  // Metadata alone: the null tensor, as TensorBoard takes it.
  TensorValue empty;
  empty.dtype = 1;
  empty.shape = {0};
  return empty;
}

// The GraphDef in a MetaGraphDef.
Result<Bytes> GraphOf(Bytes meta_graph) {
  Bytes graph;
  FL_TRY(internal::ForEachField("MetaGraphDef", meta_graph, [&](protozero::pbf_reader& reader) {
    if (reader.tag_and_type() == internal::Delimited(2)) {
      graph = internal::GetBytes(reader);
    } else {
      reader.skip();
    }
  }));
  return graph;
}

}  // namespace

Result<TensorValue> DecodeBlob(Bytes bytes, uint32_t value_index) {
  FL_ASSIGN_OR_RETURN(const EventView event, DecodeEvent(bytes));
  switch (event.kind) {
    case EventKind::kGraphDef:
      return OfString(event.payload);
    case EventKind::kMetaGraphDef: {
      FL_ASSIGN_OR_RETURN(const Bytes graph, GraphOf(event.payload));
      return OfString(graph);
    }
    case EventKind::kTaggedRunMetadata: {
      FL_ASSIGN_OR_RETURN(const TaggedRunMetadataView tagged,
                          DecodeTaggedRunMetadata(event.payload));
      return OfString(tagged.run_metadata);
    }
    case EventKind::kSummary: {
      SummaryReader values(event.payload);
      for (uint32_t i = 0;; ++i) {
        FL_ASSIGN_OR_RETURN(const auto value, values.Next());
        if (!value) break;
        if (i == value_index) return OfValue(*value);
      }
      break;
    }
    default:
      break;
  }
  return Fail(ErrorCode::kNotFound, "the event has no value {}, it holds: {}", value_index,
              EventKindName(event.kind));
}

Result<TensorValue> BlobFetcher::Read(const store::BlobRef& ref) const {
  const std::shared_ptr<const LogFile> file = files_->Find(ref.file);
  if (file == nullptr) return Fail(ErrorCode::kNotFound, "no event file has this number");
  FL_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> bytes, source_.Open(*file));
  std::vector<std::byte> record(kRecordHeaderBytes + ref.payload_bytes + kRecordFooterBytes);
  size_t got = 0;
  while (got < record.size()) {
    FL_ASSIGN_OR_RETURN(const size_t more,
                        bytes->ReadAt(ref.record_offset + got, std::span(record).subspan(got)));
    if (more == 0) break;
    got += more;
  }
  const Bytes payload = Bytes(record).subspan(kRecordHeaderBytes, ref.payload_bytes);
  if (got < record.size() || LoadLittleEndian<uint64_t>(record.data()) != ref.payload_bytes ||
      MaskCrc32c(Crc32c(payload)) !=
          LoadLittleEndian<uint32_t>(record.data() + kRecordHeaderBytes + ref.payload_bytes)) {
    return Fail(ErrorCode::kDataLoss, "the record is not what it was, at byte {} of {}",
                ref.record_offset, Quoted(bytes->name()));
  }
  return DecodeBlob(payload, ref.value_index);
}

}  // namespace fanlight::ingest
