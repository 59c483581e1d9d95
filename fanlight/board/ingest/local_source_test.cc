#include "fanlight/board/ingest/local_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string MakeFile(const TemporaryDirectory& root, const std::string& relative) {
  const std::string path = root.Join(relative);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << "x";
  return path;
}

std::vector<std::string> RunsOf(LocalLogSource& source) {
  std::vector<std::string> runs;
  for (const LogFile& file : source.List().files) {
    if (runs.empty() || runs.back() != file.run) runs.push_back(file.run);
  }
  return runs;
}

TEST(LocalLogSource, ListsDirectoriesWithEventFilesAsRuns) {
  TemporaryDirectory root;
  MakeFile(root, "events.out.tfevents.1");
  MakeFile(root, "b/train/events.out.tfevents.2");
  MakeFile(root, "b/train/events.out.tfevents.1");
  MakeFile(root, "b/checkpoint");
  MakeFile(root, "c/my.tfevents.file");
  MakeFile(root, "odd \xff name/tfevents");
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  EXPECT_THAT(RunsOf(source), ElementsAre(".", "b/train", "c", "odd \xff name"));
  const Listing listing = source.List();
  ASSERT_EQ(listing.files.size(), 5u);
  EXPECT_EQ(source.DisplayPath(listing.files[1]), "b/train/events.out.tfevents.1");
  EXPECT_EQ(source.DisplayPath(listing.files[2]), "b/train/events.out.tfevents.2");
  EXPECT_EQ(listing.files[1].size_bytes, 1u);
  auto bytes = source.Open(listing.files[4]);
  std::byte one[2];
  EXPECT_EQ(*(*bytes)->ReadAt(0, one), 1u);
}

TEST(LocalLogSource, FollowsLinksOnceAndSurvivesLoops) {
  TemporaryDirectory outside;
  MakeFile(outside, "events.out.tfevents.1");
  TemporaryDirectory root;
  MakeFile(root, "real/events.out.tfevents.1");
  fs::create_directory_symlink(root.Join("real"), root.Join("a_link_to_real"));
  fs::create_directory_symlink(root.path(), root.Join("real/loop"));
  fs::create_directory_symlink(outside.path(), root.Join("z_outside"));
  fs::create_directory_symlink(outside.path(), root.Join("y_outside"));
  fs::create_directory_symlink(root.Join("nowhere"), root.Join("dead"));
  fs::create_symlink(outside.Join("events.out.tfevents.1"), root.Join("real/linked.tfevents"));
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  EXPECT_THAT(RunsOf(source), ElementsAre("real", "y_outside"));
  EXPECT_EQ(source.List().files.size(), 3u);
}

// Enough for several threads, uneven, with runs above runs and links across.
TEST(LocalLogSource, ListsAndTellsEveryRunOfALargeTreeOnce) {
  TemporaryDirectory root;
  std::map<std::string, size_t> expected;  // Files by run.
  const auto add = [&](const std::string& run, size_t files) {
    for (size_t i = 0; i < files; ++i) {
      MakeFile(root, run + "/events.out.tfevents." + std::to_string(i));
    }
    expected[run] += files;
  };
  for (int group = 0; group < 12; ++group) {
    const std::string path = "group" + std::to_string(group);
    for (int run = 0; run < group; ++run) add(path + "/run" + std::to_string(run), run % 3 + 1u);
    if (group % 5 == 0) add(path, 2);
    fs::create_directories(root.Join(path));
    fs::create_directory_symlink(root.path(), root.Join(path) + "/up");
    fs::create_directory_symlink(root.Join("group11"), root.Join("link" + std::to_string(group)));
  }
  std::string deep = "deep";
  for (int i = 0; i < 40; ++i) add(deep += "/d", 1);
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  std::map<std::string, size_t> found;
  const Listing listing = source.List([&](std::vector<LogFile> files) {
    EXPECT_FALSE(found.contains(files.front().run));
    found[files.front().run] = files.size();
  });
  EXPECT_EQ(found, expected);
  std::map<std::string, size_t> listed;
  for (const LogFile& file : listing.files) ++listed[file.run];
  EXPECT_EQ(listed, expected);
  EXPECT_TRUE(std::ranges::is_sorted(
      listing.files, {}, [](const LogFile& file) { return std::pair(file.run, file.path); }));
}

TEST(LocalLogSource, TheLaterOfTwoRootsGivesARunOfTheirCommonName) {
  TemporaryDirectory first;
  TemporaryDirectory second;
  MakeFile(first, "a/events.out.tfevents.1");
  MakeFile(first, "b/events.out.tfevents.1");
  const std::string taken = MakeFile(second, "b/events.out.tfevents.2");
  LocalLogSource source({RootOfLogdir(first.path()), RootOfLogdir(second.path())}, {});
  EXPECT_THAT(RunsOf(source), ElementsAre("a", "b"));
  EXPECT_EQ(source.List().files.back().path, taken);
}

TEST(LocalLogSource, NamesRunsOfASpecByGroup) {
  TemporaryDirectory one;
  TemporaryDirectory two;
  MakeFile(one, "events.out.tfevents.1");
  MakeFile(one, "r0/events.out.tfevents.1");
  MakeFile(two, "r0/events.out.tfevents.1");
  LocalLogSource source(ParseLogdirSpec("hpn:" + one.path() + "," + two.path()), {});
  EXPECT_THAT(RunsOf(source), ElementsAre("hpn/.", "hpn/r0", "r0"));
  // Unnamed parts collide: the later one is taken.
  LocalLogSource colliding(ParseLogdirSpec(one.path() + "," + two.path()), {});
  const Listing listing = colliding.List();
  ASSERT_EQ(listing.files.size(), 2u);
  EXPECT_EQ(listing.files[1].run, "r0");
  EXPECT_TRUE(listing.files[1].path.starts_with(fs::canonical(two.path()).string()));
}

TEST(LocalLogSource, FindsAFileOfARunWithoutAListing) {
  TemporaryDirectory outside;
  MakeFile(outside, "events.out.tfevents.1");
  TemporaryDirectory root;
  MakeFile(root, "events.out.tfevents.1");
  MakeFile(root, "a/b/events.out.tfevents.1");
  MakeFile(root, "odd \xff name/tfevents");
  fs::create_directory_symlink(outside.path(), root.Join("linked"));
  fs::create_directories(root.Join("a/tfevents.directory"));
  const std::vector<std::vector<LogRoot>> specs = {
      {{.path = root.path(), .group = ""}},
      {{.path = root.path(), .group = "x"}, {.path = outside.path(), .group = "y/z"}}};
  for (const auto& roots : specs) {
    LocalLogSource source(roots, {});
    const Listing listing = source.List();
    EXPECT_GE(listing.files.size(), 4u);
    for (const LogFile& file : listing.files) {
      const auto found = source.LookInRun(file.run, BaseNameOf(file.path));
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_EQ(found->run, file.run);
      EXPECT_EQ(found->path, file.path);
      EXPECT_EQ(found->identity, file.identity);
      EXPECT_EQ(found->size_bytes, file.size_bytes);
      EXPECT_EQ(found->modified_ns, file.modified_ns);
      EXPECT_EQ(found->changed_ns, file.changed_ns);
    }
  }
  LocalLogSource one(specs[0], {});
  EXPECT_FALSE(one.LookInRun("a/b", "events.out.tfevents.2"));
  EXPECT_FALSE(one.LookInRun("a", "tfevents.directory"));
  EXPECT_FALSE(one.LookInRun("gone", "events.out.tfevents.1"));
  LocalLogSource groups(specs[1], {});
  EXPECT_FALSE(groups.LookInRun("a/b", "events.out.tfevents.1"));
  LocalLogSource two({{.path = root.path(), .group = ""}, {.path = outside.path(), .group = ""}},
                     {});
  EXPECT_FALSE(two.LookInRun(".", "events.out.tfevents.1"));
}

TEST(LogdirSpec, SplitsAsTensorBoardDoes) {
  EXPECT_THAT(ParseLogdirSpec("a:/x,b:/y,/z:w,s3://bucket/d"),
              ElementsAre(LogRoot{"/x", "a"}, LogRoot{"/y", "b"}, LogRoot{"/z:w", ""},
                          LogRoot{"s3://bucket/d", ""}));
  EXPECT_THAT(ParseLogdirSpec("a:/x,b:/x"), ElementsAre(LogRoot{"/x", "b"}));
  EXPECT_THAT(ParseLogdirSpec(""), IsEmpty());
  EXPECT_EQ(RootOfLogdir("/a,b:c").path, "/a,b:c");
}

TEST(LocalLogSource, TellsThatTheLogdirIsMissing) {
  TemporaryDirectory root;
  LocalLogSource source({RootOfLogdir(root.Join("later"))}, {});
  EXPECT_TRUE(source.List().is_missing);
  MakeFile(root, "later/events.out.tfevents.1");
  EXPECT_FALSE(source.List().is_missing);
  EXPECT_THAT(RunsOf(source), ElementsAre("."));
}

TEST(LocalLogSource, HoldsFewDescriptorsForManyFiles) {
  TemporaryDirectory root;
  for (int i = 0; i < 100; ++i) MakeFile(root, std::to_string(i) + "/tfevents");
  LocalLogSource source({RootOfLogdir(root.path())}, {.max_open_files = 8});
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  std::vector<std::unique_ptr<ByteSource>> open;
  const auto before = descriptors();
  std::byte one[2];
  for (int round = 0; round < 2; ++round) {
    for (const LogFile& file : source.List().files) {
      open.push_back(*source.Open(file));
      ASSERT_EQ(*open.back()->ReadAt(0, one), 1u);
    }
  }
  for (const auto& file : open) ASSERT_EQ(*file->ReadAt(0, one), 1u);
  EXPECT_LE(descriptors() - before, 8);
}

// Files that grow stay open while others are looked at once.
TEST(LocalLogSource, KeepsOpenWhatIsReadAgainAndAgain) {
  TemporaryDirectory root;
  for (int i = 0; i < 40; ++i) MakeFile(root, std::to_string(i) + "/tfevents");
  LocalLogSource source({RootOfLogdir(root.path())}, {.max_open_files = 4});
  const std::vector<LogFile> files = source.List().files;
  const std::unique_ptr<ByteSource> followed = *source.Open(files[0]);
  std::byte one[1];
  for (size_t i = 1; i < files.size(); ++i) {
    ASSERT_EQ(*followed->ReadAt(0, one), 1u);
    ASSERT_EQ(*(*source.Open(files[i]))->ReadAt(0, one), 1u);
    // Gone from its directory, only a descriptor reads it.
    if (i == 1) fs::remove(files[0].path);
  }
}

TEST(LocalLogSource, DoesNotReadAnotherFileUnderAnOldName) {
  TemporaryDirectory root;
  const std::string path = MakeFile(root, "tfevents");
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  const LogFile file = source.List().files.at(0);
  WriteText(root.Join("new"), "yy");
  fs::rename(root.Join("new"), path);
  std::byte two[2];
  EXPECT_EQ((*source.Open(file))->ReadAt(0, two).error().code, ErrorCode::kFailedPrecondition);
}

TEST(LocalLogSource, HearsOfGrowthAndOfNewFiles) {
  using namespace std::chrono_literals;
  TemporaryDirectory root;
  const std::string path = MakeFile(root, "run/tfevents");
  LocalLogSource source({RootOfLogdir(root.path())}, {});
  source.List();
  AppendText(path, "more");
  LogChanges changes = source.Wait({}, 10s);
  EXPECT_THAT(changes.grown, ElementsAre(path));
  EXPECT_FALSE(changes.relist);

  WriteText(root.Join("run/checkpoint"), "no event file");
  MakeFile(root, "new_run/tfevents");
  changes = source.Wait({}, 10s);
  EXPECT_TRUE(changes.relist);
  EXPECT_THAT(changes.grown, IsEmpty());
  source.List();
  fs::rename(root.Join("new_run"), root.Join("renamed"));
  EXPECT_TRUE(source.Wait({}, 10s).relist);
  std::stop_source stop;
  stop.request_stop();
  source.Wait(stop.get_token(), 10s);
}

}  // namespace
}  // namespace fanlight::ingest
