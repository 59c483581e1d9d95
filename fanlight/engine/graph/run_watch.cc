#include "fanlight/engine/graph/run_watch.h"

#include <algorithm>
#include <cmath>

#include "fanlight/base/text.h"
#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

struct BadNumber {
  int64_t element;
  std::string_view what;
};

double Widened(double value) { return value; }
double Widened(float value) { return static_cast<double>(value); }
double Widened(Float16 value) { return static_cast<double>(static_cast<float>(value)); }
double Widened(BFloat16 value) { return static_cast<double>(static_cast<float>(value)); }

// The first element that is no number.
std::optional<BadNumber> FindBadNumber(const Tensor& tensor) {
  std::optional<BadNumber> found;
  const auto look = [&]<typename T>(TypeTag<T>) {
    const std::span<const T> values = tensor.flat<T>();
    const auto bad = std::find_if(values.begin(), values.end(),
                                  [](const T& value) { return !std::isfinite(Widened(value)); });
    if (bad == values.end()) return;
    found = BadNumber{bad - values.begin(), std::isnan(Widened(*bad)) ? "a NaN" : "an infinity"};
  };
  if (tensor.is_valid()) VisitDTypeAmong<float, double, Float16, BFloat16>(tensor.dtype(), look);
  return found;
}

int64_t Nanoseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

// Of a duration that readers are to see, though it be shorter.
int64_t AtLeastOneMicro(int64_t nanos) { return std::max<int64_t>(1, (nanos + 500) / 1000); }

}  // namespace

RunWatch::RunWatch(const RunOptions& options)
    : options_(options),
      begin_micros_(std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count()) {
  if (options.timeout_ms > 0) {
    constexpr int64_t kLongest = int64_t{365} * 24 * 3600 * 1000;
    deadline_ = begin_ + std::chrono::milliseconds(std::min(options.timeout_ms, kLongest));
  }
}

Status RunWatch::CheckTime(std::string_view where) const {
  const bool is_interrupted = options_.interrupted != nullptr && options_.interrupted->load();
  if (is_interrupted || options_.stop.stop_requested()) {
    return Fail(ErrorCode::kCancelled, "the run was stopped {}", where);
  }
  if (deadline_ && Clock::now() >= *deadline_) {
    return Fail(ErrorCode::kCancelled, "the run took longer than {} ms and was ended {}",
                options_.timeout_ms, where);
  }
  return {};
}

Status RunWatch::CheckValue(const Node& node, std::string_view what, const Tensor& value) const {
  if (!options_.checks_numbers) return {};
  if (const auto bad = FindBadNumber(value)) {
    return Fail(ErrorCode::kOutOfRange, "{} {}: there is {} at element {} of {}", what,
                Describe(node), bad->what, bad->element, Describe(value));
  }
  return {};
}

Status RunWatch::BeginStep(const Node& node) {
  if (may_end_early()) FL_TRY(CheckTime("before node " + Describe(node)));
  if (options_.metadata != nullptr) step_begin_ = Clock::now();
  return {};
}

Status RunWatch::EndStep(const Step& step) {
  const auto end = Clock::now();
  if (options_.checks_numbers) {
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      if (const auto bad = FindBadNumber(*step.outputs[i])) {
        return Fail(ErrorCode::kOutOfRange, "it makes {}: element {} of output {}, {}", bad->what,
                    bad->element, i, Describe(*step.outputs[i]));
      }
    }
    for (const VariableState* variable : step.variables) {
      if (const auto bad = FindBadNumber(variable->value)) {
        return Fail(ErrorCode::kOutOfRange, "it leaves {} in variable {}: element {} of {}",
                    bad->what, Describe(*variable->node), bad->element, Describe(variable->value));
      }
    }
  }
  if (options_.metadata == nullptr) return {};
  proto::NodeExecStats& stats = *stats_.add_node_stats();
  stats.set_node_name(step.node.name);
  const int64_t begin_nanos = Nanoseconds(step_begin_ - begin_);
  const int64_t nanos = Nanoseconds(end - step_begin_);
  stats.set_all_start_micros(begin_micros_ + begin_nanos / 1000);
  stats.set_all_start_nanos(begin_micros_ * 1000 + begin_nanos);
  stats.set_scheduled_micros(stats.all_start_micros());
  stats.set_scheduled_nanos(stats.all_start_nanos());
  stats.set_op_end_rel_micros(AtLeastOneMicro(nanos));
  stats.set_all_end_rel_micros(AtLeastOneMicro(nanos));
  stats.set_op_end_rel_nanos(nanos);
  stats.set_all_end_rel_nanos(nanos);
  std::string label = fmt::format("{} = {}(", step.node.name, step.node.type());
  for (size_t i = 0; i < step.node.inputs.size(); ++i) {
    label += (i == 0 ? "" : ", ") + step.node.inputs[i].name();
  }
  label += ")";
  for (const Node* node : step.joined) label += fmt::format(" with {}", node->name);
  stats.set_timeline_label(std::move(label));
  int64_t bytes = 0;
  const auto add_output = [&](size_t slot, const Tensor& tensor, bool is_allocated) {
    if (!tensor.is_valid()) return;
    proto::NodeOutput& output = *stats.add_output();
    output.set_slot(static_cast<int32_t>(slot));
    proto::TensorDescription& description = *output.mutable_tensor_description();
    description.set_dtype(DTypeToProto(tensor.dtype()));
    *description.mutable_shape() = ShapeToProto(PartialShape(tensor.shape()));
    const auto size = static_cast<int64_t>(tensor.num_bytes());
    auto& allocation = *description.mutable_allocation_description();
    allocation.set_requested_bytes(size);
    allocation.set_allocated_bytes(is_allocated ? size : 0);
    allocation.set_allocator_name("cpu");
    if (is_allocated) bytes += size;
  };
  for (size_t i = 0; i < step.outputs.size(); ++i) add_output(i, *step.outputs[i], true);
  // A variable's memory is not the run's.
  for (size_t i = 0; i < step.variables.size(); ++i) {
    add_output(step.outputs.size() + i, step.variables[i]->value, false);
  }
  proto::AllocatorMemoryUsed& memory = *stats.add_memory();
  memory.set_allocator_name("cpu");
  memory.set_total_bytes(bytes);
  memory.set_peak_bytes(bytes);
  return {};
}

void RunWatch::Finish() {
  if (options_.metadata == nullptr) return;
  // The name by which TensorFlow's readers know the processor.
  stats_.set_device("/job:localhost/replica:0/task:0/device:CPU:0");
  options_.metadata->Clear();
  *options_.metadata->mutable_step_stats()->add_dev_stats() = std::move(stats_);
}

}  // namespace fanlight
