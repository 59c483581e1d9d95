// Event files that were damaged at random: no crash, no wrong value, no good record lost. FANLIGHT_FAULT_ROUNDS asks for
// more rounds than every build runs.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <tuple>

#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/run_loader.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

using store::Generations;
using Point = std::tuple<int64_t, double, double>;  // Step, wall time, value.

size_t Rounds() {
  const char* wanted = std::getenv("FANLIGHT_FAULT_ROUNDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 400;
}

struct TestRecord {
  std::string bytes;
  std::string tag;  // Empty: it holds no point.
  Point point;
};

// Scalars old and new, a text between them; steps rise, so that every point stays current.
std::vector<TestRecord> SomeRecords(std::mt19937_64& random) {
  std::vector<TestRecord> records = {{VersionRecord(), "", {}}};
  for (int64_t step = 0; step < 60; ++step) {
    const double wall_s = 1.7e9 + static_cast<double>(step);
    const auto number = static_cast<float>(random() % 100000) / 7;
    const std::string tag = step % 3 == 0 ? "accuracy" : "loss";
    if (step % 10 == 9) {
      std::string text;
      PutInt(text, 1, 7);
      PutBytes(text, 8, std::string(random() % 600, 't'));
      records.push_back(
          {SummaryRecord(wall_s, step, {TensorValueBytes("note", text, Metadata("text"))}),
           "",
           {}});
    }
    std::string content(sizeof(number), '\0');
    std::memcpy(content.data(), &number, sizeof(number));
    std::string tensor;
    PutInt(tensor, 1, 1);
    PutBytes(tensor, 4, content);
    const std::string value = step % 3 == 0 ? TensorValueBytes(tag, tensor, Metadata("scalars"))
                                            : SimpleValue(tag, number);
    records.push_back({SummaryRecord(wall_s, step, {value}), tag, {step, wall_s, double{number}}});
  }
  return records;
}

std::map<std::string, std::vector<Point>> Loaded(const std::string& logdir,
                                                 store::DamageReport& damage) {
  LocalLogSource source({RootOfLogdir(logdir)}, {.use_inotify = false});
  const auto store = *store::Store::Create({.scratch_directory = ""});
  ByteCounts bytes;
  const SystemClock clock;
  RunLoader loader(".", {.source = source,
                         .store = *store,
                         .files = std::make_shared<FileTable>(),
                         .bytes = bytes,
                         .clock = clock});
  loader.SetFiles(source.List().files);
  while (loader.Step(1 << 20).has_more) {
  }
  std::map<std::string, std::vector<Point>> points;
  const store::Snapshot now = store->TakeSnapshot();
  damage = now.damage();
  for (const auto* run : now.Runs()) {
    for (const auto& series : now.Series(run->id, "scalars")) {
      const auto columns = series.Window({.generations = Generations::kAll});
      for (size_t i = 0; i < columns.steps.size(); ++i) {
        points[series.tag()].emplace_back(columns.steps[i], columns.wall_times_s[i],
                                          columns.values[i]);
      }
    }
  }
  return points;
}

TEST(Faults, FlippedBitsCostTheRecordsTheyAreIn) {
  const TemporaryDirectory directory;
  const std::string path = directory.Join("events.out.tfevents.1");
  std::mt19937_64 random(20261125);
  for (size_t round = 0; round < Rounds(); ++round) {
    const std::vector<TestRecord> records = SomeRecords(random);
    std::string content;
    std::vector<size_t> ends;
    for (const TestRecord& record : records) ends.push_back((content += record.bytes).size());
    for (size_t flips = 1 + random() % 4; flips > 0; --flips) {
      // The first record names the version; without it rules differ that have nothing to do with damage.
      const size_t at = ends[0] + random() % (content.size() - ends[0]);
      content[at] = static_cast<char>(content[at] ^ (1 << (random() % 8)));
    }
    WriteText(path, content);
    std::map<std::string, std::vector<Point>> want;
    size_t damaged = 0;
    for (size_t i = 0, begin = 0; i < records.size(); begin = ends[i++]) {
      // Two flips may undo one another.
      const bool is_same = content.compare(begin, records[i].bytes.size(), records[i].bytes) == 0;
      if (!is_same) ++damaged;
      if (!records[i].tag.empty() && is_same) want[records[i].tag].push_back(records[i].point);
    }
    store::DamageReport damage;
    ASSERT_EQ(Loaded(directory.path(), damage), want) << round;
    if (damaged > 0) {
      EXPECT_GE(damage.count, 1u) << round;
    }
  }
}

TEST(Faults, AFileCutAnywhereGivesItsWholeRecords) {
  const TemporaryDirectory directory;
  const std::string path = directory.Join("events.out.tfevents.1");
  std::mt19937_64 random(7);
  const std::vector<TestRecord> records = SomeRecords(random);
  std::string content;
  std::vector<size_t> ends;
  for (const TestRecord& record : records) ends.push_back((content += record.bytes).size());
  for (size_t cut = 0; cut <= content.size(); ++cut) {
    WriteText(path, std::string_view(content).substr(0, cut));
    std::map<std::string, std::vector<Point>> want;
    for (size_t i = 0; i < records.size() && ends[i] <= cut; ++i) {
      if (!records[i].tag.empty()) want[records[i].tag].push_back(records[i].point);
    }
    store::DamageReport damage;
    ASSERT_EQ(Loaded(directory.path(), damage), want) << cut;
    ASSERT_EQ(damage.count, 0u) << cut << ": " << damage.items[0].message;
  }
}

// Bytes that came from elsewhere, written over a part of the file.
TEST(Faults, GarbageInTheMiddleCostsWhatItCovers) {
  const TemporaryDirectory directory;
  const std::string path = directory.Join("events.out.tfevents.1");
  std::mt19937_64 random(11);
  for (size_t round = 0; round < Rounds() / 4; ++round) {
    const std::vector<TestRecord> records = SomeRecords(random);
    std::string content;
    std::vector<size_t> ends;
    for (const TestRecord& record : records) ends.push_back((content += record.bytes).size());
    const size_t from = ends[0] + random() % (content.size() - ends[0]);
    const size_t to = std::min<size_t>(content.size(), from + 1 + random() % 2000);
    for (size_t i = from; i < to; ++i) content[i] = static_cast<char>(random());
    WriteText(path, content);
    std::map<std::string, std::vector<Point>> want;
    for (size_t i = 0, begin = 0; i < records.size(); begin = ends[i++]) {
      const bool is_same = content.compare(begin, records[i].bytes.size(), records[i].bytes) == 0;
      if (!records[i].tag.empty() && is_same) want[records[i].tag].push_back(records[i].point);
    }
    store::DamageReport damage;
    ASSERT_EQ(Loaded(directory.path(), damage), want) << round;
  }
}

}  // namespace
}  // namespace fanlight::ingest
