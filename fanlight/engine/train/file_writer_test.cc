#include "fanlight/engine/train/file_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/base/file.h"
#include "fanlight/engine/train/golden_graph.h"
#include "fanlight/engine/train/testing.h"
#include "fanlight/engine/train/tutorial_graphs.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ReadEvent {
  int64_t step;
  EventKind kind;
  std::string payload;
};

std::vector<ReadEvent> EventsOf(const std::string& path) {
  std::vector<ReadEvent> events;
  RecordReader reader(std::make_unique<FileByteSource>(Must(File::OpenForReading(path))), {});
  while (const auto record = Must(reader.Next())) {
    const EventView event = Must(DecodeEvent(record->payload));
    events.push_back({event.step, event.kind, std::string(AsText(event.payload))});
  }
  return events;
}

std::vector<EventKind> KindsOf(const std::vector<ReadEvent>& events) {
  std::vector<EventKind> kinds;
  for (const ReadEvent& event : events) kinds.push_back(event.kind);
  return kinds;
}

TEST(FileWriter, WritesTheGraphThenTheMetaGraphThenSummaries) {
  const TemporaryDirectory directory;
  GraphBuilder graph;
  const LinearRegressionGraph regression(graph);
  const auto session = NewSession(graph);
  Must(session->Run({.targets = {regression.init}}));
  const auto writer = Must(FileWriter::Create(directory.Join("run"), graph));
  const auto fetched = Must(session->Run(
      {.feeds = {{regression.x, Tensor::Scalar(2.0F)}, {regression.y, Tensor::Scalar(1.0F)}},
       .fetches = {regression.merged, regression.cost}}));
  Must(writer->AddSummary(fetched[0], 833));
  Must(writer->AddScalar("rate", 0.25, 834));
  Must(writer->AddSessionLog(SessionLogView::kStop, 835));
  Must(writer->Flush());

  const std::vector<ReadEvent> events = EventsOf(writer->path());
  ASSERT_THAT(KindsOf(events),
              ElementsAre(EventKind::kFileVersion, EventKind::kGraphDef, EventKind::kMetaGraphDef,
                          EventKind::kSummary, EventKind::kSummary, EventKind::kSessionLog));
  proto::GraphDef graph_def;
  ASSERT_TRUE(graph_def.ParseFromString(events[1].payload));
  EXPECT_TRUE(SameNodes(graph_def, ReadGoldenGraph("training/linear_regression.pb")));
  proto::MetaGraphDef meta_graph;
  ASSERT_TRUE(meta_graph.ParseFromString(events[2].payload));
  EXPECT_TRUE(SameNodes(meta_graph.graph_def(), graph_def));
  EXPECT_FALSE(meta_graph.has_saver_def());
  EXPECT_EQ(meta_graph.collection_def().at("trainable_variables").bytes_list().value_size(), 2);
  EXPECT_EQ(meta_graph.collection_def().at("summaries").node_list().value(0), "loss:0");

  EXPECT_EQ(events[3].step, 833);
  SummaryReader values(AsBytes(events[3].payload));
  const auto value = Must(values.Next());
  ASSERT_TRUE(value);
  EXPECT_EQ(value->tag, "loss");
  EXPECT_EQ(value->simple_value, fetched[1].scalar<float>());
  EXPECT_EQ(events[4].step, 834);
  EXPECT_EQ(Must(DecodeSessionLog(AsBytes(events[5].payload))).status, SessionLogView::kStop);
  Must(writer->Close());
  EXPECT_FALSE(writer->AddScalar("rate", 0.25, 836));
}

TEST(FileWriter, TakesOnlyWhatASummaryOpGives) {
  const TemporaryDirectory directory;
  const auto writer = Must(FileWriter::Create(directory.path()));
  EXPECT_EQ(MessageOf(writer->AddSummary(Tensor::Scalar(1.0F), 3)),
            "summary at step 3: got float32[], want string[]");
  EXPECT_THAT(MessageOf(writer->AddSummary(Tensor::Vector<std::string>({std::string()}), 3)),
              HasSubstr("got string[1]"));
  EXPECT_EQ(writer->AddSummary(Tensor::Scalar("\xff\xff"), 3).error().code, ErrorCode::kCorrupt);
}

TEST(FileWriter, AGraphThatWasNotBuiltIsAnError) {
  const TemporaryDirectory directory;
  GraphBuilder graph;
  graph.KeepError({ErrorCode::kInvalidArgument, "node \"a\": wrong"});
  EXPECT_EQ(FileWriter::Create(directory.path(), graph).error().message,
            "the graph was not built: node \"a\": wrong");
}

}  // namespace
}  // namespace fanlight
