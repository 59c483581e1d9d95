#include "fanlight/board/ingest/log_ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>

#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using store::Generations;
using store::LoadState;
using store::SeriesView;
using store::Snapshot;
using ::testing::ElementsAre;

// A store that follows a real directory.
class Board {
 public:
  explicit Board(const std::string& logdir, bool use_inotify = true)
      : source_({RootOfLogdir(logdir)}, {.use_inotify = use_inotify}) {
    ingest_.Start();
  }

  bool Loaded() const { return ingest_.WaitUntilLoaded(60s); }
  Snapshot Now() const { return store_->TakeSnapshot(); }
  // Waits until a snapshot fulfils the claim; false after a minute.
  bool Becomes(const std::function<bool(const Snapshot&)>& claim) const {
    const auto end = std::chrono::steady_clock::now() + 60s;
    for (uint64_t change = 0; std::chrono::steady_clock::now() < end;) {
      const Snapshot now = Now();
      if (claim(now)) return true;
      change = store_->WaitForChange(std::max(change, now.change()), {}, 1s);
    }
    return false;
  }
  std::vector<double> Values(const Snapshot& now, std::string_view run,
                             std::string_view tag) const {
    const store::RunFacts* facts = now.FindRun(run);
    const auto series = facts == nullptr ? std::nullopt : now.FindSeries(facts->id, "scalars", tag);
    return series ? series->Window({}).values : std::vector<double>{};
  }
  bool BecomesValues(std::string_view run, std::string_view tag,
                     const std::vector<double>& values) const {
    return Becomes([&](const Snapshot& now) { return Values(now, run, tag) == values; });
  }
  const store::BlobReader& blobs() const { return ingest_.blobs(); }

 private:
  std::unique_ptr<store::Store> store_ = *store::Store::Create({});
  LocalLogSource source_;
  LogIngest ingest_{source_, *store_, {.threads = 3, .reload_interval_s = 0.05}};
};

std::string Log(const std::vector<float>& losses) {
  std::string bytes = VersionRecord();
  for (size_t i = 0; i < losses.size(); ++i) {
    bytes += ScalarRecord("loss", static_cast<int64_t>(i), losses[i]);
  }
  return bytes;
}

// Ten million series of a few points are what a large sweep leaves: what one of them takes decides whether it opens.
TEST(LogIngest, AShortSeriesTakesLittleMemory) {
  constexpr int kRuns = 40;
  constexpr int kTags = 1000;
  TemporaryDirectory parent;
  for (int run = 0; run < kRuns; ++run) {
    const std::string directory = parent.Join("run" + std::to_string(run));
    fs::create_directories(directory);
    std::string bytes = VersionRecord();
    for (int64_t step = 0; step < 3; ++step) {
      std::vector<std::string> values;
      for (int tag = 0; tag < kTags; ++tag) {
        values.push_back(SimpleValue("metrics/of_layer_" + std::to_string(tag), 0.5f));
      }
      bytes += SummaryRecord(1.7e9 + static_cast<double>(step), step, values);
    }
    WriteText(directory + "/events.out.tfevents.1.host", bytes);
  }
  const auto heap_bytes = [] {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const size_t before = heap_bytes();
  Board board(parent.path());
  ASSERT_TRUE(board.Loaded());
  const size_t after = heap_bytes();
  EXPECT_EQ(board.Now().total_series(), kRuns * kTags);
  EXPECT_EQ(board.Now().total_points(), kRuns * kTags * 3);
  // Sanitizers have allocators of their own, which tell nothing: zero.
  EXPECT_LT((after - before) / (kRuns * kTags), 150);

  // What was given up comes back when a run goes on.
  const std::string grown = parent.Join("run7");
  AppendText(grown + "/events.out.tfevents.1.host", ScalarRecord("metrics/of_layer_3", 3, 2.5f));
  EXPECT_TRUE(board.BecomesValues("run7", "metrics/of_layer_3", {0.5, 0.5, 0.5, 2.5}));
  EXPECT_EQ(board.Values(board.Now(), "run7", "metrics/of_layer_4"),
            (std::vector<double>{0.5, 0.5, 0.5}));
}

TEST(LogIngest, FollowsALogdirThroughEverythingThatHappensToIt) {
  for (const bool use_inotify : {true, false}) {
    SCOPED_TRACE(use_inotify ? "inotify" : "listings");
    TemporaryDirectory parent;
    const std::string root = parent.Join("logs");
    Board board(root, use_inotify);
    EXPECT_TRUE(board.Becomes(
        [](const Snapshot& now) { return now.progress().state == LoadState::kMissing; }));

    fs::create_directories(root + "/a");
    WriteText(root + "/a/events.out.tfevents.1", Log({1, 2}));
    EXPECT_TRUE(board.BecomesValues("a", "loss", {1, 2}));
    EXPECT_TRUE(board.Becomes([](const Snapshot& now) {
      return now.progress().state == LoadState::kWatching &&
             now.progress().bytes_read == now.progress().bytes_total;
    }));

    AppendText(root + "/a/events.out.tfevents.1", ScalarRecord("loss", 2, 3));
    EXPECT_TRUE(board.BecomesValues("a", "loss", {1, 2, 3}));

    const std::string record = ScalarRecord("loss", 3, 4);  // Torn in the middle.
    AppendText(root + "/a/events.out.tfevents.1", record.substr(0, 17));
    fs::create_directories(root + "/b/c");
    WriteText(root + "/b/c/events.out.tfevents.1", Log({7}));
    EXPECT_TRUE(board.BecomesValues("b/c", "loss", {7}));
    AppendText(root + "/a/events.out.tfevents.1", record.substr(17));
    EXPECT_TRUE(board.BecomesValues("a", "loss", {1, 2, 3, 4}));

    WriteText(root + "/a/events.out.tfevents.2", ScalarRecord("loss", 2, 33));
    EXPECT_TRUE(board.BecomesValues("a", "loss", {1, 2, 33}));

    fs::rename(root + "/a", root + "/renamed");
    EXPECT_TRUE(board.Becomes([](const Snapshot& now) { return now.FindRun("a") == nullptr; }));
    EXPECT_TRUE(board.BecomesValues("renamed", "loss", {1, 2, 33}));
    AppendText(root + "/renamed/events.out.tfevents.2", ScalarRecord("loss", 3, 44));
    EXPECT_TRUE(board.BecomesValues("renamed", "loss", {1, 2, 33, 44}));

    WriteText(root + "/b/c/events.out.tfevents.1", Log({}));
    EXPECT_TRUE(board.BecomesValues("b/c", "loss", {}));

    // The logdir vanishes, as a network mount does, and what was read stays.
    fs::rename(root, parent.Join("away"));
    EXPECT_TRUE(board.Becomes(
        [](const Snapshot& now) { return now.progress().state == LoadState::kMissing; }));
    EXPECT_EQ(board.Values(board.Now(), "renamed", "loss").size(), 4u);
    AppendText(parent.Join("away/renamed/events.out.tfevents.2"), ScalarRecord("loss", 4, 55));
    fs::rename(parent.Join("away"), root);
    EXPECT_TRUE(board.BecomesValues("renamed", "loss", {1, 2, 33, 44, 55}));
    EXPECT_EQ(board.Now().damage().count, 0u);

    fs::remove_all(root + "/renamed");
    EXPECT_TRUE(
        board.Becomes([](const Snapshot& now) { return now.FindRun("renamed") == nullptr; }));
  }
}

TEST(LogIngest, LoadsManyRunsOfManyFiles) {
  TemporaryDirectory root;
  for (int run = 0; run < 60; ++run) {
    const std::string directory =
        root.Join("group" + std::to_string(run % 7) + "/run" + std::to_string(run));
    fs::create_directories(directory);
    for (int file = 0; file < 3; ++file) {
      std::string bytes = VersionRecord();
      for (int step = 0; step < 50; ++step) {
        bytes += ScalarRecord("loss", file * 50 + step, static_cast<float>(run));
      }
      WriteText(directory + "/events.out.tfevents." + std::to_string(file), bytes);
    }
  }
  Board board(root.path());
  ASSERT_TRUE(board.Loaded());
  const Snapshot now = board.Now();
  EXPECT_EQ(now.Runs().size(), 60u);
  EXPECT_EQ(now.total_points(), 60u * 150);
  for (const store::RunFacts* run : now.Runs()) {
    const auto window = now.FindSeries(run->id, "scalars", "loss")->Window({});
    ASSERT_EQ(window.steps.size(), 150u);
    for (int64_t step = 0; step < 150; ++step)
      ASSERT_EQ(window.steps[static_cast<size_t>(step)], step);
  }
}

TEST(LogIngest, LoadsOnceWithoutAReloadInterval) {
  TemporaryDirectory root;
  WriteText(root.Join("tfevents"), Log({1}));
  auto store = *store::Store::Create({});
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  LogIngest ingest(source, *store, {.threads = 1, .reload_interval_s = 0});
  ingest.Start();
  ASSERT_TRUE(ingest.WaitUntilLoaded(60s));
  EXPECT_EQ(store->TakeSnapshot().total_points(), 1u);
}

// --- golden files ---

// A copy of a golden directory without the JSON, whose names would make it an event file too.
void CopyGolden(const std::string& from, const std::string& to) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".json") continue;
    const fs::path target = fs::path(to) / fs::relative(entry.path(), from);
    fs::create_directories(target.parent_path());
    fs::copy_file(entry.path(), target);
  }
}

struct WantPoint {
  int64_t step;
  double wall_time_s;
  double value = 0;
};
using WantSeries = std::map<std::pair<std::string, std::string>, std::vector<WantPoint>>;

double NumberOf(const json::value& value) {
  if (value.is_string()) {
    if (value.as_string() == "nan") return std::nan("");
    return value.as_string() == "inf" ? HUGE_VAL : -HUGE_VAL;
  }
  return value.to_number<double>();
}

// What the store must hold of one run, from the JSON beside its files. Boost.JSON may read a double's last bit wrong,
// hence comparisons by EXPECT_DOUBLE_EQ here; run_loader_test.cc compares bits.
WantSeries WantOf(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().find("tfevents") != std::string::npos &&
        entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  WantSeries want;
  std::map<std::string, std::string> plugin_of;
  for (const std::string& file : files) {
    const json::value document = json::parse(*ReadWholeFile(file));
    for (const json::value& record : document.at("records").as_array()) {
      const WantPoint point{record.at("step").to_number<int64_t>(),
                            record.at("wall_time").to_number<double>()};
      const std::string what(record.at("what").as_string());
      if (what == "graph_def") want[{"graphs", "__run_graph__"}].push_back(point);
      if (what == "tagged_run_metadata") {
        want[{"graph_tagged_run_metadata",
              std::string(record.at("tagged_run_metadata").at("tag").as_string())}]
            .push_back(point);
      }
      if (what != "summary") continue;
      for (const json::value& value : record.at("values").as_array()) {
        const std::string tag(value.at("tag").as_string());
        const std::string kind(value.at("kind").as_string());
        if (const auto* metadata = value.as_object().if_contains("metadata")) {
          const auto* data = metadata->as_object().if_contains("plugin_data");
          const auto* name =
              data == nullptr ? nullptr : data->as_object().if_contains("plugin_name");
          plugin_of.try_emplace(tag, name == nullptr ? "" : std::string(name->as_string()));
        }
        WantPoint tagged = point;
        std::string as = plugin_of[tag].empty() ? "tensors" : plugin_of[tag];
        if (kind == "simple_value") as = "scalars";
        if (kind == "histo") as = "histograms";
        if (kind == "image") as = "images";
        if (kind == "audio") as = "audio";
        if (as == "scalars") {
          tagged.value = NumberOf(kind == "simple_value" ? value.at("simple_value")
                                                         : value.at("tensor").at("values"));
        }
        want[{as, tag}].push_back(tagged);
      }
    }
  }
  return want;
}

class GoldenLogs : public testing::TestWithParam<std::string> {};

TEST_P(GoldenLogs, LoadToTheExpectedPoints) {
  const std::string golden = std::string(FANLIGHT_GOLDEN_DIR) + "/" + GetParam();
  TemporaryDirectory root;
  CopyGolden(golden, root.path());
  Board board(root.path());
  ASSERT_TRUE(board.Loaded());
  const Snapshot now = board.Now();
  ASSERT_FALSE(now.Runs().empty());
  for (const store::RunFacts* run : now.Runs()) {
    SCOPED_TRACE(run->name);
    WantSeries want = WantOf(golden + "/" + run->name);
    // A record whose bytes are damaged in the file ends TensorFlow's list; ours goes on.
    if (GetParam().starts_with("ev_bad_flip")) want[{"scalars", "loss"}].push_back({});
    EXPECT_EQ(now.Series(run->id).size(), want.size());
    for (const auto& [name, points] : want) {
      const auto series = now.FindSeries(run->id, name.first, name.second);
      ASSERT_TRUE(series) << name.first << " " << name.second;
      ASSERT_EQ(series->points(), points.size()) << name.second;
      if (GetParam().starts_with("ev_bad_flip")) continue;
      if (series->is_scalars()) {
        const auto window = series->Window({.generations = Generations::kAll});
        for (size_t i = 0; i < points.size(); ++i) {
          EXPECT_EQ(window.steps[i], points[i].step);
          EXPECT_DOUBLE_EQ(window.wall_times_s[i], points[i].wall_time_s);
          if (std::isnan(points[i].value)) {
            EXPECT_TRUE(std::isnan(window.values[i]));
          } else {
            EXPECT_DOUBLE_EQ(window.values[i], points[i].value);
          }
        }
        continue;
      }
      const auto blobs = series->Blobs(Generations::kAll);
      for (size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(blobs[i].step, points[i].step);
        EXPECT_DOUBLE_EQ(blobs[i].wall_time_s, points[i].wall_time_s);
        const auto blob = board.blobs().Read(blobs[i]);
        ASSERT_TRUE(blob) << blob.error().message;
        if (name.first == "histograms") {
          EXPECT_TRUE(store::ToBuckets(*blob));
        }
        if (name.first == "images") {
          ASSERT_EQ(blob->strings.size(), 2u + blobs[i].items);
          EXPECT_TRUE(blob->strings[2].starts_with("\x89PNG"));
        }
        if (name.first == "audio") {
          ASSERT_EQ(blob->strings.size(), blobs[i].items);
          EXPECT_TRUE(blob->strings[0].starts_with("RIFF"));
        }
      }
    }
  }
  EXPECT_EQ(now.damage().count, GetParam().starts_with("ev_bad_flip") ? 1u : 0u);
  if (GetParam().starts_with("ev_bad_flip")) {
    EXPECT_EQ(now.damage().items[0].offset, 118u);
    EXPECT_EQ(now.damage().items[0].bytes, 42u);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenLogs,
                         testing::Values("ev_bad_flip_length", "ev_bad_flip_payload",
                                         "ev_bad_trunc_footer", "ev_bad_trunc_header",
                                         "ev_bad_trunc_payload", "ev_plugin_cs",
                                         "ev_plugin_hparams", "ev_plugin_hpend", "ev_plugin_keras",
                                         "ev_plugin_mesh", "ev_plugin_pr", "ev_plugin_tbv1",
                                         "ev_plugin_tbv2", "ev_tensorboardx", "ev_tf1_all",
                                         "ev_tf1_scalar", "ev_tf1_two_restarts", "ev_tf2_all",
                                         "mnist_small"),
                         [](const auto& directory) { return directory.param; });

TEST(GoldenRestarts, EqualWhatTensorBoardKeeps) {
  const std::string golden = std::string(FANLIGHT_GOLDEN_DIR) + "/ev_tf1_two_restarts";
  TemporaryDirectory root;
  CopyGolden(golden, root.path());
  Board board(root.path());
  ASSERT_TRUE(board.Loaded());
  const Snapshot now = board.Now();
  const json::value after = json::parse(*ReadWholeFile(golden + "/after_purge.json"));
  const auto series = now.Series(now.Runs()[0]->id);
  ASSERT_EQ(series.size(), 1u);
  for (const Generations rule :
       {Generations::kCurrent, Generations::kTensorBoardFast, Generations::kTensorBoardSlow}) {
    const auto window = series[0].Window({.generations = rule});
    const json::array& want = after.at("points_after_restart_purge").as_array();
    ASSERT_EQ(window.steps.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(window.steps[i], want[i].at(0).to_number<int64_t>());
      EXPECT_EQ(window.values[i], want[i].at(1).to_number<double>());
    }
  }
  EXPECT_EQ(now.Runs()[0]->session, store::SessionState::kStopped);
}

TEST(GoldenTutorial, LoadsTheAuthorsLog) {
  const std::string golden = std::string(FANLIGHT_GOLDEN_DIR) + "/tutorial";
  TemporaryDirectory root;
  CopyGolden(golden + "/example", root.path());
  Board board(root.path());
  ASSERT_TRUE(board.Loaded());
  const json::value want = json::parse(*ReadWholeFile(golden + "/expected.json"));
  const Snapshot now = board.Now();
  const auto scalars = now.Series(now.Runs()[0]->id, "scalars");
  ASSERT_EQ(scalars.size(), 1u);
  const auto window = scalars[0].Window({});
  const json::array& points = want.at("example").at("loss").as_array();
  ASSERT_EQ(points.size(), 20u);
  ASSERT_EQ(window.steps.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(window.steps[i], points[i].at("step").to_number<int64_t>());
    EXPECT_DOUBLE_EQ(window.wall_times_s[i], points[i].at("wall_time").to_number<double>());
    EXPECT_DOUBLE_EQ(window.values[i], points[i].at("value").to_number<double>());
  }
  const auto graphs = now.Series(now.Runs()[0]->id, "graphs");
  ASSERT_EQ(graphs.size(), 1u);
  const auto graph = board.blobs().Read(graphs[0].Blobs(Generations::kAll).back());
  ASSERT_TRUE(graph);
  EXPECT_GT(graph->strings.at(0).size(), 1000u);
}

}  // namespace
}  // namespace fanlight::ingest
