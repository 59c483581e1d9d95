#include "fanlight/engine/checkpoint/checkpoint_state.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <system_error>

#include "fanlight/base/decimal.h"
#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/proto/checkpoint.pb.h"

namespace fanlight::checkpoint {
namespace {

constexpr uint64_t kMaxStateBytes = uint64_t{16} << 20;

// Keeps the first complaint of the text parser, which would print it otherwise.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty())
      text_ = fmt::format("{} at line {}, column {}", message, line + 1, column + 1);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// `bytes` in quotes, as protobuf's text format writes them.
std::string TextLiteral(std::string_view bytes) {
  std::string literal = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      literal += "\\n";
    } else if (c == '\r') {
      literal += "\\r";
    } else if (c == '\t') {
      literal += "\\t";
    } else if (c == '"' || c == '\'' || c == '\\') {
      literal += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      literal += fmt::format("\\{:03o}", byte);
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

// `path` as the state file of `directory` names it.
std::string RelativeTo(const std::string& directory, const std::string& path) {
  const std::filesystem::path relative =
      std::filesystem::path(path).lexically_normal().lexically_relative(
          std::filesystem::path(directory).lexically_normal());
  return relative.empty() ? path : relative.string();
}

}  // namespace

// libprotobuf's own printer would not do: it gives doubles 15 or 17 digits, TensorFlow as many as
// they need.
std::string FormatCheckpointState(const CheckpointState& state) {
  std::string text = fmt::format("model_checkpoint_path: {}\n", TextLiteral(state.latest));
  for (const std::string& path : state.all) {
    text += fmt::format("all_model_checkpoint_paths: {}\n", TextLiteral(path));
  }
  for (const double time : state.times_s) {
    text += fmt::format("all_model_checkpoint_timestamps: {}\n", ShortestDecimal(time));
  }
  if (state.last_preserved_s) {
    text += fmt::format("last_preserved_timestamp: {}\n", ShortestDecimal(*state.last_preserved_s));
  }
  return text;
}

Result<CheckpointState> ParseCheckpointState(std::string_view text, std::string_view where) {
  proto::CheckpointState message;
  FirstError errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  if (!parser.ParseFromString(std::string(text), &message)) {
    return Fail(ErrorCode::kCorrupt, "checkpoint state cannot be parsed: {}: {}", errors.text(),
                where);
  }
  if (message.model_checkpoint_path().empty()) {
    return Fail(ErrorCode::kCorrupt, "checkpoint state without model_checkpoint_path: {}", where);
  }
  CheckpointState state;
  state.latest = message.model_checkpoint_path();
  state.all.assign(message.all_model_checkpoint_paths().begin(),
                   message.all_model_checkpoint_paths().end());
  state.times_s.assign(message.all_model_checkpoint_timestamps().begin(),
                       message.all_model_checkpoint_timestamps().end());
  if (message.last_preserved_timestamp() != 0) {
    state.last_preserved_s = message.last_preserved_timestamp();
  }
  return state;
}

Status WriteCheckpointState(const std::string& directory, CheckpointState state,
                            bool relative_paths, std::string_view file_name) {
  if (relative_paths || !directory.starts_with('/')) {
    state.latest = RelativeTo(directory, state.latest);
    for (std::string& path : state.all) path = RelativeTo(directory, path);
  }
  return WriteFileAtomically(JoinPath(directory, std::string(file_name)),
                             FormatCheckpointState(state));
}

Result<CheckpointState> ReadCheckpointState(const std::string& directory,
                                            std::string_view file_name) {
  const std::string path = JoinPath(directory, std::string(file_name));
  FL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxStateBytes));
  FL_ASSIGN_OR_RETURN(CheckpointState state, ParseCheckpointState(text, Quoted(path)));
  state.latest = JoinPath(directory, state.latest);
  for (std::string& item : state.all) item = JoinPath(directory, item);
  return state;
}

Result<std::string> LatestCheckpoint(const std::string& directory, std::string_view file_name) {
  FL_ASSIGN_OR_RETURN(const CheckpointState state, ReadCheckpointState(directory, file_name));
  if (!CheckpointExists(state.latest)) {
    return Fail(ErrorCode::kNotFound, "the latest checkpoint is gone: {}", Quoted(state.latest));
  }
  return state.latest;
}

bool CheckpointExists(const std::string& prefix) {
  std::error_code ignored;
  return BundleExists(prefix) || std::filesystem::is_regular_file(prefix, ignored);
}

}  // namespace fanlight::checkpoint
