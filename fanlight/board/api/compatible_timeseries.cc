// TensorBoard's time series plugin: scalars, histograms and images of many tags in one request.

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "fanlight/board/api/compatible_blobs.h"
#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/markdown.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

constexpr uint32_t kUsualScalars = 1000;
constexpr uint32_t kUsualHistograms = 51;
constexpr uint32_t kUsualImages = 10;
constexpr int64_t kImageStringsBefore = 2;  // Width and height stand before the images of a step.

// A tag's descriptions: description → the runs that log it.
using Descriptions = std::map<std::string, std::set<std::string>>;

std::string RenderedDescription(const Descriptions& descriptions) {
  if (descriptions.size() == 1) return MarkdownToSafeHtml(descriptions.begin()->first);
  std::string markdown = "# Multiple descriptions\n";
  bool is_first = true;
  for (const auto& [description, runs] : descriptions) {
    if (!is_first) markdown += '\n';
    is_first = false;
    markdown += runs.size() == 1 ? "## For run: " : "## For runs: ";
    bool is_first_run = true;
    for (const std::string& run : runs) {
      if (!is_first_run) markdown += ", ";
      is_first_run = false;
      markdown += run;
    }
    markdown += '\n' + description;
  }
  return MarkdownToSafeHtml(markdown);
}

void AppendDescriptions(JsonWriter& json, const std::map<std::string, Descriptions>& all) {
  json.Key("tagDescriptions").BeginObject();
  for (const auto& [tag, descriptions] : all) json.Key(tag).Text(RenderedDescription(descriptions));
  json.EndObject();
}

void AppendRunTagInfo(JsonWriter& json, const Board& board, const store::Snapshot& snapshot,
                      std::string_view kind) {
  std::map<std::string, Descriptions> descriptions;
  json.Key(kind).BeginObject().Key("runTagInfo").BeginObject();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    const std::vector<store::SeriesView> all = snapshot.Series(run->id, kind);
    if (all.empty()) continue;
    std::vector<std::string_view> tags;
    for (const store::SeriesView& series : all) {
      tags.push_back(series.tag());
      const std::string& description = series.metadata().description;
      if (!description.empty()) descriptions[series.tag()][description].insert(run->display_name);
    }
    std::sort(tags.begin(), tags.end());
    json.Key(run->display_name).BeginArray();
    for (const std::string_view tag : tags) json.Text(tag);
    json.EndArray();
  }
  json.EndObject();
  AppendDescriptions(json, descriptions);
  json.EndObject();
}

void AppendImageInfo(JsonWriter& json, const Board& board, const store::Snapshot& snapshot) {
  std::map<std::string, Descriptions> descriptions;
  std::map<std::string, std::vector<std::pair<std::string, uint32_t>>> samples;
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    for (const store::SeriesView& series : snapshot.Series(run->id, "images")) {
      const std::string& description = series.metadata().description;
      if (!description.empty()) descriptions[series.tag()][description].insert(run->display_name);
      samples[series.tag()].emplace_back(run->display_name, MostItems(board, series));
    }
  }
  json.Key("images").BeginObject();
  AppendDescriptions(json, descriptions);
  json.Key("tagRunSampledInfo").BeginObject();
  for (const auto& [tag, runs] : samples) {
    json.Key(tag).BeginObject();
    for (const auto& [run, most] : runs)
      json.Key(run).BeginObject().Key("maxSamplesPerStep").Uint(most).EndObject();
    json.EndObject();
  }
  json.EndObject().EndObject();
}

http::Response Tags(const Board& board, const http::Request&) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  AppendRunTagInfo(json, board, snapshot, "scalars");
  AppendRunTagInfo(json, board, snapshot, "histograms");
  AppendImageInfo(json, board, snapshot);
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

void AppendScalars(JsonWriter& json, const Board& board, const store::SeriesView& series) {
  const store::ScalarColumns points = series.Sample(board.SamplesFor("scalars", kUsualScalars),
                                                    board.settings.compatible_generations);
  json.BeginArray();
  for (size_t i = 0; i < points.steps.size(); ++i) {
    json.BeginObject().Key("wallTime").Double(points.wall_times_s[i]);
    json.Key("step").Int(points.steps[i]).Key("value");
    AppendScalar(json, points.values[i], series.value_type());
    json.EndObject();
  }
  json.EndArray();
}

void AppendHistograms(JsonWriter& json, const Board& board, const store::SeriesView& series) {
  json.BeginArray();
  for (const CompatibleHistogram& point :
       CompatibleHistograms(board, series, board.SamplesFor("histograms", kUsualHistograms))) {
    json.BeginObject().Key("wallTime").Double(point.wall_time_s).Key("step").Int(point.step);
    json.Key("bins").BeginArray();
    for (const store::Bucket& bucket : point.buckets) {
      json.BeginObject().Key("min").Double(bucket.left).Key("max").Double(bucket.right);
      json.Key("count").Double(bucket.count).EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray();
}

// Steps that have the sample; nothing when none has.
std::vector<store::BlobRef> ImagesWithSample(const Board& board, const store::SeriesView& series,
                                             int64_t sample) {
  std::vector<store::BlobRef> refs =
      CompatibleBlobs(board, series, board.SamplesFor("images", kUsualImages));
  std::erase_if(refs, [&](const store::BlobRef& ref) {
    return sample >= static_cast<int64_t>(ref.items) || sample < -kImageStringsBefore;
  });
  return refs;
}

void AppendImages(JsonWriter& json, const http::Request& request, const std::string& run,
                  const std::string& tag, int64_t sample, const std::vector<store::BlobRef>& refs) {
  json.BeginArray();
  for (const store::BlobRef& ref : refs) {
    const BlobKey key{request.experiment.value_or(""),
                      "images",
                      run,
                      tag,
                      ref.step,
                      static_cast<uint32_t>(sample + kImageStringsBefore)};
    json.BeginObject().Key("step").Int(ref.step).Key("wallTime").Double(ref.wall_time_s);
    json.Key("imageId").Text(EncodeBlobKey(key)).EndObject();
  }
  json.EndArray();
}

// A JSON value as Python writes it.
void AppendJson(JsonWriter& json, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      json.Null();
      break;
    case boost::json::kind::bool_:
      json.Bool(value.get_bool());
      break;
    case boost::json::kind::int64:
      json.Int(value.get_int64());
      break;
    case boost::json::kind::uint64:
      json.Uint(value.get_uint64());
      break;
    case boost::json::kind::double_:
      json.Double(value.get_double());
      break;
    case boost::json::kind::string:
      json.Text(value.get_string());
      break;
    case boost::json::kind::array:
      json.BeginArray();
      for (const boost::json::value& item : value.get_array()) AppendJson(json, item);
      json.EndArray();
      break;
    case boost::json::kind::object:
      json.BeginObject();
      for (const auto& [key, item] : value.get_object()) {
        json.Key(key);
        AppendJson(json, item);
      }
      json.EndObject();
      break;
  }
}

// One request of the list. Its checks come in TensorBoard's order.
void AppendAnswer(JsonWriter& json, const Board& board, const store::Snapshot& snapshot,
                  const http::Request& http_request, const boost::json::object& request) {
  const auto text = [&](std::string_view key) -> const boost::json::string* {
    const boost::json::value* value = request.if_contains(key);
    return value == nullptr ? nullptr : value->if_string();
  };
  const auto echo = [&](std::string_view key) {
    const boost::json::value* value = request.if_contains(key);
    json.Key(key);
    AppendJson(json, value == nullptr ? boost::json::value() : *value);
  };
  const boost::json::string* plugin = text("plugin");
  const boost::json::string* tag = text("tag");
  const boost::json::string* run = text("run");
  const boost::json::value* sample = request.if_contains("sample");
  // In Python true is a whole number too: 1.
  const bool has_sample =
      sample != nullptr && (sample->is_int64() || sample->is_uint64() || sample->is_bool());

  json.BeginObject();
  echo("plugin");
  echo("tag");
  if (run != nullptr) json.Key("run").Text(*run);
  if (has_sample) {
    json.Key("sample");
    AppendJson(json, *sample);
  }

  const std::string_view kind = plugin == nullptr ? std::string_view() : std::string_view(*plugin);
  const bool is_known = kind == "scalars" || kind == "histograms" || kind == "images";
  const std::string_view problem = tag == nullptr                        ? "Missing tag"
                                   : !is_known                           ? "Invalid plugin"
                                   : kind != "scalars" && run == nullptr ? "Missing run"
                                   : kind == "images" && !has_sample     ? "Missing sample"
                                                                         : "";
  if (!problem.empty()) {
    json.Key("error").Text(problem).EndObject();
    return;
  }
  json.Key("runToSeries").BeginObject();
  const auto answer_run = [&](const store::RunFacts& facts) {
    const auto series = snapshot.FindSeries(facts.id, kind, std::string_view(*tag));
    if (!series) return;
    if (kind == "scalars") {
      json.Key(facts.display_name);
      AppendScalars(json, board, *series);
    } else if (kind == "histograms") {
      json.Key(facts.display_name);
      AppendHistograms(json, board, *series);
    } else {
      // Beyond 2^63 there is no image: such a number is told as one that no step has.
      const int64_t number = sample->is_int64()  ? sample->get_int64()
                             : sample->is_bool() ? static_cast<int64_t>(sample->get_bool())
                                                 : std::numeric_limits<int64_t>::max();
      const auto refs = ImagesWithSample(board, *series, number);
      if (refs.empty()) return;
      json.Key(facts.display_name);
      AppendImages(json, http_request, facts.display_name, series->tag(), number, refs);
    }
  };
  if (run != nullptr && (!run->empty() || kind != "scalars")) {
    if (const store::RunFacts* facts = snapshot.FindRun(std::string_view(*run))) answer_run(*facts);
  } else {
    for (const store::RunFacts* facts : CompatibleRuns(board, snapshot)) answer_run(*facts);
  }
  json.EndObject().EndObject();
}

http::Response TimeSeries(const Board& board, const http::Request& request) {
  http::Fields fields = http::ParseQuery(request.query);
  if (request.method == "POST") {
    auto form = http::ParseForm(request);
    if (!form) return CompatibleInvalidArgument(form.error().message);
    fields = *std::move(form);
  }
  const auto requests = fields.First("requests");
  if (!requests || requests->empty()) return CompatibleInvalidArgument("Missing 'requests' field");
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*requests, error);
  if (error) return CompatibleInvalidArgument("Unable to parse 'requests' as JSON");
  // An empty object has nothing to answer either.
  const boost::json::object* object = value.if_object();
  if (object != nullptr && object->empty()) return http::JsonResponse("[]");
  const boost::json::array* list = value.if_array();
  const bool is_list_of_objects =
      list != nullptr &&
      std::all_of(list->begin(), list->end(),
                  [](const boost::json::value& item) { return item.is_object(); });
  if (!is_list_of_objects)
    return CompatibleErrorPage(500, "'requests' must be a JSON list of objects.");

  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginArray();
  for (const boost::json::value& item : *list)
    AppendAnswer(json, board, snapshot, request, item.get_object());
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AddCompatibleTimeSeriesRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/timeseries/tags", Tags);
  AddCompatibleRoute(router, board, "/data/plugin/timeseries/timeSeries", TimeSeries);
}

}  // namespace fanlight::api
