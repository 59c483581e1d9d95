// /api/v1/columns: scalar series for a window at a width, as JSON or as binary columns.

#include "fanlight/board/api/columns.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxSeries = 10'000;
constexpr uint32_t kMaxWidth = 1u << 20;
constexpr uint64_t kMaxPoints = 16'000'000;  // Of one answer: some 400 MB.
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

// Whether the window is every point of the generations as they are.
bool IsEveryPoint(const store::WindowQuery& window, uint64_t points) {
  return !window.from && !window.to && !window.smoothing &&
         (window.width == 0 || points <= uint64_t{4} * window.width);
}

// Three numbers a point, each with its separator; a little room saves growing.
constexpr size_t kJsonBytesPerPoint = 48;

std::string ToJson(const ColumnsRequest& request, uint64_t change,
                   const std::vector<std::optional<store::SeriesView>>& all) {
  size_t points = 0;
  for (const auto& series : all) {
    if (series && IsEveryPoint(request.window, series->points())) points += series->points();
  }
  JsonWriter json(JsonWriter::Style::kCompact);
  json.Reserve(points * kJsonBytesPerPoint + all.size() * 128 + 64);
  const auto numbers = [&](std::string_view key, const std::vector<double>& values) {
    json.Key(key).BeginArray();
    for (const double value : values) json.Double(value);
    json.EndArray();
  };
  json.BeginObject().Key("change").Uint(change).Key("series").BeginArray();
  for (size_t i = 0; i < all.size(); ++i) {
    json.BeginObject().Key("run").Uint(request.series[i].run.index);
    json.Key("tag").Text(request.series[i].tag);
    if (!all[i]) {
      json.Key("error").Text("not_found").Key("total").Int(0).EndObject();
      continue;
    }
    const store::ScalarColumns columns = all[i]->Window(request.window);
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

// Where the columns of one series of a binary answer go.
struct BinaryColumns {
  char* steps;
  char* wall_times_s;
  char* values;
};

void CopyDoubles(char* into, std::span<const double> values) {
  if (!values.empty()) std::memcpy(into, values.data(), values.size_bytes());
}

void CopySteps(char* into, std::span<const int64_t> steps) {
  for (size_t i = 0; i < steps.size(); ++i)
    StoreLittleEndian(into + i * sizeof(double), static_cast<double>(steps[i]));
}

// How many points a window of a series of `points` gives at most: five a pixel column and two outside.
uint64_t MostPoints(const store::WindowQuery& window, uint64_t points) {
  return window.width == 0 ? points : std::min(points, uint64_t{5} * window.width + 2);
}

// Writes every point of a series straight from the store. False, with `columns` in any state, when a restart
// hides some of them: the caller cannot know how many.
bool CopyEveryPoint(const store::SeriesView& series, store::Generations generations,
                    const BinaryColumns& columns) {
  uint64_t copied = 0;
  series.ForEachRun(generations, [&](const store::ScalarRun& run) {
    const size_t at = copied * sizeof(double);
    CopySteps(columns.steps + at, run.steps);
    CopyDoubles(columns.wall_times_s + at, run.wall_times_s);
    CopyDoubles(columns.values + at, run.values);
    copied += run.steps.size();
  });
  return copied == series.points();
}

// The answer grows series by series: what a series will hold is known when it has been read, but for series that
// are answered whole, which are written where they belong at once.
class BinaryAnswer {
 public:
  BinaryAnswer(size_t series, uint64_t change, size_t expected_points)
      : out_(kHeaderBytes + series * kSeriesBytes, '\0') {
    out_.reserve(out_.size() + expected_points * 3 * sizeof(double));
    std::memcpy(out_.data(), "FLC1", 4);
    StoreLittleEndian(out_.data() + 4, static_cast<uint32_t>(series));
    StoreLittleEndian(out_.data() + 8, change);
  }

  void AddMissing() { AddRow(0, kNotFound, 0, 0); }

  void Add(const store::SeriesView& series, const store::WindowQuery& window) {
    const size_t begin = out_.size();
    const uint64_t n = series.points();
    if (IsEveryPoint(window, n)) {
      out_.resize(begin + n * 3 * sizeof(double));
      char* const at = out_.data() + begin;
      const BinaryColumns columns{at, at + n * sizeof(double), at + 2 * n * sizeof(double)};
      if (CopyEveryPoint(series, window.generations, columns)) {
        AddRow(begin, 0, n, n);
        StoreLittleEndian(out_.data() + RowOffset(rows_ - 1), static_cast<uint32_t>(n));
        return;
      }
      out_.resize(begin);
    }
    AddColumns(series.Window(window), window.smoothing.has_value());
  }

  std::string Take() && { return std::move(out_); }

 private:
  static size_t RowOffset(size_t row) { return kHeaderBytes + row * kSeriesBytes; }

  void AddRow(size_t offset, uint32_t flags, uint64_t total, uint64_t in_window) {
    char* const row = out_.data() + RowOffset(rows_++);
    StoreLittleEndian(row + 4, flags);
    StoreLittleEndian(row + 8, total);
    StoreLittleEndian(row + 16, in_window);
    StoreLittleEndian(row + 24, static_cast<uint64_t>(offset == 0 ? out_.size() : offset));
  }

  void AddColumns(const store::ScalarColumns& columns, bool has_smoothed) {
    const size_t begin = out_.size();
    const size_t n = columns.steps.size();
    out_.resize(begin + n * (has_smoothed ? 4 : 3) * sizeof(double));
    char* const at = out_.data() + begin;
    CopySteps(at, columns.steps);
    CopyDoubles(at + n * sizeof(double), columns.wall_times_s);
    CopyDoubles(at + 2 * n * sizeof(double), columns.values);
    if (has_smoothed) CopyDoubles(at + 3 * n * sizeof(double), columns.smoothed);
    AddRow(begin, (has_smoothed ? kHasSmoothed : 0) | (columns.left_out ? kLeftOut : 0),
           columns.total, columns.in_window);
    StoreLittleEndian(out_.data() + RowOffset(rows_ - 1), static_cast<uint32_t>(n));
  }

  std::string out_;
  size_t rows_ = 0;
};

std::string ToBinary(const ColumnsRequest& request, uint64_t change,
                     const std::vector<std::optional<store::SeriesView>>& all) {
  size_t points = 0;
  for (const auto& series : all) {
    if (series && IsEveryPoint(request.window, series->points())) points += series->points();
  }
  BinaryAnswer answer(all.size(), change, points);
  for (const auto& series : all) {
    if (series) {
      answer.Add(*series, request.window);
    } else {
      answer.AddMissing();
    }
  }
  return std::move(answer).Take();
}

http::Response Columns(const Board& board, const http::Request& http_request) {
  const auto request = ParseColumnsRequest(http_request.body);
  if (!request) return ErrorResponse(request.error());
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  std::vector<std::optional<store::SeriesView>> all;
  all.reserve(request->series.size());
  for (const ColumnsRequest::Series& wanted : request->series)
    all.push_back(snapshot.FindSeries(wanted.run, "scalars", wanted.tag));

  uint64_t most = 0;
  for (const auto& series : all) {
    if (series) most += MostPoints(request->window, series->points());
  }
  if (most > kMaxPoints)
    return ErrorResponse(
        Error{ErrorCode::kTooLarge,
              fmt::format("the answer would hold up to {} points, at most {} are given at "
                          "once: ask for fewer series or with a width",
                          most, kMaxPoints)});

  const std::string_view accept = http_request.headers.Header("Accept").value_or("");
  if (accept.find(kBinaryType) == std::string_view::npos)
    return http::JsonResponse(ToJson(*request, snapshot.change(), all));
  http::Response response;
  response.content_type = kBinaryType;
  response.body = ToBinary(*request, snapshot.change(), all);
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
