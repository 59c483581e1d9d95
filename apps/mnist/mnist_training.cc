#include "apps/mnist/mnist_training.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "apps/common/stop_signal.h"
#include "apps/mnist/log_dir.h"
#include "apps/mnist/saved_models.h"
#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {
namespace {

constexpr int64_t kPrintSteps = 100;
constexpr int64_t kSaveSteps = 1000;
constexpr size_t kNamesShown = 5;

// A line on stdout that whoever follows a pipe sees at once.
template <typename... Args>
void Print(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(format, std::forward<Args>(args)...);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

Result<MnistData> LoadData(const MnistFlags& flags) {
  if (flags.fake_data) return FakeMnist();
  MnistOptions options;
  if (flags.seed) options.seed = static_cast<uint32_t>(*flags.seed);
  options.on_file = [](const std::string& path) { Print("Extracting {}", path); };
  Result<MnistData> data = ReadMnist(flags.input_data_dir, options);
  if (!data && data.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, "{}; get the files with: ./run mnist {}",
                data.error().message, flags.input_data_dir);
  }
  return data;
}

Status PrepareFolder(const MnistFlags& flags) {
  FL_ASSIGN_OR_RETURN(std::vector<std::string> kept, PrepareLogDir(flags.log_dir, flags.unknown));
  if (kept.empty()) return {};
  const size_t more = kept.size() - std::min(kept.size(), kNamesShown);
  kept.resize(std::min(kept.size(), kNamesShown));
  fmt::print(stderr, "not of an earlier run, so left in {}: {}{}\n", Quoted(flags.log_dir),
             fmt::join(kept, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
  return {};
}

// One run: what the steps share.
class Training {
 public:
  static Result<std::unique_ptr<Training>> Create(const MnistFlags& flags, MnistData data);
  Status Run();

 private:
  Training(const MnistFlags& flags, MnistData data) : flags_(flags), data_(std::move(data)) {}
  Status Begin();
  Status Resume();
  Status Step(int64_t step);
  Status Record(int64_t step, const Batch& batch);
  Status Save(int64_t step);
  Status EvaluateAll();

  const MnistFlags& flags_;
  MnistData data_;
  GraphBuilder graph_;
  MnistModel model_;
  std::unique_ptr<checkpoint::Saver> saver_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<FileWriter> writer_;
  int64_t first_step_ = 0;
  std::string saved_prefix_;  // The newest checkpoint of this run.
};

Result<std::unique_ptr<Training>> Training::Create(const MnistFlags& flags, MnistData data) {
  std::unique_ptr<Training> training(new Training(flags, std::move(data)));
  FL_TRY(training->Begin());
  return training;
}

// An earlier run is removed when nothing else can go wrong any more that the flags or the data tell.
Status Training::Begin() {
  if (!flags_.fake_data && flags_.batch_size > data_.train.num_examples()) {
    return Fail(ErrorCode::kInvalidArgument, "--batch_size {} is more than the {} images there are",
                flags_.batch_size, data_.train.num_examples());
  }
  model_ = BuildMnistModel(graph_, flags_);
  FL_TRY(graph_.status());
  FL_ASSIGN_OR_RETURN(saver_, checkpoint::Saver::Create(graph_, {}));
  FL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> graph, graph_.Build());
  FL_ASSIGN_OR_RETURN(session_, Session::Create(graph, {.kernels = AllKernels()}));
  FL_TRY(session_->Run({.targets = {model_.init}}));
  FL_TRY(flags_.resume ? Resume() : PrepareFolder(flags_));
  FL_ASSIGN_OR_RETURN(writer_, FileWriter::Create(flags_.log_dir, graph_, {}));
  if (saved_prefix_.empty()) return {};
  // Points of the lost run at or behind this step are superseded by those that come.
  return writer_->AddSessionLog(SessionLogView::Status::kStart, first_step_, saved_prefix_);
}

// Takes up the newest sound checkpoint of log_dir, if there is one at all.
Status Training::Resume() {
  Result<std::vector<std::string>> sound = RestoreNewestSound(
      flags_.log_dir,
      [&](const std::string& prefix) { return saver_->Restore(*session_, prefix); });
  if (!sound && sound.error().code == ErrorCode::kNotFound) {
    Print("Nothing to resume in {}: training from the start", flags_.log_dir);
    return {};
  }
  FL_TRY(sound);
  saved_prefix_ = sound->front();
  std::ranges::reverse(*sound);
  saver_->RecoverLastCheckpoints(*sound);
  const Variable* global_step = graph_.collections().FindVariable("global_step");
  FL_ASSIGN_OR_RETURN(const Tensor steps_done, session_->ReadVariable(global_step->ref));
  first_step_ = steps_done.scalar<int32_t>();
  Print("Resuming from {} at step {}", saved_prefix_, first_step_);
  return {};
}

Status Training::Run() {
  int64_t step = first_step_;
  for (; step < flags_.max_steps && !StopRequested(); ++step) FL_TRY(Step(step));
  if (step < flags_.max_steps) {
    // Stopped by hand. What the last step made is saved, if that has not just been done.
    const int64_t last = step - 1;
    if (last >= first_step_ && (last + 1) % kSaveSteps != 0) FL_TRY(Save(last));
    FL_TRY(writer_->Close());
    Print("Stopped after step {}: {}", last,
          saved_prefix_.empty() ? "nothing to save" : fmt::format("saved in {}", saved_prefix_));
    return {};
  }
  return writer_->Close();
}

Status Training::Step(int64_t step) {
  const auto start = std::chrono::steady_clock::now();
  FL_ASSIGN_OR_RETURN(const Batch batch, data_.train.NextBatch(flags_.batch_size));
  const bool is_measured =
      flags_.summaries == MnistSummaries::kFull && (step + 1) % kSaveSteps == 0;
  proto::RunMetadata metadata;
  FL_ASSIGN_OR_RETURN(
      const std::vector<Tensor> fetched,
      session_->Run({.feeds = {{model_.images, batch.images}, {model_.labels, batch.labels}},
                     .fetches = {model_.loss},
                     .targets = {model_.train_op}},
                    {.metadata = is_measured ? &metadata : nullptr}));
  const std::chrono::duration<double> duration = std::chrono::steady_clock::now() - start;
  if (step % kPrintSteps == 0) {
    Print("Step {}: loss = {:.2f} ({:.3f} sec)", step, fetched[0].scalar<float>(),
          duration.count());
  }
  if (step % flags_.summary_steps == 0) FL_TRY(Record(step, batch));
  if (is_measured) {
    FL_TRY(
        writer_->AddRunMetadata(fmt::format("step {}", step), metadata.SerializeAsString(), step));
  }
  if ((step + 1) % kSaveSteps == 0 || step + 1 == flags_.max_steps) {
    FL_TRY(Save(step));
    FL_TRY(EvaluateAll());
  }
  return {};
}

// The summaries of the batch just trained on, as the variables are after it.
Status Training::Record(int64_t step, const Batch& batch) {
  FL_ASSIGN_OR_RETURN(
      const std::vector<Tensor> fetched,
      session_->Run({.feeds = {{model_.images, batch.images}, {model_.labels, batch.labels}},
                     .fetches = {model_.summary}}));
  FL_TRY(writer_->AddSummary(fetched[0], step));
  return writer_->Flush();
}

Status Training::Save(int64_t step) {
  FL_ASSIGN_OR_RETURN(
      const checkpoint::Saved saved,
      saver_->Save(*session_, JoinPath(flags_.log_dir, "model.ckpt"), {.global_step = step}));
  saved_prefix_ = saved.prefix;
  return {};
}

Status Training::EvaluateAll() {
  const std::pair<const char*, DataSet*> sets[] = {
      {"Training", &data_.train}, {"Validation", &data_.validation}, {"Test", &data_.test}};
  for (const auto& [name, data] : sets) {
    Print("{} Data Eval:", name);
    FL_ASSIGN_OR_RETURN(const Evaluation evaluation,
                        EvaluateMnist(*session_, model_, *data, flags_.batch_size));
    Print("Num examples: {}  Num correct: {}  Precision @ 1: {:.4f}", evaluation.num_examples,
          evaluation.num_correct, evaluation.precision());
  }
  return {};
}

}  // namespace

Result<Evaluation> EvaluateMnist(Session& session, const MnistModel& model, DataSet& data,
                                 int64_t batch_size) {
  Evaluation evaluation;
  const int64_t batches = data.num_examples() / batch_size;
  evaluation.num_examples = batches * batch_size;
  for (int64_t i = 0; i < batches; ++i) {
    FL_ASSIGN_OR_RETURN(const Batch batch, data.NextBatch(batch_size));
    FL_ASSIGN_OR_RETURN(
        const std::vector<Tensor> fetched,
        session.Run({.feeds = {{model.images, batch.images}, {model.labels, batch.labels}},
                     .fetches = {model.num_correct}}));
    evaluation.num_correct += fetched[0].scalar<int32_t>();
  }
  return evaluation;
}

Status TrainMnist(const MnistFlags& flags) {
  FL_ASSIGN_OR_RETURN(MnistData data, LoadData(flags));
  FL_ASSIGN_OR_RETURN(const auto training, Training::Create(flags, std::move(data)));
  return training->Run();
}

}  // namespace fanlight
