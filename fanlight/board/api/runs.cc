// /api/v1/runs and summaries: the table of runs, and what their metrics amount to.

#include <boost/json.hpp>

#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/api/sessions.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxTags = 100;  // Of one request for summaries.

// The event files know of SessionLog; hyper-parameter sessions also tell how they ended.
store::RunStatus StatusOf(const store::RunFacts& run, const RunSession* session, double now_s) {
  if (session != nullptr && session->end == RunSession::End::kFailure)
    return store::RunStatus::kFailed;
  if (session != nullptr && session->end == RunSession::End::kSuccess)
    return store::RunStatus::kFinished;
  return run.StatusAt(now_s);
}

std::string_view StatusName(store::RunStatus status) {
  switch (status) {
    case store::RunStatus::kLive:
      return "live";
    case store::RunStatus::kFinished:
      return "finished";
    case store::RunStatus::kFailed:
      return "failed";
    case store::RunStatus::kStalled:
      return "stalled";
  }
  return "stalled";
}

void AppendParameters(JsonWriter& json, const RunSession& session) {
  if (!session.group.empty()) json.Key("group").Text(session.group);
  json.Key("hparams").BeginObject();
  for (const HyperParameter& parameter : session.hyper_parameters) {
    json.Key(parameter.name);
    if (const double* number = std::get_if<double>(&parameter.value)) {
      json.Double(*number);
    } else if (const bool* flag = std::get_if<bool>(&parameter.value)) {
      json.Bool(*flag);
    } else {
      json.Text(std::get<std::string>(parameter.value));
    }
  }
  json.EndObject();
}

void AppendRun(JsonWriter& json, const store::RunFacts& run, const RunSession* session,
               double now_s) {
  json.BeginObject().Key("id").Uint(run.id.index).Key("name").Text(run.display_name);
  json.Key("start_s").OptionalDouble(run.start_s);
  json.Key("last_wall_time_s").OptionalDouble(run.last_wall_time_s);
  json.Key("last_step");
  if (run.last_step) {
    json.Int(*run.last_step);
  } else {
    json.Null();
  }
  json.Key("points").Uint(run.points);
  json.Key("status").Text(StatusName(StatusOf(run, session, now_s)));
  if (session != nullptr) AppendParameters(json, *session);
  json.EndObject();
}

http::Response Runs(const Board& board) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const double now_s = board.clock.WallTimeS();
  const std::vector<const store::RunFacts*> runs = snapshot.Runs();
  const Sessions sessions(runs);
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change()).Key("runs").BeginArray();
  for (const store::RunFacts* run : runs) AppendRun(json, *run, sessions.Of(*run), now_s);
  json.EndArray();
  if (!sessions.parameters().empty() || !sessions.metrics().empty()) {
    json.Key("experiment").BeginObject().Key("hparams").BeginArray();
    for (const AnnouncedParameter& parameter : sessions.parameters()) {
      json.BeginObject().Key("name").Text(parameter.name);
      json.Key("display_name").Text(parameter.display_name);
      json.Key("description").Text(parameter.description).EndObject();
    }
    json.EndArray().Key("metrics").BeginArray();
    for (const AnnouncedMetric& metric : sessions.metrics()) {
      json.BeginObject().Key("group").Text(metric.group).Key("tag").Text(metric.tag);
      json.Key("display_name").Text(metric.display_name).EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<std::vector<std::string>> ParseTags(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "the request is not JSON: {}", error.message());
  const boost::json::object* object = value.if_object();
  const boost::json::value* list = object == nullptr ? nullptr : object->if_contains("tags");
  if (list == nullptr || !list->is_array())
    return Fail(ErrorCode::kInvalidArgument, "the request must be an object with a list \"tags\"");
  if (list->get_array().size() > kMaxTags)
    return Fail(ErrorCode::kTooLarge, "at most {} tags a request, got {}", kMaxTags,
                list->get_array().size());
  std::vector<std::string> tags;
  for (const boost::json::value& tag : list->get_array()) {
    if (!tag.is_string())
      return Fail(ErrorCode::kInvalidArgument, "\"tags\" must hold texts, got {}",
                  boost::json::serialize(tag));
    tags.emplace_back(tag.get_string());
  }
  return tags;
}

struct RunSummary {
  store::RunId run;
  store::ScalarSummary summary;
};

// One array a column: what a table reads, and shorter than an object a run.
void AppendColumns(JsonWriter& json, const std::vector<RunSummary>& rows) {
  const auto column = [&](std::string_view key, auto append) {
    json.Key(key).BeginArray();
    for (const RunSummary& row : rows) append(row);
    json.EndArray();
  };
  // A series without a finite value has no least, no greatest and no mean.
  const auto finite = [&](double store::ScalarSummary::* member) {
    return [&json, member](const RunSummary& row) {
      if (row.summary.finite == 0) {
        json.Null();
      } else {
        json.Double(row.summary.*member);
      }
    };
  };
  column("runs", [&](const RunSummary& row) { json.Uint(row.run.index); });
  column("points", [&](const RunSummary& row) { json.Uint(row.summary.points); });
  column("last", [&](const RunSummary& row) { json.Double(row.summary.last); });
  column("last_step", [&](const RunSummary& row) { json.Int(row.summary.last_step); });
  column("min", finite(&store::ScalarSummary::least));
  column("max", finite(&store::ScalarSummary::greatest));
  column("mean", finite(&store::ScalarSummary::mean));
}

http::Response Summaries(const Board& board, const http::Request& request) {
  const auto tags = ParseTags(request.body);
  if (!tags) return ErrorResponse(tags.error());
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change()).Key("tags").BeginArray();
  for (const std::string& tag : *tags) {
    std::vector<RunSummary> rows;
    for (const store::SeriesView& series : snapshot.SeriesOfAllRuns("scalars", tag)) {
      if (const auto summary = series.Summarize(store::Generations::kCurrent))
        rows.push_back({series.run(), *summary});
    }
    json.BeginObject().Key("tag").Text(tag);
    AppendColumns(json, rows);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AddRunRoutes(http::Router& router, const Board& board) {
  router.Get("/api/v1/runs", [&board](const http::Request&) { return Runs(board); });
  router.Post("/api/v1/summaries",
              [&board](const http::Request& request) { return Summaries(board, request); });
}

}  // namespace fanlight::api
