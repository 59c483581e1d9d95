// Writes one event file with all that our writer can write, for readers of other programs to read.
//
//   fanlight-events-sample LOGDIR < doubles
//
// The histogram "values" counts the doubles of standard input. Prints the file's path.

#include <cmath>
#include <cstdio>
#include <limits>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "fanlight/events/summary_writer.h"
#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/meta_graph.pb.h"
#include "fanlight/proto/summary.pb.h"

namespace fanlight {
namespace {

std::vector<double> ReadDoubles(std::FILE* in) {
  std::vector<double> values(1 << 20);
  values.resize(std::fread(values.data(), sizeof(double), values.size(), in));
  return values;
}

proto::GraphDef SmallGraph() {
  proto::GraphDef graph;
  proto::NodeDef& node = *graph.add_node();
  node.set_name("x");
  node.set_op("Placeholder");
  (*node.mutable_attr())["dtype"].set_type(proto::DT_FLOAT);
  graph.mutable_versions()->set_producer(27);
  return graph;
}

// A summary as an engine's text op makes it, with metadata.
std::string TextSummary(const std::string& text) {
  proto::Summary summary;
  proto::Summary::Value& value = *summary.add_value();
  value.set_tag("note");
  value.mutable_metadata()->mutable_plugin_data()->set_plugin_name("text");
  value.mutable_tensor()->set_dtype(proto::DT_STRING);
  value.mutable_tensor()->mutable_tensor_shape();
  value.mutable_tensor()->add_string_val(text);
  return summary.SerializeAsString();
}

Status WriteAll(SummaryWriter& writer) {
  const proto::GraphDef graph = SmallGraph();
  proto::MetaGraphDef meta_graph;
  *meta_graph.mutable_graph_def() = graph;
  FL_TRY(writer.Graph(AsBytes(graph.SerializeAsString())));
  FL_TRY(writer.MetaGraph(AsBytes(meta_graph.SerializeAsString())));
  FL_TRY(writer.SessionLog(SessionLogView::kStart, 0));
  for (int64_t step = 0; step < 100; ++step) {
    FL_TRY(writer.Scalar("loss", 1.0 / static_cast<double>(step + 1), step));
  }
  FL_TRY(writer.Flush());
  FL_TRY(writer.Scalar("special", std::nan(""), 0));
  FL_TRY(writer.Scalar("special", std::numeric_limits<double>::infinity(), 1));
  FL_TRY(writer.Scalar("special", -std::numeric_limits<double>::infinity(), 2));
  FL_TRY(writer.Scalar("Gewicht/größe", -0.5, int64_t{1} << 40));
  const std::vector<double> values = ReadDoubles(stdin);
  FL_TRY(writer.Histogram("values", values, 3));
  FL_TRY(writer.Histogram("empty", std::vector<float>{}, 3));
  FL_TRY(writer.AddSummary(AsBytes(TextSummary("first *note*")), 4));
  FL_TRY(writer.AddSummary(AsBytes(TextSummary("second")), 5));
  FL_TRY(writer.SessionLog(SessionLogView::kCheckpoint, 5, "model.ckpt-5"));
  return writer.Close();
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fanlight-events-sample LOGDIR < doubles\n");
    return 2;
  }
  const auto writer = fanlight::SummaryWriter::Create(argv[1], {});
  const fanlight::Status written =
      writer ? fanlight::WriteAll(**writer) : tl::unexpected(writer.error());
  if (!written) {
    std::fprintf(stderr, "fanlight-events-sample: %s\n", written.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", (*writer)->path().c_str());
  return 0;
}
