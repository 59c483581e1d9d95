#include "fanlight/board/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/store_builder.h"

namespace fanlight::store {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

std::vector<std::string> RunNames(const Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const RunFacts* run : snapshot.Runs()) names.push_back(run->display_name);
  return names;
}

TEST(Store, ListsRunsInNaturalOrder) {
  StoreBuilder builder;
  for (const char* run : {"run10", "run2", ".", "a/b"}) builder.Scalar(run, "loss", {1});
  EXPECT_THAT(RunNames(builder.Build().TakeSnapshot()), ElementsAre(".", "a/b", "run2", "run10"));
}

TEST(Store, ShowsNamesThatAreNotUtf8) {
  StoreBuilder builder;
  builder.Scalar("run\xff", "tag\xfe", {1}).Scalar("run\xfe", "tag\xff", {2, 3});
  const Snapshot now = builder.Build().TakeSnapshot();
  const auto runs = now.Runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_THAT(RunNames(now), testing::UnorderedElementsAre("run\uFFFD", "run\uFFFD (2)"));
  for (const RunFacts* run : runs) {
    EXPECT_EQ(now.FindRun(run->display_name), run);
    const auto series = now.Series(run->id);
    ASSERT_EQ(series.size(), 1u);
    EXPECT_TRUE(now.FindSeries(run->id, "scalars", series[0].tag()));
    EXPECT_EQ(series[0].tag_bytes(), run->name == "run\xff" ? "tag\xfe" : "tag\xff");
  }
  EXPECT_EQ(now.Tags().size(), 2u);
}

TEST(Store, FindsTagsWhereverTheyStandInARun) {
  StoreBuilder builder;
  builder.Scalar("a", "x", {1}).Scalar("a", "y", {1}).Blobs("a", "h", "histograms", 1);
  builder.Scalar("b", "y", {1}).Scalar("b", "x", {1});
  builder.Scalar("c", "z", {1});
  builder.Blobs("d", "h", "histograms", 1).Scalar("d", "w", {1}).Scalar("d", "x", {1});
  const Snapshot now = builder.Build().TakeSnapshot();
  const auto names = [&](std::string_view kind, std::string_view tag) {
    std::vector<std::string> runs;
    for (const SeriesView& series : now.SeriesOfAllRuns(kind, tag)) {
      EXPECT_EQ(series.tag(), tag);
      EXPECT_EQ(series.kind(), kind);
      runs.push_back(now.FindRun(series.run())->name);
    }
    return runs;
  };
  EXPECT_THAT(names("scalars", "x"), ElementsAre("a", "b", "d"));
  EXPECT_THAT(names("scalars", "y"), ElementsAre("a", "b"));
  EXPECT_THAT(names("histograms", "h"), ElementsAre("a", "d"));
  EXPECT_THAT(names("scalars", "none"), testing::IsEmpty());
  std::vector<std::string> tags;
  for (const TagEntry& entry : now.Tags()) {
    tags.push_back(entry.kind + " " + entry.tag);
    EXPECT_EQ(entry.runs.size(), now.SeriesOfAllRuns(entry.kind, entry.tag).size()) << entry.tag;
    for (size_t i = 0; i < entry.runs.size(); ++i) {
      EXPECT_TRUE(now.FindSeries(entry.runs[i], entry.kind, entry.tag));
    }
  }
  EXPECT_THAT(tags,
              ElementsAre("histograms h", "scalars w", "scalars x", "scalars y", "scalars z"));
}

TEST(Store, ASnapshotStaysWhatItWas) {
  StoreBuilder builder;
  Store& store = builder.Scalar("a", "loss", {1, 2}).Build();
  const Snapshot before = store.TakeSnapshot();
  builder.Scalar("a", "acc", {1}).Scalar("b", "loss", {1}).Build();
  EXPECT_THAT(RunNames(before), ElementsAre("a"));
  EXPECT_EQ(before.total_runs(), 1u);
  EXPECT_EQ(before.total_series(), 1u);
  EXPECT_EQ(before.total_points(), 2u);
  const Snapshot after = store.TakeSnapshot();
  EXPECT_GT(after.change(), before.change());
  EXPECT_EQ(store.Look().change, after.change());
  EXPECT_EQ(store.Look().total_points, 4u);
  EXPECT_EQ(after.total_runs(), 2u);
  EXPECT_EQ(after.total_series(), 3u);
  EXPECT_EQ(after.total_points(), 4u);
}

TEST(Store, TellsWhatChanged) {
  StoreBuilder builder;
  Store& store = builder.Scalar("a", "loss", {1, 2}).Scalar("b", "loss", {1}).Build();
  const uint64_t then = store.change();
  EXPECT_TRUE(store.TakeSnapshot().ChangedSince(then, 10).series.empty());

  builder.Points("b", "loss", {{5, 1, 1}});
  builder.writer("b").Commit();
  ChangeSet changes = store.TakeSnapshot().ChangedSince(then, 10);
  EXPECT_FALSE(changes.runs_changed);
  EXPECT_FALSE(changes.tags_changed);
  ASSERT_EQ(changes.series.size(), 1u);
  EXPECT_EQ(changes.series[0].tag, "loss");
  EXPECT_EQ(changes.series[0].points, 2u);
  EXPECT_EQ(changes.series[0].run, builder.writer("b").id());

  builder.Scalar("c", "x", {1}).Build();
  changes = store.TakeSnapshot().ChangedSince(then, 10);
  EXPECT_TRUE(changes.runs_changed);
  EXPECT_TRUE(changes.tags_changed);
  EXPECT_FALSE(changes.everything);
  EXPECT_TRUE(store.TakeSnapshot().ChangedSince(0, 2).everything);
}

TEST(Store, WaitsForAChange) {
  StoreBuilder builder;
  Store& store = builder.Scalar("a", "loss", {1}).Build();
  const uint64_t then = store.change();
  EXPECT_EQ(store.WaitForChange(then, {}, 1ms), then);
  std::jthread writer([&] {
    builder.Scalar("a", "loss", {2});
    builder.writer("a").Commit();
  });
  EXPECT_GT(store.WaitForChange(then, {}, 10s), then);
  writer.join();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(store.WaitForChange(store.change(), stop.get_token(), 10s), store.change());
}

TEST(Store, ARunThatGoesAndComesBackKeepsItsId) {
  StoreBuilder builder;
  Store& store = builder.Scalar("a", "loss", {1}).Scalar("b", "loss", {1}).Build();
  RunWriter& writer = builder.writer("a");
  const RunId id = writer.id();
  const uint64_t then = store.change();
  writer.Remove();
  Snapshot now = store.TakeSnapshot();
  EXPECT_THAT(RunNames(now), ElementsAre("b"));
  EXPECT_EQ(now.FindRun(id), nullptr);
  EXPECT_TRUE(now.Series(id).empty());
  EXPECT_EQ(now.total_runs(), 1u);
  EXPECT_EQ(now.total_points(), 1u);
  EXPECT_TRUE(now.ChangedSince(then, 10).runs_changed);

  writer.series(writer.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars))
      .Append(ValueType::kFloat32, 1, 1, 0);
  writer.Commit();
  now = store.TakeSnapshot();
  EXPECT_THAT(RunNames(now), ElementsAre("a", "b"));
  EXPECT_EQ(now.FindRun("a")->id, id);
  EXPECT_EQ(now.FindRun("a")->points, 1u);
}

TEST(Store, CountsDamageAndKeepsTheNewest) {
  auto store = *Store::Create({});
  RunWriter& run = store->AddRun("run");
  RunWriter& other = store->AddRun("other");
  other.AddDamage({.file = "o", .offset = 7, .bytes = 5, .message = "m"});
  for (uint64_t i = 0; i < 150; ++i)
    run.AddDamage({.file = "f", .offset = i, .bytes = 2, .message = "m"});
  const Snapshot now = store->TakeSnapshot();
  EXPECT_EQ(now.damage().count, 151u);
  EXPECT_EQ(now.damage().bytes_lost, 305u);
  ASSERT_EQ(now.damage().items.size(), 100u);
  EXPECT_EQ(now.damage().items.back().offset, 149u);
}

// A run that is read again would else tell of each damage twice.
TEST(Store, ARunThatIsReadAgainTakesItsDamageBack) {
  auto store = *Store::Create({});
  RunWriter& run = store->AddRun("run");
  RunWriter& other = store->AddRun("other");
  run.AddDamage({.file = "f", .offset = 1, .bytes = 2, .message = "m"});
  other.AddDamage({.file = "o", .offset = 7, .bytes = 5, .message = "m"});
  run.Reset();
  const Snapshot now = store->TakeSnapshot();
  EXPECT_EQ(now.damage().count, 1u);
  EXPECT_EQ(now.damage().bytes_lost, 5u);
  ASSERT_EQ(now.damage().items.size(), 1u);
  EXPECT_EQ(now.damage().items[0].file, "o");
}

TEST(Store, EstimatesTheTimeLeft) {
  ManualClock clock(1000);
  auto store = *Store::Create({.clock = &clock});
  store->SetProgress(LoadState::kLoading, 0, 100);
  EXPECT_FALSE(store->TakeSnapshot().progress().seconds_left);
  clock.Advance(2);
  store->SetProgress(LoadState::kLoading, 50, 200);
  EXPECT_DOUBLE_EQ(*store->TakeSnapshot().progress().seconds_left, 6);
  store->SetProgress(LoadState::kWatching, 200, 200);
  EXPECT_FALSE(store->TakeSnapshot().progress().seconds_left);
  EXPECT_EQ(store->TakeSnapshot().progress().started_s, 1000);
}

TEST(Store, ReadersAndWritersDoNotDisturbEachOther) {
  StoreBuilder builder;
  Store& store = builder.Build();
  std::atomic<bool> is_done = false;
  std::vector<std::jthread> threads;
  for (int w = 0; w < 3; ++w) {
    RunWriter& writer = store.AddRun("run" + std::to_string(w));
    threads.emplace_back([&writer] {
      SeriesStage& series =
          writer.series(writer.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars));
      for (int64_t step = 0; step < 20000; ++step) {
        series.Append(ValueType::kFloat64, step, static_cast<double>(step),
                      std::bit_cast<uint64_t>(static_cast<double>(step)));
        if (step % 100 == 99) writer.Commit();
      }
    });
  }
  threads.emplace_back([&] {
    while (!is_done) {
      const Snapshot now = store.TakeSnapshot();
      for (const RunFacts* run : now.Runs()) {
        for (const SeriesView& series : now.Series(run->id)) {
          const ScalarColumns window = series.Window({.width = 50});
          ASSERT_EQ(window.total, run->points);
          if (window.steps.empty()) continue;
          ASSERT_EQ(window.steps.front(), 0);
          ASSERT_EQ(static_cast<uint64_t>(window.steps.back()), run->points - 1);
          ASSERT_EQ(window.values.back(), static_cast<double>(window.steps.back()));
        }
      }
    }
  });
  for (size_t w = 0; w < 3; ++w) threads[w].join();
  is_done = true;
  threads.back().join();
  EXPECT_EQ(store.TakeSnapshot().total_points(), 60000u);
}

TEST(BlockFile, KeepsBytesInTheFileOrOnTheHeap) {
  TemporaryDirectory directory;
  BlockFile file(directory.path());
  BlockFile heap(directory.Join("missing"));
  for (BlockFile* blocks : {&file, &heap}) {
    std::vector<const std::byte*> places;
    for (size_t i = 0; i < 100; ++i) {
      const std::vector<std::byte> bytes(1000 + i, static_cast<std::byte>(i));
      places.push_back(blocks->Append(bytes));
    }
    for (size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(places[i]) % 8, 0u);
      EXPECT_EQ(places[i][999 + i], static_cast<std::byte>(i));
    }
  }
  EXPECT_GT(file.scratch_bytes(), 100000u);
  EXPECT_EQ(file.heap_bytes(), 0u);
  EXPECT_GT(heap.heap_bytes(), 100000u);
}

TEST(Histogram, CutsEmptyEnds) {
  TensorValue value{.dtype = 2, .shape = {4, 3}, .numbers = {0, 1, 0, 1, 2, 5, 2, 3, 0, 3, 4, 0}};
  EXPECT_THAT(*ToBuckets(value), ElementsAre(Bucket{1, 2, 5}));
  value.shape = {12};
  EXPECT_FALSE(ToBuckets(value));
}

}  // namespace
TEST(BlockBatch, TellsEachPieceWhereItStands) {
  TemporaryDirectory directory;
  for (const std::string& scratch : {directory.path(), directory.Join("missing")}) {
    SCOPED_TRACE(scratch);
    BlockFile file(scratch);
    std::deque<const std::byte*> places;  // Stay where they are.
    const auto piece = [](size_t i) {
      return std::vector<std::byte>(8 * (1 + i % 40), static_cast<std::byte>(i % 251));
    };
    {
      BlockBatch batch(file);
      for (size_t i = 0; i < 3000; ++i) {
        const auto append = [&](std::vector<std::byte>& bytes) {
          const auto added = piece(i);
          bytes.insert(bytes.end(), added.begin(), added.end());
        };
        batch.Add(append, places.emplace_back());
      }
    }
    for (size_t i = 0; i < places.size(); ++i) {
      ASSERT_NE(places[i], nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(places[i]) % 8, 0u);
      const auto want = piece(i);
      ASSERT_TRUE(std::equal(want.begin(), want.end(), places[i])) << i;
    }
  }
}

TEST(Store, IsCrowdedWhileManySeriesAreWrittenAndNotWhenRunsAreAtRest) {
  const auto store = *Store::Create({});
  RunWriter& run = store->AddRun("run");
  run.BeginFile(0, FileId{0});
  const auto stages = static_cast<uint32_t>(StageBudget::kManyStages) + 1;
  for (uint32_t i = 0; i < stages; ++i) {
    const uint32_t series =
        run.AddSeries("tag" + std::to_string(i), {.kind = "scalars"}, RunWriter::Form::kScalars);
    run.series(series).Append(ValueType::kFloat32, 1, 1.7e9, 0);
  }
  EXPECT_TRUE(store->is_crowded());
  run.FreezeTails();
  run.Commit();
  run.Park();
  EXPECT_FALSE(store->is_crowded());
  EXPECT_EQ(store->TakeSnapshot().total_points(), stages);

  ASSERT_TRUE(run.Resume());
  run.series(3).Append(ValueType::kFloat32, 2, 1.7e9, 0);
  run.Commit();
  const Snapshot now = store->TakeSnapshot();
  EXPECT_EQ(now.FindSeries(run.id(), "scalars", "tag3")->Window({}).steps,
            (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(now.FindSeries(run.id(), "scalars", "tag4")->points(), 1u);
}

}  // namespace fanlight::store
