#include "fanlight/board/ingest/parallel_read.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <random>
#include <thread>

#include "fanlight/base/crc32c.h"
#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/run_loader.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

using store::Generations;

// Everything that is offered is done at once, by threads of its own.
class EagerWorkers final : public SpareWorkers {
 public:
  bool AreThere() const override { return true; }
  void Offer(std::function<void()> work) override { threads_.emplace_back(std::move(work)); }

 private:
  std::vector<std::jthread> threads_;
};

// Nothing that is offered is ever done.
class IdleWorkers final : public SpareWorkers {
 public:
  bool AreThere() const override { return true; }
  void Offer(std::function<void()> work) override { offered_.push_back(std::move(work)); }
  size_t offered() const { return offered_.size(); }

 private:
  std::vector<std::function<void()>> offered_;
};

// All that the store knows of a run after one loader has read it: every point, reference, fact and damage.
std::string Loaded(const std::string& logdir, SpareWorkers* workers) {
  LocalLogSource source({RootOfLogdir(logdir)}, {});
  const auto store = *store::Store::Create({});
  ByteCounts bytes;
  const SystemClock clock;
  RunLoader loader("run", {.source = source,
                           .store = *store,
                           .files = std::make_shared<FileTable>(),
                           .bytes = bytes,
                           .clock = clock,
                           .spare_workers = workers});
  loader.SetFiles(source.List().files);
  while (loader.Step(4 << 20).has_more) {
  }
  const store::Snapshot now = store->TakeSnapshot();
  const store::RunFacts* run = now.FindRun("run");
  if (run == nullptr) return "no run";
  std::string all =
      fmt::format("points {} start {} earliest {} last {} {} read {}\n", run->points,
                  run->start_s.value_or(0), run->earliest_s.value_or(0), run->last_step.value_or(0),
                  run->last_wall_time_s.value_or(0), bytes.read.load());
  for (const store::SeriesView& series : now.Series(run->id)) {
    uint32_t crc = 0;
    const auto add = [&crc](const auto& number) {
      crc = Crc32cExtend(crc, std::as_bytes(std::span(&number, 1)));
    };
    series.ForEachRun(Generations::kAll, [&](const store::ScalarRun& points) {
      for (const int64_t step : points.steps) add(step);
      for (const double wall : points.wall_times_s) add(wall);
      for (const double value : points.values) add(value);
    });
    for (const store::BlobRef& blob : series.Blobs(Generations::kAll)) {
      add(blob.record_offset);
      add(blob.step);
    }
    all += fmt::format("{} {}: {} points, {} current, {:08x}\n", series.kind(), series.tag(),
                       series.points(), series.Window({.width = 1}).total, crc);
  }
  all += fmt::format("{} damages\n", now.damage().count);
  for (const auto& item : now.damage().items) {
    all += fmt::format("{} bytes lost at {}\n", item.bytes, item.offset);
  }
  return all;
}

class ParallelReadTest : public testing::Test {
 protected:
  void Write(std::string_view content) {
    std::filesystem::create_directories(directory_.Join("run"));
    WriteText(directory_.Join("run/events.out.tfevents.1"), content);
  }
  void ExpectTheSame() {
    const std::string alone = Loaded(directory_.path(), nullptr);
    EagerWorkers eager;
    EXPECT_EQ(Loaded(directory_.path(), &eager), alone);
    IdleWorkers idle;
    EXPECT_EQ(Loaded(directory_.path(), &idle), alone);
    EXPECT_GT(idle.offered(), 0u);
  }

  TemporaryDirectory directory_;
};

// About `bytes` of scalars, in orders that change, with other records among them.
std::string Scalars(size_t bytes, std::mt19937& random, int64_t first_step = 0) {
  std::string content;
  for (int64_t step = first_step; content.size() < bytes; ++step) {
    const double wall_s = 1.7e9 + 0.25 * static_cast<double>(step);
    const auto number = static_cast<float>(random() % 1000);
    std::vector<std::string> values = {SimpleValue("loss", number),
                                       SimpleValue("accuracy", number / 1000)};
    if (step % 100 == 0) values.push_back(SimpleValue("validation/loss", number));
    if (step % 7 == 0) std::swap(values[0], values[1]);
    content += SummaryRecord(wall_s, step, values);
    if (step % 3 == 0) content += ScalarRecord("rate", step, number);
    if (step % 5000 == 0) {
      content += SummaryRecord(wall_s, step, {TensorValueBytes("text", "", Metadata("text"))});
    }
  }
  return content;
}

constexpr size_t kEnough = 20 << 20;

TEST_F(ParallelReadTest, GivesWhatOneReaderGives) {
  std::mt19937 random(1);
  Write(VersionRecord() + Scalars(kEnough, random));
  ExpectTheSame();
}

TEST_F(ParallelReadTest, ARestartInTheFileIsSeenInItsPlace) {
  std::mt19937 random(2);
  Write(VersionRecord() + SessionRecord(1, 0) + Scalars(kEnough / 2, random) +
        SessionRecord(1, 1000) + Scalars(kEnough / 2, random, 1000) + SessionRecord(2, 0));
  ExpectTheSame();
}

TEST_F(ParallelReadTest, DamageCostsTheSameRecords) {
  std::mt19937 random(3);
  std::string content = VersionRecord() + Scalars(kEnough, random);
  for (int i = 0; i < 40; ++i) {
    char& byte = content[random() % content.size()];
    byte = static_cast<char>(byte ^ (1 << (random() % 8)));
  }
  content.erase(content.size() - 9);  // And a record that is not whole yet.
  Write(content);
  ExpectTheSame();
}

TEST_F(ParallelReadTest, RecordsLongerThanAChunkAndRecordsInsideOfPayloadsDeceiveNobody) {
  std::mt19937 random(4);
  std::string inner;
  while (inner.size() < 5 * ParallelRead::kChunkBytes) inner += ScalarRecord("not/there", 1, 1);
  Write(VersionRecord() + Scalars(kEnough / 4, random) +
        SummaryRecord(1.7e9, 3, {TensorValueBytes("text", inner, Metadata("text"))}) +
        Scalars(kEnough, random));
  ExpectTheSame();
  EXPECT_EQ(Loaded(directory_.path(), nullptr).find("not/there"), std::string::npos);
}

TEST_F(ParallelReadTest, AVersionThatIsTakenBackEndsIt) {
  std::mt19937 random(5);
  std::string old = EventBytes(1.7e9, 0);
  PutBytes(old, 3, "brain.Event:1");
  Write(VersionRecord() + Scalars(kEnough / 2, random) + Framed(old) +
        Scalars(kEnough / 2, random));
  ExpectTheSame();
}

TEST_F(ParallelReadTest, ManyOtherRecordsKeepTheirPlaces) {
  std::mt19937 random(6);
  std::string content = VersionRecord() + Scalars(1 << 20, random);
  for (int64_t step = 0; content.size() < kEnough; ++step) {
    content += ScalarRecord("loss", step, 1);
    content += SummaryRecord(1.7e9 + static_cast<double>(step), step,
                             {TensorValueBytes("text", "", Metadata("text"))});
  }
  Write(content);
  ExpectTheSame();
}

}  // namespace
}  // namespace fanlight::ingest
