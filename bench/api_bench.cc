// What answers cost before they reach the socket: processor time of the routes over a store in memory.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "fanlight/board/api/event_hub.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/compress.h"
#include "fanlight/board/store/store_builder.h"

namespace {

using namespace fanlight;

class NoBlobs final : public store::BlobReader {
 public:
  Result<store::TensorValue> Read(const store::BlobRef&) const override {
    return Fail(ErrorCode::kNotFound, "there are no blobs here");
  }
};

constexpr int kRuns = 100;

// 100 runs of 1,000 points and one of a million, with clocks that jitter and values like noise.
struct Served {
  Served() {
    for (int run = 0; run < kRuns; ++run)
      builder.Points("run" + std::to_string(run), "loss", Noise(run, 1000));
    builder.Points("z", "loss", Noise(kRuns, 1'000'000));
    api::AddAllRoutes(router, board, hub);
  }
  static std::vector<store::StoreBuilder::Point> Noise(int seed, int64_t count) {
    std::vector<store::StoreBuilder::Point> points;
    uint32_t state = static_cast<uint32_t>(seed) + 1;
    for (int64_t step = 0; step < count; ++step) {
      state = state * 1664525 + 1013904223;
      points.push_back(
          {step,
           1.7e9 + static_cast<double>(step) * 0.25 + static_cast<double>(state >> 12) / 4194304.0,
           static_cast<float>(state >> 8) / 16777216.0f});
    }
    return points;
  }
  http::Response Post(std::string path, std::string body, std::string accept = {}) {
    http::Request request;
    const bool is_json = path.starts_with("/api/");
    request.method = "POST";
    request.path = std::move(path);
    request.body = std::move(body);
    if (!accept.empty()) request.headers.Add("Accept", accept);
    request.headers.Add("Content-Type",
                        is_json ? "application/json" : "application/x-www-form-urlencoded");
    return router.Route(std::move(request));
  }

  store::StoreBuilder builder;
  const NoBlobs blobs;
  const SystemClock clock;
  const sidecar::Sidecar sidecar{{}};
  const api::Board board{builder.Build(), blobs, clock, sidecar, api::Settings{}};
  api::EventHub hub{board};
  http::Router router;
};

Served& TheServed() {
  static Served served;
  served.builder.Build();
  return served;
}

constexpr char kPlain[] = "application/vnd.fanlight.columns";
constexpr char kPacked[] = "application/vnd.fanlight.packed";

std::string AllRuns() {
  std::string request = R"({"series":[)";
  for (int run = 0; run < kRuns; ++run)
    request += (run > 0 ? "," : "") + (R"({"run":)" + std::to_string(run)) + R"(,"tag":"loss"})";
  return request + "]}";
}

void ColumnsOfAHundredRuns(benchmark::State& state, const char* accept) {
  const std::string request = AllRuns();
  size_t bytes = 0;
  for (auto _ : state) bytes = TheServed().Post("/api/v1/columns", request, accept).body.size();
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(ColumnsOfAHundredRuns, packed, kPacked)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ColumnsOfAHundredRuns, plain, kPlain)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ColumnsOfAHundredRuns, json, "application/json")->Unit(benchmark::kMillisecond);

void GzipOfAHundredRuns(benchmark::State& state) {
  const std::string json = TheServed().Post("/api/v1/columns", AllRuns()).body;
  for (auto _ : state) benchmark::DoNotOptimize(http::Gzip(json));
}
BENCHMARK(GzipOfAHundredRuns)->Unit(benchmark::kMillisecond);

void Window400(benchmark::State& state) {
  const int64_t to = state.range(0);
  const std::string request =
      R"({"series":[{"run":100,"tag":"loss"}],"width":400,"to":)" + std::to_string(to) + "}";
  for (auto _ : state)
    benchmark::DoNotOptimize(TheServed().Post("/api/v1/columns", request, kPacked));
}
BENCHMARK(Window400)->Arg(999'999)->Arg(500'000)->Arg(41'000)->Arg(2'000)->Unit(
    benchmark::kMicrosecond);

void SmoothedWindow(benchmark::State& state) {
  const std::string request =
      R"({"series":[{"run":100,"tag":"loss"}],"width":400,"smoothing":0.6})";
  for (auto _ : state)
    benchmark::DoNotOptimize(TheServed().Post("/api/v1/columns", request, kPacked));
}
BENCHMARK(SmoothedWindow)->Unit(benchmark::kMillisecond);

void ScalarsMultirun(benchmark::State& state) {
  std::string form = "tag=loss";
  for (int run = 0; run < kRuns; ++run) form += "&runs=run" + std::to_string(run);
  for (auto _ : state)
    benchmark::DoNotOptimize(TheServed().Post("/data/plugin/scalars/scalars_multirun", form));
}
BENCHMARK(ScalarsMultirun)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
