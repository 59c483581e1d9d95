// /api/v1/histograms: points that are read from their event file when asked for.

#include <limits>

#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr int64_t kUsualHistograms = 50;
constexpr int64_t kMaxHistograms = 10'000;

Result<http::Response> Histograms(const Board& board, const http::Request& request) {
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
    json.Key("buckets").BeginArray();
    for (const store::Bucket& bucket : *buckets)
      json.BeginArray().Double(bucket.left).Double(bucket.right).Double(bucket.count).EndArray();
    json.EndArray().EndObject();
  }
  json.EndArray().Key("unreadable").Uint(unreadable).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

http::Handler Answering(const Board& board,
                        Result<http::Response> (*answer)(const Board&, const http::Request&)) {
  return [&board, answer](const http::Request& request) {
    auto response = answer(board, request);
    return response ? *std::move(response) : ErrorResponse(response.error());
  };
}

}  // namespace

void AddBlobRoutes(http::Router& router, const Board& board) {
  router.Get("/api/v1/histograms", Answering(board, Histograms));
}

}  // namespace fanlight::api
