// A store for tests, from a few words:
//
//   auto built = StoreBuilder().Scalar("train", "loss", {3, 2, 1}).Build();
//   built.store->TakeSnapshot()
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fanlight/board/store/run_writer.h"
#include "fanlight/board/store/store.h"

namespace fanlight::store {

class StoreBuilder {
 public:
  struct Point {
    int64_t step = 0;
    double wall_time_s = 0;
    float value = 0;
  };
  static constexpr double kStartS = 1.7e9;

  explicit StoreBuilder(Store::Options options = {});

  // Values at steps 0, 1, 2, …, a second apart from kStartS on.
  StoreBuilder& Scalar(const std::string& run, const std::string& tag,
                       const std::vector<float>& values);
  StoreBuilder& Points(const std::string& run, const std::string& tag,
                       const std::vector<Point>& points);
  // A restart of the run at `step`, as SessionLog START marks it.
  StoreBuilder& Restart(const std::string& run, int64_t step);
  // References to blobs at steps 0, 1, 2, …
  StoreBuilder& Blobs(const std::string& run, const std::string& tag, const std::string& kind,
                      uint32_t count);

  // Commits everything. The builder goes on with the same store.
  Store& Build();
  std::unique_ptr<Store> Take();
  RunWriter& writer(const std::string& run);

 private:
  uint32_t SeriesOf(const std::string& run, const std::string& tag, const std::string& kind);

  std::unique_ptr<Store> store_;
  std::map<std::string, RunWriter*> runs_;
  std::map<std::pair<std::string, std::string>, uint32_t> series_;
};

}  // namespace fanlight::store
