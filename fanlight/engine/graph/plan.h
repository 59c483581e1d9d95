// A plan: how a Session runs one set of feeds, fetches and targets, compiled once for the shapes
// that are fed.
//
//   nodes that are needed → shapes → constants folded, views and copies resolved → order → memory
//
// Since the shapes of the feeds are part of what it is compiled for, most shapes within are known:
// what TensorFlow computes at each step from unknown shapes (Shape, BroadcastGradientArgs, Range …)
// is folded away, and intermediate results lie at fixed places in one arena.
//
// Order. Control edges are kept as an order among what runs, but a node without an effect runs only
// where its value is wanted: the gradient to the images, which TensorFlow's grouping of gradients
// would compute, is not. Reads of a variable that do not depend on an assignment run before it.
//
// Branches. When a node runs is known to the compiler, as a condition on the predicates of the
// Switch nodes above it (conditions.h, plan_branches.cc). A Switch is then another name for its
// input, and whatever else is folded, joined or laid into the arena is so whether its branch is
// taken or not; only steps ask for their condition, and those of other plans do not.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fanlight/engine/graph/conditions.h"
#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/tensor/workers.h"

namespace fanlight {

class RunWatch;

// What a Session keeps between runs: values of variables and streams of random numbers.
class SessionState {
 public:
  // The state of a variable's node; made when first asked for, never moved.
  VariableState* Variable(const Node* node);
  const VariableState* FindVariable(const Node* node) const;
  // The stream of a random op; without seeds it begins at random.
  RandomState* Random(const Node* node);

 private:
  mutable Mutex mutex_;  // Guards the maps, not what they point to.
  std::unordered_map<const Node*, std::unique_ptr<VariableState>> variables_ FL_GUARDED_BY(mutex_);
  std::unordered_map<const Node*, std::unique_ptr<RandomState>> random_ FL_GUARDED_BY(mutex_);
};

// The node of the variable that a reference or a handle comes from; nullptr when it is none, or one
// of several.
const Node* VariableNodeOf(Output ref);
// The same for an output that has the variable's whole value too, such as `name/read`.
const Node* VariableOfValue(Output value);

class Plan {
 public:
  struct Input {
    std::vector<Output> feeds{};
    std::vector<Shape> feed_shapes{};
    std::vector<Output> fetches{};
    std::vector<Output> targets{};
    bool optimize = true;
  };
  // Errors: kInvalidArgument, when a placeholder is needed and not fed, or shapes do not fit;
  // kUnimplemented, when an op has no kernel.
  static Result<std::unique_ptr<Plan>> Compile(const Input& input, const KernelRegistry& kernels,
                                               SessionState& state);

  // The memory of one run at a time: the arena and the tensors in it.
  class Frame {
   public:
    explicit Frame(const Plan& plan);

   private:
    friend class Plan;
    Tensor arena_;
    std::vector<Tensor> tensors_;              // By slot.
    std::vector<const Tensor*> inputs_;        // By position in the steps' inputs.
    std::vector<Tensor*> outputs_;             // By position in the steps' outputs.
    std::vector<char> predicates_;             // As this run has found them.
    std::vector<const Tensor*> alternatives_;  // The inputs of a Merge while it runs.
  };

  // Runs with these values, in the order of the feeds they were compiled for. Returns the fetches.
  // `watch` looks on, unless it is nullptr. Errors: those of kernels and of the watch.
  Result<std::vector<Tensor>> Run(Frame& frame, std::span<const Tensor* const> feeds,
                                  const ThreadShare& threads, RunWatch* watch) const;

  // Whether a run changes, or reads, values of variables.
  bool assigns_variables() const { return assigns_variables_; }
  bool reads_variables() const { return reads_variables_; }
  // For tests and benchmarks.
  size_t num_steps() const { return steps_.size(); }
  size_t arena_bytes() const { return arena_bytes_; }
  std::vector<const Node*> StepNodes() const;

 private:
  friend class PlanLayout;
  struct VariableRead {
    VariableState* variable = nullptr;
    bool has_shape = false;
    Shape shape;
  };
  // What is more than to run a kernel, always.
  struct Conditional {
    Condition condition = kAlways;  // When the step runs.
    int predicate = -1;  // The one that its input decides, which is all it does; -1: none.
    std::vector<Condition> alternatives{};  // Of a Merge: when each input has a value.
    // Variables that need not have a value before the run, by the position of the input.
    std::vector<std::pair<uint32_t, VariableRead>> late_reads{};
    // What the program says of the outputs' shapes, by position.
    std::vector<std::pair<uint32_t, PartialShape>> claims{};
  };
  struct Step {
    const Node* node;
    std::unique_ptr<Kernel> kernel;
    uint32_t first_input;  // In the frame's inputs.
    uint32_t num_inputs;
    uint32_t first_output;  // In the frame's outputs.
    uint32_t num_outputs;
    bool is_joined;                         // Of several nodes: its inputs are not the node's own.
    std::vector<const Node*> joined;        // The others of them.
    std::vector<VariableState*> variables;  // Those it assigns, which its first inputs refer to.
    RandomState* random;
    std::unique_ptr<Conditional> conditional;  // nullptr for nearly all.
  };
  struct Slot {
    DType dtype = DType::kInvalid;
    Shape shape;
    int64_t arena_offset = -1;  // -1: made in each run.
    Tensor constant;            // Valid: this, always.
  };
  // Where an input of a step comes from.
  struct Source {
    enum class Kind { kSlot, kFeed, kVariable } kind = Kind::kSlot;
    int index = 0;  // Of the slot or feed.
    VariableState* variable = nullptr;
  };
  struct Fetch {
    Source source;
    bool is_moved = false;  // The last fetch of a slot made in each run takes it along.
    bool is_view = false;
    Shape shape;
  };
  // What is looked for before fetches are taken.
  struct FetchCheck {
    Output output;
    Condition condition = kAlways;  // When it has a value.
    std::optional<VariableRead> late_read{};
  };

  Plan() = default;
  Status RunSteps(Frame& frame, const ThreadShare& threads, RunWatch* watch) const;
  static Status CheckReadable(const VariableRead& read);
  Status CheckGiven(std::span<const Tensor* const> feeds, const RunWatch& watch) const;
  Status CheckFetches(const Frame& frame) const;
  static Status CheckClaims(const Conditional& conditional, const Tensor* const* outputs);
  // The inputs of the step that is to run; nullptr when there is nothing more to do for it.
  Result<const Tensor* const*> BeginConditional(const Step& step, Frame& frame) const;
  std::vector<Tensor> TakeFetches(Frame& frame, std::span<const Tensor* const> feeds) const;
  tl::unexpected<Error> StepFailed(const Step& step, const Frame& frame, const Error& error) const;

  std::vector<Step> steps_;
  std::vector<Slot> slots_;
  std::vector<Source> input_sources_;
  std::vector<int> output_slots_;
  std::vector<std::vector<uint32_t>> feed_uses_;  // Positions in inputs, by feed.
  std::vector<Output> feeds_;
  std::vector<int> slots_made_in_each_run_;
  std::vector<Fetch> fetches_;
  std::vector<VariableRead> initial_reads_;  // Read before anything in the plan assigns them.
  std::vector<FetchCheck> fetch_checks_;
  std::vector<Decision> decisions_;  // Of all conditions.
  size_t num_predicates_ = 0;
  size_t arena_bytes_ = 0;
  bool assigns_variables_ = false;
  bool reads_variables_ = false;
};

}  // namespace fanlight
