#include "fanlight/board/store/store_builder.h"

#include <bit>

#include "fanlight/base/check.h"

namespace fanlight::store {

StoreBuilder::StoreBuilder(Store::Options options) {
  auto store = Store::Create(std::move(options));
  FL_CHECK(store.has_value(), "a store can be made");
  store_ = *std::move(store);
}

RunWriter& StoreBuilder::writer(const std::string& run) {
  RunWriter*& writer = runs_[run];
  if (writer == nullptr) {
    writer = &store_->AddRun(run);
    writer->BeginFile(0, FileId{0});
    writer->NoteStart(kStartS);
  }
  return *writer;
}

uint32_t StoreBuilder::SeriesOf(const std::string& run, const std::string& tag,
                                const std::string& kind) {
  const auto [place, is_new] = series_.try_emplace({run, tag}, 0);
  if (is_new) {
    place->second = writer(run).AddSeries(
        tag, {.kind = kind},
        kind == "scalars" ? RunWriter::Form::kScalars : RunWriter::Form::kBlobs);
  }
  return place->second;
}

StoreBuilder& StoreBuilder::Scalar(const std::string& run, const std::string& tag,
                                   const std::vector<float>& values) {
  std::vector<Point> points;
  for (size_t i = 0; i < values.size(); ++i) {
    points.push_back({static_cast<int64_t>(i), kStartS + static_cast<double>(i), values[i]});
  }
  return Points(run, tag, points);
}

StoreBuilder& StoreBuilder::Points(const std::string& run, const std::string& tag,
                                   const std::vector<Point>& points) {
  SeriesStage& series = writer(run).series(SeriesOf(run, tag, "scalars"));
  for (const Point& point : points) {
    series.Append(ValueType::kFloat32, point.step, point.wall_time_s,
                  std::bit_cast<uint32_t>(point.value));
    writer(run).NoteLastPoint(point.step, point.wall_time_s);
  }
  return *this;
}

StoreBuilder& StoreBuilder::Restart(const std::string& run, int64_t step) {
  writer(run).Supersede(step, true);
  return *this;
}

StoreBuilder& StoreBuilder::Blobs(const std::string& run, const std::string& tag,
                                  const std::string& kind, uint32_t count) {
  SeriesStage& series = writer(run).series(SeriesOf(run, tag, kind));
  for (uint32_t i = 0; i < count; ++i) {
    series.Append(BlobRef{.file = {0},
                          .value_index = 0,
                          .record_offset = uint64_t{100} * i,
                          .payload_bytes = 84,
                          .items = 1,
                          .step = i,
                          .wall_time_s = kStartS + i});
  }
  return *this;
}

Store& StoreBuilder::Build() {
  for (const auto& [name, writer] : runs_) writer->Commit();
  return *store_;
}

std::unique_ptr<Store> StoreBuilder::Take() {
  Build();
  return std::move(store_);
}

}  // namespace fanlight::store
