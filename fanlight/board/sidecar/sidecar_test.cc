#include "fanlight/board/sidecar/sidecar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "fanlight/base/file.h"

namespace fanlight::sidecar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class SidecarTest : public testing::Test {
 protected:
  const TemporaryDirectory directory_;
  const std::string path_ = directory_.Join("data/fanlight/sidecar.db");
  const Sidecar sidecar_{{.path = path_}};

  std::map<std::string, RunMarks> Marks(const std::string& logdir = "/logs") const {
    const auto marks = sidecar_.Marks(logdir);
    EXPECT_TRUE(marks) << marks.error().message;
    return marks.value_or(std::map<std::string, RunMarks>{});
  }
};

TEST_F(SidecarTest, LookingLeavesNothingBehind) {
  EXPECT_THAT(Marks(), IsEmpty());
  EXPECT_EQ(sidecar_.Expand("0000000000").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory_.Join("data")));
}

TEST_F(SidecarTest, KeepsWhatIsSaidPerLogdirAndTakesItBack) {
  ASSERT_TRUE(sidecar_.Change(
      "/logs", {{.run = "a", .field = Field::kTitle, .value = "best 最好"},
                {.run = "a", .field = Field::kPinned, .value = "1"},
                {.run = "b", .field = Field::kNote, .value = std::string("x\0y", 3)}}));
  ASSERT_TRUE(sidecar_.Change("/other", {{.run = "a", .field = Field::kTitle, .value = "else"}}));
  EXPECT_THAT(Marks(),
              ElementsAre(Pair("a", RunMarks{{Field::kTitle, "best 最好"}, {Field::kPinned, "1"}}),
                          Pair("b", RunMarks{{Field::kNote, std::string("x\0y", 3)}})));
  ASSERT_TRUE(sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "second"},
                                        {.run = "a", .field = Field::kPinned},
                                        {.run = "b", .field = Field::kNote}}));
  EXPECT_THAT(Marks(), ElementsAre(Pair("a", RunMarks{{Field::kTitle, "second"}})));
  EXPECT_THAT(Marks("/other"), ElementsAre(Pair("a", RunMarks{{Field::kTitle, "else"}})));
}

TEST_F(SidecarTest, ShortLinksAreStableAndTellTheirView) {
  const auto id = sidecar_.Shorten("?tagFilter=loss#timeseries");
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(id->size(), 10u);
  EXPECT_EQ(sidecar_.Shorten("?tagFilter=loss#timeseries"), *id);
  EXPECT_NE(sidecar_.Shorten("#timeseries"), *id);
  EXPECT_EQ(sidecar_.Expand(*id), "?tagFilter=loss#timeseries");
  EXPECT_EQ(sidecar_.Expand("nothing").error().code, ErrorCode::kNotFound);
}

TEST_F(SidecarTest, TwoProgramsWriteWithoutUndoingEachOther) {
  constexpr int kWrites = 40;
  const auto write = [&](const std::string& run) {
    const Sidecar own({.path = path_, .busy_ms = 60'000});
    for (int i = 0; i < kWrites; ++i) {
      if (!own.Change("/logs",
                      {{.run = run + std::to_string(i), .field = Field::kTitle, .value = "t"}}))
        return 1;
      if (!own.Change("/logs", {{.run = "shared",
                                 .field = run == "x" ? Field::kNote : Field::kTitle,
                                 .value = run}}))
        return 1;
    }
    return 0;
  };
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(write("x"));
  EXPECT_EQ(write("y"), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto marks = Marks();
  EXPECT_EQ(marks.size(), 2u * kWrites + 1);
  EXPECT_EQ(marks.at("shared"), (RunMarks{{Field::kNote, "x"}, {Field::kTitle, "y"}}));
}

TEST_F(SidecarTest, ADirectoryThatCannotBeWrittenIsTold) {
  if (geteuid() == 0) {
    // Root may write anywhere; a file where the directory should be is as closed to it.
    ASSERT_TRUE(WriteFileAtomically(directory_.Join("data"), "in the way"));
  } else {
    ASSERT_TRUE(MakeDirectories(directory_.Join("data")));
    ASSERT_EQ(chmod(directory_.Join("data").c_str(), 0500), 0);
  }
  EXPECT_THAT(Marks(), IsEmpty());
  const auto written =
      sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "t"}});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr(directory_.Join("data")));
}

TEST_F(SidecarTest, AReadOnlyFileIsReadAndRefusesWrites) {
  ASSERT_TRUE(sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "t"}}));
  if (geteuid() == 0) GTEST_SKIP() << "root writes read-only files";
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_EQ(Marks().size(), 1u);
  const auto written =
      sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "u"}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(written.error().message, HasSubstr("cannot be written"));
}

TEST_F(SidecarTest, ADamagedFileIsToldAndLeftAlone) {
  ASSERT_TRUE(MakeDirectories(DirectoryOf(path_)));
  const std::string garbage(8192, 'x');
  ASSERT_TRUE(WriteFileAtomically(path_, garbage));
  const auto read = sidecar_.Marks("/logs");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(read.error().message,
              HasSubstr("move it away to start with an empty one: \"" + path_));
  EXPECT_EQ(
      sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "t"}}).error().code,
      ErrorCode::kCorrupt);
  EXPECT_EQ(ReadWholeFile(path_), garbage);
  std::filesystem::remove(path_);
  EXPECT_TRUE(sidecar_.Change("/logs", {{.run = "a", .field = Field::kTitle, .value = "t"}}));
}

TEST_F(SidecarTest, AFullFileRefusesTheWholeWrite) {
  const Sidecar small({.path = path_, .max_bytes = 64 << 10});
  const std::string long_note(30'000, 'n');
  ASSERT_TRUE(small.Change("/logs", {{.run = "a", .field = Field::kNote, .value = long_note}}));
  const auto written =
      small.Change("/logs", {{.run = "b", .field = Field::kTitle, .value = "t"},
                             {.run = "b", .field = Field::kNote, .value = long_note},
                             {.run = "c", .field = Field::kNote, .value = long_note}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kTooLarge);
  EXPECT_THAT(written.error().message, HasSubstr("is full"));
  EXPECT_THAT(Marks(), ElementsAre(Pair("a", RunMarks{{Field::kNote, long_note}})));
}

TEST_F(SidecarTest, LimitsWhatIsSaid) {
  const auto written =
      sidecar_.Change("/logs", {{.run = "a",
                                 .field = Field::kNote,
                                 .value = std::string(Sidecar::kMaxValueBytes + 1, 'n')}});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("at most 65536 are kept"));
  EXPECT_EQ(sidecar_.Shorten(std::string(Sidecar::kMaxViewBytes + 1, 'v')).error().code,
            ErrorCode::kTooLarge);
}

TEST_F(SidecarTest, WithoutAPlaceNothingIsKept) {
  const Sidecar nowhere({.path = ""});
  EXPECT_THAT(nowhere.Marks("/logs").value(), IsEmpty());
  EXPECT_EQ(nowhere.Change("/logs", {}).error().code, ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace fanlight::sidecar
