#include "apps/mnist/log_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fanlight/base/file.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(LogDir, IsMadeWhereMissing) {
  const TemporaryDirectory directory;
  EXPECT_THAT(*PrepareLogDir(directory.Join("a/b")), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_directory(directory.Join("a/b")));
}

TEST(LogDir, LosesWhatARunWroteAndNothingElse) {
  const TemporaryDirectory directory;
  for (const char* name :
       {"events.out.tfevents.1.host", "checkpoint", "model.ckpt-999.index", "model.ckpt-999.meta",
        "thesis.tex", "model.ckpt", "checkpoints.txt", ".profile"}) {
    ASSERT_TRUE(WriteFileAtomically(directory.Join(name), "x").has_value());
  }
  ASSERT_TRUE(MakeDirectories(directory.Join("sub")).has_value());
  ASSERT_TRUE(
      WriteFileAtomically(directory.Join("sub/events.out.tfevents.1.host"), "x").has_value());
  ASSERT_TRUE(MakeDirectories(directory.Join("model.ckpt-folder")).has_value());
  EXPECT_THAT(*PrepareLogDir(directory.path()),
              ElementsAre(".profile", "checkpoints.txt", "model.ckpt", "model.ckpt-folder", "sub",
                          "thesis.tex"));
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left,
              UnorderedElementsAre(".profile", "checkpoints.txt", "model.ckpt", "model.ckpt-folder",
                                   "sub", "events.out.tfevents.1.host", "thesis.tex"));
}

TEST(LogDir, LosesNothingWhenAFlagWasNotUnderstood) {
  const TemporaryDirectory directory;
  EXPECT_THAT(*PrepareLogDir(directory.path(), {"--resmue"}), IsEmpty());
  ASSERT_TRUE(WriteFileAtomically(directory.Join("letter.txt"), "x").has_value());
  EXPECT_THAT(*PrepareLogDir(directory.path(), {"--resmue"}), ElementsAre("letter.txt"));
  const std::string index = directory.Join("model.ckpt-999.index");
  ASSERT_TRUE(WriteFileAtomically(index, "x").has_value());
  const auto refused = PrepareLogDir(directory.path(), {"--resmue"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("--resmue was not understood"));
  EXPECT_TRUE(std::filesystem::exists(index));
}

TEST(LogDir, ThatIsAFileIsAnError) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory.Join("file"), "x").has_value());
  EXPECT_FALSE(PrepareLogDir(directory.Join("file")).has_value());
}

}  // namespace
}  // namespace fanlight
