#include "fanlight/engine/checkpoint/checkpoint_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>

#include "fanlight/base/file.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

TEST(CheckpointState, ReadsAndRewritesTensorFlowsFiles) {
  for (const char* name : {"mnist_small", "ckpt_tf2_object", "ckpt_tf1_partitioned", "tutorial/tmp",
                           "ckpt_handmade_metagraph"}) {
    const std::string text = *ReadWholeFile(Golden(name) + "/checkpoint");
    const auto state = ParseCheckpointState(text, name);
    ASSERT_TRUE(state.has_value()) << state.error().message;
    EXPECT_EQ(FormatCheckpointState(*state), text) << name;
  }
}

TEST(CheckpointState, JoinsRelativePathsToItsDirectory) {
  const auto state = ReadCheckpointState(Golden("mnist_small"));
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_EQ(state->latest, Golden("mnist_small/model.ckpt-6"));
  EXPECT_EQ(state->all.size(), 3u);
  EXPECT_EQ(*LatestCheckpoint(Golden("mnist_small")), Golden("mnist_small/model.ckpt-6"));
  EXPECT_EQ(*LatestCheckpoint(Golden("tutorial/tmp")), Golden("tutorial/tmp/model.ckpt"));
}

TEST(CheckpointState, WritesRelativePathsForARelativeDirectory) {
  const TemporaryDirectory directory;
  const auto old = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  ASSERT_TRUE(MakeDirectories("logs/run").has_value());
  const CheckpointState state{.latest = "logs/run/m-2", .all = {"logs/run/m-1", "logs/run/m-2"}};
  EXPECT_TRUE(WriteCheckpointState("logs/run", state).has_value());
  EXPECT_EQ(*ReadWholeFile("logs/run/checkpoint"),
            "model_checkpoint_path: \"m-2\"\nall_model_checkpoint_paths: \"m-1\"\n"
            "all_model_checkpoint_paths: \"m-2\"\n");
  EXPECT_THAT(ReadCheckpointState("logs/run")->all, ElementsAre("logs/run/m-1", "logs/run/m-2"));
  EXPECT_TRUE(WriteCheckpointState(".", {.latest = "m", .all = {"./m"}}).has_value());
  EXPECT_EQ(*ReadWholeFile("checkpoint"),
            "model_checkpoint_path: \"m\"\nall_model_checkpoint_paths: \"m\"\n");
  std::filesystem::current_path(old);
  // From another working directory the same checkpoint is found.
  EXPECT_EQ(ReadCheckpointState(directory.Join("logs/run"))->latest,
            directory.Join("logs/run/m-2"));
}

TEST(CheckpointState, WritesAbsolutePathsForAnAbsoluteDirectoryUnlessAsked) {
  const TemporaryDirectory directory;
  const CheckpointState state{.latest = directory.Join("m"), .all = {directory.Join("m")}};
  ASSERT_TRUE(WriteCheckpointState(directory.path(), state).has_value());
  EXPECT_THAT(*ReadWholeFile(directory.Join("checkpoint")), HasSubstr("\"" + directory.path()));
  ASSERT_TRUE(WriteCheckpointState(directory.path(), state, true).has_value());
  EXPECT_EQ(*ReadWholeFile(directory.Join("checkpoint")),
            "model_checkpoint_path: \"m\"\nall_model_checkpoint_paths: \"m\"\n");
}

TEST(CheckpointState, SaysWhatIsWrong) {
  EXPECT_THAT(ParseCheckpointState("model_checkpoint_path 7", "here").error().message,
              HasSubstr("at line 1, column"));
  EXPECT_THAT(ParseCheckpointState("", "here").error().message,
              HasSubstr("without model_checkpoint_path: here"));
  const TemporaryDirectory directory;
  EXPECT_EQ(LatestCheckpoint(directory.path()).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(WriteCheckpointState(directory.path(), {.latest = "gone", .all = {}}).has_value());
  EXPECT_THAT(LatestCheckpoint(directory.path()).error().message,
              HasSubstr("the latest checkpoint is gone"));
}

TEST(CheckpointStateProperty, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check([](std::string latest, const std::vector<std::string>& all) {
    latest += "x";
    const auto state =
        ParseCheckpointState(FormatCheckpointState({.latest = latest, .all = all}), "");
    RC_ASSERT(state.has_value());
    RC_ASSERT(state->latest == latest);
    RC_ASSERT(state->all == all);
  }));
}

}  // namespace
}  // namespace fanlight::checkpoint
