#include "tests/cases/case_file.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <sstream>

#include "fanlight/base/text.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/proto/event.pb.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight::cases {
namespace {

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

void AppendEvent(std::string& out, const proto::Event& event) {
  const std::string bytes = event.SerializeAsString();
  AppendRecord(out, std::as_bytes(std::span(bytes)));
}

template <typename Message>
Status ParseMessage(const std::string& text, Message& message) {
  if (!google::protobuf::TextFormat::ParseFromString(text, &message))
    return Fail(ErrorCode::kInvalidArgument, "not a message in text form: {}", Quoted(text));
  return {};
}

Result<std::string> Unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out += text[++i];
    } else if (i + 3 < text.size() && text[i + 1] == 'x') {
      out += static_cast<char>(std::strtoul(text.substr(i + 2, 2).c_str(), nullptr, 16));
      i += 3;
    } else {
      return Fail(ErrorCode::kInvalidArgument, "unknown escape in {}", Quoted(text));
    }
  }
  return out;
}

}  // namespace

Result<CaseFile> ParseCaseFile(const std::string& text) {
  CaseFile result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.lines.push_back(line);
  for (size_t i = 0; i < result.lines.size(); ++i) {
    const std::string& line = result.lines[i];
    if (line.empty() || line.front() == '#') continue;
    const std::string rest = line.size() > 2 ? line.substr(2) : std::string();
    const bool in_exchange = !result.exchanges.empty();
    if (line.starts_with("flags ")) {
      std::istringstream words(line.substr(6));
      for (std::string word; words >> word;) result.flags.push_back(word);
    } else if (line.starts_with("file ")) {
      result.files.push_back({Trimmed(line.substr(5)), {}});
    } else if (line.starts_with("  ") && !result.files.empty() && !in_exchange) {
      result.files.back().lines.push_back(Trimmed(line));
    } else if (line.front() == '>' && in_exchange) {
      const size_t colon = rest.find(": ");
      if (colon == std::string::npos)
        return Fail(ErrorCode::kInvalidArgument, "line {}: a header has a colon", i + 1);
      result.exchanges.back().headers.emplace_back(rest.substr(0, colon), rest.substr(colon + 2));
    } else if (line.front() == '<' && in_exchange) {
      result.exchanges.back().body += rest;
    } else if (line.front() == '=' && in_exchange) {
      result.exchanges.back().status_line = rest;
      result.exchanges.back().answer_begin = i;
      result.exchanges.back().answer_end = i + 1;
    } else if (line.front() == '|' && in_exchange) {
      result.exchanges.back().expected.push_back(rest);
      result.exchanges.back().answer_end = i + 1;
    } else if (line.front() == '~' && in_exchange) {
      result.exchanges.back().substrings.push_back(rest);
      result.exchanges.back().answer_end = i + 1;
    } else if (const size_t space = line.find(" /"); space != std::string::npos) {
      Exchange exchange;
      exchange.method = line.substr(0, space);
      exchange.target = line.substr(space + 1);
      exchange.answer_begin = exchange.answer_end = i + 1;
      result.exchanges.push_back(std::move(exchange));
    } else {
      return Fail(ErrorCode::kInvalidArgument, "line {} is none of a case file's: {}", i + 1,
                  Quoted(line));
    }
    // Where an answer goes that is not written yet: behind the request's own lines.
    if (in_exchange && (line.front() == '>' || line.front() == '<'))
      result.exchanges.back().answer_begin = result.exchanges.back().answer_end = i + 1;
  }
  return result;
}

Result<std::string> EncodeEventFile(const EventFile& file) {
  std::string out;
  const bool has_version = file.lines.empty() || file.lines.front() != "no version";
  if (has_version) {
    proto::Event version;
    version.set_wall_time(1);
    version.set_file_version("brain.Event:2");
    AppendEvent(out, version);
  }
  for (const std::string& line : file.lines) {
    if (line == "no version") continue;
    proto::Event event;
    if (line.starts_with("event ")) {
      FL_TRY(ParseMessage(line.substr(6), event));
    } else if (line.starts_with("graph ")) {
      std::istringstream words(line.substr(6));
      double wall_time = 0;
      words >> wall_time;
      std::string text;
      std::getline(words, text);
      proto::GraphDef graph;
      FL_TRY(ParseMessage(text, graph));
      event.set_wall_time(wall_time);
      event.set_graph_def(graph.SerializeAsString());
    } else if (line.starts_with("bytes ")) {
      FL_ASSIGN_OR_RETURN(const std::string bytes, Unescaped(line.substr(6)));
      out += bytes;
      continue;
    } else {
      std::istringstream words(line);
      int64_t step = 0;
      double wall_time = 0;
      std::string tag;
      std::string value;
      if (!(words >> step >> wall_time >> tag >> value))
        return Fail(ErrorCode::kInvalidArgument, "not an event: {}", Quoted(line));
      event.set_step(step);
      event.set_wall_time(wall_time);
      proto::Summary::Value* const point = event.mutable_summary()->add_value();
      point->set_tag(tag);
      point->set_simple_value(std::strtof(value.c_str(), nullptr));
    }
    AppendEvent(out, event);
  }
  return out;
}

}  // namespace fanlight::cases
