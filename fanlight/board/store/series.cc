#include "fanlight/board/store/series.h"

#include <algorithm>

#include "fanlight/board/store/series_queries.h"
#include "fanlight/board/store/series_state.h"

namespace fanlight::store {
namespace {

// What ingest calls the file at this place of the run. A place beyond what the run has names no file.
FileId NumberOf(const SeriesState& series, FileId place) {
  if (series.files == nullptr || place.index >= series.files->size()) return FileId{UINT32_MAX};
  return (*series.files)[place.index];
}

}  // namespace

SeriesView::SeriesView(std::shared_ptr<const SeriesState> state) : state_(std::move(state)) {}

RunId SeriesView::run() const { return state_->run; }
const std::string& SeriesView::tag() const { return state_->record.tag->text; }
const std::string& SeriesView::tag_bytes() const { return state_->record.tag->bytes; }
const SeriesMetadata& SeriesView::metadata() const { return *state_->record.metadata; }
bool SeriesView::is_scalars() const { return state_->record.is_scalars; }
uint64_t SeriesView::points() const { return state_->record.points; }
double SeriesView::run_start_s() const { return state_->run_start_s; }
uint64_t SeriesView::change() const { return state_->record.change; }
ValueType SeriesView::value_type() const { return state_->record.type; }

void SeriesView::ForEachRun(Generations generations,
                            const std::function<void(const ScalarRun&)>& visit) const {
  if (!state_->record.is_scalars) return;
  const ScalarPoints points(*state_);
  const std::vector<IndexRange> ranges = SelectPoints(*state_, generations);
  std::vector<int64_t> steps;
  std::vector<double> walls;
  std::vector<double> values;
  ForEachStretch(points, ranges, [&](const ScalarPoints::Part& part, uint32_t first, uint32_t end) {
    steps.resize(end - first);
    walls.resize(end - first);
    values.resize(end - first);
    points.Steps(part, first, steps);
    points.WallTimes(part, first, walls);
    points.Values(part, first, values);
    visit({.first_index = part.first_index + first,
           .steps = steps,
           .wall_times_s = walls,
           .values = values});
  });
}

ScalarColumns SeriesView::Window(const WindowQuery& query) const {
  if (!state_->record.is_scalars) return {};
  if (query.axis == Axis::kMetric && (query.x == nullptr || !query.x->is_scalars())) return {};
  const auto answer = [&](const SeriesState& series, const WindowQuery& asked) {
    return asked.axis == Axis::kMetric
               ? QueryMetricWindow(series, *asked.x->state_, query.generations, asked)
               : QueryWindow(series, asked);
  };
  if (query.sample == 0) return answer(*state_, query);
  WindowQuery of_sample = query;
  of_sample.generations = Generations::kAll;
  const ScalarColumns sample = SampleScalars(*state_, query.sample, query.generations);
  return answer(*SeriesOfColumns(*state_, sample), of_sample);
}

ScalarColumns SeriesView::Sample(uint32_t max, Generations generations) const {
  return state_->record.is_scalars ? SampleScalars(*state_, max, generations) : ScalarColumns{};
}

std::optional<ScalarColumns> SeriesView::Last(Generations generations) const {
  if (!state_->record.is_scalars) return std::nullopt;
  const std::vector<IndexRange> ranges = SelectPoints(*state_, generations);
  if (ranges.empty()) return std::nullopt;
  const uint64_t index = ranges.back().end - 1;
  ScalarColumns last = GatherPoints(*state_, std::span(&index, 1));
  last.total = CountPoints(ranges);
  last.in_window = 1;
  return last;
}

std::optional<ScalarSummary> SeriesView::Summarize(Generations generations) const {
  return state_->record.is_scalars ? SummarizePoints(*state_, generations) : std::nullopt;
}

int64_t SeriesView::IntegerAt(uint64_t index) const {
  if (!state_->record.is_scalars || index >= state_->record.points || !IsSound(*state_)) return 0;
  const ScalarPoints points(*state_);
  const ScalarPoints::Part part = points.part(points.PartOf(index));
  return static_cast<int64_t>(points.BitsAt(part, static_cast<uint32_t>(index - part.first_index)));
}

std::vector<BlobRef> SeriesView::Blobs(Generations generations, uint32_t max,
                                       std::optional<int64_t> from_step,
                                       std::optional<int64_t> to_step) const {
  if (state_->record.is_scalars || !IsSound(*state_)) return {};
  std::vector<BlobRef> blobs;
  blobs.reserve(state_->record.points);
  for (const std::byte* page : state_->record.blob_pages()) {
    const auto refs = RefsOfBlobPage(page);
    blobs.insert(blobs.end(), refs.begin(), refs.end());
  }
  const SeriesParts* parts = state_->record.parts.get();
  if (parts != nullptr && parts->open_blobs != nullptr) {
    blobs.insert(blobs.end(), parts->open_blobs->begin(), parts->open_blobs->end());
  }
  KeepGenerations(*state_, generations, blobs);
  std::erase_if(blobs, [&](const BlobRef& blob) {
    return (from_step && blob.step < *from_step) || (to_step && blob.step > *to_step);
  });
  for (BlobRef& blob : blobs) blob.file = NumberOf(*state_, blob.file);
  if (max == 0 || blobs.size() <= max) return blobs;
  std::vector<BlobRef> spread;
  spread.reserve(max);
  for (const uint64_t rank : SpreadEvenly(blobs.size(), max)) spread.push_back(blobs[rank]);
  return spread;
}

}  // namespace fanlight::store
