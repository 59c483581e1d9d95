// TensorBoard's scalars plugin: [wall time, step, value] lists, at most 1000 points a series unless asked
// otherwise. Which points are left out is ours to choose: first, last, least and greatest always stay.

#include <set>
#include <string>

#include "fanlight/base/decimal.h"
#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr uint32_t kUsualPoints = 1000;

store::ScalarColumns Sampled(const Board& board, const store::SeriesView& series) {
  return series.Sample(board.SamplesFor("scalars", kUsualPoints),
                       board.settings.compatible_generations);
}

void AppendPoints(JsonWriter& json, const Board& board, const store::SeriesView& series) {
  const store::ScalarColumns points = Sampled(board, series);
  const store::ValueType type = series.value_type();
  json.BeginArray();
  for (size_t i = 0; i < points.steps.size(); ++i) {
    json.BeginArray().Double(points.wall_times_s[i]).Int(points.steps[i]);
    AppendScalar(json, points.values[i], type);
    json.EndArray();
  }
  json.EndArray();
}

http::Response Tags(const Board& board, const http::Request&) {
  return http::JsonResponse(TagsByRun(board, board.store.TakeSnapshot(), "scalars"));
}

// In CSV the special values have Python's own names, and lines end as RFC 4180 says.
std::string ToCsv(const store::ScalarColumns& points, store::ValueType type) {
  std::string csv = "Wall time,Step,Value\r\n";
  for (size_t i = 0; i < points.steps.size(); ++i) {
    csv += ShortestDecimal(points.wall_times_s[i]);
    csv += ',' + std::to_string(points.steps[i]) + ',';
    const double value = points.values[i];
    switch (type) {
      case store::ValueType::kBool:
        csv += value != 0 ? "True" : "False";
        break;
      case store::ValueType::kInt64:
      case store::ValueType::kUint64:
        csv += fmt::format("{:.0f}", value);
        break;
      default:
        csv += ShortestDecimal(value);
    }
    csv += "\r\n";
  }
  return csv;
}

http::Response Scalars(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!run || !tag)
    return CompatibleInvalidArgument("Both run and tag must be specified: tag=" + PythonRepr(tag) +
                                     ", run=" + PythonRepr(run));
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto series = FindSeries(snapshot, "scalars", *run, *tag);
  if (!series)
    return CompatibleNotFound("No scalar data for run=" + PythonRepr(run) +
                              ", tag=" + PythonRepr(tag));
  if (query.First("format") == "csv") {
    http::Response response;
    response.content_type = "text/csv; charset=utf-8";
    response.body = ToCsv(Sampled(board, *series), series->value_type());
    return response;
  }
  JsonWriter json(JsonWriter::Style::kPython);
  AppendPoints(json, board, *series);
  return http::JsonResponse(std::move(json).Take());
}

http::Response ScalarsMultirun(const Board& board, const http::Request& request) {
  if (request.method != "POST") {
    http::Response response =
        CompatibleErrorPage(405, "The method is not allowed for the requested URL.");
    response.headers.Add("Allow", "POST");
    return response;
  }
  const auto form = http::ParseForm(request);
  if (!form) return CompatibleInvalidArgument(form.error().message);
  const auto tags = form->All("tag");
  if (tags.size() != 1) return CompatibleInvalidArgument("tag must be specified exactly once");
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  std::set<std::string_view> answered;
  for (const std::string_view run : form->All("runs")) {
    if (!answered.insert(run).second) continue;
    const auto series = FindSeries(snapshot, "scalars", run, tags.front());
    if (!series) continue;
    json.Key(run);
    AppendPoints(json, board, *series);
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AddCompatibleScalarRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/scalars/tags", Tags);
  AddCompatibleRoute(router, board, "/data/plugin/scalars/scalars", Scalars);
  AddCompatibleRoute(router, board, "/data/plugin/scalars/scalars_multirun", ScalarsMultirun);
}

}  // namespace fanlight::api
