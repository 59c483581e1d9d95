// The request of POST /api/v1/histograms, read from its JSON, and its answer in two forms. Their meaning: docs/api-v1.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/api/board.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/rebin.h"
#include "fanlight/board/api/series_name.h"
#include "fanlight/board/store/series.h"

namespace fanlight::api {

struct HistogramsRequest {
  std::vector<SeriesName> series;  // All share one range of bins.
  store::Axis axis = store::Axis::kStep;
  std::optional<double> from;
  std::optional<double> to;
  uint32_t most_steps = 50;         // Of each series; 0: no limit.
  uint32_t bins = 30;               // 0: none.
  std::optional<ValueRange> range;  // Of the bins; absent: that of all the steps answered.
  bool with_percentiles = false;
  bool with_buckets = false;
  store::Generations generations = store::Generations::kCurrent;
  bool is_for_screen = false;  // Packed counts and percentiles are float32.
};

// Errors: kInvalidArgument, naming the key; kTooLarge for more series than one request may name.
Result<HistogramsRequest> ParseHistogramsRequest(std::string_view json);

// One series, in parallel columns: a row is a step.
struct AnsweredHistograms {
  bool is_found = false;
  uint64_t total = 0;       // Of the generations asked for.
  uint64_t in_window = 0;   // Before any were left out.
  bool left_out = false;    // Steps inside the window were.
  uint64_t unreadable = 0;  // Steps left out because their file has gone or changed.
  std::vector<int64_t> steps;
  std::vector<double> wall_times_s;
  std::vector<double> totals;       // Counts of all buckets together.
  std::vector<double> outside;      // Of those that no bin has.
  std::vector<double> counts;       // `bins` for each step.
  std::vector<double> percentiles;  // Nine for each step; NaN for a step without values.
  std::vector<std::vector<store::Bucket>> buckets;  // As logged.
};

struct HistogramsAnswer {
  uint64_t change = 0;
  std::optional<ValueRange> range;  // Of the bins; nothing when there is nothing to place.
  std::vector<AnsweredHistograms> series;
};

// Reads the event files. Errors: kTooLarge.
Result<HistogramsAnswer> AnswerHistograms(const Board& board, const HistogramsRequest& request);

// `[[left, right, count], …]`.
void AppendBuckets(JsonWriter& json, std::span<const store::Bucket> buckets);

std::string HistogramsAsJson(const HistogramsRequest& request, const HistogramsAnswer& answer);
std::string HistogramsAsPacked(const HistogramsRequest& request, const HistogramsAnswer& answer);

}  // namespace fanlight::api
