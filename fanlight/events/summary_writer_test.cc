#include "fanlight/events/summary_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <thread>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/events/event.h"
#include "fanlight/events/event_writer.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// What stands in an event file, as text: one line for each event or value.
std::vector<std::string> LinesOf(const std::string& path) {
  std::vector<std::string> lines;
  RecordReader reader(std::make_unique<FileByteSource>(*File::OpenForReading(path)), {});
  for (;;) {
    const auto record = reader.Next();
    EXPECT_TRUE(record) << record.error().message;
    if (!record || !*record) break;
    const auto event = DecodeEvent((*record)->payload);
    EXPECT_TRUE(event) << event.error().message;
    if (event->kind != EventKind::kSummary) {
      lines.push_back(fmt::format("{} {}", event->step, EventKindName(event->kind)));
      continue;
    }
    SummaryReader values(event->payload);
    for (;;) {
      const auto value = values.Next();
      EXPECT_TRUE(value) << value.error().message;
      if (!value || !*value) break;
      lines.push_back(fmt::format(
          "{} {} {}{}{}", event->step, (*value)->tag, ValueKindName((*value)->kind),
          (*value)->kind == ValueKind::kSimpleValue ? fmt::format(" {}", (*value)->simple_value)
                                                    : "",
          (*value)->has_metadata ? " metadata" : ""));
    }
  }
  return lines;
}

std::unique_ptr<SummaryWriter> Create(const std::string& logdir,
                                      SummaryWriter::Options options = {}) {
  auto writer = SummaryWriter::Create(logdir, std::move(options));
  EXPECT_TRUE(writer) << writer.error().message;
  return *std::move(writer);
}

TEST(EventWriter, NamesTheFileAndWritesItsVersionAtOnce) {
  const TemporaryDirectory directory;
  const ManualClock clock(1234567890.75);
  const auto writer = EventWriter::Create(directory.Join("a/b"),
                                          {.suffix = ".sfx", .host = "host/x", .clock = &clock});
  ASSERT_TRUE(writer) << writer.error().message;
  EXPECT_EQ((*writer)->path(),
            directory.Join(
                fmt::format("a/b/events.out.tfevents.1234567890.host_x.{}.0.sfx", ::getpid())));
  RecordReader reader(std::make_unique<FileByteSource>(*File::OpenForReading((*writer)->path())),
                      {});
  const auto event = DecodeEvent((*reader.Next())->payload);
  EXPECT_EQ(event->wall_time_s, 1234567890.75);
  EXPECT_EQ(event->kind, EventKind::kFileVersion);
  EXPECT_EQ(AsText(event->payload), "brain.Event:2");
  EXPECT_EQ(event->writer, "fanlight");
}

TEST(EventWriter, NeverTakesANameTwice) {
  const TemporaryDirectory directory;
  const ManualClock clock;
  std::vector<std::unique_ptr<EventWriter>> writers;
  for (int i = 0; i < 12; ++i) {
    auto writer =
        EventWriter::Create(directory.path(), {.suffix = "", .host = "h", .clock = &clock});
    ASSERT_TRUE(writer);
    EXPECT_THAT((*writer)->path(), testing::EndsWith(fmt::format(".{}", i)));
    writers.push_back(*std::move(writer));
  }
}

TEST(SummaryWriter, WritesWhatItIsGiven) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path());
  ASSERT_TRUE(writer->Graph(AsBytes("graph")));
  ASSERT_TRUE(writer->MetaGraph(AsBytes("meta graph")));
  ASSERT_TRUE(writer->Scalar("loss", 0.5, 0));
  ASSERT_TRUE(writer->Scalar("loss", 0.25, -1));
  ASSERT_TRUE(writer->Scalar("nan", NAN, int64_t{1} << 40));
  ASSERT_TRUE(writer->Histogram("weights", std::vector<float>{1, 2, 3}, 7));
  ASSERT_TRUE(writer->SessionLog(SessionLogView::kStart, 8));
  ASSERT_TRUE(writer->RunMetadata("step_8", AsBytes("cost"), 8));
  ASSERT_TRUE(writer->Flush());
  EXPECT_THAT(
      LinesOf(writer->path()),
      ElementsAre("0 file_version", "0 graph_def", "0 meta_graph_def", "0 loss simple_value 0.5",
                  "-1 loss simple_value 0.25", "1099511627776 nan simple_value nan",
                  "7 weights histo", "8 session_log", "8 tagged_run_metadata"));
}

// Section "Scalars" of docs/formats/events.md: the bytes that TensorFlow writes.
TEST(SummaryWriter, AScalarHasTensorFlowsBytes) {
  const TemporaryDirectory directory;
  const std::string golden =
      *ReadWholeFile(FANLIGHT_GOLDEN_DIR "/ev_tf1_scalar/events.out.tfevents.1795407180.vm");
  ManualClock clock(1795407180.4639544);
  const auto writer = Create(directory.path(), {.clock = &clock});
  const uint64_t begin = std::filesystem::file_size(writer->path());
  ASSERT_TRUE(writer->Scalar("loss", 0.5, 0));
  ASSERT_TRUE(writer->Close());
  EXPECT_EQ(ReadWholeFile(writer->path())->substr(begin), golden.substr(78, 40));
}

TEST(SummaryWriter, MetadataStandOnceForEachTag) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path());
  const auto value = [](const std::string& tag, float number, bool with_metadata) {
    std::string bytes;
    protozero::pbf_writer fields(bytes);
    fields.add_string(1, tag);
    if (with_metadata) fields.add_message(9, std::string("\x12\x01n"));
    fields.add_float(2, number);
    return bytes;
  };
  std::string summary;
  protozero::pbf_writer values(summary);
  values.add_message(1, value("a", 1, true));
  values.add_message(1, value("b", 2, false));
  ASSERT_TRUE(writer->AddSummary(AsBytes(summary), 1));
  ASSERT_TRUE(writer->AddSummary(AsBytes(summary), 2));
  std::string late;
  protozero::pbf_writer(late).add_message(1, value("b", 3, true));
  ASSERT_TRUE(writer->AddSummary(AsBytes(late), 3));
  EXPECT_FALSE(writer->AddSummary(AsBytes("\x0a\x09"), 4));
  ASSERT_TRUE(writer->Close());
  EXPECT_THAT(
      LinesOf(writer->path()),
      ElementsAre("0 file_version", "1 a simple_value 1 metadata", "1 b simple_value 2",
                  "2 a simple_value 1", "2 b simple_value 2", "3 b simple_value 3 metadata"));
}

TEST(SummaryWriter, RunMetadataHaveOneTagOnce) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path());
  ASSERT_TRUE(writer->RunMetadata("t", AsBytes("x"), 1));
  const auto again = writer->RunMetadata("t", AsBytes("x"), 2);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
}

TEST(SummaryWriter, ABadHistogramIsNotWritten) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path());
  const auto added = writer->Histogram("h", std::vector<double>{1, NAN}, 1);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, HasSubstr("\"h\": NaN"));
  ASSERT_TRUE(writer->Close());
  EXPECT_THAT(LinesOf(writer->path()), ElementsAre("0 file_version"));
}

// Waits until the file holds `events`: another thread writes them.
bool ReachesEvents(const std::string& path, size_t events) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (LinesOf(path).size() >= events) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(SummaryWriter, WritesOutWhenEnoughEventsWait) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path(), {.max_queue_events = 3});
  ASSERT_TRUE(writer->Scalar("a", 1, 1));
  ASSERT_TRUE(writer->Scalar("a", 1, 2));
  EXPECT_EQ(LinesOf(writer->path()).size(), 1u);
  ASSERT_TRUE(writer->Scalar("a", 1, 3));
  EXPECT_TRUE(ReachesEvents(writer->path(), 4));
}

TEST(SummaryWriter, WritesOutWhenTheIntervalHasPassed) {
  const TemporaryDirectory directory;
  ManualClock clock;
  const auto writer = Create(directory.path(), {.max_queue_events = 100, .clock = &clock});
  ASSERT_TRUE(writer->Scalar("a", 1, 1));
  clock.Advance(119);
  ASSERT_TRUE(writer->Scalar("a", 1, 2));
  EXPECT_EQ(LinesOf(writer->path()).size(), 1u);
  clock.Advance(1.5);
  ASSERT_TRUE(writer->Scalar("a", 1, 3));
  EXPECT_TRUE(ReachesEvents(writer->path(), 4));
}

TEST(SummaryWriter, WritesOutWithoutAnyFurtherCall) {
  const TemporaryDirectory directory;
  const auto writer = Create(
      directory.path(), {.max_queue_events = 100, .flush_interval = std::chrono::milliseconds(2)});
  ASSERT_TRUE(writer->Scalar("a", 1, 1));
  EXPECT_TRUE(ReachesEvents(writer->path(), 2));
}

TEST(SummaryWriter, TheDestructorWritesTheRest) {
  const TemporaryDirectory directory;
  std::string path;
  {
    const auto writer = Create(directory.path());
    path = writer->path();
    ASSERT_TRUE(writer->Scalar("a", 1, 1));
  }
  EXPECT_EQ(LinesOf(path).size(), 2u);
}

TEST(SummaryWriter, AClosedOneTakesNothing) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path());
  ASSERT_TRUE(writer->Close());
  EXPECT_TRUE(writer->Close());
  EXPECT_EQ(writer->Scalar("a", 1, 1).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(writer->Flush().error().code, ErrorCode::kFailedPrecondition);
}

TEST(SummaryWriter, CallersOnManyThreadsLoseNothing) {
  const TemporaryDirectory directory;
  // A queue of a few bytes: callers wait for the file all the time.
  const auto writer = Create(directory.path(), {.max_queue_events = 5, .max_queue_bytes = 200});
  constexpr int kThreads = 4;
  constexpr int kEvents = 500;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&writer, thread] {
        for (int i = 0; i < kEvents; ++i) {
          EXPECT_TRUE(writer->Scalar(fmt::format("t{}", thread), i, i));
          if (i % 100 == 0) {
            EXPECT_TRUE(writer->Flush());
          }
        }
      });
    }
  }
  ASSERT_TRUE(writer->Close());
  std::vector<int> next(kThreads, 0);
  const auto lines = LinesOf(writer->path());
  EXPECT_EQ(lines.size(), 1u + kThreads * kEvents);
  for (size_t i = 1; i < lines.size(); ++i) {
    const int thread = lines[i][lines[i].find(" t") + 2] - '0';
    const int step = next.at(static_cast<size_t>(thread))++;
    EXPECT_EQ(lines[i], fmt::format("{} t{} simple_value {}", step, thread, step));
  }
}

TEST(RecordWriter, AFullDiskIsAnErrorThatStays) {
  const TemporaryDirectory directory;
  const int descriptor = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(descriptor, 0);
  RecordWriter writer(File(descriptor, "/dev/full"));
  ASSERT_TRUE(writer.Append(AsBytes("payload")));
  const auto flushed = writer.Flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, HasSubstr("No space left on device"));
  EXPECT_EQ(writer.Append(AsBytes("more")).error().message, flushed.error().message);
  EXPECT_FALSE(writer.Close());
}

// A limit on the size of files stands in for a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST(SummaryWriter, AFullDiskIsSeenByTheCallerAndStays) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path(), {.max_queue_events = 1000});
  const FileSizeLimit limit(500);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer->Scalar("a", 1, i));
  const auto flushed = writer->Flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::kIo);
  EXPECT_THAT(flushed.error().message, StartsWith("cannot write: "));
  EXPECT_EQ(writer->Scalar("a", 1, 21).error().message, flushed.error().message);
  EXPECT_EQ(writer->Flush().error().message, flushed.error().message);
  EXPECT_EQ(writer->Close().error().message, flushed.error().message);
}

TEST(SummaryWriter, AWaitingCallerHearsOfAFullDisk) {
  const TemporaryDirectory directory;
  const auto writer = Create(directory.path(), {.max_queue_bytes = 100});
  const FileSizeLimit limit(300);
  Status added;
  for (int i = 0; i < 10'000 && added; ++i) added = writer->Scalar("a", 1, i);
  EXPECT_FALSE(added);
}

TEST(SummaryWriter, ADirectoryThatCannotBeMadeIsAnError) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory.Join("file"), "x"));
  const auto writer = SummaryWriter::Create(directory.Join("file/logs"), {});
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().message, HasSubstr("file/logs"));
}

}  // namespace
}  // namespace fanlight
