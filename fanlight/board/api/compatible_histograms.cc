// TensorBoard's histograms and distributions plugins: the same series, as rows and as percentiles.

#include <algorithm>
#include <array>

#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/distribution.h"
#include "fanlight/board/api/histograms.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr uint32_t kHistograms = 51;
constexpr uint32_t kDistributions = 501;

http::Response Tags(const Board& board, const http::Request&) {
  return http::JsonResponse(TagsByRun(board, board.store.TakeSnapshot(), "histograms"));
}

// The points of the request's series, each a list [wall time, step, what `append` writes].
http::Response Points(const Board& board, const http::Request& request, uint32_t max,
                      const std::function<void(JsonWriter&, const CompatibleHistogram&)>& append) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!run || !tag)
    return CompatibleErrorPage(500, "Both run and tag must be specified: tag=" + PythonRepr(tag) +
                                        ", run=" + PythonRepr(run));
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto series = FindSeries(snapshot, "histograms", *run, *tag);
  if (!series)
    return CompatibleNotFound("No histogram tag " + PythonRepr(tag) + " for run " +
                              PythonRepr(run));
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginArray();
  for (const CompatibleHistogram& point : CompatibleHistograms(board, *series, max)) {
    json.BeginArray().Double(point.wall_time_s).Int(point.step);
    append(json, point);
    json.EndArray();
  }
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

http::Response Histograms(const Board& board, const http::Request& request) {
  return Points(board, request, kHistograms,
                [](JsonWriter& json, const CompatibleHistogram& point) {
                  AppendBuckets(json, point.buckets);
                });
}

http::Response Distributions(const Board& board, const http::Request& request) {
  return Points(board, request, kDistributions,
                [](JsonWriter& json, const CompatibleHistogram& point) {
                  const auto values = ValuesAtBasisPoints(point.buckets);
                  json.BeginArray();
                  for (size_t i = 0; i < values.size(); ++i)
                    json.BeginArray().Int(kBasisPoints[i]).Double(values[i]).EndArray();
                  json.EndArray();
                });
}

}  // namespace

void AddCompatibleHistogramRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/histograms/tags", Tags);
  AddCompatibleRoute(router, board, "/data/plugin/histograms/histograms", Histograms);
  AddCompatibleRoute(router, board, "/data/plugin/distributions/tags", Tags);
  AddCompatibleRoute(router, board, "/data/plugin/distributions/distributions", Distributions);
}

}  // namespace fanlight::api
