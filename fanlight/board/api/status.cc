// /api/v1/status and tags: what there is, before any point.

#include "fanlight/board/api/status.h"

#include "fanlight/base/text.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr std::string_view kStatusPath = "/api/v1/status";

std::string_view StateName(store::LoadState state) {
  switch (state) {
    case store::LoadState::kLoading:
      return "loading";
    case store::LoadState::kWatching:
      return "watching";
    case store::LoadState::kMissing:
      return "missing";
  }
  return "missing";
}

http::Response Status(const Board& board) {
  JsonWriter json(JsonWriter::Style::kCompact);
  AppendStatus(json, board, board.store.Look(), true);
  return http::JsonResponse(std::move(json).Take());
}

// Ids that follow one another as first and last: a thousand runs that all have a tag are two numbers.
void AppendRanges(JsonWriter& json, const std::vector<store::RunId>& runs) {
  json.Key("run_ranges").BeginArray();
  for (size_t i = 0; i < runs.size();) {
    size_t last = i;
    while (last + 1 < runs.size() && runs[last + 1].index == runs[last].index + 1) ++last;
    json.Uint(runs[i].index).Uint(runs[last].index);
    i = last + 1;
  }
  json.EndArray();
}

http::Response Tags(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const std::string_view form = query.First("runs").value_or("ids");
  if (form != "ids" && form != "ranges")
    return ErrorResponse(
        Error{ErrorCode::kInvalidArgument, "runs must be one of ids, ranges, got " + Quoted(form)});
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change()).Key("tags").BeginArray();
  for (const store::TagEntry& tag : snapshot.Tags()) {
    json.BeginObject().Key("kind").Text(tag.kind).Key("tag").Text(tag.tag);
    json.Key("display_name").Text(tag.display_name).Key("description").Text(tag.description);
    if (form == "ranges") {
      AppendRanges(json, tag.runs);
    } else {
      json.Key("runs").BeginArray();
      for (const store::RunId run : tag.runs) json.Uint(run.index);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AppendStatus(JsonWriter& json, const Board& board, const store::Overview& overview,
                  bool with_damage_items) {
  const store::LoadProgress& progress = overview.progress;
  const store::DamageReport& damage = *overview.damage;
  json.BeginObject();
  json.Key("version").Text(board.settings.version);
  json.Key("change").Uint(overview.change);
  json.Key("logdir").Text(board.settings.logdir_path);
  json.Key("window_title").Text(board.settings.window_title);
  json.Key("state").Text(StateName(progress.state));
  json.Key("bytes_read").Uint(progress.bytes_read);
  json.Key("bytes_total").Uint(progress.bytes_total);
  json.Key("seconds_left").OptionalDouble(progress.seconds_left);
  json.Key("runs").Uint(overview.total_runs);
  json.Key("series").Uint(overview.total_series);
  json.Key("points").Uint(overview.total_points);
  json.Key("started_s").Double(progress.started_s);
  json.Key("damage").BeginObject();
  json.Key("count").Uint(damage.count).Key("bytes_lost").Uint(damage.bytes_lost);
  if (with_damage_items) {
    json.Key("items").BeginArray();
    for (const store::Damage& item : damage.items) {
      json.BeginObject().Key("file").Text(item.file).Key("offset").Uint(item.offset);
      json.Key("bytes").Uint(item.bytes).Key("message").Text(item.message).EndObject();
    }
    json.EndArray();
  }
  json.EndObject().EndObject();
}

bool IsQuick(const http::Request& request) { return request.path.ends_with(kStatusPath); }

void AddStatusRoutes(http::Router& router, const Board& board) {
  router.Get(std::string(kStatusPath), [&board](const http::Request&) { return Status(board); });
  router.Get("/api/v1/tags",
             [&board](const http::Request& request) { return Tags(board, request); });
}

}  // namespace fanlight::api
