#include "fanlight/events/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Message(const auto& fill) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  fill(writer);
  return bytes;
}

TEST(Event, OfAFieldGivenTwiceTheLastHolds) {
  const std::string bytes = Message([](protozero::pbf_writer& event) {
    event.add_double(1, 1.0);
    event.add_int64(2, 3);
    event.add_string(3, "brain.Event:2");
    event.add_double(1, 2.0);
    event.add_int64(2, -4);
    event.add_bytes(4, "graph");
  });
  const auto event = DecodeEvent(AsBytes(bytes));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->wall_time_s, 2.0);
  EXPECT_EQ(event->step, -4);
  EXPECT_EQ(event->kind, EventKind::kGraphDef);
  EXPECT_EQ(AsText(event->payload), "graph");
}

TEST(Event, UnknownFieldsAndOtherWireTypesAreSkipped) {
  const std::string bytes = Message([](protozero::pbf_writer& event) {
    event.add_string(2000, "from the future");
    event.add_fixed64(2, 9);  // The step's number with another wire type.
    event.add_fixed32(77, 1);
    event.add_int64(2, 5);
  });
  const auto event = DecodeEvent(AsBytes(bytes));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->step, 5);
  EXPECT_EQ(event->kind, EventKind::kNone);
}

TEST(Event, NoBytesAreAnEventOfDefaults) {
  const auto event = DecodeEvent({});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->wall_time_s, 0);
  EXPECT_EQ(event->kind, EventKind::kNone);
}

TEST(Event, MalformedBytesAreAnError) {
  for (const std::string bytes : {"\x09\x01", "\x10", "\x2a\x05zz", "\x0f",
                                  "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    const auto event = DecodeEvent(AsBytes(bytes));
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(event.error().message, HasSubstr("malformed Event"));
  }
}

TEST(Event, LogMessagesAreRead) {
  const std::string bytes = Message([](protozero::pbf_writer& log) {
    log.add_enum(1, 30);
    log.add_string(2, "look out");
  });
  const auto log = DecodeLogMessage(AsBytes(bytes));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->level, 30);
  EXPECT_EQ(log->message, "look out");
}

std::string Value(const std::string& tag, const auto& fill) {
  return Message([&](protozero::pbf_writer& value) {
    value.add_string(1, tag);
    fill(value);
  });
}

TEST(Summary, IteratesInOrderOverWhatItKnows) {
  const std::string bytes = Message([](protozero::pbf_writer& summary) {
    summary.add_message(1, Value("a", [](auto& value) { value.add_float(2, 1.5f); }));
    summary.add_string(9, "unknown");
    summary.add_message(1, Value("b", [](auto& value) { value.add_bytes(8, "tensor"); }));
    summary.add_message(1, Value("c", [](auto&) {}));
    summary.add_message(1, std::string());
  });
  SummaryReader values(AsBytes(bytes));
  auto value = *values.Next();
  EXPECT_EQ(value->tag, "a");
  EXPECT_EQ(value->kind, ValueKind::kSimpleValue);
  EXPECT_EQ(value->simple_value, 1.5f);
  value = *values.Next();
  EXPECT_EQ(value->tag, "b");
  EXPECT_EQ(value->kind, ValueKind::kTensor);
  EXPECT_EQ(AsText(value->payload), "tensor");
  value = *values.Next();
  EXPECT_EQ(value->tag, "c");
  EXPECT_EQ(value->kind, ValueKind::kNone);
  value = *values.Next();
  ASSERT_TRUE(value);
  EXPECT_EQ(value->tag, "");
  EXPECT_FALSE(*values.Next());
  EXPECT_FALSE(*values.Next());
}

TEST(Summary, OfSeveralKindsInAValueTheLastHolds) {
  const std::string bytes = Message([](protozero::pbf_writer& summary) {
    summary.add_message(1, Value("a", [](auto& value) {
                          value.add_bytes(8, "tensor");
                          value.add_float(2, 1.5f);
                        }));
  });
  const auto value = *SummaryReader(AsBytes(bytes)).Next();
  EXPECT_EQ(value->kind, ValueKind::kSimpleValue);
  EXPECT_TRUE(value->payload.empty());
}

TEST(Summary, AMalformedValueIsAnErrorAndStaysOne) {
  SummaryReader values(AsBytes("\x0a\x02\x0a\x7f"));
  for (int i = 0; i < 3; ++i) {
    const auto value = values.Next();
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::kCorrupt);
  }
}

TEST(Summary, ReadsPackedAndUnpackedHistograms) {
  const std::vector<double> limits = {1, 2, 3};
  const std::string packed = Message([&](protozero::pbf_writer& histogram) {
    histogram.add_packed_double(6, limits.begin(), limits.end());
    histogram.add_packed_double(7, limits.begin(), limits.end());
  });
  const std::string unpacked = Message([&](protozero::pbf_writer& histogram) {
    for (const double limit : limits) histogram.add_double(6, limit);
    for (const double limit : limits) histogram.add_double(7, limit);
  });
  for (const std::string& bytes : {packed, unpacked}) {
    const auto histogram = DecodeHistogram(AsBytes(bytes));
    ASSERT_TRUE(histogram);
    EXPECT_EQ(histogram->limits, limits);
    EXPECT_EQ(histogram->counts, limits);
  }
}

TEST(Summary, AHistogramNeedsAsManyLimitsAsCounts) {
  const std::string bytes =
      Message([](protozero::pbf_writer& histogram) { histogram.add_double(6, 1); });
  EXPECT_THAT(DecodeHistogram(AsBytes(bytes)).error().message,
              HasSubstr("1 bucket limits and 0 buckets"));
}

TEST(Summary, DrawableBucketsRunFromTheMinimumToTheMaximum) {
  HistogramValue histogram;
  histogram.min = -0.5;
  histogram.max = 2.5;
  histogram.limits = {-1, 0, 1, 2, 3, 1e308};
  histogram.counts = {0, 2, 0, 1, 4, 0};
  EXPECT_THAT(DrawableBuckets(histogram),
              ElementsAre(HistogramBucket{-0.5, 0, 2}, HistogramBucket{0, 1, 0},
                          HistogramBucket{1, 2, 1}, HistogramBucket{2, 2.5, 4}));
  histogram.counts = {0, 0, 0, 7, 0, 0};
  EXPECT_THAT(DrawableBuckets(histogram), ElementsAre(HistogramBucket{-0.5, 2.5, 7}));
  histogram.counts = {0, 0, 0, 0, 0, 0};
  EXPECT_TRUE(DrawableBuckets(histogram).empty());
  EXPECT_TRUE(DrawableBuckets({}).empty());
}

std::string HistogramTensor(int64_t rows, int64_t columns, const std::vector<double>& elements) {
  return Message([&](protozero::pbf_writer& tensor) {
    tensor.add_enum(1, 2);
    tensor.add_message(2, Message([&](protozero::pbf_writer& shape) {
                         for (const int64_t size : {rows, columns}) {
                           shape.add_message(2, Message([&](protozero::pbf_writer& dimension) {
                                               dimension.add_int64(1, size);
                                             }));
                         }
                       }));
    tensor.add_packed_double(6, elements.begin(), elements.end());
  });
}

TEST(Summary, HistogramTensorsHaveThreeColumns) {
  EXPECT_THAT(*DecodeHistogramTensor(AsBytes(HistogramTensor(2, 3, {0, 1, 5, 1, 2, 6}))),
              ElementsAre(HistogramBucket{0, 1, 5}, HistogramBucket{1, 2, 6}));
  EXPECT_TRUE(DecodeHistogramTensor(AsBytes(HistogramTensor(0, 3, {})))->empty());
  EXPECT_THAT(DecodeHistogramTensor(AsBytes(HistogramTensor(3, 2, {}))).error().message,
              HasSubstr("shape [3, 2], want [k, 3]"));
  EXPECT_EQ(DecodeHistogramTensor(AsBytes(HistogramTensor(2'000'000, 3, {}))).error().code,
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace fanlight
