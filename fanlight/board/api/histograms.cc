// What POST /api/v1/histograms asks and how it is answered from the store and the event files.

#include "fanlight/board/api/histograms.h"

#include <boost/json.hpp>
#include <limits>

#include "fanlight/board/api/distribution.h"
#include "fanlight/board/api/histogram_rows.h"
#include "fanlight/board/api/json_fields.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/packed_columns.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxSeries = 1'000;
constexpr uint32_t kMaxBins = 1'000;
// Steps of one answer: each is read from its file.
constexpr size_t kMaxRows = 20'000;
// Counts of one answer: 16 MB of them, which stand in memory twice while it is written.
constexpr size_t kMaxCounts = 2'000'000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Result<std::optional<ValueRange>> RangeIn(const boost::json::object& object) {
  FL_ASSIGN_OR_RETURN(const boost::json::array* list, List(object, "range"));
  if (list->empty()) return std::nullopt;
  const auto left = list->size() == 2 ? AsNumber((*list)[0]) : std::nullopt;
  const auto right = list->size() == 2 ? AsNumber((*list)[1]) : std::nullopt;
  if (!left || !right || !(*left < *right))
    return Fail(ErrorCode::kInvalidArgument, "\"range\" must be two numbers, the lesser one first");
  return ValueRange{*left, *right};
}

Result<uint32_t> CountIn(const boost::json::object& object, std::string_view key,
                         uint32_t otherwise, uint32_t most) {
  if (Find(object, key) == nullptr) return otherwise;
  FL_ASSIGN_OR_RETURN(const double number, NumberWithin(object, key, 0, most, true));
  return static_cast<uint32_t>(number);
}

double XOf(const store::BlobRef& ref, store::Axis axis, double run_start_s) {
  switch (axis) {
    case store::Axis::kWall:
      return ref.wall_time_s;
    case store::Axis::kRelative:
      return ref.wall_time_s - run_start_s;
    default:
      return static_cast<double>(ref.step);
  }
}

// The points of a series that are answered.
std::vector<store::BlobRef> Choose(const HistogramsRequest& request,
                                   const store::SeriesView& series, AnsweredHistograms& answer) {
  const std::vector<store::BlobRef> all = series.Blobs(request.generations);
  std::vector<double> x;
  x.reserve(all.size());
  for (const store::BlobRef& ref : all) x.push_back(XOf(ref, request.axis, series.run_start_s()));
  const ChosenRows chosen = ChooseRows(x, request.from, request.to, request.most_steps);
  answer.is_found = true;
  answer.total = all.size();
  answer.in_window = chosen.in_window;
  answer.left_out = chosen.left_out;
  std::vector<store::BlobRef> refs;
  for (const size_t row : chosen.rows) refs.push_back(all[row]);
  return refs;
}

void Read(const store::BlobReader& blobs, std::span<const store::BlobRef> refs,
          AnsweredHistograms& answer) {
  for (const store::BlobRef& ref : refs) {
    auto buckets = blobs.Read(ref).and_then(store::ToBuckets);
    if (!buckets) {
      ++answer.unreadable;
      continue;
    }
    answer.steps.push_back(ref.step);
    answer.wall_times_s.push_back(ref.wall_time_s);
    double total = 0;
    for (const store::Bucket& bucket : *buckets) total += bucket.count;
    answer.totals.push_back(total);
    answer.buckets.push_back(*std::move(buckets));
  }
}

void AddCounts(const HistogramsRequest& request, const std::optional<ValueRange>& range,
               AnsweredHistograms& answer) {
  answer.counts.resize(answer.buckets.size() * (range ? request.bins : 0));
  for (size_t row = 0; row < answer.buckets.size(); ++row) {
    const auto bins =
        std::span(answer.counts).subspan(range ? row * request.bins : 0, range ? request.bins : 0);
    answer.outside.push_back(range ? Rebin(answer.buckets[row], *range, bins) : answer.totals[row]);
  }
}

void AddPercentiles(AnsweredHistograms& answer) {
  for (const std::vector<store::Bucket>& buckets : answer.buckets) {
    if (buckets.empty()) {
      answer.percentiles.insert(answer.percentiles.end(), kBasisPoints.size(), kNan);
      continue;
    }
    const auto values = ValuesAtBasisPoints(buckets);
    answer.percentiles.insert(answer.percentiles.end(), values.begin(), values.end());
  }
}

// Where not as exact as they were logged: what a screen can show.
void Append(PackedColumns& out, std::vector<double> values, bool is_for_screen) {
  if (is_for_screen)
    for (double& value : values) value = static_cast<double>(static_cast<float>(value));
  out.Floats(values, PackedColumns::Precision::kExact);
}

void AppendBuckets(PackedColumns& out, const AnsweredHistograms& series) {
  std::vector<int64_t> lengths;
  std::vector<double> left;
  std::vector<double> right;
  std::vector<double> counts;
  for (const std::vector<store::Bucket>& buckets : series.buckets) {
    lengths.push_back(static_cast<int64_t>(buckets.size()));
    for (const store::Bucket& bucket : buckets) {
      left.push_back(bucket.left);
      right.push_back(bucket.right);
      counts.push_back(bucket.count);
    }
  }
  out.Integers(std::move(lengths));
  out.Unsigned(left.size());
  for (const auto* column : {&left, &right, &counts})
    out.Floats(*column, PackedColumns::Precision::kExact);
}

void AppendRows(JsonWriter& json, std::string_view key, std::span<const double> values,
                size_t rows) {
  const size_t width = rows == 0 ? 0 : values.size() / rows;
  json.Key(key).BeginArray();
  for (size_t row = 0; row < rows; ++row) json.Doubles(values.subspan(row * width, width));
  json.EndArray();
}

}  // namespace

Result<HistogramsRequest> ParseHistogramsRequest(std::string_view json) {
  FL_ASSIGN_OR_RETURN(const boost::json::value value, ParseSeriesRequest(json));
  const boost::json::object& object = value.get_object();
  HistogramsRequest request;
  FL_ASSIGN_OR_RETURN(request.series, SeriesIn(object, kMaxSeries));
  constexpr store::Axis kAxes[] = {store::Axis::kStep, store::Axis::kWall, store::Axis::kRelative};
  FL_ASSIGN_OR_RETURN(const size_t axis, Choice(object, "axis", {"step", "wall", "relative"}));
  request.axis = kAxes[axis];
  FL_ASSIGN_OR_RETURN(request.from, OptionalNumber(object, "from"));
  FL_ASSIGN_OR_RETURN(request.to, OptionalNumber(object, "to"));
  FL_ASSIGN_OR_RETURN(request.most_steps, CountIn(object, "steps", request.most_steps,
                                                  std::numeric_limits<uint32_t>::max()));
  FL_ASSIGN_OR_RETURN(request.bins, CountIn(object, "bins", request.bins, kMaxBins));
  FL_ASSIGN_OR_RETURN(request.range, RangeIn(object));
  FL_ASSIGN_OR_RETURN(request.with_percentiles, OptionalBool(object, "percentiles", false));
  FL_ASSIGN_OR_RETURN(request.with_buckets, OptionalBool(object, "buckets", false));
  FL_ASSIGN_OR_RETURN(const size_t generations, Choice(object, "generations", {"current", "all"}));
  request.generations = generations == 0 ? store::Generations::kCurrent : store::Generations::kAll;
  FL_ASSIGN_OR_RETURN(const size_t precision, Choice(object, "precision", {"exact", "screen"}));
  request.is_for_screen = precision == 1;
  return request;
}

Result<HistogramsAnswer> AnswerHistograms(const Board& board, const HistogramsRequest& request) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  HistogramsAnswer answer;
  answer.change = snapshot.change();
  std::vector<std::vector<store::BlobRef>> refs(request.series.size());
  size_t rows = 0;
  for (size_t i = 0; i < request.series.size(); ++i) {
    AnsweredHistograms& one = answer.series.emplace_back();
    const auto series =
        snapshot.FindSeries(request.series[i].run, "histograms", request.series[i].tag);
    if (series) refs[i] = Choose(request, *series, one);
    rows += refs[i].size();
  }
  if (rows > kMaxRows)
    return Fail(
        ErrorCode::kTooLarge,
        "an answer holds at most {} steps, this one would hold {}: ask for fewer, or for a window",
        kMaxRows, rows);
  if (rows * request.bins > kMaxCounts)
    return Fail(ErrorCode::kTooLarge,
                "an answer holds at most {} counts, this one would hold {}: {} steps of {} bins",
                kMaxCounts, rows * request.bins, rows, request.bins);
  EdgeRange edges;
  for (size_t i = 0; i < refs.size(); ++i) {
    Read(board.blobs, refs[i], answer.series[i]);
    for (const auto& buckets : answer.series[i].buckets) edges.Add(buckets);
  }
  answer.range = request.range ? request.range : edges.Range();
  if (request.bins == 0) answer.range.reset();
  for (AnsweredHistograms& one : answer.series) {
    AddCounts(request, answer.range, one);
    if (request.with_percentiles) AddPercentiles(one);
  }
  return answer;
}

void AppendBuckets(JsonWriter& json, std::span<const store::Bucket> buckets) {
  json.BeginArray();
  for (const store::Bucket& bucket : buckets)
    json.BeginArray().Double(bucket.left).Double(bucket.right).Double(bucket.count).EndArray();
  json.EndArray();
}

std::string HistogramsAsJson(const HistogramsRequest& request, const HistogramsAnswer& answer) {
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(answer.change).Key("range");
  if (answer.range)
    json.BeginArray().Double(answer.range->left).Double(answer.range->right).EndArray();
  else
    json.Null();
  json.Key("series").BeginArray();
  for (size_t i = 0; i < answer.series.size(); ++i) {
    const AnsweredHistograms& series = answer.series[i];
    json.BeginObject().Key("run").Uint(request.series[i].run.index);
    json.Key("tag").Text(request.series[i].tag);
    if (!series.is_found) {
      json.Key("error").Text("not_found").Key("total").Int(0).EndObject();
      continue;
    }
    const size_t rows = series.steps.size();
    json.Key("total").Uint(series.total).Key("in_window").Uint(series.in_window);
    json.Key("unreadable").Uint(series.unreadable);
    json.Key("steps").Ints(series.steps).Key("wall_times_s").Doubles(series.wall_times_s);
    json.Key("totals").Doubles(series.totals);
    if (request.bins > 0) {
      json.Key("outside").Doubles(series.outside);
      AppendRows(json, "counts", series.counts, rows);
    }
    if (request.with_percentiles) AppendRows(json, "percentiles", series.percentiles, rows);
    if (request.with_buckets) {
      json.Key("buckets").BeginArray();
      for (const auto& buckets : series.buckets) AppendBuckets(json, buckets);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
  return std::move(json).Take();
}

std::string HistogramsAsPacked(const HistogramsRequest& request, const HistogramsAnswer& answer) {
  constexpr uint64_t kNotFound = 1;
  constexpr uint64_t kLeftOut = 2;
  PackedColumns out(answer.change, answer.series.size(), 0);
  std::vector<double> range;
  if (answer.range) range = {answer.range->left, answer.range->right};
  out.Unsigned(range.size());
  out.Floats(range, PackedColumns::Precision::kExact);
  for (const AnsweredHistograms& series : answer.series) {
    out.Unsigned((series.is_found ? 0 : kNotFound) | (series.left_out ? kLeftOut : 0));
    if (!series.is_found) continue;
    out.Unsigned(series.total);
    out.Unsigned(series.in_window);
    out.Unsigned(series.unreadable);
    out.Unsigned(series.steps.size());
    out.Integers(series.steps);
    out.Times(series.wall_times_s, request.is_for_screen);
    Append(out, series.totals, request.is_for_screen);
    if (answer.range) {
      Append(out, series.outside, request.is_for_screen);
      Append(out, series.counts, request.is_for_screen);
    }
    if (request.with_percentiles) Append(out, series.percentiles, request.is_for_screen);
    if (request.with_buckets) AppendBuckets(out, series);
  }
  return std::move(out).Take();
}

}  // namespace fanlight::api
