// A second start: what the index gives, and what it may not be trusted with.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "fanlight/base/log.h"
#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/log_ingest.h"
#include "fanlight/board/ingest/test_log.h"
#include "fanlight/board/store/test_contents.h"

namespace fanlight::ingest {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using store::ContentsOf;
using testing::AnyOf;
using testing::Contains;
using testing::Not;

// Counts what is opened and how many bytes are read.
class CountingSource final : public LogSource {
 public:
  explicit CountingSource(const std::string& root) : local_({RootOfLogdir(root)}, {}) {}
  using LogSource::List;
  Listing List(const Found& found) override {
    if (before_listing_) before_listing_();
    return local_.List(found);
  }
  Result<LogFile> Look(const LogFile& file) override { return local_.Look(file); }
  Result<LogFile> LookInRun(std::string_view run, std::string_view base_name) override {
    return local_.LookInRun(run, base_name);
  }
  LogChanges Wait(std::stop_token stop, std::chrono::milliseconds timeout) override {
    return local_.Wait(std::move(stop), timeout);
  }
  std::string DisplayPath(const LogFile& file) const override { return local_.DisplayPath(file); }
  Result<std::unique_ptr<ByteSource>> Open(const LogFile& file) override {
    FL_ASSIGN_OR_RETURN(auto source, local_.Open(file));
    return std::make_unique<Counting>(std::move(source), bytes_);
  }
  uint64_t bytes() const { return bytes_; }
  void BeforeListing(std::function<void()> call) { before_listing_ = std::move(call); }

 private:
  class Counting final : public ByteSource {
   public:
    Counting(std::unique_ptr<ByteSource> source, std::atomic<uint64_t>& bytes)
        : source_(std::move(source)), bytes_(bytes) {}
    Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) override {
      auto got = source_->ReadAt(offset, into);
      bytes_ += got.value_or(0);
      return got;
    }
    const std::string& name() const override { return source_->name(); }

   private:
    const std::unique_ptr<ByteSource> source_;
    std::atomic<uint64_t>& bytes_;
  };

  LocalLogSource local_;
  std::atomic<uint64_t> bytes_{0};
  std::function<void()> before_listing_;
};

class IndexedLogs : public testing::Test {
 protected:
  IndexedLogs() {
    SetLogLevel(LogLevel::kError);
    fs::create_directories(logs());
  }
  ~IndexedLogs() override { SetLogLevel(LogLevel::kInfo); }

  std::string logs() const { return directory_.Join("logs"); }
  std::string PathOf(const std::string& run, int n = 1) const {
    fs::create_directories(JoinPath(logs(), run));
    return JoinPath(logs(), run) + "/events.out.tfevents." + std::to_string(n) + ".host";
  }

  struct Loaded {
    std::string contents;
    uint64_t bytes = 0;  // Read from event files.
  };
  static Loaded LoadWith(const std::string& logs, const std::string& index) {
    const auto store = *store::Store::Create({.index_directory = index, .index_subject = logs});
    CountingSource source(logs);
    LogIngest ingest(source, *store, {.threads = 2, .reload_interval_s = 0});
    ingest.Start();
    EXPECT_TRUE(ingest.WaitUntilLoaded(60s));
    const store::Snapshot now = store->TakeSnapshot();
    EXPECT_EQ(now.progress().bytes_read, now.progress().bytes_total);
    const uint64_t bytes = source.bytes();
    return {ContentsOf(now, &ingest.blobs()), bytes};
  }
  Loaded Load() const { return LoadWith(logs(), directory_.Join("index")); }
  Loaded LoadFresh() const { return LoadWith(logs(), ""); }
  // What a start with the index shows must be what one without it shows.
  uint64_t CheckSecondStart(const std::string& what) const {
    const Loaded with = Load();
    EXPECT_EQ(with.contents, LoadFresh().contents) << what;
    return with.bytes;
  }

  TemporaryDirectory directory_;
};

std::string Records(int from, int to, std::string_view tag = "loss") {
  std::string bytes;
  for (int step = from; step < to; ++step) {
    bytes += ScalarRecord(tag, step, static_cast<float>(step) / 3);
  }
  return bytes;
}

// One of each kind of thing that a log holds.
std::string Mixed(int from, int to) {
  std::string bytes;
  for (int step = from; step < to; ++step) {
    const double wall = 1.7e9 + 0.37 * step;
    std::string tensor;
    PutInt(tensor, 1, 2);  // A double.
    PutFixed(tensor, 6, 0.1 * step);
    bytes += SummaryRecord(wall, step,
                           {SimpleValue("loss", static_cast<float>(step)),
                            TensorValueBytes("tf2", tensor, Metadata("scalars", "shown", "c")),
                            TensorValueBytes("text", tensor, Metadata("text"))});
    if (step % 50 == 49) bytes += SessionRecord(1, step - 10);
  }
  return bytes;
}

TEST_F(IndexedLogs, ASecondStartReadsNothing) {
  for (int run = 0; run < 20; ++run) {
    WriteText(PathOf("run" + std::to_string(run)), VersionRecord() + Mixed(0, 150));
  }
  WriteText(PathOf("run3", 2), VersionRecord() + Mixed(100, 200));
  const Loaded first = Load();
  EXPECT_GT(first.bytes, 100'000u);
  const Loaded second = Load();
  EXPECT_EQ(second.contents, first.contents);
  EXPECT_EQ(second.bytes, 0u);
}

// 100 runs that are what they were, and of each kind that is not.
TEST_F(IndexedLogs, RunsThatAreUnchangedCanBeReadBeforeTheListing) {
  constexpr int kRuns = 100;
  for (int run = 0; run < kRuns; ++run) {
    WriteText(PathOf("run" + std::to_string(run)), VersionRecord() + Records(0, 50));
  }
  for (const char* run : {"gone", "grown", "other", "more"}) {
    WriteText(PathOf(run), VersionRecord() + Records(0, 50));
  }
  Load();
  fs::remove_all(JoinPath(logs(), "gone"));
  AppendText(PathOf("grown"), Records(50, 60));
  WriteText(PathOf("other"), VersionRecord() + Records(0, 50, "accuracy"));
  WriteText(PathOf("more", 2), VersionRecord() + Records(50, 60));
  WriteText(PathOf("new"), VersionRecord() + Records(0, 10));

  const auto store =
      *store::Store::Create({.index_directory = directory_.Join("index"), .index_subject = logs()});
  CountingSource source(logs());
  std::vector<std::string> before;
  store::LoadProgress progress;
  source.BeforeListing([&] {
    const store::Snapshot now = store->TakeSnapshot();
    for (const store::RunFacts* run : now.Runs()) before.push_back(run->name);
    progress = now.progress();
  });
  LogIngest ingest(source, *store, {.threads = 2, .reload_interval_s = 0});
  ingest.Start();
  ASSERT_TRUE(ingest.WaitUntilLoaded(60s));
  EXPECT_EQ(before.size(), kRuns + 1u);  // A run with a file more has all it had.
  EXPECT_THAT(before, Not(AnyOf(Contains("gone"), Contains("grown"), Contains("other"))));
  EXPECT_EQ(progress.state, store::LoadState::kLoading);
  EXPECT_GT(progress.bytes_read, 0u);
  EXPECT_EQ(ContentsOf(store->TakeSnapshot(), &ingest.blobs()), LoadFresh().contents);
}

TEST_F(IndexedLogs, AGrownFileIsReadFromWhereItEnded) {
  WriteText(PathOf("a"), VersionRecord() + Mixed(0, 400));
  WriteText(PathOf("b"), VersionRecord() + Records(0, 10));
  Load();
  int end = 400;
  for (const int more : {1, 3, 60, 300}) {
    const std::string bytes = Mixed(end, end + more);
    end += more;
    AppendText(PathOf("a"), bytes);
    // Its first and last bytes are compared.
    EXPECT_LE(CheckSecondStart("grown"), bytes.size() + 2 * 64);
  }
  EXPECT_EQ(CheckSecondStart("still"), 0u);
}

TEST_F(IndexedLogs, ANewFileOfARunIsReadAlone) {
  WriteText(PathOf("a"), VersionRecord() + Mixed(0, 400));
  Load();
  const std::string bytes = VersionRecord() + Mixed(300, 320);
  WriteText(PathOf("a", 2), bytes);
  EXPECT_LE(CheckSecondStart("new file"), bytes.size() + 2 * 64);
}

TEST_F(IndexedLogs, EveryTornEndIsGoneOnFrom) {
  const std::string bytes = VersionRecord() + Mixed(0, 52);
  const size_t begin = bytes.size() - Mixed(51, 52).size() - 20;
  for (size_t cut = begin; cut <= bytes.size(); cut += 3) {
    WriteText(PathOf("a"), bytes.substr(0, cut));
    Load();
    AppendText(PathOf("a"), bytes.substr(cut));
    CheckSecondStart(fmt::format("cut at {}", cut));
    fs::remove_all(directory_.Join("index"));
  }
}

TEST_F(IndexedLogs, FilesThatAreNotWhatTheyWereAreReadAgain) {
  const std::string bytes = VersionRecord() + Records(0, 100);
  const auto begin_anew = [&] {
    fs::remove_all(logs());
    WriteText(PathOf("a"), bytes);
    WriteText(PathOf("b"), bytes);
    Load();
  };
  begin_anew();
  WriteText(PathOf("a"), bytes.substr(0, bytes.size() / 2));
  CheckSecondStart("truncated");

  begin_anew();
  WriteText(PathOf("a"), VersionRecord() + Records(5, 200));
  CheckSecondStart("written anew in place, longer");

  begin_anew();
  fs::remove(PathOf("a"));
  WriteText(PathOf("a"), VersionRecord() + Records(7, 107));
  CheckSecondStart("another file of the same name and size");

  begin_anew();
  fs::rename(PathOf("a"), PathOf("a", 0));
  CheckSecondStart("renamed");

  begin_anew();
  WriteText(PathOf("a", 0), VersionRecord() + Records(0, 5, "earlier"));
  CheckSecondStart("a file in front of those that were read");

  begin_anew();
  fs::remove_all(JoinPath(logs(), "b"));
  CheckSecondStart("a run that went");
  WriteText(PathOf("b"), bytes);
  CheckSecondStart("and came back");

  begin_anew();
  fs::rename(JoinPath(logs(), "b"), JoinPath(logs(), "c"));
  CheckSecondStart("a run under another name");
}

// The same size and, as far as anyone can set it, the same time; what the kernel keeps tells.
TEST_F(IndexedLogs, ATimeThatWasSetBackDoesNotHideAChange) {
  WriteText(PathOf("a"), VersionRecord() + Records(0, 100));
  Load();
  struct stat before{};
  ASSERT_EQ(::stat(PathOf("a").c_str(), &before), 0);
  std::string bytes = VersionRecord() + Records(0, 99) + ScalarRecord("loss", 99, 12345);
  WriteText(PathOf("a"), bytes);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, PathOf("a").c_str(), times, 0), 0);
  CheckSecondStart("a time set back");
}

TEST_F(IndexedLogs, DamageIsToldAgain) {
  std::string bytes = VersionRecord() + Records(0, 100);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  WriteText(PathOf("a"), bytes);
  const Loaded first = Load();
  EXPECT_NE(first.contents.find("damage 1 "), std::string::npos);
  EXPECT_EQ(CheckSecondStart("damage"), 0u);
  // Damage at the end, whose extent only what comes behind it tells.
  AppendText(PathOf("a"), std::string(30, '\x55'));
  CheckSecondStart("an end that is garbage");
  AppendText(PathOf("a"), Records(100, 120));
  CheckSecondStart("records behind it");
  EXPECT_EQ(CheckSecondStart("and once more"), 0u);
}

// Whatever happens to the index, what is shown is what the logs hold.
TEST_F(IndexedLogs, ADamagedIndexIsMadeAnew) {
  for (int run = 0; run < 3; ++run) {
    WriteText(PathOf("run" + std::to_string(run)), VersionRecord() + Mixed(0, 60));
  }
  const std::string want = Load().contents;
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory_.Join("index"))) {
    if (entry.is_regular_file()) {
      files.emplace_back(entry.path().string(), *ReadWholeFile(entry.path().string()));
    }
  }
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    fs::remove_all(directory_.Join("index"));
    fs::create_directories(DirectoryOf(files.front().first));
    for (auto [path, bytes] : files) {
      if (!bytes.empty()) {
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
        if (round % 5 == 4) bytes.resize(random() % bytes.size());
      }
      WriteText(path, bytes);
    }
    const auto store = *store::Store::Create(
        {.index_directory = directory_.Join("index"), .index_subject = logs()});
    CountingSource source(logs());
    LogIngest ingest(source, *store, {.threads = 2, .reload_interval_s = 100});
    ingest.Start();
    ASSERT_TRUE(ingest.WaitUntilLoaded(60s));
    // Asking finds what is damaged; the runs are then read again, and the next answer is whole.
    for (;;) {
      const store::Snapshot now = store->TakeSnapshot();
      if (ContentsOf(now, &ingest.blobs()) == want) break;
      ASSERT_GT(store->WaitForChange(now.change(), {}, 10s), now.change()) << "round " << round;
    }
  }
}

// A live run: what is appended while the board watches is in the index when it ends.
TEST_F(IndexedLogs, WhatCameWhileItWatchedIsKeptAtTheEnd) {
  WriteText(PathOf("a"), VersionRecord() + Records(0, 100));
  {
    const auto store = *store::Store::Create(
        {.index_directory = directory_.Join("index"), .index_subject = logs()});
    LocalLogSource source({RootOfLogdir(logs())}, {});
    LogIngest ingest(source, *store, {.threads = 1});
    ingest.Start();
    ASSERT_TRUE(ingest.WaitUntilLoaded(60s));
    for (int i = 100; i < 110; ++i) AppendText(PathOf("a"), Records(i, i + 1));
    for (uint64_t change = 0; store->TakeSnapshot().total_points() < 110;) {
      change = store->WaitForChange(change, {}, 10s);
    }
  }
  EXPECT_EQ(CheckSecondStart("ended"), 0u);
}

}  // namespace
}  // namespace fanlight::ingest
