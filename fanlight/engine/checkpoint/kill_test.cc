// Kills a process that saves, at random moments, and reads what it leaves.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"

namespace fanlight::checkpoint {
namespace {

constexpr int kKills = 200;
constexpr int64_t kElements = 20'000;  // Some are larger than the writer's buffer, some smaller.

Status Save(const std::string& prefix, int32_t step) {
  FL_ASSIGN_OR_RETURN(const auto writer, BundleWriter::Create(prefix, {.sync = false}));
  FL_TRY(writer->Add("large", Tensor::Filled<int32_t>(Shape{kElements * 8}, step)));
  FL_TRY(writer->Add("small", Tensor::Filled<int32_t>(Shape{kElements}, step)));
  FL_TRY(writer->Add("step", Tensor::Scalar(step)));
  return writer->Finish();
}

// The step that the checkpoint holds; a failure of the test where its variables differ.
int32_t StepOf(const std::string& prefix) {
  const auto reader = BundleReader::Open(prefix);
  EXPECT_TRUE(reader.has_value()) << reader.error().message;
  if (!reader) return -1;
  const Result<Tensor> step = (*reader)->Read("step");
  EXPECT_TRUE(step.has_value()) << step.error().message;
  if (!step) return -1;
  const int32_t value = step->scalar<int32_t>();
  for (const char* name : {"large", "small"}) {
    const Result<Tensor> tensor = (*reader)->Read(name);
    EXPECT_TRUE(tensor.has_value()) << tensor.error().message;
    if (tensor) {
      EXPECT_EQ(tensor->flat<int32_t>().back(), value) << name;
    }
  }
  return value;
}

// Saves for ever: at a new prefix each time and at the same prefix again and again; tells the steps
// that are done through the pipe.
[[noreturn]] void SaveForEver(const std::string& directory, int32_t first, int pipe) {
  for (int32_t step = first;; ++step) {
    const std::string fresh = JoinPath(directory, fmt::format("fresh-{}", step));
    if (!Save(fresh, step)) ::_exit(1);
    CheckpointState state{.latest = fresh, .all = {fresh}};
    if (!WriteCheckpointState(directory, state)) ::_exit(1);
    if (step > first && !RemoveBundle(JoinPath(directory, fmt::format("fresh-{}", step - 1)))) {
      ::_exit(1);
    }
    if (!Save(JoinPath(directory, "same"), step)) ::_exit(1);
    if (::write(pipe, &step, sizeof(step)) != sizeof(step)) ::_exit(1);
  }
}

TEST(Kill, AtAnyMomentLeavesAWholeCheckpoint) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(Save(directory.Join("fresh-0"), 0).has_value());
  ASSERT_TRUE(Save(directory.Join("same"), 0).has_value());
  ASSERT_TRUE(WriteCheckpointState(directory.path(), {.latest = directory.Join("fresh-0"),
                                                      .all = {directory.Join("fresh-0")}})
                  .has_value());
  std::mt19937 random(1);
  int32_t fresh = 0;  // The least step that each must hold.
  int32_t same = 0;
  int pending_changes = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      SaveForEver(directory.path(), fresh + 1, pipe[1]);
    }
    ::close(pipe[1]);
    // It lives for a few saves, and then for a random part of one more.
    int32_t done = 0;
    for (auto saves = random() % 3; saves > 0; --saves) {
      ASSERT_EQ(::read(pipe[0], &done, sizeof(done)), static_cast<ssize_t>(sizeof(done)));
    }
    const timespec part{.tv_sec = 0, .tv_nsec = static_cast<long>(random() % 4'000'000)};
    ::ppoll(nullptr, 0, &part, nullptr);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the saving process failed";
    for (int32_t step; ::read(pipe[0], &step, sizeof(step)) == sizeof(step);) done = step;
    ::close(pipe[0]);

    const Result<std::string> latest = LatestCheckpoint(directory.path());
    ASSERT_TRUE(latest.has_value()) << latest.error().message;
    fresh = std::max(fresh, done);
    same = std::max(same, done);
    const int32_t fresh_step = StepOf(*latest);
    const int32_t same_step = StepOf(directory.Join("same"));
    ASSERT_GE(fresh_step, fresh);
    ASSERT_LE(fresh_step, fresh + 1);
    ASSERT_GE(same_step, same);
    ASSERT_LE(same_step, fresh + 1);
    fresh = fresh_step;
    same = same_step;
    pending_changes += LocateBundle(directory.Join("same")).is_pending ? 1 : 0;
  }
  RecordProperty("pending_changes", pending_changes);
  // What killed writers had begun is cleared away by the ones that follow.
  ASSERT_TRUE(Save(directory.Join("same"), same).has_value());
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(name.starts_with("same") && name.find("tmp") != std::string::npos) << name;
  }
}

}  // namespace
}  // namespace fanlight::checkpoint
