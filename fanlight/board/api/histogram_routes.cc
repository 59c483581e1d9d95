// POST /api/v1/histograms: any number of series on shared bins, with the buckets that were logged where asked for. Points are
// read from their event files.

#include "fanlight/board/api/histograms.h"
#include "fanlight/board/api/routes.h"

namespace fanlight::api {
namespace {

constexpr std::string_view kPackedType = "application/vnd.fanlight.packed";

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
  router.Post("/api/v1/histograms",
              [&board](const http::Request& request) { return Histograms(board, request); });
}

}  // namespace fanlight::api
