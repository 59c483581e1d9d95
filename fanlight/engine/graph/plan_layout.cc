// The last stage of a plan's compilation: kernels are made, values get slots, and slots whose shape
// is known get places in one arena, used again by others when no step reads them any more.
#include <algorithm>

#include "fanlight/engine/graph/plan_draft.h"

namespace fanlight {
namespace {

size_t Sz(int i) { return static_cast<size_t>(i); }

// Ops that may read a variable which has no value.
bool AsksWhetherInitialised(const Node& node) {
  return node.type() == "IsVariableInitialized" || node.type() == "VarIsInitializedOp";
}

}  // namespace

class PlanLayout {
 public:
  PlanLayout(PlanDraft& draft, const KernelRegistry& kernels) : draft_(draft), kernels_(kernels) {}

  Result<std::unique_ptr<Plan>> Build() {
    plan_->feeds_ = draft_.feeds;
    plan_->feed_uses_.resize(draft_.feeds.size());
    for (PlanDraft::Step& step : draft_.steps) FL_TRY(AddStep(step));
    for (size_t i = 0; i < draft_.fetches.size(); ++i) AddFetch(i);
    MoveLastFetches();
    LayOutArena();
    if (draft_.num_predicates > 0) plan_->decisions_ = draft_.conditions.decisions();
    plan_->num_predicates_ = Sz(draft_.num_predicates);
    return std::move(plan_);
  }

 private:
  using Value = PlanDraft::Value;

  Plan::Source SourceOf(int value) {
    const int root = draft_.Resolve(value);
    const Value& v = draft_.at(root);
    if (v.kind == Value::Kind::kFeed) return {Plan::Source::Kind::kFeed, v.feed, nullptr};
    if (v.kind == Value::Kind::kVariable && v.view_of < 0) {
      return {Plan::Source::Kind::kVariable, 0, v.variable};
    }
    return {Plan::Source::Kind::kSlot, SlotOf(root), nullptr};
  }

  int SlotOf(int root) {
    Value& value = draft_.at(root);
    if (value.slot >= 0) return value.slot;
    Plan::Slot slot;
    if (value.kind == Value::Kind::kConstant) {
      slot.constant = value.constant;
    } else {
      slot.dtype = value.dtype;
      if (const auto shape = value.shape.ToShape()) slot.shape = *shape;
    }
    value.slot = AddSlot(std::move(slot), root);
    return value.slot;
  }

  int AddSlot(Plan::Slot slot, int value) {
    plan_->slots_.push_back(std::move(slot));
    slot_values_.push_back(value);
    return static_cast<int>(plan_->slots_.size()) - 1;
  }

  // The slot of outputs that are not written: references, and what is fed.
  int UnusedSlot() {
    if (unused_slot_ < 0) unused_slot_ = AddSlot({}, -1);
    return unused_slot_;
  }

  Status AddStep(PlanDraft::Step& draft) {
    Plan::Step step;
    step.node = draft.node;
    step.is_joined = draft.kernel != nullptr || draft.predicate >= 0;
    step.joined = std::move(draft.joined);
    step.kernel = std::move(draft.kernel);
    if (step.kernel == nullptr && draft.predicate < 0) {
      FL_ASSIGN_OR_RETURN(step.kernel, kernels_.Make(*draft.node));
    }
    step.first_input = static_cast<uint32_t>(plan_->input_sources_.size());
    step.num_inputs = static_cast<uint32_t>(draft.inputs.size());
    step.first_output = static_cast<uint32_t>(plan_->output_slots_.size());
    step.num_outputs = static_cast<uint32_t>(draft.outputs.size());
    step.variables = std::move(draft.variables);
    step.random = draft.random;
    if (!step.variables.empty()) plan_->assigns_variables_ = true;
    MakeConditional(draft, step);
    for (size_t k = 0; k < draft.inputs.size(); ++k) {
      const Plan::Source source = SourceOf(draft.inputs[k]);
      if (source.kind == Plan::Source::Kind::kFeed) {
        plan_->feed_uses_[Sz(source.index)].push_back(
            static_cast<uint32_t>(plan_->input_sources_.size()));
      }
      if (source.kind == Plan::Source::Kind::kVariable && k >= step.variables.size() &&
          !AsksWhetherInitialised(*draft.node)) {
        NoteVariableRead(source.variable, static_cast<uint32_t>(k), step);
      }
      plan_->input_sources_.push_back(source);
    }
    for (size_t k = 0; k < draft.outputs.size(); ++k) {
      const int value = draft.outputs[k];
      plan_->output_slots_.push_back(value >= 0 ? SlotOf(value) : UnusedSlot());
    }
    if (draft.node->type() == "Assign" || draft.node->type() == "AssignVariableOp") {
      (draft.condition == kAlways ? initialised_ : perhaps_initialised_)
          .push_back(step.variables.front());
    }
    plan_->steps_.push_back(std::move(step));
    return {};
  }

  // What a step that runs in a branch, chooses one, or is to be looked at needs more than others.
  void MakeConditional(const PlanDraft::Step& draft, Plan::Step& step) const {
    const bool chooses = draft.alternatives.size() > 1;
    std::vector<std::pair<uint32_t, PartialShape>> claims;
    for (uint32_t k = 0; k < draft.outputs.size(); ++k) {
      if (draft.outputs[k] < 0 || !draft_.at(draft.outputs[k]).is_claim) continue;
      claims.emplace_back(k, draft_.at(draft.outputs[k]).shape);
    }
    if (draft.condition == kAlways && draft.predicate < 0 && !chooses && claims.empty()) return;
    step.conditional = std::make_unique<Plan::Conditional>();
    step.conditional->claims = std::move(claims);
    step.conditional->condition = draft.condition;
    step.conditional->predicate = draft.predicate;
    step.conditional->alternatives = draft.alternatives;
  }

  void AddFetch(size_t i) {
    const int value = draft_.fetches[i];
    Plan::Fetch fetch;
    fetch.source = SourceOf(draft_.ResolveViews(value));
    Plan::FetchCheck check{.output = draft_.fetched_outputs[i],
                           .condition = draft_.at(value).condition};
    if (fetch.source.kind == Plan::Source::Kind::kVariable) {
      VariableState* const variable = fetch.source.variable;
      if (IsReadLate(variable, check.condition)) {
        check.late_read = ReadOf(variable);
      } else {
        NoteInitialRead(variable);
      }
    }
    if (check.condition != kAlways || check.late_read) plan_->fetch_checks_.push_back(check);
    const Value& resolved = draft_.at(draft_.Resolve(value));
    if (resolved.view_of >= 0) {
      fetch.is_view = true;
      fetch.shape = *resolved.shape.ToShape();
    }
    plan_->fetches_.push_back(fetch);
  }

  // The last fetch of a tensor that is made anew in each run takes it along.
  void MoveLastFetches() {
    std::vector<bool> is_taken(plan_->slots_.size(), false);
    for (size_t i = plan_->fetches_.size(); i-- > 0;) {
      Plan::Fetch& fetch = plan_->fetches_[i];
      if (fetch.source.kind != Plan::Source::Kind::kSlot) continue;
      const auto slot = Sz(fetch.source.index);
      if (plan_->slots_[slot].constant.is_valid() || is_taken[slot]) continue;
      is_taken[slot] = true;
      fetch.is_moved = true;
    }
  }

  static Plan::VariableRead ReadOf(VariableState* variable) {
    const std::optional<Shape> shape = variable->node->attr<PartialShape>("shape").ToShape();
    return {variable, shape.has_value(), shape.value_or(Shape())};
  }

  // Whether it is told only in the run if the variable must have a value when it is read.
  bool IsReadLate(const VariableState* variable, Condition condition) const {
    return condition != kAlways || Contains(perhaps_initialised_, variable);
  }

  void NoteVariableRead(VariableState* variable, uint32_t input, Plan::Step& step) {
    const bool chooses = step.conditional != nullptr && !step.conditional->alternatives.empty();
    const Condition condition = step.conditional == nullptr ? kAlways : step.conditional->condition;
    if (!chooses && !IsReadLate(variable, condition)) return NoteInitialRead(variable);
    plan_->reads_variables_ = true;
    if (step.conditional == nullptr) step.conditional = std::make_unique<Plan::Conditional>();
    step.conditional->late_reads.emplace_back(input, ReadOf(variable));
  }

  void NoteInitialRead(VariableState* variable) {
    plan_->reads_variables_ = true;
    if (Contains(initialised_, variable)) return;
    for (const auto& read : plan_->initial_reads_) {
      if (read.variable == variable) return;
    }
    plan_->initial_reads_.push_back(ReadOf(variable));
  }

  static bool Contains(const std::vector<const VariableState*>& states,
                       const VariableState* variable) {
    return std::find(states.begin(), states.end(), variable) != states.end();
  }

  // When a slot's elements are first written and last read, in steps.
  struct Lifetime {
    int begin = -1;
    int end = -1;
    size_t bytes = 0;
    int root = -1;  // The slot whose memory it takes.
  };

  bool IsInArena(size_t slot) const {
    const int value = slot_values_[slot];
    return value >= 0 && draft_.optimize && PlanDraft::MayLieInArena(draft_.at(value));
  }

  // The slot whose memory a slot's value lies in: that of the value it is a view of, or that a
  // kernel may have handed on.
  size_t MemorySlot(size_t slot) {
    const int value = slot_values_[slot];
    if (value < 0) return slot;
    const int root = draft_.ResolveViews(value);
    if (root == value) return slot;
    return Sz(SlotOf(root));
  }

  void LayOutArena() {
    // Slots of views are made here for roots that no step names directly.
    for (size_t slot = 0; slot < plan_->slots_.size(); ++slot) MemorySlot(slot);
    std::vector<Lifetime> lifetimes(plan_->slots_.size());
    const auto touch = [&](size_t slot, int step) {
      Lifetime& life = lifetimes[MemorySlot(slot)];
      if (life.begin < 0) life.begin = step;
      life.end = std::max(life.end, step);
    };
    for (size_t s = 0; s < plan_->steps_.size(); ++s) {
      const Plan::Step& step = plan_->steps_[s];
      for (uint32_t k = 0; k < step.num_outputs; ++k) {
        touch(Sz(plan_->output_slots_[step.first_output + k]), static_cast<int>(s));
      }
      for (uint32_t k = 0; k < step.num_inputs; ++k) {
        const Plan::Source& source = plan_->input_sources_[step.first_input + k];
        if (source.kind == Plan::Source::Kind::kSlot) touch(Sz(source.index), static_cast<int>(s));
      }
    }
    // A kernel that may hand on an input makes the input live as long as the output. Backwards, so
    // that chains add up.
    for (size_t s = plan_->steps_.size(); s-- > 0;) {
      const Plan::Step& step = plan_->steps_[s];
      if (step.is_joined) continue;
      int end = -1;
      for (uint32_t k = 0; k < step.num_outputs; ++k) {
        const auto slot = Sz(plan_->output_slots_[step.first_output + k]);
        end = std::max(end, lifetimes[MemorySlot(slot)].end);
      }
      for (int k = 0; k < NumHandedOn(*step.node); ++k) {
        const Plan::Source& source = plan_->input_sources_[step.first_input + Sz(k)];
        if (source.kind != Plan::Source::Kind::kSlot) continue;
        Lifetime& from = lifetimes[MemorySlot(Sz(source.index))];
        from.end = std::max(from.end, end);
      }
    }
    ShareInPlace(lifetimes);
    PlaceSlots(lifetimes);
  }

  // An element-wise step writes over an input that no one reads any more.
  void ShareInPlace(std::vector<Lifetime>& lifetimes) {
    for (size_t slot = 0; slot < lifetimes.size(); ++slot) {
      lifetimes[slot].root = static_cast<int>(slot);
      if (IsInArena(slot)) {
        lifetimes[slot].bytes = static_cast<size_t>(plan_->slots_[slot].shape.num_elements()) *
                                DTypeSize(plan_->slots_[slot].dtype);
      }
    }
    for (size_t s = 0; s < plan_->steps_.size(); ++s) {
      const Plan::Step& step = plan_->steps_[s];
      if (step.is_joined || !step.node->op->spec.is_elementwise || step.num_outputs != 1) continue;
      const size_t output = Sz(plan_->output_slots_[step.first_output]);
      if (MemorySlot(output) != output || !IsInArena(output)) continue;
      for (uint32_t k = 0; k < step.num_inputs; ++k) {
        const Plan::Source& source = plan_->input_sources_[step.first_input + k];
        if (source.kind != Plan::Source::Kind::kSlot) continue;
        const auto input = Sz(source.index);
        const size_t memory = RootOf(lifetimes, MemorySlot(input));
        if (!IsInArena(MemorySlot(input)) || lifetimes[memory].end != static_cast<int>(s) ||
            memory == output) {
          continue;
        }
        const Plan::Slot& a = plan_->slots_[input];
        const Plan::Slot& b = plan_->slots_[output];
        if (a.dtype != b.dtype || !(a.shape == b.shape)) continue;
        lifetimes[output].root = static_cast<int>(memory);
        lifetimes[memory].end = std::max(lifetimes[memory].end, lifetimes[output].end);
        break;
      }
    }
  }

  static size_t RootOf(const std::vector<Lifetime>& lifetimes, size_t slot) {
    while (lifetimes[slot].root != static_cast<int>(slot)) slot = Sz(lifetimes[slot].root);
    return slot;
  }

  // Largest first, each at the lowest place that is free during its lifetime.
  void PlaceSlots(const std::vector<Lifetime>& lifetimes) {
    std::vector<size_t> to_place;
    for (size_t slot = 0; slot < lifetimes.size(); ++slot) {
      const bool is_own = lifetimes[slot].root == static_cast<int>(slot) &&
                          MemorySlot(slot) == slot && IsInArena(slot);
      if (is_own && lifetimes[slot].begin >= 0) to_place.push_back(slot);
    }
    std::stable_sort(to_place.begin(), to_place.end(),
                     [&](size_t a, size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
    std::vector<size_t> placed;
    for (const size_t slot : to_place) {
      std::vector<std::pair<size_t, size_t>> taken;
      for (const size_t other : placed) {
        if (lifetimes[other].begin > lifetimes[slot].end ||
            lifetimes[other].end < lifetimes[slot].begin) {
          continue;
        }
        const auto offset = static_cast<size_t>(plan_->slots_[other].arena_offset);
        taken.emplace_back(offset, offset + Padded(lifetimes[other].bytes));
      }
      std::sort(taken.begin(), taken.end());
      size_t offset = 0;
      for (const auto& [begin, end] : taken) {
        if (offset + Padded(lifetimes[slot].bytes) <= begin) break;
        offset = std::max(offset, end);
      }
      plan_->slots_[slot].arena_offset = static_cast<int64_t>(offset);
      plan_->arena_bytes_ = std::max(plan_->arena_bytes_, offset + Padded(lifetimes[slot].bytes));
      placed.push_back(slot);
    }
    for (size_t slot = 0; slot < plan_->slots_.size(); ++slot) {
      Plan::Slot& s = plan_->slots_[slot];
      if (s.constant.is_valid()) continue;
      const size_t memory = MemorySlot(slot);
      if (IsInArena(memory) && lifetimes[RootOf(lifetimes, memory)].begin >= 0) {
        s.arena_offset = plan_->slots_[RootOf(lifetimes, memory)].arena_offset;
      } else {
        plan_->slots_made_in_each_run_.push_back(static_cast<int>(slot));
      }
    }
  }

  static size_t Padded(size_t bytes) { return (std::max<size_t>(bytes, 1) + 63) / 64 * 64; }

  PlanDraft& draft_;
  const KernelRegistry& kernels_;
  std::unique_ptr<Plan> plan_{new Plan()};
  std::vector<int> slot_values_;  // The value in each slot; -1: none that is used.
  int unused_slot_ = -1;
  // By an Assign among the steps so far; by one that is in a branch.
  std::vector<const VariableState*> initialised_;
  std::vector<const VariableState*> perhaps_initialised_;
};

Result<std::unique_ptr<Plan>> LayOutPlan(PlanDraft& draft, const KernelRegistry& kernels) {
  return PlanLayout(draft, kernels).Build();
}

}  // namespace fanlight
