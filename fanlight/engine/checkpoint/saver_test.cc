#include "fanlight/engine/checkpoint/saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"
#include "fanlight/engine/checkpoint/checkpoint_kernels.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::unique_ptr<Session> NewSession(const GraphBuilder& graph) {
  auto kernels = std::make_shared<KernelRegistry>(*StandardKernels());
  kernels->Add(CheckpointKernels(false));
  auto session = Session::Create(graph.graph(), {.kernels = std::move(kernels)});
  EXPECT_TRUE(session.has_value()) << session.error().message;
  return *std::move(session);
}

// A graph with two variables and a saver.
class SaverTest : public ::testing::Test {
 protected:
  void Build(SaverOptions options = {}) {
    weights_ = MakeVariable(graph_, Tensor::Vector<float>({1, 2, 3}), "weights");
    step_ = MakeVariable(graph_, Tensor::Scalar(int32_t{0}), "step", {.is_trainable = false});
    bump_ = AssignAdd(graph_, step_.ref, 1);
    init_ = GlobalVariablesInitializer(graph_);
    auto saver = Saver::Create(graph_, std::move(options));
    ASSERT_TRUE(saver.has_value()) << saver.error().message;
    saver_ = *std::move(saver);
    session_ = NewSession(graph_);
    Run(init_);
  }
  void Run(const Output& target) {
    const auto done = session_->Run({.targets = {target}});
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  std::string Save(int64_t step, const SaveOptions& options = {}) {
    SaveOptions with_step = options;
    with_step.global_step = step;
    const auto saved = saver_->Save(*session_, directory_.Join("m"), with_step);
    EXPECT_TRUE(saved.has_value()) << saved.error().message;
    return saved ? saved->prefix : "";
  }
  int32_t StepNow() { return session_->ReadVariable(step_.ref)->scalar<int32_t>(); }
  std::string StateText() { return *ReadWholeFile(directory_.Join("checkpoint")); }

  TemporaryDirectory directory_;
  GraphBuilder graph_;
  Variable weights_;
  Variable step_;
  Output bump_;
  Output init_;
  std::unique_ptr<Saver> saver_;
  std::unique_ptr<Session> session_;
};

TEST_F(SaverTest, RestoresWhatItSaved) {
  Build();
  Run(bump_);
  const std::string prefix = Save(7);
  EXPECT_EQ(prefix, directory_.Join("m-7"));
  EXPECT_THAT(
      FilesIn(directory_.path()),
      UnorderedElementsAre("m-7.index", "m-7.data-00000-of-00001", "m-7.meta", "checkpoint"));
  Run(bump_);
  EXPECT_EQ(StepNow(), 2);
  const Status restored = saver_->Restore(*session_, prefix);
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_EQ(StepNow(), 1);
  // A session whose variables were never initialised.
  session_ = NewSession(graph_);
  ASSERT_TRUE(saver_->Restore(*session_, prefix).has_value());
  EXPECT_EQ(StepNow(), 1);
  EXPECT_THAT(session_->ReadVariable(weights_.ref)->flat<float>(), ElementsAre(1, 2, 3));
}

TEST_F(SaverTest, ItsNodesSaveAndRestoreToo) {
  Build();
  const std::string prefix = Save(1);
  Run(bump_);
  const Graph& graph = *graph_.graph();
  const auto restored =
      session_->Run({.feeds = {{*graph.FindOutput("save/Const:0"), Tensor::Scalar(prefix)}},
                     .targets = {graph.FindNode("save/restore_all")}});
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_EQ(StepNow(), 0);
}

TEST_F(SaverTest, MakesAMissingDirectoryAndSaysSo) {
  Build();
  const std::string path = directory_.Join("a/b/m");
  const auto saved = saver_->Save(*session_, path);
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  EXPECT_EQ(saved->prefix, path);
  EXPECT_EQ(saved->made_directory, directory_.Join("a/b"));
  EXPECT_EQ(saver_->Save(*session_, path)->made_directory, "");
}

TEST_F(SaverTest, KeepsTheNewestAndRemovesTheOthers) {
  Build({.max_to_keep = 2});
  for (const int64_t step : {1, 2, 3}) Save(step);
  EXPECT_THAT(saver_->last_checkpoints(),
              ElementsAre(directory_.Join("m-2"), directory_.Join("m-3")));
  EXPECT_THAT(FilesIn(directory_.path()),
              UnorderedElementsAre("m-2.index", "m-2.data-00000-of-00001", "m-2.meta", "m-3.index",
                                   "m-3.data-00000-of-00001", "m-3.meta", "checkpoint"));
  EXPECT_THAT(ReadCheckpointState(directory_.path())->all,
              ElementsAre(directory_.Join("m-2"), directory_.Join("m-3")));
  // Saved again, the older one becomes the newest.
  Save(2);
  EXPECT_THAT(saver_->last_checkpoints(),
              ElementsAre(directory_.Join("m-3"), directory_.Join("m-2")));
}

TEST_F(SaverTest, KeepsAllWithoutLimitAndListsTheLatest) {
  Build({.max_to_keep = 0});
  for (const int64_t step : {1, 2, 3, 4, 5, 6, 7}) Save(step, {.write_meta_graph = false});
  EXPECT_EQ(FilesIn(directory_.path()).size(), 7u * 2 + 1);
  EXPECT_THAT(ReadCheckpointState(directory_.path())->all, ElementsAre(directory_.Join("m-7")));
}

TEST_F(SaverTest, KeepsOneInSoManyHoursForGood) {
  const auto clock = std::make_shared<ManualClock>();
  Build({.max_to_keep = 1, .keep_checkpoint_every_n_hours = 1, .clock = clock});
  for (const int64_t step : {1, 2, 3, 4, 5, 6}) {
    clock->Advance(1500);  // Saved at 1500 s, 3000 s, 4500 s, ...: 4500 and 7500 pass a full hour.
    Save(step, {.write_meta_graph = false});
  }
  std::vector<std::string> indexes;
  for (const std::string& name : FilesIn(directory_.path())) {
    if (name.ends_with(".index")) indexes.push_back(name);
  }
  EXPECT_THAT(indexes, UnorderedElementsAre("m-3.index", "m-5.index", "m-6.index"));
}

TEST_F(SaverTest, PadsStepsWhenAsked) {
  Build({.pad_step_number = true});
  EXPECT_EQ(Save(42), directory_.Join("m-00000042"));
}

TEST_F(SaverTest, RefusesPathsThatCannotBe) {
  Build();
  EXPECT_FALSE(saver_->Save(*session_, directory_.Join("checkpoint")).has_value());
  EXPECT_FALSE(saver_->Save(*session_, directory_.Join("")).has_value());
  EXPECT_FALSE(
      saver_->Save(*session_, directory_.Join("m"), {.latest_filename = "a/b"}).has_value());
}

TEST_F(SaverTest, GoesOnWithTheListOfAnEarlierSaver) {
  Build({.max_to_keep = 2});
  Save(1);
  Save(2);
  auto again = Saver::Create(graph_, {.max_to_keep = 2});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ((*again)->def().filename_tensor_name(), "save_1/Const:0");
  (*again)->RecoverLastCheckpoints(
      {directory_.Join("gone"), directory_.Join("m-1"), directory_.Join("m-2")});
  ASSERT_TRUE((*again)->Save(*session_, directory_.Join("m"), {.global_step = 3}).has_value());
  EXPECT_THAT((*again)->last_checkpoints(),
              ElementsAre(directory_.Join("m-2"), directory_.Join("m-3")));
  EXPECT_FALSE(BundleReader::Open(directory_.Join("m-1")).has_value());
}

TEST_F(SaverTest, SavesUnderOtherNames) {
  weights_ = MakeVariable(graph_, Tensor::Scalar(5.0f), "inner/weights");
  auto saver = Saver::Create(graph_, {.variables = {{"outer", weights_}}});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  session_ = NewSession(graph_);
  Run(weights_.initializer);
  const auto saved = (*saver)->Save(*session_, directory_.Join("m"));
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  EXPECT_EQ((*BundleReader::Open(saved->prefix))->Read("outer")->scalar<float>(), 5.0f);
  EXPECT_TRUE((*saver)->Restore(*session_, saved->prefix).has_value());
  EXPECT_FALSE(
      Saver::Create(graph_, {.variables = {{"same", weights_}, {"same", weights_}}}).has_value());
  EXPECT_THAT(
      Saver::Create(graph_, {.variables = {{"a", weights_}, {"b", weights_}}}).error().message,
      HasSubstr("under two names, one is \"b\""));
  GraphBuilder empty;
  EXPECT_THAT(Saver::Create(empty, {}).error().message, HasSubstr("No variables to save"));
}

TEST_F(SaverTest, SaysWhatDoesNotFitAndRestoresNothing) {
  Build();
  Run(bump_);
  const auto write = [&](const std::string& name, const Tensor& weights, bool with_step) {
    const auto writer = BundleWriter::Create(directory_.Join(name), {.sync = false});
    EXPECT_TRUE((*writer)->Add("weights", weights).has_value());
    if (with_step) {
      EXPECT_TRUE((*writer)->Add("step", Tensor::Scalar(int32_t{9})).has_value());
    }
    EXPECT_TRUE((*writer)->Finish().has_value());
    return directory_.Join(name);
  };
  const Tensor weights = Tensor::Vector<float>({4, 5, 6});
  const Status none = saver_->Restore(*session_, directory_.Join("none"));
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  const Status missing = saver_->Restore(*session_, write("missing", weights, false));
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("Key step not found in checkpoint"));
  const Status shape =
      saver_->Restore(*session_, write("shape", Tensor::Vector<float>({4, 5}), true));
  EXPECT_EQ(shape.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(shape.error().message,
              HasSubstr("variable \"weights\" does not fit: got float32[2], want float32[3]"));
  const Status dtype =
      saver_->Restore(*session_, write("dtype", Tensor::Vector<double>({4, 5, 6}), true));
  EXPECT_THAT(dtype.error().message, HasSubstr("got float64[3], want float32[3]"));

  // A bit of the last variable's bytes flipped: none is restored.
  const std::string damaged = write("damaged", weights, true);
  const std::string data = DataPath(damaged, 0, 1);
  std::string bytes = *ReadWholeFile(data);
  bytes.front() ^= 1;
  ASSERT_TRUE(WriteFileAtomically(data, bytes).has_value());
  EXPECT_EQ(saver_->Restore(*session_, damaged).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(StepNow(), 1);
  EXPECT_THAT(session_->ReadVariable(weights_.ref)->flat<float>(), ElementsAre(1, 2, 3));
}

// Values that are there are overwritten in place where they are large: only after all was read.
TEST_F(SaverTest, RestoresLargeVariablesInPlaceOrNotAtAll) {
  constexpr int64_t kElements = 10 << 20;  // 40 MiB each.
  const Variable first = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {kElements}), "first");
  const Variable last = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {kElements}), "last");
  Build();
  const std::string prefix = Save(1);
  const Output one = Constant(graph_, Tensor::Filled<float>(Shape{kElements}, 1.0f));
  const Output bump_first = AssignAdd(graph_, first.ref, one);
  const Output bump_last = AssignAdd(graph_, last.ref, one);
  const auto values = [&] {
    return std::pair(session_->ReadVariable(first.ref)->flat<float>().back(),
                     session_->ReadVariable(last.ref)->flat<float>().back());
  };
  Run(bump_first);
  Run(bump_last);
  const void* const buffer = session_->ReadVariable(last.ref)->data();
  ASSERT_TRUE(saver_->Restore(*session_, prefix).has_value());
  EXPECT_EQ(values(), std::pair(0.0f, 0.0f));
  EXPECT_EQ(session_->ReadVariable(last.ref)->data(), buffer);
  // Someone holds a value: it stays what it is.
  Run(bump_last);
  const Tensor held = *session_->ReadVariable(last.ref);
  ASSERT_TRUE(saver_->Restore(*session_, prefix).has_value());
  EXPECT_EQ(values(), std::pair(0.0f, 0.0f));
  EXPECT_EQ(held.flat<float>().back(), 1.0f);

  Run(bump_first);
  Run(bump_last);
  const std::string data = DataPath(prefix, 0, 1);
  std::string bytes = *ReadWholeFile(data);
  bytes[static_cast<size_t>(kElements) * sizeof(float) + 1000] ^= 1;  // In "last", read second.
  ASSERT_TRUE(WriteFileAtomically(data, bytes).has_value());
  EXPECT_EQ(saver_->Restore(*session_, prefix).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(values(), std::pair(1.0f, 1.0f));
}

TEST_F(SaverTest, SavingTakesNoCopyOfTheVariables) {
  Build();
  const Tensor before = *session_->ReadVariable(weights_.ref);
  Save(1);
  EXPECT_EQ(session_->ReadVariable(weights_.ref)->data(), before.data());
}

// Root may write everywhere: while this is there the tests are nobody.
class WithoutRights {
 public:
  explicit WithoutRights(std::string directory) : directory_(std::move(directory)) {
    EXPECT_EQ(::chmod(directory_.c_str(), 0555), 0);
    EXPECT_TRUE(!is_root_ || ::seteuid(kNobody) == 0);
  }
  ~WithoutRights() {
    EXPECT_TRUE(!is_root_ || ::seteuid(0) == 0);
    EXPECT_EQ(::chmod(directory_.c_str(), 0755), 0);
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  const std::string directory_;
  const bool is_root_ = ::geteuid() == 0;
};

TEST_F(SaverTest, ADirectoryThatMayNotBeWrittenKeepsItsCheckpointAndSaysSo) {
  Build();
  const std::string prefix = Save(1);
  const std::vector<std::string> files = FilesIn(directory_.path());
  Run(bump_);
  {
    const WithoutRights rights(directory_.path());
    for (const int64_t step : {1, 2}) {  // Over a checkpoint, and at a new prefix.
      const auto saved = saver_->Save(*session_, directory_.Join("m"), {.global_step = step});
      ASSERT_FALSE(saved.has_value());
      EXPECT_EQ(saved.error().code, ErrorCode::kPermissionDenied);
      EXPECT_THAT(saved.error().message, HasSubstr(directory_.Join("m")));
    }
  }
  EXPECT_THAT(FilesIn(directory_.path()), testing::UnorderedElementsAreArray(files));
  ASSERT_TRUE(saver_->Restore(*session_, *LatestCheckpoint(directory_.path())).has_value());
  EXPECT_EQ(StepNow(), 0);
  // With its rights back it is saved to as before.
  EXPECT_TRUE(saver_->Save(*session_, directory_.Join("m"), {.global_step = 2}).has_value());
}

TEST_F(SaverTest, AVariableWithoutAValueIsAnErrorAndLeavesNoCheckpoint) {
  Build();
  session_ = NewSession(graph_);
  const auto saved = saver_->Save(*session_, directory_.Join("m"));
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(FilesIn(directory_.path()), IsEmpty());
}

TEST_F(SaverTest, ADirectoryThatCannotBeWrittenIsAnErrorThatNamesIt) {
  Build();
  // Where not even root may make a file.
  const auto saved = saver_->Save(*session_, "/proc/model");
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().message, HasSubstr("\"/proc/model.data-00000-of-00001"));
}

TEST_F(SaverTest, AFullDiskKeepsTheCheckpointsAndWhatNamesThem) {
  const Variable large = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {6 << 20}), "large");
  Build({.max_to_keep = 1});
  const std::string first = Save(1);
  const auto files = FilesIn(directory_.path());
  const std::string state = StateText();
  Run(bump_);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{1} << 20, rlim_t{20} << 20}) {
    const rlimit small{.rlim_cur = bytes, .rlim_max = limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto full = saver_->Save(*session_, directory_.Join("m"), {.global_step = 2});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    ASSERT_FALSE(full.has_value());
    EXPECT_EQ(full.error().code, ErrorCode::kIo);
    EXPECT_THAT(FilesIn(directory_.path()), ::testing::UnorderedElementsAreArray(files));
    EXPECT_EQ(StateText(), state);
  }
  std::signal(SIGXFSZ, old_handler);
  ASSERT_TRUE(saver_->Restore(*session_, first).has_value());
  EXPECT_EQ(StepNow(), 0);
  // With room again the same saver goes on.
  Save(2);
  EXPECT_THAT(saver_->last_checkpoints(), ElementsAre(directory_.Join("m-2")));
}

TEST_F(SaverTest, SavesOneStepWhileTrainingGoesOn) {
  // Two variables that each step sets to its number: a checkpoint that mixes steps would differ.
  const Variable first = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {50'000}), "first");
  const Variable last = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {50'000}), "last");
  Build();
  const Output one = Constant(graph_, Tensor::Filled<float>(Shape{50'000}, 1.0f));
  const Output bump_first = AssignAdd(graph_, first.ref, one);
  const Output bump_last = AssignAdd(graph_, last.ref, one);
  Run(init_);
  for (int step = 1; step <= 30; ++step) {
    // With room for copies of nothing, of one variable, and of both.
    const uint64_t max_copy_bytes = uint64_t{200'000} * static_cast<uint64_t>(step % 3) + 20;
    const Status begun =
        saver_->SaveAsync(*session_, directory_.Join("async"),
                          {.global_step = step, .write_meta_graph = false}, max_copy_bytes);
    ASSERT_TRUE(begun.has_value()) << begun.error().message;
    const auto trained = session_->Run({.targets = {bump_first, bump_last}});
    ASSERT_TRUE(trained.has_value()) << trained.error().message;
    const auto saved = saver_->FinishSaving();
    ASSERT_TRUE(saved.has_value()) << saved.error().message;
    const auto reader = BundleReader::Open(saved->prefix);
    for (const char* name : {"first", "last"}) {
      const Result<Tensor> value = (*reader)->Read(name);
      ASSERT_TRUE(value.has_value()) << value.error().message;
      EXPECT_EQ(value->flat<float>().front(), static_cast<float>(step - 1)) << name;
      EXPECT_EQ(value->flat<float>().back(), static_cast<float>(step - 1)) << name;
    }
  }
  EXPECT_EQ(saver_->last_checkpoints().size(), 5u);
  EXPECT_EQ(saver_->FinishSaving().error().code, ErrorCode::kFailedPrecondition);
}

// As the test before, but the training does not wait: a thread sets both to the step for ever.
TEST_F(SaverTest, EveryCheckpointHasOneStepOfATrainingThatNeverWaits) {
  const Variable w1 = MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {30'000}), "w1");
  const Variable w2 =
      MakeVariable(graph_, Tensor::Zeros(DType::kFloat32, {30'000}), "w2", {.is_resource = true});
  Build();
  const Output one = Constant(graph_, Tensor::Filled<float>(Shape{30'000}, 1.0f));
  const std::vector<Output> train = {AssignAdd(graph_, w1.ref, one),
                                     AssignAdd(graph_, w2.ref, one)};
  std::jthread trainer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto trained = session_->Run({.targets = train});
      ASSERT_TRUE(trained.has_value()) << trained.error().message;
    }
  });
  float last_step = -1;
  for (int save = 0; save < 40; ++save) {
    const uint64_t max_copy_bytes = uint64_t{120'000} * static_cast<uint64_t>(save % 3) + 20;
    const SaveOptions options = {.global_step = save, .write_meta_graph = false};
    Result<Saved> saved;
    if (save % 4 == 3) {
      saved = saver_->Save(*session_, directory_.Join("busy"), options);
    } else {
      const Status begun =
          saver_->SaveAsync(*session_, directory_.Join("busy"), options, max_copy_bytes);
      ASSERT_TRUE(begun.has_value()) << begun.error().message;
      saved = saver_->FinishSaving();
    }
    ASSERT_TRUE(saved.has_value()) << saved.error().message;
    const auto reader = BundleReader::Open(saved->prefix);
    const Result<Tensor> first = (*reader)->Read("w1");
    const Result<Tensor> second = (*reader)->Read("w2");
    ASSERT_TRUE(first && second);
    const float step = first->flat<float>().front();
    EXPECT_GE(step, last_step);
    EXPECT_THAT(first->flat<float>(), ::testing::Each(step));
    EXPECT_THAT(second->flat<float>(), ::testing::Each(step));
    last_step = step;
  }
  EXPECT_GT(last_step, 0);
}

TEST_F(SaverTest, AnAsyncErrorIsToldByWhoWaitsForIt) {
  Build();
  ASSERT_TRUE(MakeDirectories(directory_.Join("bad-1.index.pending")).has_value());
  ASSERT_TRUE(MakeDirectories(directory_.Join("bad-1.index")).has_value());
  ASSERT_TRUE(saver_->SaveAsync(*session_, directory_.Join("bad"), {.global_step = 1}).has_value());
  EXPECT_FALSE(saver_->FinishSaving().has_value());
  EXPECT_TRUE(saver_->Save(*session_, directory_.Join("good")).has_value());
}

TEST_F(SaverTest, ItsMetaGraphIsImportedAndTrainedOnFrom) {
  Build();
  Run(bump_);
  const std::string prefix = Save(3);
  GraphBuilder imported;
  const auto saver = ImportMetaGraphFile(imported, prefix + ".meta");
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  const auto session = NewSession(imported);
  ASSERT_TRUE((*saver)->Restore(*session, prefix).has_value());
  const Variable* step = imported.collections().FindVariable("step");
  ASSERT_NE(step, nullptr);
  ASSERT_TRUE(session->Run({.targets = {imported.graph()->FindNode("AssignAdd")}}).has_value());
  EXPECT_EQ(session->ReadVariable(step->ref)->scalar<int32_t>(), 2);
}

TEST_F(SaverTest, AMetaGraphWhoseSaverIsWrongLeavesTheGraphAlone) {
  Build();
  const proto::MetaGraphDef good = ExportMetaGraph(graph_, &saver_->def());
  std::vector<proto::MetaGraphDef> wrong(5, good);
  wrong[0].mutable_saver_def()->set_filename_tensor_name("save/nowhere:0");
  wrong[1].mutable_saver_def()->set_save_tensor_name("step:0");
  wrong[2].mutable_saver_def()->set_restore_op_name("nowhere");
  wrong[3].mutable_saver_def()->set_restore_op_name("weights/Assign");
  // Without a saver one is made, but not of a variable that stands there twice.
  wrong[4].clear_saver_def();
  auto* const variables = (*wrong[4].mutable_collection_def())["variables"].mutable_bytes_list();
  variables->add_value(variables->value(0));
  GraphBuilder graph;
  MakeVariable(graph, Tensor::Scalar(1.0f), "before");
  const std::string before = ExportMetaGraph(graph).DebugString();
  for (const std::string& scope : {std::string(), std::string("below")}) {
    for (const proto::MetaGraphDef& message : wrong) {
      SCOPED_TRACE(message.saver_def().DebugString());
      EXPECT_FALSE(ImportWithSaver(graph, message, {.name_prefix = scope}).has_value());
      EXPECT_EQ(ExportMetaGraph(graph).DebugString(), before);
    }
  }
  EXPECT_TRUE(ImportWithSaver(graph, good, {.name_prefix = "below"}).has_value());
}

TEST_F(SaverTest, ASaverIsMadeForAMetaGraphWithoutOne) {
  Build();
  proto::MetaGraphDef message = ExportMetaGraph(graph_);
  GraphBuilder graph;
  MakeVariable(graph, Tensor::Scalar(1.0f), "before");
  const auto saver = ImportWithSaver(graph, message, {.name_prefix = "below"});
  ASSERT_TRUE(saver.has_value()) << saver.error().message;
  EXPECT_EQ((*saver)->saved().size(), saver_->saved().size() + 1);
  // Below a scope one without variables has nothing to save, whatever the graph has.
  message.clear_collection_def();
  const auto none = ImportWithSaver(graph, message, {.name_prefix = "again"});
  ASSERT_TRUE(none.has_value()) << none.error().message;
  EXPECT_EQ(*none, nullptr);
}

TEST_F(SaverTest, AFinalGraphGetsNoSaverButSaves) {
  Build();
  graph_.set_final(true);
  EXPECT_EQ(Saver::Create(graph_, {}).error().code, ErrorCode::kFailedPrecondition);
  graph_.ClearError();
  EXPECT_TRUE(saver_->Save(*session_, directory_.Join("m")).has_value());
  EXPECT_TRUE(Saver::FromDef(graph_, saver_->def()).has_value());
}

// The MetaGraphs and checkpoints that TensorFlow wrote: restored, saved, and restored again.
TEST(SaverGolden, MetaGraphsOfTensorFlowAreImportedAndRestored) {
  for (const auto& [prefix, variables] : {std::pair("ckpt_handmade_metagraph/m-3", size_t{2}),
                                          std::pair("mnist_small/model.ckpt-6", size_t{7}),
                                          std::pair("ckpt_tf1_partitioned/m", size_t{2}),
                                          std::pair("tutorial/tmp/model.ckpt", size_t{2})}) {
    SCOPED_TRACE(prefix);
    GraphBuilder graph;
    const auto saver = ImportMetaGraphFile(graph, Golden(prefix) + ".meta");
    ASSERT_TRUE(saver.has_value()) << saver.error().message;
    EXPECT_GE((*saver)->restored().size(), variables);
    const auto session = NewSession(graph);
    const Status restored = (*saver)->Restore(*session, Golden(prefix));
    ASSERT_TRUE(restored.has_value()) << restored.error().message;
    const TemporaryDirectory directory;
    const auto saved = (*saver)->Save(*session, directory.Join("again"));
    ASSERT_TRUE(saved.has_value()) << saved.error().message;
    EXPECT_EQ(*ReadWholeFile(saved->prefix + ".index"), *ReadWholeFile(Golden(prefix) + ".index"));
    EXPECT_EQ(*ReadWholeFile(DataPath(saved->prefix, 0, 1)),
              *ReadWholeFile(DataPath(Golden(prefix), 0, 1)));
  }
}

}  // namespace
}  // namespace fanlight::checkpoint
