// Kills a program that trains and saves, at random moments, and goes on from what it leaves, as a
// user would: the file `checkpoint`, Saver::Restore, and training again.
//
// FANLIGHT_KILLS tells how often; more than the usual 200 for a thorough look.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/checkpoint_kernels.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight::checkpoint {
namespace {

constexpr int64_t kElements = 20'000;  // Some are larger than the writer's buffer, some smaller.

int Kills() {
  const std::string_view text = std::getenv("FANLIGHT_KILLS") == nullptr
                                    ? std::string_view("200")
                                    : std::string_view(std::getenv("FANLIGHT_KILLS"));
  int kills = 0;
  std::from_chars(text.data(), text.data() + text.size(), kills);
  return kills;
}

// A program: each step sets every variable to its number; some are by handle, some in parts.
class Program {
 public:
  explicit Program(bool sharded) {
    for (const int64_t elements : {kElements * 8, kElements, int64_t{1}}) {
      const auto device = graph_.Device(elements == 1 ? "/device:CPU:1" : "/device:CPU:0");
      const Variable variable =
          MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, Shape{elements}),
                       fmt::format("v{}", elements), {.is_resource = elements == kElements});
      variables_.push_back(variable.ref);
      steps_.push_back(
          AssignAdd(graph_, variable.ref, Tensor::Filled<float>(Shape{elements}, 1.0F)));
    }
    init_ = GlobalVariablesInitializer(graph_);
    saver_ = *Saver::Create(graph_, {.max_to_keep = 2, .sharded = sharded, .sync = false});
    auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
    kernels->Add(CheckpointKernels(false));
    session_ = *Session::Create(graph_.graph(), {.kernels = std::move(kernels)});
  }

  Status Start(const std::string& prefix) {
    if (prefix.empty()) {
      FL_TRY(session_->Run({.targets = {init_}}));
      return {};
    }
    return saver_->Restore(*session_, prefix);
  }

  // The step that the variables have; a failure of the test where they differ.
  int Step() const {
    std::vector<float> values;
    for (const Output& variable : variables_) {
      const Result<Tensor> value = session_->ReadVariable(variable);
      EXPECT_TRUE(value.has_value()) << value.error().message;
      if (!value) return -1;
      values.push_back(value->flat<float>().front());
      values.push_back(value->flat<float>().back());
    }
    EXPECT_EQ(std::ranges::count(values, values[0]), static_cast<int64_t>(values.size()));
    return static_cast<int>(values[0]);
  }

  // One step, saved at a new prefix, at one that has a checkpoint, and by the saver's nodes.
  Status Train(const std::string& directory) {
    FL_TRY(session_->Run({.targets = {steps_.begin(), steps_.end()}}));
    const int step = Step();
    FL_TRY(saver_->SaveAsync(*session_, JoinPath(directory, "m"), {.global_step = step}));
    const SaveOptions alone = {.write_meta_graph = false, .write_state = false};
    FL_TRY(saver_->Save(*session_, JoinPath(directory, "same"), alone));
    FL_ASSIGN_OR_RETURN(const Output filename,
                        graph_.graph()->FindOutput(saver_->def().filename_tensor_name()));
    FL_ASSIGN_OR_RETURN(const Output save,
                        graph_.graph()->FindOutput(saver_->def().save_tensor_name()));
    FL_TRY(session_->Run(
        {.feeds = {{filename, Tensor::Scalar(JoinPath(directory, "nodes"))}}, .fetches = {save}}));
    return {};
  }

  // Goes on for ever; tells the steps that are saved through the pipe.
  [[noreturn]] void Run(const std::string& directory, int pipe) {
    const auto end_on_error = [](const Status& status) {
      if (status) return;
      fmt::print(stderr, "{}\n", status.error().message);
      ::_exit(1);
    };
    const auto state = ReadCheckpointState(directory);
    if (state) saver_->RecoverLastCheckpoints(state->all);
    end_on_error(Start(state ? state->latest : ""));
    for (;;) {
      end_on_error(Train(directory));
      const int step = Step();
      if (::write(pipe, &step, sizeof(step)) != sizeof(step)) ::_exit(1);
    }
  }

 private:
  GraphBuilder graph_;
  std::vector<Output> variables_;
  std::vector<Output> steps_;
  const Node* init_ = nullptr;
  std::unique_ptr<Saver> saver_;
  std::unique_ptr<Session> session_;
};

// Lets a program live for a few saves, and then for a random part of one more. Returns the last step
// that it has saved; -1, when it ended by itself.
int RunAndKill(const std::string& directory, bool sharded, std::mt19937& random) {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  EXPECT_GE(child, 0);
  if (child == 0) {
    ::close(pipe[0]);
    Program(sharded).Run(directory, pipe[1]);
  }
  ::close(pipe[1]);
  int done = 0;
  for (auto saves = random() % 3; saves > 0; --saves) {
    if (::read(pipe[0], &done, sizeof(done)) != static_cast<ssize_t>(sizeof(done))) break;
  }
  const timespec part{.tv_sec = 0, .tv_nsec = static_cast<long>(random() % 8'000'000)};
  ::ppoll(nullptr, 0, &part, nullptr);
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  for (int step; ::read(pipe[0], &step, sizeof(step)) == sizeof(step);) done = step;
  ::close(pipe[0]);
  return WIFSIGNALED(status) ? done : -1;
}

// Restores each checkpoint of the directory; returns the step of `checkpoint`'s latest, 0 for none.
int CheckAll(const std::string& directory, bool sharded) {
  std::set<std::string> prefixes;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::string path = entry.path().string();
    if (path.ends_with(".pending")) path.resize(path.size() - std::string(".pending").size());
    if (path.ends_with(".index")) prefixes.insert(path.substr(0, path.rfind('.')));
  }
  const Result<CheckpointState> state = ReadCheckpointState(directory);
  if (state) prefixes.insert(state->all.begin(), state->all.end());
  int latest = 0;
  for (const std::string& prefix : prefixes) {
    SCOPED_TRACE(prefix);
    Program reader(sharded);
    const Status restored = reader.Start(prefix);
    EXPECT_TRUE(restored.has_value()) << restored.error().message;
    const int step = restored ? reader.Step() : -1;
    if (state && state->latest == prefix) {
      latest = step;
      EXPECT_TRUE(ReadWholeFile(prefix + ".meta").has_value());
    }
  }
  return latest;
}

class Kill : public ::testing::TestWithParam<bool> {};

TEST_P(Kill, AtAnyMomentLeavesWholeCheckpoints) {
  const TemporaryDirectory directory;
  std::mt19937 random(1);
  int step = 0;
  int pending_changes = 0;
  for (int kill = 0; kill < Kills() && !HasFailure(); ++kill) {
    const int done = RunAndKill(directory.path(), GetParam(), random);
    ASSERT_GE(done, 0) << "the saving program failed";
    step = std::max(step, done);
    const int latest = CheckAll(directory.path(), GetParam());
    ASSERT_GE(latest, step);
    ASSERT_LE(latest, step + 1);
    step = latest;
    pending_changes += LocateBundle(directory.Join("same")).is_pending ? 1 : 0;
  }
  RecordProperty("pending_changes", pending_changes);
  // What killed programs had begun is cleared away by the ones that follow.
  Program last(GetParam());
  ASSERT_TRUE(last.Start(step == 0 ? "" : *LatestCheckpoint(directory.path())).has_value());
  ASSERT_TRUE(last.Train(directory.path()).has_value());
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(name.find("_temp"), std::string::npos) << name;
    EXPECT_EQ(name.find("tmp-"), std::string::npos) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Savers, Kill, ::testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "sharded" : "whole");
});

}  // namespace
}  // namespace fanlight::checkpoint
