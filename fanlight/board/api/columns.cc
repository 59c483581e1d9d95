// /api/v1/columns: scalar series for a window at a width, as JSON or as binary columns.

#include "fanlight/board/api/columns.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxSeries = 10'000;
constexpr uint32_t kMaxWidth = 1u << 20;
constexpr std::string_view kBinaryType = "application/vnd.fanlight.columns";

constexpr uint32_t kHasSmoothed = 1;
constexpr uint32_t kLeftOut = 2;
constexpr uint32_t kNotFound = 4;
constexpr size_t kHeaderBytes = 16;
constexpr size_t kSeriesBytes = 32;

const boost::json::value* Find(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::optional<double>> OptionalNumber(const boost::json::object& object,
                                             std::string_view key) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return std::nullopt;
  if (const double* number = value->if_double()) return *number;
  if (const int64_t* number = value->if_int64()) return static_cast<double>(*number);
  if (const uint64_t* number = value->if_uint64()) return static_cast<double>(*number);
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a number or null", key);
}

// One of the words in `names`, as its place in the list; the first when the key is absent.
Result<size_t> Choice(const boost::json::object& object, std::string_view key,
                      std::initializer_list<std::string_view> names) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return 0;
  size_t place = 0;
  for (const std::string_view name : names) {
    if (value->is_string() && std::string_view(value->get_string()) == name) return place;
    ++place;
  }
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be one of {}, got {}", key,
              fmt::join(names, ", "), boost::json::serialize(*value));
}

Result<ColumnsRequest::Series> ParseSeries(const boost::json::value& value, size_t place) {
  const boost::json::object* object = value.if_object();
  const boost::json::value* run = object == nullptr ? nullptr : Find(*object, "run");
  const boost::json::value* tag = object == nullptr ? nullptr : Find(*object, "tag");
  const int64_t* id = run == nullptr ? nullptr : run->if_int64();
  if (id == nullptr || *id < 0 || *id > std::numeric_limits<uint32_t>::max() || tag == nullptr ||
      !tag->is_string())
    return Fail(ErrorCode::kInvalidArgument,
                "\"series\"[{}] must be {{\"run\": a run's id, \"tag\": a text}}", place);
  return ColumnsRequest::Series{store::RunId{static_cast<uint32_t>(*id)},
                                std::string(tag->get_string())};
}

// One answered series; nothing when it does not exist.
using Answer = std::optional<store::ScalarColumns>;

// Three numbers a point, each with its separator; a little room saves growing.
constexpr size_t kJsonBytesPerPoint = 48;

std::string ToJson(const ColumnsRequest& request, uint64_t change,
                   const std::vector<Answer>& answers) {
  size_t points = 0;
  for (const Answer& answer : answers) points += answer ? answer->steps.size() : 1;
  JsonWriter json(JsonWriter::Style::kCompact);
  json.Reserve(points * kJsonBytesPerPoint + answers.size() * 128 + 64);
  const auto numbers = [&](std::string_view key, const std::vector<double>& values) {
    json.Key(key).BeginArray();
    for (const double value : values) json.Double(value);
    json.EndArray();
  };
  json.BeginObject().Key("change").Uint(change).Key("series").BeginArray();
  for (size_t i = 0; i < answers.size(); ++i) {
    json.BeginObject().Key("run").Uint(request.series[i].run.index);
    json.Key("tag").Text(request.series[i].tag);
    if (!answers[i]) {
      json.Key("error").Text("not_found").Key("total").Int(0).EndObject();
      continue;
    }
    const store::ScalarColumns& columns = *answers[i];
    json.Key("total").Uint(columns.total).Key("in_window").Uint(columns.in_window);
    json.Key("steps").BeginArray();
    for (const int64_t step : columns.steps) json.Int(step);
    json.EndArray();
    numbers("wall_times_s", columns.wall_times_s);
    numbers("values", columns.values);
    if (request.window.smoothing) numbers("smoothed", columns.smoothed);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return std::move(json).Take();
}

std::string ToBinary(const ColumnsRequest& request, uint64_t change,
                     const std::vector<Answer>& answers) {
  const bool has_smoothed = request.window.smoothing.has_value();
  const size_t columns_each = has_smoothed ? 4 : 3;
  size_t total = kHeaderBytes + answers.size() * kSeriesBytes;
  for (const Answer& answer : answers) {
    if (answer) total += answer->steps.size() * columns_each * sizeof(double);
  }
  std::string out(total, '\0');
  char* const begin = out.data();
  std::memcpy(begin, "FLC1", 4);
  StoreLittleEndian(begin + 4, static_cast<uint32_t>(answers.size()));
  StoreLittleEndian(begin + 8, change);
  size_t offset = kHeaderBytes + answers.size() * kSeriesBytes;
  for (size_t i = 0; i < answers.size(); ++i) {
    char* const row = begin + kHeaderBytes + i * kSeriesBytes;
    StoreLittleEndian(row + 24, static_cast<uint64_t>(offset));
    if (!answers[i]) {
      StoreLittleEndian(row + 4, kNotFound);
      continue;
    }
    const store::ScalarColumns& columns = *answers[i];
    const size_t n = columns.steps.size();
    StoreLittleEndian(row, static_cast<uint32_t>(n));
    StoreLittleEndian(row + 4,
                      (has_smoothed ? kHasSmoothed : 0) | (columns.left_out ? kLeftOut : 0));
    StoreLittleEndian(row + 8, columns.total);
    StoreLittleEndian(row + 16, columns.in_window);
    if (n == 0) continue;
    char* at = begin + offset;
    for (const int64_t step : columns.steps) {
      StoreLittleEndian(at, static_cast<double>(step));
      at += sizeof(double);
    }
    const auto copy = [&](const std::vector<double>& values) {
      std::memcpy(at, values.data(), n * sizeof(double));
      at += n * sizeof(double);
    };
    copy(columns.wall_times_s);
    copy(columns.values);
    if (has_smoothed) copy(columns.smoothed);
    offset += n * columns_each * sizeof(double);
  }
  return out;
}

http::Response Columns(const Board& board, const http::Request& http_request) {
  const auto request = ParseColumnsRequest(http_request.body);
  if (!request) return ErrorResponse(request.error());
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  std::vector<Answer> answers;
  answers.reserve(request->series.size());
  for (const ColumnsRequest::Series& wanted : request->series) {
    const auto series = snapshot.FindSeries(wanted.run, "scalars", wanted.tag);
    answers.push_back(series ? Answer(series->Window(request->window)) : std::nullopt);
  }
  const std::string_view accept = http_request.headers.Header("Accept").value_or("");
  if (accept.find(kBinaryType) == std::string_view::npos)
    return http::JsonResponse(ToJson(*request, snapshot.change(), answers));
  http::Response response;
  response.content_type = kBinaryType;
  response.body = ToBinary(*request, snapshot.change(), answers);
  return response;
}

}  // namespace

Result<ColumnsRequest> ParseColumnsRequest(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "the request is not JSON: {}", error.message());
  const boost::json::object* object = value.if_object();
  const boost::json::value* list = object == nullptr ? nullptr : Find(*object, "series");
  if (list == nullptr || !list->is_array())
    return Fail(ErrorCode::kInvalidArgument,
                "the request must be an object with a list \"series\"");

  ColumnsRequest request;
  const boost::json::array& series = list->get_array();
  if (series.size() > kMaxSeries)
    return Fail(ErrorCode::kTooLarge, "at most {} series a request, got {}", kMaxSeries,
                series.size());
  for (const boost::json::value& item : series) {
    FL_ASSIGN_OR_RETURN(auto parsed, ParseSeries(item, request.series.size()));
    request.series.push_back(std::move(parsed));
  }
  store::WindowQuery& window = request.window;
  FL_ASSIGN_OR_RETURN(const size_t axis, Choice(*object, "axis", {"step", "wall", "relative"}));
  window.axis = axis == 0   ? store::Axis::kStep
                : axis == 1 ? store::Axis::kWall
                            : store::Axis::kRelative;
  FL_ASSIGN_OR_RETURN(window.from, OptionalNumber(*object, "from"));
  FL_ASSIGN_OR_RETURN(window.to, OptionalNumber(*object, "to"));
  FL_ASSIGN_OR_RETURN(const std::optional<double> width, OptionalNumber(*object, "width"));
  if (width && !(*width >= 0 && *width <= kMaxWidth && *width == std::floor(*width)))
    return Fail(ErrorCode::kInvalidArgument,
                "\"width\" must be a whole number from 0 to {}, got {}", kMaxWidth, *width);
  window.width = static_cast<uint32_t>(width.value_or(0));
  FL_ASSIGN_OR_RETURN(window.smoothing, OptionalNumber(*object, "smoothing"));
  if (window.smoothing && !(*window.smoothing >= 0 && *window.smoothing < 1))
    return Fail(ErrorCode::kInvalidArgument, "\"smoothing\" must be at least 0 and below 1, got {}",
                *window.smoothing);
  FL_ASSIGN_OR_RETURN(const size_t generations, Choice(*object, "generations", {"current", "all"}));
  window.generations = generations == 0 ? store::Generations::kCurrent : store::Generations::kAll;
  return request;
}

void AddColumnRoutes(http::Router& router, const Board& board) {
  router.Post("/api/v1/columns",
              [&board](const http::Request& request) { return Columns(board, request); });
}

}  // namespace fanlight::api
