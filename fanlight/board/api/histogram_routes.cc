// /api/v1/histograms: the exact buckets of one series (GET), and any number of series on shared bins (POST). Points are read
// from their event files when asked for.

#include <limits>

#include "fanlight/base/text.h"
#include "fanlight/board/api/histograms.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr int64_t kUsualHistograms = 50;
constexpr int64_t kMaxHistograms = 10'000;
constexpr std::string_view kPackedType = "application/vnd.fanlight.packed";

Result<http::Response> Buckets(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  FL_ASSIGN_OR_RETURN(const store::RunFacts* run, RunParameter(snapshot, query));
  const auto tag = query.First("tag");
  if (!tag) return Fail(ErrorCode::kInvalidArgument, "the parameter \"tag\" is missing");
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  FL_ASSIGN_OR_RETURN(const int64_t max,
                      IntegerParameter(query, "max", kUsualHistograms, 1, kMaxHistograms));
  FL_ASSIGN_OR_RETURN(const int64_t from, IntegerParameter(query, "from", kLeast, kLeast, kMost));
  FL_ASSIGN_OR_RETURN(const int64_t to, IntegerParameter(query, "to", kMost, kLeast, kMost));
  const auto series = snapshot.FindSeries(run->id, "histograms", *tag);
  if (!series)
    return Fail(ErrorCode::kNotFound, "run {} has no histograms by the tag {}",
                Quoted(run->display_name), Quoted(*tag));

  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change());
  json.Key("run").Uint(run->id.index).Key("tag").Text(series->tag());
  json.Key("total").Uint(series->Blobs(store::Generations::kCurrent).size());
  uint64_t unreadable = 0;
  json.Key("points").BeginArray();
  for (const store::BlobRef& ref :
       series->Blobs(store::Generations::kCurrent, static_cast<uint32_t>(max), from, to)) {
    const auto buckets = board.blobs.Read(ref).and_then(store::ToBuckets);
    if (!buckets) {
      ++unreadable;
      continue;
    }
    json.BeginObject().Key("step").Int(ref.step).Key("wall_time_s").Double(ref.wall_time_s);
    json.Key("buckets");
    AppendBuckets(json, *buckets);
    json.EndObject();
  }
  json.EndArray().Key("unreadable").Uint(unreadable).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

http::Response Histograms(const Board& board, const http::Request& http_request) {
  if (auto refusal = RefuseUnlessJson(http_request)) return *std::move(refusal);
  const auto request = ParseHistogramsRequest(http_request.body);
  if (!request) return ErrorResponse(request.error());
  const auto answer = AnswerHistograms(board, *request);
  if (!answer) return ErrorResponse(answer.error());
  const std::string_view accept = http_request.headers.Header("Accept").value_or("");
  if (accept.find(kPackedType) == std::string_view::npos)
    return http::JsonResponse(HistogramsAsJson(*request, *answer));
  http::Response response;
  response.content_type = kPackedType;
  response.body = HistogramsAsPacked(*request, *answer);
  return response;
}

}  // namespace

void AddHistogramRoutes(http::Router& router, const Board& board) {
  router.Get("/api/v1/histograms", [&board](const http::Request& request) {
    auto response = Buckets(board, request);
    return response ? *std::move(response) : ErrorResponse(response.error());
  });
  router.Post("/api/v1/histograms",
              [&board](const http::Request& request) { return Histograms(board, request); });
}

}  // namespace fanlight::api
