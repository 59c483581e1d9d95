// How TensorBoard's plugins see runs and series: shared by the compatible route families.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/board/api/board.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/store/snapshot.h"

namespace fanlight::api {

// The runs by start time, those without one last, ties by name. With TensorBoard's fast rule, a run
// without events is hidden and its least wall time is its start.
std::vector<const store::RunFacts*> CompatibleRuns(const Board& board,
                                                   const store::Snapshot& snapshot);

// The series that a request's `run` and `tag` name; nothing when there is none of this kind.
std::optional<store::SeriesView> FindSeries(const store::Snapshot& snapshot, std::string_view kind,
                                            std::string_view run, std::string_view tag);

// `{run: {tag: {"displayName": …, "description": …}}}` for all series of a kind; `extra` may add keys.
std::string TagsByRun(
    const Board& board, const store::Snapshot& snapshot, std::string_view kind,
    const std::function<void(JsonWriter&, const store::SeriesView&)>& extra = nullptr);

// The name shown: the logged one; the tag itself for series in TensorFlow 1's form.
std::string_view CompatibleDisplayName(const store::SeriesView& series);

// One value of a scalar series as Python's json shows it: whole numbers and booleans as such.
void AppendScalar(JsonWriter& json, double value, store::ValueType type);

// A histogram's rows as TensorBoard serves them: those of TensorFlow 1 trimmed and in float32's
// precision, others as they were logged.
Result<std::vector<store::Bucket>> CompatibleBuckets(const store::SeriesView& series,
                                                     const store::TensorValue& tensor);

// What was logged of one point of a histogram series.
struct CompatibleHistogram {
  int64_t step = 0;
  double wall_time_s = 0;
  std::vector<store::Bucket> buckets;
};
// At most `max` of its points, evenly spread, with the first and the last. Points that cannot be read
// are left out.
std::vector<CompatibleHistogram> CompatibleHistograms(const Board& board,
                                                      const store::SeriesView& series,
                                                      uint32_t max);

}  // namespace fanlight::api
