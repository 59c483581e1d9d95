// How fast event files are read and written, one scalar an event, as PyTorch's and TensorFlow 1's
// writers make them. The peer in the same run: the same records parsed by libprotobuf, as
// TensorFlow's own readers do.
//
//   records-bench [--benchmark_filter=...]
//
// `items_per_second` are records, `bytes_per_second` bytes of the file. The file is in the page
// cache.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/file.h"
#include "fanlight/events/event.h"
#include "fanlight/events/histogram.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/summary.h"
#include "fanlight/events/summary_writer.h"
#include "fanlight/proto/event.pb.h"

namespace fanlight {
namespace {

constexpr int64_t kRecords = 1'000'000;

// One log for all benchmarks.
class Log {
 public:
  Log() {
    auto writer = *SummaryWriter::Create(directory_.path(), {.max_queue_events = 1000});
    for (int64_t step = 0; step < kRecords; ++step) {
      FL_CHECK(writer->Scalar("loss", 1.0 / static_cast<double>(step + 1), step).has_value(),
               "cannot write the log");
    }
    FL_CHECK(writer->Close().has_value(), "cannot write the log");
    path_ = writer->path();
    bytes_ = std::filesystem::file_size(path_);
  }
  RecordReader Open(bool verify) const {
    return RecordReader(std::make_unique<FileByteSource>(*File::OpenForReading(path_)),
                        {.verify_payload_crc = verify});
  }
  int64_t bytes() const { return static_cast<int64_t>(bytes_); }

 private:
  TemporaryDirectory directory_;
  std::string path_;
  uint64_t bytes_ = 0;
};

const Log& TheLog() {
  static const Log log;
  return log;
}

// Calls `consume(payload)` for every record of the log, again and again.
template <typename Consume>
void ReadLog(benchmark::State& state, bool verify, Consume&& consume) {
  const Log& log = TheLog();
  int64_t records = 0;
  for (auto _ : state) {
    RecordReader reader = log.Open(verify);
    for (;;) {
      const auto record = reader.Next();
      FL_CHECK(record.has_value(), "damage in the log");
      if (!*record) break;
      consume((*record)->payload);
      ++records;
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * log.bytes());
}

void Frames(benchmark::State& state) {
  ReadLog(state, false, [](Bytes payload) { benchmark::DoNotOptimize(payload.data()); });
}
BENCHMARK(Frames)->Unit(benchmark::kMillisecond);

void FramesVerified(benchmark::State& state) {
  ReadLog(state, true, [](Bytes payload) { benchmark::DoNotOptimize(payload.data()); });
}
BENCHMARK(FramesVerified)->Unit(benchmark::kMillisecond);

void ScalarsVerified(benchmark::State& state) {
  double sum = 0;
  ReadLog(state, true, [&sum](Bytes payload) {
    const auto event = DecodeEvent(payload);
    SummaryReader values(event->payload);
    for (auto value = values.Next(); value && *value; value = values.Next()) {
      sum += static_cast<double>((*value)->simple_value) + static_cast<double>(event->step);
    }
  });
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(ScalarsVerified)->Unit(benchmark::kMillisecond);

void PeerLibprotobuf(benchmark::State& state) {
  double sum = 0;
  proto::Event event;
  ReadLog(state, true, [&](Bytes payload) {
    event.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    for (const auto& value : event.summary().value()) {
      sum += static_cast<double>(value.simple_value()) + static_cast<double>(event.step());
    }
  });
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(PeerLibprotobuf)->Unit(benchmark::kMillisecond);

void WriteScalars(benchmark::State& state) {
  const TemporaryDirectory directory;
  auto writer = *SummaryWriter::Create(directory.path(), {.max_queue_events = 1000});
  int64_t step = 0;
  for (auto _ : state) FL_CHECK(writer->Scalar("loss", 0.5, step++).has_value(), "cannot write");
  FL_CHECK(writer->Close().has_value(), "cannot write");
  state.SetItemsProcessed(step);
}
BENCHMARK(WriteScalars);

void CountHistogram(benchmark::State& state) {
  std::vector<float> values(100'352);  // The first layer of the tutorial's network.
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i % 1999) * 1e-4f - 0.1f;
  }
  for (auto _ : state) {
    HistogramAccumulator histogram;
    FL_CHECK(histogram.Add(values).has_value(), "not finite");
    benchmark::DoNotOptimize(histogram);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * values.size()));
}
BENCHMARK(CountHistogram)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fanlight

BENCHMARK_MAIN();
