#include "fanlight/engine/graph/plan.h"

#include <algorithm>
#include <random>
#include <unordered_set>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/run_watch.h"

namespace fanlight {

VariableState* SessionState::Variable(const Node* node) {
  MutexLock lock(mutex_);
  std::unique_ptr<VariableState>& state = variables_[node];
  if (state == nullptr) {
    state = std::make_unique<VariableState>();
    state->node = node;
  }
  return state.get();
}

const VariableState* SessionState::FindVariable(const Node* node) const {
  MutexLock lock(mutex_);
  const auto found = variables_.find(node);
  return found == variables_.end() ? nullptr : found->second.get();
}

RandomState* SessionState::Random(const Node* node) {
  MutexLock lock(mutex_);
  std::unique_ptr<RandomState>& state = random_[node];
  if (state == nullptr) {
    auto seed = static_cast<uint64_t>(node->attr<int64_t>("seed"));
    auto seed2 = static_cast<uint64_t>(node->attr<int64_t>("seed2"));
    if (seed == 0 && seed2 == 0) {
      std::random_device entropy;
      seed = uint64_t{entropy()} << 32 | entropy();
      seed2 = uint64_t{entropy()} << 32 | entropy();
    }
    state = std::make_unique<RandomState>(seed, seed2);
  }
  return state.get();
}

const Node* VariableNodeOf(Output ref) {
  const Node* variable = nullptr;
  std::unordered_set<const Node*> seen;  // Merges: several ways may lead to one variable.
  std::vector<Output> open;
  for (;;) {
    if (!ref.is_valid() || !(ref.is_ref() || ref.dtype() == DType::kResource)) return nullptr;
    const std::string_view type = ref.node->type();
    if (type == "VariableV2" || type == "Variable" || type == "VarHandleOp") {
      if (variable != nullptr && variable != ref.node) return nullptr;
      variable = ref.node;
    } else if (IsMerge(*ref.node)) {
      if (seen.insert(ref.node).second) {
        open.insert(open.end(), ref.node->inputs.begin(), ref.node->inputs.end());
      }
    } else if (ref.node->inputs.empty()) {
      return nullptr;
    } else {
      ref = ref.node->input(0);
      continue;
    }
    if (open.empty()) return variable;
    ref = open.back();
    open.pop_back();
  }
}

const Node* VariableOfValue(Output value) {
  while (value.is_valid() && !value.is_ref() && value.dtype() != DType::kResource) {
    const std::string_view type = value.node->type();
    if (type != "Identity" && type != "ReadVariableOp") return nullptr;
    value = value.node->input(0);
  }
  return VariableNodeOf(value);
}

std::vector<const Node*> Plan::StepNodes() const {
  std::vector<const Node*> nodes;
  for (const Step& step : steps_) nodes.push_back(step.node);
  return nodes;
}

Plan::Frame::Frame(const Plan& plan) {
  const auto bytes = static_cast<int64_t>(plan.arena_bytes_);
  if (bytes != 0) arena_ = Tensor(DType::kUInt8, {bytes});
  tensors_.resize(plan.slots_.size());
  for (size_t i = 0; i < plan.slots_.size(); ++i) {
    const Slot& slot = plan.slots_[i];
    if (slot.constant.is_valid()) {
      tensors_[i] = slot.constant;
    } else if (slot.arena_offset >= 0) {
      auto* const base = static_cast<std::byte*>(arena_.mutable_data());
      tensors_[i] = Tensor::Borrow(slot.dtype, slot.shape, base + slot.arena_offset, nullptr);
    }
  }
  for (const Source& source : plan.input_sources_) {
    const Tensor* tensor = nullptr;
    if (source.kind == Source::Kind::kSlot) tensor = &tensors_[static_cast<size_t>(source.index)];
    if (source.kind == Source::Kind::kVariable) tensor = &source.variable->value;
    inputs_.push_back(tensor);  // Feeds are set in each run.
  }
  for (const int slot : plan.output_slots_) {
    outputs_.push_back(&tensors_[static_cast<size_t>(slot)]);
  }
  predicates_.resize(plan.num_predicates_);
}

tl::unexpected<Error> Plan::StepFailed(const Step& step, const Frame& frame,
                                       const Error& error) const {
  std::string message = fmt::format("node {}: {}", Describe(*step.node), error.message);
  for (uint32_t i = 0; i < step.num_inputs; ++i) {
    const Tensor* input = frame.inputs_[step.first_input + i];
    message += i == 0 ? "; inputs: " : ", ";
    if (!step.is_joined) {
      message += Quoted(step.node->inputs[i].name()) + " ";
    }
    message += Describe(*input);
  }
  return tl::unexpected<Error>(Error{error.code, std::move(message)});
}

Result<std::vector<Tensor>> Plan::Run(Frame& frame, std::span<const Tensor* const> feeds,
                                      const ThreadShare& threads, RunWatch* watch) const {
  for (const VariableRead& read : initial_reads_) FL_TRY(CheckReadable(read));
  if (watch != nullptr) FL_TRY(CheckGiven(feeds, *watch));
  for (size_t i = 0; i < feeds.size(); ++i) {
    for (const uint32_t position : feed_uses_[i]) frame.inputs_[position] = feeds[i];
  }
  std::vector<Tensor> fetched;
  Status done = RunSteps(frame, threads, watch);
  if (done && !fetch_checks_.empty()) done = CheckFetches(frame);
  if (done) fetched = TakeFetches(frame, feeds);
  for (const int slot : slots_made_in_each_run_) {
    frame.tensors_[static_cast<size_t>(slot)] = Tensor();
  }
  FL_TRY(std::move(done));
  return fetched;
}

Status Plan::CheckReadable(const VariableRead& read) {
  const Tensor& value = read.variable->value;
  if (!value.is_valid()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "variable {} is not initialised: run its initialiser before it is read",
                Describe(*read.variable->node));
  }
  if (read.has_shape && !(value.shape() == read.shape)) {
    return Fail(ErrorCode::kFailedPrecondition, "variable {} has become {}, want shape {}",
                Describe(*read.variable->node), Describe(value), ToString(read.shape));
  }
  return {};
}

Status Plan::CheckFetches(const Frame& frame) const {
  for (const FetchCheck& check : fetch_checks_) {
    if (!Evaluate(decisions_, check.condition, frame.predicates_)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{} does not have a value: node {} is in a branch that this run did not take",
                  Quoted(check.output.name()), Describe(*check.output.node));
    }
    if (check.late_read) FL_TRY(CheckReadable(*check.late_read));
  }
  return {};
}

Status Plan::CheckGiven(std::span<const Tensor* const> feeds, const RunWatch& watch) const {
  for (size_t i = 0; i < feeds.size(); ++i) {
    FL_TRY(watch.CheckValue(*feeds_[i].node, "what is fed for", *feeds[i]));
  }
  for (const VariableRead& read : initial_reads_) {
    FL_TRY(watch.CheckValue(*read.variable->node, "variable", read.variable->value));
  }
  return {};
}

Result<const Tensor* const*> Plan::BeginConditional(const Step& step, Frame& frame) const {
  const Conditional& conditional = *step.conditional;
  const auto holds = [&](Condition condition) {
    return Evaluate(decisions_, condition, frame.predicates_);
  };
  const Tensor* const* const inputs = frame.inputs_.data() + step.first_input;
  if (!holds(conditional.condition)) return nullptr;
  const std::vector<Condition>& alternatives = conditional.alternatives;
  for (const auto& [input, read] : conditional.late_reads) {
    if (alternatives.empty() || holds(alternatives[input])) FL_TRY(CheckReadable(read));
  }
  if (conditional.predicate >= 0) {
    if (inputs[0]->rank() != 0) {
      return StepFailed(step, frame,
                        {ErrorCode::kInvalidArgument, "want a scalar for the predicate"});
    }
    frame.predicates_[static_cast<size_t>(conditional.predicate)] = inputs[0]->flat<bool>()[0];
    return nullptr;
  }
  if (alternatives.empty()) return inputs;
  static const Tensor kNoValue;
  frame.alternatives_.clear();
  for (size_t i = 0; i < alternatives.size(); ++i) {
    frame.alternatives_.push_back(holds(alternatives[i]) ? inputs[i] : &kNoValue);
  }
  return frame.alternatives_.data();
}

Status Plan::CheckClaims(const Conditional& conditional, const Tensor* const* outputs) {
  for (const auto& [output, shape] : conditional.claims) {
    const Tensor& made = *outputs[output];
    if (shape.IsCompatibleWith(PartialShape(made.shape()))) continue;
    return Fail(ErrorCode::kInvalidArgument, "output {} is {}, its shape was set to {}", output,
                Describe(made), ToString(shape));
  }
  return {};
}

Status Plan::RunSteps(Frame& frame, const ThreadShare& threads, RunWatch* watch) const {
  const ThreadShare::Scope share(threads);
  for (const Step& step : steps_) {
    const Tensor* const* inputs = frame.inputs_.data() + step.first_input;
    if (step.conditional != nullptr) {
      FL_ASSIGN_OR_RETURN(inputs, BeginConditional(step, frame));
      if (inputs == nullptr) continue;
    }
    Tensor* const* const outputs = frame.outputs_.data() + step.first_output;
    if (watch != nullptr) FL_TRY(watch->BeginStep(*step.node));
    KernelContext context(*step.node, inputs, outputs, step.variables.data(), step.random);
    if (auto done = step.kernel->Compute(context); !done) {
      return StepFailed(step, frame, done.error());
    }
    if (step.conditional != nullptr) {
      const Status holds = CheckClaims(*step.conditional, outputs);
      if (!holds) return StepFailed(step, frame, holds.error());
    }
    if (watch == nullptr) continue;
    auto seen = watch->EndStep({.node = *step.node,
                                .joined = step.joined,
                                .outputs = {outputs, step.num_outputs},
                                .variables = step.variables});
    if (!seen) return StepFailed(step, frame, seen.error());
  }
  if (watch != nullptr) watch->Finish();
  return {};
}

std::vector<Tensor> Plan::TakeFetches(Frame& frame, std::span<const Tensor* const> feeds) const {
  std::vector<Tensor> fetched;
  fetched.reserve(fetches_.size());
  for (const Fetch& fetch : fetches_) {
    switch (fetch.source.kind) {
      case Source::Kind::kFeed:
        fetched.push_back(*feeds[static_cast<size_t>(fetch.source.index)]);
        break;
      case Source::Kind::kVariable:
        fetched.push_back(fetch.source.variable->value.Clone());
        break;
      case Source::Kind::kSlot: {
        Tensor& tensor = frame.tensors_[static_cast<size_t>(fetch.source.index)];
        if (fetch.is_moved) {
          fetched.push_back(std::move(tensor));
        } else if (slots_[static_cast<size_t>(fetch.source.index)].constant.is_valid()) {
          fetched.push_back(tensor.Clone());
        } else {
          fetched.push_back(tensor);
        }
        break;
      }
    }
    if (fetch.is_view) fetched.back() = fetched.back().Reshaped(fetch.shape);
  }
  return fetched;
}

}  // namespace fanlight
