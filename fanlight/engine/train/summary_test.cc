#include "fanlight/engine/graph/ops/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/train/testing.h"
#include "fanlight/events/histogram.h"
#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What stands in a serialized Summary: "tag=0.5", or "tag#7" for a histogram of 7 values.
std::vector<std::string> ValuesOf(const Tensor& summary) {
  std::vector<std::string> texts;
  SummaryReader values(AsBytes(summary.scalar<std::string>()));
  while (const auto value = Must(values.Next())) {
    if (value->kind == ValueKind::kSimpleValue) {
      texts.push_back(fmt::format("{}={}", value->tag, value->simple_value));
    } else if (value->kind == ValueKind::kHistogram) {
      texts.push_back(fmt::format("{}#{}", value->tag, Must(DecodeHistogram(value->payload)).num));
    } else {
      texts.push_back(std::string(value->tag));
    }
  }
  return texts;
}

Tensor Fetch(const GraphBuilder& graph, const Output& fetch) {
  return Must(NewSession(graph)->Run({.fetches = {fetch}}))[0];
}

TEST(Summaries, AScalarIsAFloatUnderTheNameOfItsScope) {
  GraphBuilder graph;
  Output summary;
  {
    const auto scope = graph.NameScope("train");
    summary = ScalarSummary(graph, "the loss!", 0.1);
  }
  EXPECT_EQ(summary.node->name, "train/the_loss_");
  EXPECT_THAT(ValuesOf(Fetch(graph, summary)), ElementsAre("train/the_loss_=0.1"));
}

TEST(Summaries, EveryNumberMayBeAScalar) {
  const std::vector<Tensor> values = {
      Tensor::Scalar(2.5F),         Tensor::Scalar(2.5),
      Tensor::Scalar<int32_t>(-7),  Tensor::Scalar<int64_t>(1LL << 20),
      Tensor::Scalar<uint8_t>(255), Tensor::Scalar(Float16(0.5F))};
  std::vector<std::string> texts;
  for (const Tensor& value : values) {
    GraphBuilder graph;
    const Output summary = ScalarSummary(graph, "x", Constant(graph, value));
    texts.push_back(ValuesOf(Fetch(graph, summary)).at(0));
  }
  EXPECT_THAT(texts, ElementsAre("x=2.5", "x=2.5", "x=-7", "x=1048576", "x=255", "x=0.5"));
}

TEST(Summaries, ScalarsKeepWhatIsNotFinite) {
  GraphBuilder graph;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ValuesOf(Fetch(graph, ScalarSummary(graph, "x", nan))), ElementsAre("x=nan"));
}

TEST(Summaries, SeveralTagsMayHaveSeveralValues) {
  GraphBuilder graph;
  const Output tags =
      Constant(graph, Tensor::Vector<std::string>({std::string("a"), std::string("b")}));
  const Output values = Constant(graph, Tensor::Vector<float>({1, 2}));
  const Output summary = graph.AddNode({.op = "ScalarSummary", .inputs = {tags, values}});
  EXPECT_THAT(ValuesOf(Fetch(graph, summary)), ElementsAre("a=1", "b=2"));
}

TEST(Summaries, AHistogramIsTheOneOfTheWriter) {
  GraphBuilder graph;
  const std::vector<float> values = {-1.5F, 0, 0, 0.25F, 3, 3.1F, 1e9F};
  const Tensor tensor = Tensor::Vector<float>(values);
  const Tensor summary = Fetch(graph, HistogramSummary(graph, "h", Constant(graph, tensor)));
  EXPECT_THAT(ValuesOf(summary), ElementsAre("h#7"));
  HistogramAccumulator expected;
  Must(expected.Add(values));
  std::string bytes;
  AppendHistogram(bytes, expected.Value());
  SummaryReader reader(AsBytes(summary.scalar<std::string>()));
  EXPECT_EQ(AsText(Must(reader.Next())->payload), bytes);
}

TEST(Summaries, AHistogramOfIntegersCountsThem) {
  GraphBuilder graph;
  const Output values = Constant(graph, Tensor::Of<int64_t>({2, 2}, {1, 2, 3, -4}));
  EXPECT_THAT(ValuesOf(Fetch(graph, HistogramSummary(graph, "h", values))), ElementsAre("h#4"));
}

TEST(Summaries, AHistogramOfWhatIsNotFiniteFailsTheRun) {
  const std::map<float, std::string> cases = {
      {std::numeric_limits<float>::infinity(), "Infinity in Histogram for: layer/h"},
      {-std::numeric_limits<float>::infinity(), "Infinity in Histogram for: layer/h"}};
  const auto error = [](float value) {
    GraphBuilder graph;
    const auto scope = graph.NameScope("layer");
    const Output values = Constant(graph, Tensor::Vector<float>({1, value, 2}));
    const Output summary = HistogramSummary(graph, "h", values);
    const auto result = NewSession(graph)->Run({.fetches = {summary}});
    return result ? std::string("no error") : result.error().message;
  };
  for (const auto& [value, message] : cases) EXPECT_THAT(error(value), HasSubstr(message));
  EXPECT_THAT(error(std::numeric_limits<float>::quiet_NaN()),
              HasSubstr("Nan in summary histogram for: layer/h"));
}

TEST(Summaries, MergeAllHasTheValuesInTheOrderOfTheirMaking) {
  GraphBuilder graph;
  EXPECT_FALSE(MergeAllSummaries(graph).is_valid());
  ScalarSummary(graph, "b", 1.0);
  HistogramSummary(graph, "h", Constant(graph, Tensor::Vector<float>({1, 2, 3})));
  ScalarSummary(graph, "a", 2.0);
  const Output merged = MergeAllSummaries(graph);
  EXPECT_EQ(merged.node->name, "Merge/MergeSummary");
  EXPECT_THAT(ValuesOf(Fetch(graph, merged)), ElementsAre("b=1", "h#3", "a=2"));
}

TEST(Summaries, TwoValuesOfOneTagAreAnError) {
  GraphBuilder graph;
  const Output tag = Constant(graph, Tensor::Scalar("x"));
  const Output value = Constant(graph, Tensor::Scalar(1.0F));
  const Output first = graph.AddNode({.op = "ScalarSummary", .inputs = {tag, value}});
  const Output second = graph.AddNode({.op = "ScalarSummary", .inputs = {tag, value}});
  const auto result = NewSession(graph)->Run({.fetches = {MergeSummary(graph, {first, second})}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("Duplicate tag x found in summary inputs"));
}

TEST(Summaries, MergingBytesThatAreNoSummaryIsAnError) {
  GraphBuilder graph;
  const Output bytes = Constant(graph, Tensor::Scalar("\xff\xff\xff"));
  const auto result = NewSession(graph)->Run({.fetches = {MergeSummary(graph, {bytes})}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fanlight
