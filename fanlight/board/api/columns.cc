// /api/v1/columns: scalar series for a window at a width, as JSON, plain or packed columns.

#include "fanlight/board/api/columns.h"

#include <cstring>
#include <optional>
#include <span>

#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/packed_columns.h"
#include "fanlight/board/api/routes.h"

namespace fanlight::api {
namespace {

constexpr uint64_t kMaxPoints = 16'000'000;  // Of one answer: some 400 MB.
// What smoothing and groups may cost: some seconds.
constexpr uint64_t kMaxWork = 2'000'000'000;
constexpr std::string_view kPlainType = "application/vnd.fanlight.columns";
constexpr std::string_view kPackedType = "application/vnd.fanlight.packed";

// What an answer of `count` series may come to when the first took `first_bytes`: series asked for
// together are mostly alike, and an answer that has its room from the start is not moved.
size_t LikelyBytes(size_t first_bytes, size_t count) {
  constexpr size_t kMost = size_t{64} << 20;
  return std::min(kMost, first_bytes * count / 8 * 9);
}

// Answers from one snapshot.
class SnapshotAnswer final : public ColumnsAnswer {
 public:
  SnapshotAnswer(const Board& board, const ColumnsRequest& request, store::SmoothingCache& cache)
      : request_(request), snapshot_(board.store.TakeSnapshot()), window_(request.window) {
    window_.cache = &cache;
    if (request.is_as_tensorboard) {
      window_.sample = board.SamplesFor("scalars", 1000);
      window_.generations = board.settings.compatible_generations;
    }
    series_.reserve(request.series.size());
    for (const SeriesName& wanted : request.series)
      series_.push_back(snapshot_.FindSeries(wanted.run, "scalars", wanted.tag));
    groups_.resize(request.groups.size());
    for (size_t i = 0; i < groups_.size(); ++i) {
      for (const store::RunId run : request.groups[i].runs) {
        if (auto one = snapshot_.FindSeries(run, "scalars", request.groups[i].tag))
          groups_[i].push_back(*std::move(one));
      }
    }
  }

  uint64_t change() const override { return snapshot_.change(); }

  AnsweredSeries Series(size_t place) const override {
    if (!series_[place]) return {};
    store::WindowQuery window = window_;
    std::optional<store::SeriesView> x;
    if (window.axis == store::Axis::kMetric) {
      x = snapshot_.FindSeries(series_[place]->run(), "scalars", request_.x_tag);
      window.x = x ? &*x : nullptr;
    }
    return {.is_found = true, .columns = series_[place]->Window(window)};
  }

  AnsweredGroup Group(size_t place) const override {
    return {.runs = groups_[place].size(),
            .columns = store::QueryGroup(groups_[place], {.window = window_,
                                                          .band = request_.band,
                                                          .low = request_.low_quantile,
                                                          .high = request_.high_quantile})};
  }

  // Whether it may be given at all.
  Status Check() const {
    uint64_t most = 0;
    uint64_t work = 0;
    const uint64_t per_point = WorkPerPoint();
    for (const auto& series : series_) {
      if (!series) continue;
      const uint64_t points = MostPoints(series->points());
      most += points;
      work += points * per_point;
      if (window_.axis == store::Axis::kMetric) work += series->points();
    }
    if (most > kMaxPoints)
      return Fail(ErrorCode::kTooLarge,
                  "the answer would hold up to {} points, at most {} are given at once: ask for "
                  "fewer series or with a width",
                  most, kMaxPoints);
    for (const auto& group : groups_) {
      for (const store::SeriesView& series : group) work += series.points() * (4 + per_point);
    }
    if (work > kMaxWork)
      return Fail(ErrorCode::kTooLarge,
                  "the answer would look at points some {} times, at most {} are looked at at "
                  "once: ask for fewer series or smooth over fewer points",
                  work, kMaxWork);
    return {};
  }

 private:
  // Five a pixel column and two outside.
  uint64_t MostPoints(uint64_t points) const {
    return window_.width == 0 ? points : std::min(points, uint64_t{5} * window_.width + 2);
  }
  // Looks at points for each smoothed one, beyond the points once.
  uint64_t WorkPerPoint() const {
    if (!window_.smoothing) return 0;
    const uint64_t seen = 2 * uint64_t{window_.smoothing->Reach()};
    switch (window_.smoothing->kind) {
      case store::Smoothing::Kind::kMedian:
        return seen * 4;  // They are partly sorted.
      case store::Smoothing::Kind::kMean:
        return std::min<uint64_t>(seen, 512);  // Sums of many are shared.
      default:
        return seen;
    }
  }

  const ColumnsRequest& request_;
  const store::Snapshot snapshot_;
  store::WindowQuery window_;
  std::vector<std::optional<store::SeriesView>> series_;
  std::vector<std::vector<store::SeriesView>> groups_;
};

http::Response Columns(const Board& board, store::SmoothingCache& cache,
                       const http::Request& http_request) {
  if (auto refusal = RefuseUnlessJson(http_request)) return *std::move(refusal);
  const auto request = ParseColumnsRequest(http_request.body);
  if (!request) return ErrorResponse(request.error());
  const std::string_view accept = http_request.headers.Header("Accept").value_or("");
  const bool is_plain = accept.find(kPlainType) != std::string_view::npos;
  if (is_plain &&
      (!request->groups.empty() || request->window.axis == store::Axis::kMetric ||
       request->window.shape == store::Shape::kEnvelope || !request->window.with_wall_times))
    return ErrorResponse(Error{ErrorCode::kInvalidArgument,
                               "plain columns hold steps, wall times, values and smoothed values "
                               "alone: ask for packed ones or JSON"});
  const SnapshotAnswer answer(board, *request, cache);
  if (const auto status = answer.Check(); !status) return ErrorResponse(status.error());

  http::Response response;
  if (accept.find(kPackedType) != std::string_view::npos) {
    response.content_type = kPackedType;
    response.body = ColumnsAsPacked(*request, answer);
  } else if (is_plain) {
    response.content_type = kPlainType;
    response.body = ColumnsAsPlain(*request, answer);
  } else {
    return http::JsonResponse(ColumnsAsJson(*request, answer));
  }
  return response;
}

}  // namespace

std::string ColumnsAsJson(const ColumnsRequest& request, const ColumnsAnswer& answer) {
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(answer.change()).Key("series").BeginArray();
  for (size_t i = 0; i < request.series.size(); ++i) {
    json.BeginObject().Key("run").Uint(request.series[i].run.index);
    json.Key("tag").Text(request.series[i].tag);
    const AnsweredSeries series = answer.Series(i);
    if (!series.is_found) {
      json.Key("error").Text("not_found").Key("total").Int(0).EndObject();
      continue;
    }
    const store::ScalarColumns& columns = series.columns;
    json.Key("total").Uint(columns.total).Key("in_window").Uint(columns.in_window);
    json.Key("steps").Ints(columns.steps);
    if (request.window.with_wall_times) json.Key("wall_times_s").Doubles(columns.wall_times_s);
    if (request.window.axis == store::Axis::kMetric) json.Key("x").Doubles(columns.x);
    json.Key("values").Doubles(columns.values);
    if (columns.is_envelope) {
      json.Key("lo").Doubles(columns.lo);
      json.Key("hi").Doubles(columns.hi);
    }
    if (request.window.smoothing) json.Key("smoothed").Doubles(columns.smoothed);
    json.EndObject();
    if (i == 0) json.Reserve(LikelyBytes(json.size(), request.series.size()));
  }
  json.EndArray();
  if (!request.groups.empty()) {
    json.Key("groups").BeginArray();
    for (size_t i = 0; i < request.groups.size(); ++i) {
      const AnsweredGroup group = answer.Group(i);
      json.BeginObject().Key("tag").Text(request.groups[i].tag).Key("runs").Uint(group.runs);
      json.Key("total").Uint(group.columns.total).Key("in_window").Uint(group.columns.in_window);
      json.Key("x").Doubles(group.columns.x);
      json.Key("mean").Doubles(group.columns.mean);
      json.Key("lo").Doubles(group.columns.lo);
      json.Key("hi").Doubles(group.columns.hi);
      json.Key("counts").Ints(group.columns.counts);
      json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  return std::move(json).Take();
}

std::string ColumnsAsPlain(const ColumnsRequest& request, const ColumnsAnswer& answer) {
  constexpr size_t kHeaderBytes = 16;
  constexpr size_t kSeriesBytes = 32;
  constexpr uint32_t kHasSmoothed = 1;
  constexpr uint32_t kLeftOut = 2;
  constexpr uint32_t kNotFound = 4;
  const size_t count = request.series.size();
  std::string out(kHeaderBytes + count * kSeriesBytes, '\0');
  std::memcpy(out.data(), "FLC1", 4);
  StoreLittleEndian(out.data() + 4, static_cast<uint32_t>(count));
  StoreLittleEndian(out.data() + 8, answer.change());
  const auto append = [&](std::span<const double> values) {
    out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  };
  for (size_t i = 0; i < count; ++i) {
    const AnsweredSeries series = answer.Series(i);
    const store::ScalarColumns& columns = series.columns;
    char* const row = out.data() + kHeaderBytes + i * kSeriesBytes;
    const bool has_smoothed = series.is_found && request.window.smoothing.has_value();
    StoreLittleEndian(row, static_cast<uint32_t>(columns.steps.size()));
    StoreLittleEndian(row + 4, (has_smoothed ? kHasSmoothed : 0) |
                                   (columns.left_out ? kLeftOut : 0) |
                                   (series.is_found ? 0 : kNotFound));
    StoreLittleEndian(row + 8, columns.total);
    StoreLittleEndian(row + 16, columns.in_window);
    StoreLittleEndian(row + 24, static_cast<uint64_t>(out.size()));
    const std::vector<double> steps(columns.steps.begin(), columns.steps.end());
    append(steps);
    append(columns.wall_times_s);
    append(columns.values);
    append(columns.smoothed);
    if (i == 0) out.reserve(LikelyBytes(out.size(), count));
  }
  return out;
}

std::string ColumnsAsPacked(const ColumnsRequest& request, const ColumnsAnswer& answer) {
  constexpr uint64_t kNotFound = 1;
  constexpr uint64_t kLeftOut = 2;
  constexpr uint64_t kEnvelope = 4;
  using Precision = PackedColumns::Precision;
  const Precision read = request.is_for_screen ? Precision::kDigits : Precision::kExact;
  const Precision drawn = request.is_for_screen ? Precision::kDrawn : Precision::kExact;
  PackedColumns out(answer.change(), request.series.size(), request.groups.size());
  for (size_t i = 0; i < request.series.size(); ++i) {
    AnsweredSeries series = answer.Series(i);
    store::ScalarColumns& columns = series.columns;
    out.Unsigned((series.is_found ? 0 : kNotFound) | (columns.left_out ? kLeftOut : 0) |
                 (columns.is_envelope ? kEnvelope : 0));
    if (!series.is_found) continue;
    out.Unsigned(columns.total);
    out.Unsigned(columns.in_window);
    out.Unsigned(columns.steps.size());
    out.Integers(std::move(columns.steps));
    if (request.window.with_wall_times)
      out.Times(std::move(columns.wall_times_s), request.is_for_screen);
    if (request.window.axis == store::Axis::kMetric) out.Floats(columns.x, read);
    out.Floats(columns.values, read);
    if (columns.is_envelope) {
      out.Floats(columns.lo, drawn);
      out.Floats(columns.hi, drawn);
    }
    if (request.window.smoothing) out.Floats(columns.smoothed, read);
    if (i == 0) out.Reserve(LikelyBytes(out.size(), request.series.size()));
  }
  for (size_t i = 0; i < request.groups.size(); ++i) {
    AnsweredGroup group = answer.Group(i);
    store::GroupColumns& columns = group.columns;
    out.Unsigned(columns.left_out ? kLeftOut : 0);
    out.Unsigned(group.runs);
    out.Unsigned(columns.total);
    out.Unsigned(columns.in_window);
    out.Unsigned(columns.x.size());
    out.Floats(columns.x, Precision::kExact);
    out.Floats(columns.mean, read);
    out.Floats(columns.lo, read);
    out.Floats(columns.hi, read);
    out.Integers(std::move(columns.counts));
  }
  return std::move(out).Take();
}

void AddColumnRoutes(http::Router& router, const Board& board) {
  const auto cache = std::make_shared<store::SmoothingCache>();
  router.Post("/api/v1/columns", [&board, cache](const http::Request& request) {
    return Columns(board, *cache, request);
  });
}

}  // namespace fanlight::api
