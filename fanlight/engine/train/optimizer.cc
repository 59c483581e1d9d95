#include "fanlight/engine/train/optimizer.h"

#include <algorithm>
#include <set>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/train/slot.h"

namespace fanlight {
namespace {

std::string NamesOf(const std::vector<Variable>& variables) {
  constexpr size_t kShown = 10;
  std::string names;
  for (size_t i = 0; i < variables.size() && i < kShown; ++i) {
    names += (names.empty() ? "" : ", ") + Quoted(variables[i].name());
  }
  return variables.size() > kShown ? names + ", …" : names;
}

Status CheckFloating(std::string_view what, const Output& output, DType dtype) {
  if (IsFloating(dtype)) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} {}: got dtype {}, want a floating one", what,
              Quoted(output.name()), DTypeName(dtype));
}

}  // namespace

const Node* Optimizer::Minimize(GraphBuilder& graph, const Output& loss,
                                const MinimizeOptions& options) {
  const std::vector<GradientAndVariable> gradients =
      ComputeGradients(graph, loss,
                       {.variables = options.variables,
                        .loss_gradient = options.loss_gradient,
                        .gate_gradients = options.gate_gradients});
  return ApplyGradients(graph, gradients,
                        {.global_step = options.global_step, .name = options.name});
}

std::vector<GradientAndVariable> Optimizer::ComputeGradients(
    GraphBuilder& graph, const Output& loss, const ComputeGradientsOptions& options) {
  if (!graph.ok()) return {};
  const std::vector<Variable> variables =
      options.variables.empty() ? graph.collections().trainable_variables() : options.variables;
  const auto check = [&]() -> Status {
    if (!loss.is_valid()) return Fail(ErrorCode::kInvalidArgument, "{}: there is no loss", name_);
    FL_TRY(CheckFloating("loss", loss, loss.dtype()));
    if (variables.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "{}: there are no variables to train", name_);
    }
    for (const Variable& variable : variables) {
      FL_TRY(CheckFloating("variable", variable.ref, variable.dtype()));
    }
    return {};
  };
  if (Status checked = check(); !checked) {
    graph.KeepError(std::move(checked).error());
    return {};
  }
  std::vector<Output> xs;
  for (const Variable& variable : variables) xs.push_back(variable.ref);
  GradientOptions gradient_options{.gate_gradients = options.gate_gradients};
  if (options.loss_gradient.is_valid()) gradient_options.grad_ys = {options.loss_gradient};
  const std::vector<Gradient> gradients = SparseGradients(graph, {loss}, xs, gradient_options);
  if (!graph.ok()) return {};
  if (std::ranges::none_of(gradients, &Gradient::is_valid)) {
    graph.KeepError(
        {ErrorCode::kInvalidArgument,
         fmt::format("the loss {} depends on none of the variables {} by ops with a gradient",
                     Quoted(loss.name()), NamesOf(variables))});
    return {};
  }
  std::vector<GradientAndVariable> pairs;
  for (size_t i = 0; i < variables.size(); ++i) pairs.push_back({gradients[i], variables[i]});
  return pairs;
}

const Node* Optimizer::ApplyGradients(GraphBuilder& graph,
                                      std::span<const GradientAndVariable> gradients,
                                      const ApplyGradientsOptions& options) {
  if (!graph.ok()) return nullptr;
  std::vector<Variable> variables;
  for (const auto& [gradient, variable] : gradients) {
    if (gradient.is_valid()) variables.push_back(variable);
  }
  if (variables.empty()) {
    graph.KeepError(
        {ErrorCode::kInvalidArgument, fmt::format("{}: there are no gradients to apply", name_)});
    return nullptr;
  }
  CreateSlots(graph, variables);
  if (!graph.ok()) return nullptr;
  const Node* step = nullptr;
  {
    const auto scope = graph.NameScope(options.name.empty() ? name_ : options.name);
    const std::string step_name = graph.name_scope() + "/";
    Prepare(graph);
    std::vector<const Node*> updates;
    for (const auto& [gradient, variable] : gradients) {
      if (!gradient.is_valid()) continue;
      const auto update_scope = graph.NameScope("update_" + variable.name());
      const auto place = graph.ColocateWith(variable.ref);
      updates.push_back(Update(graph, gradient, variable));
    }
    if (!graph.ok()) return nullptr;
    if (!options.global_step.is_valid()) {
      step = Finish(graph, updates, step_name);
    } else {
      const Node* finished = Finish(graph, updates, "update");
      const auto after = graph.ControlDependencies({finished});
      const auto place = graph.ColocateWith(options.global_step.ref);
      step = AssignAdd(graph, options.global_step.ref, 1, step_name).node;
    }
  }
  if (graph.ok()) graph.collections().Add(CollectionKeys::kTrainOp, step);
  return graph.ok() ? step : nullptr;
}

const Node* Optimizer::Update(GraphBuilder& graph, const Gradient& gradient,
                              const Variable& variable) {
  return Apply(graph, WithoutRepeats(graph, gradient), variable).node;
}

const Node* Optimizer::Finish(GraphBuilder& graph, const std::vector<const Node*>& updates,
                              std::string_view name) {
  return Group(graph, updates, name);
}

void Optimizer::MakeSlot(GraphBuilder& graph, const Variable& of, std::string_view slot_name,
                         const Initializer& initializer, std::string_view op_name) {
  std::pair<std::string, const Node*> key(slot_name, of.ref.node);
  if (!graph.ok() || slots_.contains(key)) return;
  slots_[std::move(key)] =
      MakeSlotBeside(graph, of, op_name, {.initializer = initializer, .scope = slot_scope_});
}

const Variable& Optimizer::GetSlot(const Variable& variable, std::string_view slot_name) const {
  const Variable* found = slot(variable, slot_name);
  FL_CHECK(found != nullptr, "CreateSlots makes the slots that Apply uses");
  return *found;
}

const Variable* Optimizer::slot(const Variable& variable, std::string_view slot_name) const {
  const auto found = slots_.find({std::string(slot_name), variable.ref.node});
  return found == slots_.end() ? nullptr : &found->second;
}

void Optimizer::MakeShared(GraphBuilder& graph, const std::string& name,
                           const Operand& initial_value, const Variable& beside) {
  if (!graph.ok() || shared_.contains(name)) return;
  const auto place = graph.ColocateWith(beside.ref);
  shared_[name] = MakeVariable(graph, initial_value, name,
                               {.is_trainable = false, .is_resource = IsHandle(beside.ref)});
}

const Variable& Optimizer::GetShared(std::string_view name) const {
  const Variable* found = shared_variable(name);
  FL_CHECK(found != nullptr, "CreateSlots makes the variables that Apply uses");
  return *found;
}

const Variable* Optimizer::shared_variable(std::string_view name) const {
  const auto found = shared_.find(name);
  return found == shared_.end() ? nullptr : &found->second;
}

void Optimizer::MakeNumber(GraphBuilder& graph, const Operand& value, const std::string& name) {
  numbers_[name] = value.ToOutput(graph, name);
}

Output Optimizer::number(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? Output() : found->second;
}

Output Optimizer::NumberFor(GraphBuilder& graph, std::string_view name,
                            const Variable& variable) const {
  return AsDTypeOf(graph, number(name), variable);
}

std::vector<Variable> Optimizer::variables() const {
  std::vector<Variable> made;
  for (const auto& [key, variable] : slots_) made.push_back(variable);
  for (const auto& [name, variable] : shared_) made.push_back(variable);
  std::ranges::sort(made, {}, &Variable::name);
  return made;
}

std::vector<std::string> Optimizer::slot_names() const {
  std::set<std::string> names;
  for (const auto& [key, variable] : slots_) names.insert(key.first);
  return {names.begin(), names.end()};
}

Output AsDTypeOf(GraphBuilder& graph, const Output& value, const Variable& variable) {
  return Cast(graph, value, variable.dtype());
}

}  // namespace fanlight
