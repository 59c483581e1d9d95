#include "apps/linear_regression/regression_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "apps/common/stop_signal.h"
#include "apps/linear_regression/regression_model.h"
#include "fanlight/base/decimal.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {
namespace {

constexpr int64_t kFirstSessionEpochs = 200;
constexpr auto kPoints = static_cast<int64_t>(kRegressionX.size());

// A line on stdout that whoever follows a pipe sees at once.
template <typename... Args>
void Print(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(format, std::forward<Args>(args)...);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

class Regression {
 public:
  static Result<std::unique_ptr<Regression>> Create(const RegressionFlags& flags);
  Status RunOneSession();
  Status RunTwoSessions();
  Status Close() { return writer_->Close(); }

 private:
  explicit Regression(const RegressionFlags& flags) : flags_(flags) {}
  Status Begin();
  // A new session, its variables initialised.
  Status NewSession();
  Status Restore(const std::string& prefix);
  // Trains for so many epochs, of which `epochs_done` were before in the curve's steps.
  Status Train(int64_t epochs, int64_t epochs_done);
  Status TrainEpoch();
  Status Display(int64_t epoch, int64_t step);
  Status PrintResult();
  Result<float> Value(const Output& output);

  const RegressionFlags& flags_;
  GraphBuilder graph_;
  RegressionModel model_;
  std::unique_ptr<checkpoint::Saver> saver_;
  std::shared_ptr<const KernelRegistry> kernels_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<FileWriter> writer_;
  const Tensor all_x_ = Tensor::Vector<float>(kRegressionX);
  const Tensor all_y_ = Tensor::Vector<float>(kRegressionY);
  std::vector<std::pair<Tensor, Tensor>> points_;  // Scalars.
};

Result<std::unique_ptr<Regression>> Regression::Create(const RegressionFlags& flags) {
  std::unique_ptr<Regression> regression(new Regression(flags));
  FL_TRY(regression->Begin());
  return regression;
}

Status Regression::Begin() {
  model_ = BuildRegressionModel(graph_, flags_);
  FL_TRY(graph_.status());
  FL_ASSIGN_OR_RETURN(saver_, checkpoint::Saver::Create(graph_, {}));
  kernels_ = AllKernels();
  for (size_t i = 0; i < kRegressionX.size(); ++i) {
    points_.emplace_back(Tensor::Scalar(kRegressionX[i]), Tensor::Scalar(kRegressionY[i]));
  }
  FL_ASSIGN_OR_RETURN(writer_, FileWriter::Create(flags_.log_dir, graph_, {}));
  return {};
}

Status Regression::NewSession() {
  FL_ASSIGN_OR_RETURN(session_, Session::Create(graph_.graph(), {.kernels = kernels_}));
  FL_TRY(session_->Run({.targets = {model_.init}}));
  return {};
}

Status Regression::Restore(const std::string& prefix) {
  FL_TRY(saver_->Restore(*session_, prefix));
  Print("Model restored from file: {}", prefix);
  return {};
}

Status Regression::RunOneSession() {
  FL_TRY(NewSession());
  if (!flags_.restore.empty()) FL_TRY(Restore(flags_.restore));
  return Train(flags_.training_epochs, 0);
}

Status Regression::RunTwoSessions() {
  const int64_t first_epochs = std::min(kFirstSessionEpochs, flags_.training_epochs);
  Print("Starting 1st session...");
  FL_TRY(NewSession());
  FL_TRY(Train(first_epochs, 0));
  FL_ASSIGN_OR_RETURN(const checkpoint::Saved saved, saver_->Save(*session_, flags_.model));
  if (!saved.made_directory.empty()) {
    fmt::print(stderr, "made the folder {}\n", Quoted(saved.made_directory));
  }
  Print("Model saved in file: {}", saved.prefix);
  if (StopRequested()) return {};
  Print("Starting 2st session...");  // The tutorial's words.
  FL_TRY(NewSession());
  FL_TRY(Restore(saved.prefix));
  return Train(flags_.training_epochs - first_epochs, first_epochs);
}

Status Regression::Train(int64_t epochs, int64_t epochs_done) {
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    if (StopRequested()) {
      FL_TRY(writer_->Flush());
      Print("Stopped after epoch {}: everything is recorded in {}", epoch, flags_.log_dir);
      return {};
    }
    FL_TRY(TrainEpoch());
    if ((epoch + 1) % flags_.display_step == 0) {
      FL_TRY(Display(epoch, (epochs_done + epoch) * kPoints));
    }
  }
  return PrintResult();
}

Status Regression::TrainEpoch() {
  for (const auto& [x, y] : points_) {
    FL_TRY(
        session_->Run({.feeds = {{model_.x, x}, {model_.y, y}}, .targets = {model_.train_step}}));
  }
  return {};
}

Result<float> Regression::Value(const Output& output) {
  FL_ASSIGN_OR_RETURN(const std::vector<Tensor> fetched, session_->Run({.fetches = {output}}));
  return fetched[0].scalar<float>();
}

Status Regression::Display(int64_t epoch, int64_t step) {
  FL_ASSIGN_OR_RETURN(const std::vector<Tensor> fetched,
                      session_->Run({.feeds = {{model_.x, all_x_}, {model_.y, all_y_}},
                                     .fetches = {model_.cost, model_.summary}}));
  FL_TRY(writer_->AddSummary(fetched[1], step));
  FL_TRY(writer_->Flush());
  FL_ASSIGN_OR_RETURN(const float weight, Value(model_.weight));
  FL_ASSIGN_OR_RETURN(const float bias, Value(model_.bias));
  Print("Epoch: {:04d} cost= {:.9f} W= {} b= {}", epoch + 1, fetched[0].scalar<float>(),
        ShortestDecimal(weight), ShortestDecimal(bias));
  return {};
}

Status Regression::PrintResult() {
  Print("Optimization Finished!");
  FL_ASSIGN_OR_RETURN(
      const std::vector<Tensor> fetched,
      session_->Run({.feeds = {{model_.x, all_x_}, {model_.y, all_y_}}, .fetches = {model_.cost}}));
  FL_ASSIGN_OR_RETURN(const float weight, Value(model_.weight));
  FL_ASSIGN_OR_RETURN(const float bias, Value(model_.bias));
  Print("Training cost= {} W= {} b= {} \n", ShortestDecimal(fetched[0].scalar<float>()),
        ShortestDecimal(weight), ShortestDecimal(bias));
  return {};
}

}  // namespace

Status TrainRegression(const RegressionFlags& flags) {
  FL_ASSIGN_OR_RETURN(const auto regression, Regression::Create(flags));
  FL_TRY(flags.two_sessions ? regression->RunTwoSessions() : regression->RunOneSession());
  return regression->Close();
}

}  // namespace fanlight
