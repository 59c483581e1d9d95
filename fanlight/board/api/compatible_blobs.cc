#include "fanlight/board/api/compatible_blobs.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "fanlight/base/base64.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"

namespace fanlight::api {

std::string EncodeBlobKey(const BlobKey& key) {
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginArray().Text(key.experiment).Text(key.plugin).Text(key.run).Text(key.tag);
  json.Int(key.step).Uint(key.index).EndArray();
  return Base64Url(std::move(json).Take());
}

Result<BlobKey> DecodeBlobKey(std::string_view text) {
  FL_ASSIGN_OR_RETURN(const std::string json, FromBase64(text));
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  const boost::json::array* list = error ? nullptr : value.if_array();
  const bool is_key = list != nullptr && list->size() == 6 &&
                      std::all_of(list->begin(), list->begin() + 4,
                                  [](const auto& item) { return item.is_string(); }) &&
                      (*list)[4].is_int64() && (*list)[5].is_int64() &&
                      (*list)[5].get_int64() >= 0 &&
                      (*list)[5].get_int64() <= std::numeric_limits<uint32_t>::max();
  if (!is_key) return Fail(ErrorCode::kInvalidArgument, "not a blob key: {}", Quoted(text));
  const auto string = [&](size_t i) { return std::string((*list)[i].get_string()); };
  return BlobKey{string(0),
                 string(1),
                 string(2),
                 string(3),
                 (*list)[4].get_int64(),
                 static_cast<uint32_t>((*list)[5].get_int64())};
}

Result<std::string> ReadBlob(const Board& board, const BlobKey& key) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  const auto series = FindSeries(snapshot, key.plugin, key.run, key.tag);
  if (!series) return Fail(ErrorCode::kNotFound, "no such series");
  const std::vector<store::BlobRef> at_step =
      series->Blobs(board.settings.compatible_generations, 0, key.step, key.step);
  if (at_step.empty()) return Fail(ErrorCode::kNotFound, "no such step {}", key.step);
  FL_ASSIGN_OR_RETURN(store::TensorValue value, board.blobs.Read(at_step.front()));
  if (key.index >= value.strings.size())
    return Fail(ErrorCode::kNotFound, "no such index {}", key.index);
  return std::move(value.strings[key.index]);
}

std::vector<store::BlobRef> CompatibleBlobs(const Board& board, const store::SeriesView& series,
                                            uint32_t max) {
  std::vector<store::BlobRef> all = series.Blobs(board.settings.compatible_generations);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.step < b.step; });
  all.erase(std::unique(all.begin(), all.end(),
                        [](const auto& a, const auto& b) { return a.step == b.step; }),
            all.end());
  if (all.size() <= max) return all;
  std::vector<store::BlobRef> chosen;
  for (size_t i = 0; i < max; ++i)
    chosen.push_back(all[max == 1 ? all.size() - 1 : i * (all.size() - 1) / (max - 1)]);
  return chosen;
}

uint32_t MostItems(const Board& board, const store::SeriesView& series) {
  uint32_t most = 0;
  for (const store::BlobRef& ref : series.Blobs(board.settings.compatible_generations))
    most = std::max(most, ref.items);
  return most;
}

std::string_view ImageType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF8")) return "image/gif";
  if (bytes.starts_with("BM")) return "image/bmp";
  return "application/octet-stream";
}

}  // namespace fanlight::api
