// TensorBoard's images, audio and text plugins.

#include <charconv>
#include <limits>

#include "fanlight/base/log.h"
#include "fanlight/board/api/compatible_blobs.h"
#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/markdown.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"
#include "fanlight/proto/parse.h"
#include "fanlight/proto/plugin_data.pb.h"

namespace fanlight::api {
namespace {

constexpr uint32_t kUsualMedia = 10;
constexpr uint32_t kUsualTexts = 100;
constexpr uint32_t kImageStringsBefore = 2;  // Width and height stand before the images of a step.
constexpr std::string_view kWav = "audio/wav";
constexpr std::string_view kUnknownType = "application/octet-stream";

http::Response BytesResponse(std::string bytes, std::string_view type) {
  http::Response response;
  response.content_type = type;
  response.body = std::move(bytes);
  return response;
}

// What a request for a list of media names; or the answer that says what is wrong with it.
struct MediaQuery {
  store::SeriesView series;
  std::string run;
  std::string tag;
  uint32_t sample = 0;
};
tl::expected<MediaQuery, http::Response> ReadMediaQuery(const store::Snapshot& snapshot,
                                                        const http::Request& request,
                                                        std::string_view plugin,
                                                        std::string_view what) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!run || !tag)
    return tl::unexpected(CompatibleErrorPage(
        500,
        "Both run and tag must be specified: tag=" + PythonRepr(tag) + ", run=" + PythonRepr(run)));
  const auto sample = IntegerParameter(query, "sample", 0, 0, std::numeric_limits<uint32_t>::max());
  if (!sample) return tl::unexpected(CompatibleErrorPage(500, sample.error().message));
  const auto series = FindSeries(snapshot, plugin, *run, *tag);
  if (!series)
    return tl::unexpected(CompatibleNotFound("No " + std::string(what) + " data for run=" +
                                             PythonRepr(run) + ", tag=" + PythonRepr(tag)));
  return MediaQuery{*series, std::string(*run), std::string(*tag), static_cast<uint32_t>(*sample)};
}

http::Response MediaTags(const Board& board, std::string_view plugin) {
  return http::JsonResponse(TagsByRun(board, board.store.TakeSnapshot(), plugin,
                                      [&](JsonWriter& json, const store::SeriesView& series) {
                                        json.Key("samples").Uint(MostItems(board, series));
                                      }));
}

// The bytes that the request's parameter `name` names.
tl::expected<std::string, http::Response> ReadRequestedBlob(const Board& board,
                                                            std::string_view text) {
  const auto key = DecodeBlobKey(text);
  if (!key)
    return tl::unexpected(
        CompatibleInvalidArgument("failed to parse blob key: " + key.error().message));
  auto bytes = ReadBlob(board, *key);
  if (!bytes)
    return tl::unexpected(CompatibleNotFound(std::string(text) + ": " + bytes.error().message));
  return *std::move(bytes);
}

http::Response ImageTags(const Board& board, const http::Request&) {
  return MediaTags(board, "images");
}

http::Response Images(const Board& board, const http::Request& request) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto query = ReadMediaQuery(snapshot, request, "images", "image");
  if (!query) return query.error();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginArray();
  for (const store::BlobRef& ref :
       CompatibleBlobs(board, query->series, board.SamplesFor("images", kUsualMedia))) {
    if (query->sample >= ref.items) continue;
    const BlobKey key{
        request.experiment.value_or(""),    "images", query->run, query->tag, ref.step,
        query->sample + kImageStringsBefore};
    json.BeginObject().Key("wall_time").Double(ref.wall_time_s).Key("step").Int(ref.step);
    json.Key("query").Text("blob_key=" + EncodeBlobKey(key)).EndObject();
  }
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

http::Response ImageBytes(const Board& board, std::string_view key) {
  auto bytes = ReadRequestedBlob(board, key);
  if (!bytes) return bytes.error();
  const std::string_view type = ImageType(*bytes);
  return BytesResponse(*std::move(bytes), type);
}

http::Response IndividualImage(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto key = query.First("blob_key");
  if (!key || key->empty()) return http::TextResponse(400, "Invalid run, tag, index, or sample");
  return ImageBytes(board, *key);
}

// The time series plugin's name for the same.
http::Response ImageData(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto key = query.First("imageId");
  if (!key) return CompatibleErrorPage(400, "The request has no parameter imageId.");
  if (key->empty()) return CompatibleInvalidArgument("Missing 'imageId' field");
  return ImageBytes(board, *key);
}

http::Response AudioTags(const Board& board, const http::Request&) {
  return MediaTags(board, "audio");
}

// Clips of TensorFlow 1 and those marked so are WAV.
std::string_view AudioType(const store::SeriesView& series) {
  proto::AudioPluginData data;
  const bool is_wav =
      series.metadata().is_old_style || (ParseMessage(series.metadata().content, data) &&
                                         data.encoding() == proto::AudioPluginData::WAV);
  return is_wav ? kWav : kUnknownType;
}

http::Response Audio(const Board& board, const http::Request& request) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto query = ReadMediaQuery(snapshot, request, "audio", "audio");
  if (!query) return query.error();
  const std::string_view type = AudioType(query->series);
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginArray();
  for (const store::BlobRef& ref :
       CompatibleBlobs(board, query->series, board.SamplesFor("audio", kUsualMedia))) {
    if (query->sample >= ref.items) continue;
    const BlobKey key{
        request.experiment.value_or(""), "audio", query->run, query->tag, ref.step, query->sample};
    json.BeginObject().Key("wall_time").Double(ref.wall_time_s).Key("label").Text("");
    json.Key("step").Int(ref.step).Key("contentType").Text(type);
    json.Key("query")
        .Text("blob_key=" + EncodeBlobKey(key) + "&content_type=" + http::PercentEncodedValue(type))
        .EndObject();
  }
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

http::Response IndividualAudio(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto key = query.First("blob_key");
  const auto type = query.First("content_type");
  if (!key || !type)
    return CompatibleErrorPage(400, "The request needs the parameters blob_key and content_type.");
  if (*type != kWav && *type != kUnknownType)
    return CompatibleInvalidArgument("Illegal mime type " + PythonRepr(*type));
  auto bytes = ReadRequestedBlob(board, *key);
  if (!bytes) return bytes.error();
  return BytesResponse(*std::move(bytes), *type);
}

http::Response TextTags(const Board& board, const http::Request&) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    const std::vector<store::SeriesView> all = snapshot.Series(run->id, "text");
    if (all.empty()) continue;
    json.Key(run->display_name).BeginArray();
    for (const store::SeriesView& series : all) json.Text(series.tag());
    json.EndArray();
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

// A tensor of strings as HTML: one text, or a table of texts. More than two dimensions are cut to the first
// table, which is said.
std::string TextHtml(const store::TensorValue& value, bool is_markdown) {
  const auto cell = [&](const std::string& text) {
    return is_markdown ? MarkdownToSafeHtml(text) : http::EscapedHtml(text);
  };
  const size_t rank = value.shape.size();
  if (rank == 0) return value.strings.empty() ? std::string() : cell(value.strings.front());
  std::string html;
  if (rank > 2)
    html += MarkdownToSafeHtml(fmt::format(
                "**Warning:** This text summary contained data of dimensionality {}, but only "
                "2d tables are supported. Showing a 2d slice of the data instead.",
                rank)) +
            "\n";
  const size_t columns = rank == 1 ? 1 : static_cast<size_t>(value.shape[rank - 1]);
  const size_t rows = static_cast<size_t>(rank == 1 ? value.shape[0] : value.shape[rank - 2]);
  html += "<table>\n<tbody>\n";
  for (size_t row = 0; row < rows; ++row) {
    html += "<tr>\n";
    for (size_t column = 0; column < columns; ++column) {
      const size_t at = row * columns + column;
      if (at < value.strings.size()) html += "<td>" + cell(value.strings[at]) + "</td>\n";
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>";
}

http::Response Text(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto run = query.First("run");
  const auto tag = query.First("tag");
  if (!run || !tag)
    return CompatibleErrorPage(500, "Both run and tag must be specified: tag=" + PythonRepr(tag) +
                                        ", run=" + PythonRepr(run));
  const bool is_markdown = query.First("markdown") != "false";
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto series = FindSeries(snapshot, "text", *run, *tag);
  if (!series) return http::JsonResponse("[]");
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginArray();
  for (const store::BlobRef& ref : series->Blobs(board.settings.compatible_generations,
                                                 board.SamplesFor("text", kUsualTexts))) {
    const auto value = board.blobs.Read(ref);
    if (!value) {
      LogWarning("a text is left out: {}", value.error().message);
      continue;
    }
    json.BeginObject().Key("wall_time").Double(ref.wall_time_s).Key("step").Int(ref.step);
    json.Key("text").Text(TextHtml(*value, is_markdown)).EndObject();
  }
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

}  // namespace

void AddCompatibleMediaRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/plugin/images/tags", ImageTags);
  AddCompatibleRoute(router, board, "/data/plugin/images/images", Images);
  AddCompatibleRoute(router, board, "/data/plugin/images/individualImage", IndividualImage);
  AddCompatibleRoute(router, board, "/data/plugin/timeseries/imageData", ImageData);
  AddCompatibleRoute(router, board, "/data/plugin/audio/tags", AudioTags);
  AddCompatibleRoute(router, board, "/data/plugin/audio/audio", Audio);
  AddCompatibleRoute(router, board, "/data/plugin/audio/individualAudio", IndividualAudio);
  AddCompatibleRoute(router, board, "/data/plugin/text/tags", TextTags);
  AddCompatibleRoute(router, board, "/data/plugin/text/text", Text);
}

}  // namespace fanlight::api
