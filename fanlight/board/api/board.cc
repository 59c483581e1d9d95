#include "fanlight/board/api/board.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <limits>

#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

// Flags that TensorBoard's page sends along. They change nothing here, but malformed ones are refused as
// there.
std::optional<http::Response> FeatureFlagsProblem(const http::Request& request) {
  const auto problem = [](std::string_view name,
                          std::string_view text) -> std::optional<http::Response> {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    if (error) return CompatibleInvalidArgument(std::string(name) + " cannot be JSON decoded.");
    if (!value.is_object())
      return CompatibleInvalidArgument(std::string(name) + " cannot be decoded to a dict.");
    return std::nullopt;
  };
  constexpr std::string_view kHeader = "X-TensorBoard-Feature-Flags";
  constexpr std::string_view kParameter = "tensorBoardFeatureFlags";
  if (const auto flags = request.headers.Header(kHeader)) {
    if (auto response = problem(kHeader, *flags)) return response;
  }
  if (request.query.find(kParameter) != std::string::npos) {
    const http::Fields query = http::ParseQuery(request.query);
    // An empty one counts as none.
    for (const std::string_view flags : query.All(kParameter)) {
      if (!flags.empty()) return problem(kParameter, flags);
    }
  }
  return std::nullopt;
}

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kOutOfRange:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kUnimplemented:
      return 501;
    default:
      return 500;
  }
}

}  // namespace

uint32_t Board::SamplesFor(std::string_view plugin, uint32_t usual) const {
  const auto found = settings.samples_per_plugin.find(plugin);
  if (found == settings.samples_per_plugin.end()) return usual;
  return found->second == 0 ? std::numeric_limits<uint32_t>::max() : found->second;
}

void AddCompatibleRoute(http::Router& router, const Board& board, std::string path,
                        BoardHandler handler) {
  router.Any(std::move(path), [&board, handler = std::move(handler)](const http::Request& request) {
    if (auto problem = FeatureFlagsProblem(request)) return *std::move(problem);
    return handler(board, request);
  });
}

http::Response CompatibleInvalidArgument(std::string_view detail) {
  return http::TextResponse(400, "Invalid argument: " + std::string(detail));
}

http::Response CompatibleNotFound(std::string_view detail) {
  return http::TextResponse(404, "Not found: " + std::string(detail));
}

http::Response CompatibleErrorPage(int status, std::string_view message) {
  const std::string phrase(http::StatusPhrase(status));
  http::Response response = http::HtmlResponse(
      status, "<!doctype html>\n<html lang=en>\n<title>" + std::to_string(status) + " " + phrase +
                  "</title>\n<h1>" + phrase + "</h1>\n<p>" + http::EscapedHtml(message) + "</p>\n");
  return response;
}

std::string PythonRepr(std::optional<std::string_view> text) {
  if (!text) return "None";
  const bool has_single = text->find('\'') != std::string_view::npos;
  const bool has_double = text->find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  const std::string repaired = ToUtf8(*text);
  for (const char c : repaired) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == quote) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + quote;
}

http::Response ErrorResponse(const Error& error) {
  JsonWriter json(JsonWriter::Style::kCompact);
  std::string code(ErrorCodeName(error.code));
  for (char& c : code) c = c == ' ' ? '_' : c;
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").Text(code).Key("message").Text(error.message);
  json.EndObject().EndObject();
  http::Response response = http::JsonResponse(std::move(json).Take());
  response.status = StatusOf(error.code);
  return response;
}

bool SaysJson(const http::Request& request) {
  const std::string_view type = request.headers.Header("Content-Type").value_or("");
  std::string_view essence = type.substr(0, type.find(';'));
  while (essence.ends_with(' ')) essence.remove_suffix(1);
  return http::EqualsIgnoringCase(essence, "application/json");
}

std::optional<http::Response> RefuseUnlessJson(const http::Request& request) {
  if (SaysJson(request)) return std::nullopt;
  http::Response response = ErrorResponse(
      Error{ErrorCode::kInvalidArgument,
            fmt::format("the request must have the content type application/json, got {}",
                        Quoted(request.headers.Header("Content-Type").value_or("")))});
  response.status = 415;
  return response;
}

Result<int64_t> IntegerParameter(const http::Fields& query, std::string_view name,
                                 int64_t otherwise, int64_t least, int64_t most) {
  const auto text = query.First(name);
  if (!text || text->empty()) return otherwise;
  int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [read_to, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || read_to != end || value < least || value > most)
    return Fail(ErrorCode::kInvalidArgument, "{} must be a whole number from {} to {}, got {}",
                name, least, most, Quoted(*text));
  return value;
}

Result<const store::RunFacts*> RunParameter(const store::Snapshot& snapshot,
                                            const http::Fields& query) {
  if (!query.First("run"))
    return Fail(ErrorCode::kInvalidArgument, "the parameter \"run\" is missing: a run's id");
  FL_ASSIGN_OR_RETURN(const int64_t id,
                      IntegerParameter(query, "run", -1, 0, std::numeric_limits<uint32_t>::max()));
  const store::RunFacts* const run = snapshot.FindRun(store::RunId{static_cast<uint32_t>(id)});
  if (run == nullptr) return Fail(ErrorCode::kNotFound, "there is no run with the id {}", id);
  return run;
}

}  // namespace fanlight::api
