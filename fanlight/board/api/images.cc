// /api/v1/images, /api/v1/image: which images a series holds, and one of them, read from its event file when asked for.

#include <algorithm>
#include <limits>

#include "fanlight/base/text.h"
#include "fanlight/board/api/compatible_blobs.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr size_t kStringsBeforeImages = 2;  // Width and height.

Result<store::SeriesView> ImageSeries(const store::Snapshot& snapshot, const http::Fields& query) {
  FL_ASSIGN_OR_RETURN(const store::RunFacts* run, RunParameter(snapshot, query));
  const auto tag = query.First("tag");
  if (!tag) return Fail(ErrorCode::kInvalidArgument, "the parameter \"tag\" is missing");
  auto series = snapshot.FindSeries(run->id, "images", *tag);
  if (!series)
    return Fail(ErrorCode::kNotFound, "run {} has no images by the tag {}",
                Quoted(run->display_name), Quoted(*tag));
  return *std::move(series);
}

// By step; of those that share one the last, which is the one that counts.
std::vector<store::BlobRef> ByStep(const store::SeriesView& series) {
  std::vector<store::BlobRef> refs = series.Blobs(store::Generations::kCurrent);
  std::ranges::reverse(refs);
  std::ranges::stable_sort(refs, {}, &store::BlobRef::step);
  const auto rest = std::ranges::unique(refs, {}, &store::BlobRef::step);
  refs.erase(rest.begin(), rest.end());
  return refs;
}

Result<http::Response> Images(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  FL_ASSIGN_OR_RETURN(const store::SeriesView series, ImageSeries(snapshot, query));
  const std::vector<store::BlobRef> refs = ByStep(series);

  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change()).Key("steps").BeginArray();
  for (const store::BlobRef& ref : refs) json.Int(ref.step);
  json.EndArray().Key("wall_times_s").BeginArray();
  for (const store::BlobRef& ref : refs) json.Double(ref.wall_time_s);
  json.EndArray().Key("samples").BeginArray();
  for (const store::BlobRef& ref : refs) json.Uint(ref.items);
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> Image(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  FL_ASSIGN_OR_RETURN(const store::SeriesView series, ImageSeries(snapshot, query));
  if (!query.First("step"))
    return Fail(ErrorCode::kInvalidArgument, "the parameter \"step\" is missing");
  FL_ASSIGN_OR_RETURN(const int64_t step,
                      IntegerParameter(query, "step", 0, std::numeric_limits<int64_t>::min(),
                                       std::numeric_limits<int64_t>::max()));
  FL_ASSIGN_OR_RETURN(const int64_t sample, IntegerParameter(query, "sample", 0, 0,
                                                             std::numeric_limits<uint32_t>::max()));
  const std::vector<store::BlobRef> refs =
      series.Blobs(store::Generations::kCurrent, 0, step, step);
  if (refs.empty()) return Fail(ErrorCode::kNotFound, "there is no image at step {}", step);
  FL_ASSIGN_OR_RETURN(store::TensorValue value, board.blobs.Read(refs.back()));
  const size_t index = kStringsBeforeImages + static_cast<size_t>(sample);
  if (index >= value.strings.size())
    return Fail(ErrorCode::kNotFound, "step {} has no image {}", step, sample);
  http::Response response;
  response.content_type = ImageType(value.strings[index]);
  response.body = std::move(value.strings[index]);
  return response;
}

}  // namespace

void AddImageRoutes(http::Router& router, const Board& board) {
  const auto add = [&](std::string path, auto answer) {
    router.Get(std::move(path), [&board, answer](const http::Request& request) {
      auto response = answer(board, request);
      return response ? *std::move(response) : ErrorResponse(response.error());
    });
  };
  add("/api/v1/images", Images);
  add("/api/v1/image", Image);
}

}  // namespace fanlight::api
