// Any bytes as an Event and all that can stand in one: no crash, and what protobuf reads is read
// alike.

#include <google/protobuf/stubs/logging.h>

#include <bit>
#include <cstdint>

#include "fanlight/base/check.h"
#include "fanlight/events/event.h"
#include "fanlight/events/summary.h"
#include "fanlight/events/tensor_value.h"
#include "fanlight/proto/event.pb.h"

namespace {

using namespace fanlight;

// Protobuf prints a line for each string that is not UTF-8.
const google::protobuf::LogSilencer quiet;

void DecodeValue(const SummaryValueView& value) {
  (void)DecodeSummaryMetadata(value.metadata);
  (void)DecodeImage(value.payload);
  (void)DecodeAudio(value.payload);
  if (const auto histogram = DecodeHistogram(value.payload)) (void)DrawableBuckets(*histogram);
  (void)DecodeHistogramTensor(value.payload);
  const auto tensor = DecodeTensor(value.payload);
  if (!tensor) return;
  const auto scalar = ScalarOf(*tensor);
  const auto numbers = NumbersOf(*tensor, 1 << 16);
  FL_CHECK(!scalar || !numbers || numbers->size() == 1, "a scalar of several numbers");
  (void)StringsOf(*tensor, 1 << 16);
  (void)DimensionsOf(*tensor);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto event = DecodeEvent(bytes);
  if (!event) return 0;
  (void)DecodeSessionLog(event->payload);
  (void)DecodeTaggedRunMetadata(event->payload);
  (void)DecodeLogMessage(event->payload);
  SummaryReader values(event->payload);
  for (auto value = values.Next(); value && *value; value = values.Next()) DecodeValue(**value);
  proto::Event message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  FL_CHECK(event->step == message.step(), "another step");
  FL_CHECK(
      std::bit_cast<uint64_t>(event->wall_time_s) == std::bit_cast<uint64_t>(message.wall_time()),
      "another wall time");
  return 0;
}
