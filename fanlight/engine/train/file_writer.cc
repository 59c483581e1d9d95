#include "fanlight/engine/train/file_writer.h"

#include "fanlight/engine/graph/graph_def.h"

namespace fanlight {
namespace {

Result<std::string> Serialize(const google::protobuf::MessageLite& message, std::string_view what) {
  std::string bytes;
  if (!message.SerializeToString(&bytes)) {
    return Fail(ErrorCode::kTooLarge, "the {} is too large for an event: want less than 2 GiB",
                what);
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<FileWriter>> FileWriter::Create(const std::string& logdir, Options options) {
  FL_ASSIGN_OR_RETURN(auto writer, SummaryWriter::Create(logdir, std::move(options)));
  return std::unique_ptr<FileWriter>(new FileWriter(std::move(writer)));
}

Result<std::unique_ptr<FileWriter>> FileWriter::Create(const std::string& logdir,
                                                       const GraphBuilder& graph, Options options) {
  FL_ASSIGN_OR_RETURN(auto writer, Create(logdir, std::move(options)));
  FL_TRY(writer->AddGraph(graph));
  return writer;
}

Status FileWriter::AddSummary(const Tensor& summary, int64_t step) {
  if (summary.dtype() != DType::kString || !summary.shape().is_scalar()) {
    return Fail(ErrorCode::kInvalidArgument, "summary at step {}: got {}, want string[]", step,
                Describe(summary));
  }
  return AddSummary(summary.scalar<std::string>(), step);
}

Status FileWriter::AddSummary(std::string_view serialized, int64_t step) {
  return writer_->AddSummary(AsBytes(serialized), step);
}

Status FileWriter::AddScalar(std::string_view tag, double value, int64_t step) {
  return writer_->Scalar(tag, value, step);
}

Status FileWriter::AddGraph(const GraphBuilder& graph) {
  if (!graph.ok()) {
    return Fail(ErrorCode::kFailedPrecondition, "the graph was not built: {}",
                graph.status().error().message);
  }
  const proto::GraphDef graph_def = ExportGraphDef(*graph.graph(), {.with_output_shapes = true});
  FL_ASSIGN_OR_RETURN(const std::string graph_bytes, Serialize(graph_def, "graph"));
  FL_TRY(writer_->Graph(AsBytes(graph_bytes)));
  FL_ASSIGN_OR_RETURN(const std::string meta_bytes,
                      Serialize(ExportMetaGraph(graph), "graph with its collections"));
  return writer_->MetaGraph(AsBytes(meta_bytes));
}

Status FileWriter::AddSessionLog(SessionLogView::Status status, int64_t step,
                                 std::string_view checkpoint_path, std::string_view message) {
  return writer_->SessionLog(status, step, checkpoint_path, message);
}

Status FileWriter::AddRunMetadata(std::string_view tag, std::string_view serialized, int64_t step) {
  return writer_->RunMetadata(tag, AsBytes(serialized), step);
}

}  // namespace fanlight
