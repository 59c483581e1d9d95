#include "fanlight/board/graphs/graph_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <string>

#include "fanlight/proto/meta_graph.pb.h"
#include "fanlight/proto/parse.h"

namespace fanlight::graphs {
namespace {

class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty())
      text_ = message + ", at line " + std::to_string(line + 1) + ", column " +
              std::to_string(column + 1);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool ParseText(std::string_view text, google::protobuf::Message& into, FirstError& error) {
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(100);
  return parser.ParseFromString(std::string(text), &into);
}

// Bytes of another message may parse as a graph by chance: its nodes would lack names.
bool IsGraph(const proto::GraphDef& graph) {
  return graph.node_size() > 0 &&
         std::all_of(graph.node().begin(), graph.node().end(), [](const proto::NodeDef& node) {
           return !node.name().empty() && !node.op().empty();
         });
}

bool IsText(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  return std::none_of(head.begin(), head.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
}

}  // namespace

Result<proto::GraphDef> ParseGraphFile(std::string_view bytes) {
  // Trying one form after another is no reason for the library to complain on stderr.
  const google::protobuf::LogSilencer silencer;
  if (IsText(bytes)) {
    proto::MetaGraphDef meta;
    FirstError meta_error;
    if (ParseText(bytes, meta, meta_error) && IsGraph(meta.graph_def()))
      return std::move(*meta.mutable_graph_def());
    proto::GraphDef graph;
    FirstError error;
    if (!ParseText(bytes, graph, error))
      return Fail(ErrorCode::kInvalidArgument, "this is no graph in text form: {}", error.text());
    if (IsGraph(graph)) return graph;
    return Fail(ErrorCode::kInvalidArgument,
                "there is no graph in this file: it has no nodes with a name and an op");
  }
  proto::MetaGraphDef meta;
  if (ParseMessage(bytes, meta) && IsGraph(meta.graph_def()))
    return std::move(*meta.mutable_graph_def());
  proto::GraphDef graph;
  if (ParseMessage(bytes, graph) && IsGraph(graph)) return graph;
  return Fail(ErrorCode::kInvalidArgument,
              "this is neither a GraphDef (.pb, .pbtxt) nor a MetaGraphDef (.meta)");
}

}  // namespace fanlight::graphs
