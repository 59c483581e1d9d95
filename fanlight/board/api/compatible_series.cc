#include "fanlight/board/api/compatible_series.h"

#include <algorithm>
#include <limits>

#include "fanlight/base/log.h"
#include "fanlight/board/api/markdown.h"

namespace fanlight::api {

std::vector<const store::RunFacts*> CompatibleRuns(const Board& board,
                                                   const store::Snapshot& snapshot) {
  const bool is_fast =
      board.settings.compatible_generations == store::Generations::kTensorBoardFast;
  const auto start_s = [&](const store::RunFacts* run) {
    return (is_fast ? run->earliest_s : run->start_s)
        .value_or(std::numeric_limits<double>::infinity());
  };
  std::vector<const store::RunFacts*> runs = snapshot.Runs();
  if (is_fast) std::erase_if(runs, [](const store::RunFacts* run) { return !run->start_s; });
  std::sort(runs.begin(), runs.end(), [&](const auto* a, const auto* b) {
    const double x = start_s(a);
    const double y = start_s(b);
    return x != y ? x < y : a->display_name < b->display_name;
  });
  return runs;
}

std::optional<store::SeriesView> FindSeries(const store::Snapshot& snapshot, std::string_view kind,
                                            std::string_view run, std::string_view tag) {
  const store::RunFacts* const facts = snapshot.FindRun(run);
  if (facts == nullptr) return std::nullopt;
  return snapshot.FindSeries(facts->id, kind, tag);
}

std::string_view CompatibleDisplayName(const store::SeriesView& series) {
  const store::SeriesMetadata& metadata = series.metadata();
  if (metadata.is_old_style && metadata.display_name.empty()) return series.tag();
  return metadata.display_name;
}

std::string TagsByRun(const Board& board, const store::Snapshot& snapshot, std::string_view kind,
                      const std::function<void(JsonWriter&, const store::SeriesView&)>& extra) {
  JsonWriter json(JsonWriter::Style::kPython);
  json.BeginObject();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) {
    const std::vector<store::SeriesView> all = snapshot.Series(run->id, kind);
    if (all.empty()) continue;
    json.Key(run->display_name).BeginObject();
    for (const store::SeriesView& series : all) {
      json.Key(series.tag()).BeginObject();
      json.Key("displayName").Text(CompatibleDisplayName(series));
      json.Key("description").Text(MarkdownToSafeHtml(series.metadata().description));
      if (extra) extra(json, series);
      json.EndObject();
    }
    json.EndObject();
  }
  json.EndObject();
  return std::move(json).Take();
}

void AppendScalar(JsonWriter& json, double value, store::ValueType type) {
  switch (type) {
    case store::ValueType::kBool:
      json.Bool(value != 0);
      return;
    case store::ValueType::kInt64:
    case store::ValueType::kUint64:
      // 2^63 and above do not fit; such a value is told as the double it is kept as.
      if (value >= -0x1p63 && value < 0x1p63) {
        json.Int(static_cast<int64_t>(value));
        return;
      }
      break;
    default:
      break;
  }
  json.Double(value);
}

Result<std::vector<store::Bucket>> CompatibleBuckets(const store::SeriesView& series,
                                                     const store::TensorValue& tensor) {
  if (tensor.shape.size() != 2 || tensor.shape[1] != 3)
    return Fail(ErrorCode::kInvalidArgument, "a histogram is a tensor of shape [k, 3], got rank {}",
                tensor.shape.size());
  const std::vector<double>& numbers = tensor.numbers;
  const bool is_old_style = series.metadata().is_old_style;
  const auto rounded = [&](double value) {
    return is_old_style ? static_cast<double>(static_cast<float>(value)) : value;
  };
  std::vector<store::Bucket> buckets;
  buckets.reserve(numbers.size() / 3);
  for (size_t i = 0; i + 2 < numbers.size(); i += 3)
    buckets.push_back({rounded(numbers[i]), rounded(numbers[i + 1]), rounded(numbers[i + 2])});
  return buckets;
}

std::vector<CompatibleHistogram> CompatibleHistograms(const Board& board,
                                                      const store::SeriesView& series,
                                                      uint32_t max) {
  std::vector<CompatibleHistogram> histograms;
  for (const store::BlobRef& ref : series.Blobs(board.settings.compatible_generations, max)) {
    auto buckets = board.blobs.Read(ref).and_then(
        [&](const store::TensorValue& tensor) { return CompatibleBuckets(series, tensor); });
    if (!buckets) {
      LogWarning("a histogram is left out: {}", buckets.error().message);
      continue;
    }
    histograms.push_back({ref.step, ref.wall_time_s, *std::move(buckets)});
  }
  return histograms;
}

}  // namespace fanlight::api
