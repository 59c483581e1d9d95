// How a Plan is made: see plan.h for the idea and the order of the stages.
#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <unordered_map>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/plan_draft.h"

namespace fanlight {
namespace {

// Results of folding above this are computed in each run instead of being kept.
constexpr int64_t kMaxFoldedElements = 1 << 16;

bool IsVariableNode(const Node& node) {
  return node.type() == "VariableV2" || node.type() == "Variable";
}

// Ops that hand on their first input as it is.
bool IsCopy(const Node& node) {
  const std::string_view type = node.type();
  return type == "Identity" || type == "StopGradient" || type == "PreventGradient" ||
         type == "PlaceholderWithDefault";
}

bool IsReduction(const Node& node) {
  const std::string_view type = node.type();
  return type == "Sum" || type == "Mean" || type == "Prod" || type == "Max" || type == "Min";
}

// Ops that only stretch: where the shape stays, so do the elements.
bool IsStretch(const Node& node) { return node.type() == "Tile" || node.type() == "BroadcastTo"; }

bool IsAssign(const Node& node) {
  return node.num_inputs() > 0 && node.input(0).is_ref() && node.op->spec.has_effect &&
         !node.op->inputs.empty() && node.op->inputs[0].is_ref;
}

// How many variables a node assigns: an optimizer's update changes a variable and its slots. They
// are its first inputs.
int NumAssigned(const Node& node) {
  if (!IsAssign(node)) return 0;
  int count = 0;
  for (const OpDef::Arg& arg : node.op->inputs) {
    if (!arg.is_ref) break;
    ++count;
  }
  return count;
}

}  // namespace

class PlanCompiler {
 public:
  PlanCompiler(const Plan::Input& input, const KernelRegistry& kernels, SessionState& state)
      : input_(input), kernels_(kernels), state_(state) {}

  Result<std::unique_ptr<Plan>> Compile() {
    FL_TRY(CollectFeeds());
    FL_TRY(CollectNodes());
    FL_TRY(Evaluate());
    FL_TRY(ResolveFetches());
    ChooseSteps();
    FL_TRY(OrderSteps());
    FL_TRY(DraftSteps());
    if (input_.optimize) FuseSteps(draft_);
    return LayOutPlan(draft_, kernels_);
  }

 private:
  using Value = PlanDraft::Value;
  struct Item {
    const Node* node = nullptr;
    int first_value = 0;
    bool is_step = false;
    bool is_copy_step = false;  // A read of a variable that must be kept apart from it.
    std::vector<int> before;    // Items that must come before it.
  };

  Value& ValueOf(const Output& output) {
    const Item& item = items_[index_.at(output.node)];
    return values_[static_cast<size_t>(item.first_value + output.index)];
  }
  int ValueIndexOf(const Output& output) {
    return items_[index_.at(output.node)].first_value + output.index;
  }
  int Resolve(int value) const { return draft_.Resolve(value); }
  int ResolveViews(int value) const { return draft_.ResolveViews(value); }
  static size_t Sz(int i) { return static_cast<size_t>(i); }

  Status CollectFeeds() {
    for (size_t i = 0; i < input_.feeds.size(); ++i) {
      if (!feeds_.emplace(input_.feeds[i], static_cast<int>(i)).second) {
        return Fail(ErrorCode::kInvalidArgument, "{} is fed twice", input_.feeds[i].name());
      }
    }
    draft_.num_feeds = input_.feeds.size();
    draft_.optimize = input_.optimize;
    return {};
  }

  // The needed nodes, each after its inputs and what it waits for. Depth first, without recursion.
  Status CollectNodes() {
    struct Visit {
      const Node* node;
      size_t next = 0;
    };
    std::unordered_map<const Node*, bool> is_done;
    std::vector<Visit> stack;
    const auto enter = [&](const Node* node) {
      if (is_done.emplace(node, false).second) stack.push_back({node});
    };
    const auto collect_from = [&](const Node* root) {
      enter(root);
      while (!stack.empty()) {
        Visit& top = stack.back();
        const Node* node = top.node;
        if (top.next < node->inputs.size()) {
          const Output& input = node->inputs[top.next++];
          if (!feeds_.contains(input)) {
            enter(input.node);
          } else {
            AddFed(input);
          }
        } else if (top.next < node->inputs.size() + node->controls.size()) {
          enter(node->controls[top.next++ - node->inputs.size()]);
        } else {
          AddItem(node);
          stack.pop_back();
        }
      }
    };
    for (const Output& target : input_.targets) collect_from(target.node);
    for (const Output& fetch : input_.fetches) {
      if (feeds_.contains(fetch)) {
        AddFed(fetch);
      } else {
        collect_from(fetch.node);
      }
    }
    return {};
  }

  void AddItem(const Node* node) {
    const auto [found, is_new] = index_.emplace(node, items_.size());
    if (!is_new) {
      items_[found->second].is_step = true;
      return;
    }
    Item item;
    item.node = node;
    item.first_value = static_cast<int>(values_.size());
    item.is_step = true;
    for (int i = 0; i < node->num_outputs(); ++i) {
      Value value;
      value.node = static_cast<int>(items_.size());
      value.dtype = node->output_dtypes[Sz(i)];
      values_.push_back(value);
    }
    items_.push_back(std::move(item));
  }

  // A node of which only fed outputs are used is there for its values, and does not run.
  void AddFed(const Output& output) {
    if (index_.contains(output.node)) return;
    AddItem(output.node);
    items_.back().is_step = false;
  }

  Status Evaluate() {
    for (size_t i = 0; i < items_.size(); ++i) {
      const Node& node = *items_[i].node;
      FL_TRY(EvaluateNode(i));
      for (int k = 0; k < node.num_outputs(); ++k) {
        const auto fed = feeds_.find(Output(&node, k));
        if (fed == feeds_.end()) continue;
        Value& value = values_[Sz(items_[i].first_value + k)];
        const int made_by = value.node;
        const DType dtype = value.dtype;
        value = Value();
        value.node = made_by;
        value.dtype = dtype;
        value.kind = Value::Kind::kFeed;
        value.feed = fed->second;
        value.shape = input_.feed_shapes[Sz(fed->second)];
      }
    }
    return {};
  }

  Status EvaluateNode(size_t i) {
    Item& item = items_[i];
    const Node& node = *item.node;
    const auto value_at = [&](int k) -> Value& { return values_[Sz(item.first_value + k)]; };
    if (!item.is_step) {
      for (int k = 0; k < node.num_outputs(); ++k) value_at(k).shape = node.output_shapes[Sz(k)];
      return {};
    }
    if (IsVariableNode(node)) {
      value_at(0).kind = Value::Kind::kVariable;
      value_at(0).variable = state_.Variable(&node);
      value_at(0).shape = node.output_shapes[0];
      item.is_step = false;
      return {};
    }
    if (node.type() == "Const") {
      SetConstant(value_at(0), node.attr<Tensor>("value"));
      item.is_step = false;
      return {};
    }
    bool all_constant = true;
    std::vector<PartialShape> shapes;
    std::vector<Tensor> constants;
    std::vector<PartialShape> shape_values;
    for (const Output& input : node.inputs) {
      const Value& value = values_[Sz(Resolve(ValueIndexOf(input)))];
      shapes.push_back(ValueOf(input).shape);
      constants.push_back(value.kind == Value::Kind::kConstant ? value.constant : Tensor());
      shape_values.push_back(PartialShape::Unknown());
      all_constant = all_constant && value.kind == Value::Kind::kConstant;
    }
    InferenceContext context(node, std::move(shapes), constants, std::move(shape_values));
    if (node.op->spec.infer != nullptr) {
      if (auto inferred = node.op->spec.infer(context); !inferred) {
        return tl::unexpected<Error>(WithInputs(node, inferred.error()));
      }
    }
    for (int k = 0; k < node.num_outputs(); ++k) {
      Value& value = value_at(k);
      value.kind = Value::Kind::kComputed;
      auto merged = Merge(context.outputs()[Sz(k)], node.output_shapes[Sz(k)]);
      // A rule that says less here than when the node was made would be a bug; more is the point.
      value.shape = merged ? *merged : context.outputs()[Sz(k)];
      if (node.output_is_ref[Sz(k)]) {
        const Node* variable = VariableNodeOf(Output(&node, k));
        if (variable != nullptr) {
          value.kind = Value::Kind::kVariable;
          value.variable = state_.Variable(variable);
        }
      }
    }
    if (input_.optimize) FL_TRY(Simplify(item, constants, all_constant));
    return {};
  }

  void SetConstant(Value& value, const Tensor& tensor) {
    value.kind = Value::Kind::kConstant;
    value.constant = tensor;
    value.shape = tensor.shape();
  }

  Status Simplify(Item& item, const std::vector<Tensor>& constants, bool all_constant) {
    const Node& node = *item.node;
    const OpSpec& spec = node.op->spec;
    if (spec.is_stateful || spec.has_effect || node.num_outputs() == 0) return {};
    Value& output = values_[Sz(item.first_value)];
    if (IsCopy(node)) {
      output.alias_of = ValueIndexOf(node.input(0));
      return {};
    }
    if (const auto known = KnownFromShape(node)) {
      SetConstant(output, *known);
      item.is_step = false;
      return {};
    }
    if (node.type() == "ShapeN") return FoldShapes(item);
    const Value* first = node.inputs.empty() ? nullptr : &ValueOf(node.input(0));
    const bool keeps_shape =
        first != nullptr && output.shape.is_fully_known() && output.shape == first->shape;
    if (keeps_shape && (IsStretch(node) || (IsReduction(node) && constants[1].is_valid()) ||
                        (spec.may_alias_input && !IsCopy(node)) ||
                        (node.type() == "AddN" && node.num_inputs() == 1))) {
      output.alias_of = ValueIndexOf(node.input(0));
      return {};
    }
    if (all_constant && !node.inputs.empty()) return Fold(item, constants);
    const bool keeps_elements =
        first != nullptr && output.shape.is_fully_known() && first->shape.is_fully_known() &&
        output.shape.num_elements() == first->shape.num_elements() &&
        (spec.may_alias_input || (IsReduction(node) && constants[1].is_valid()));
    if (keeps_elements) output.view_of = ValueIndexOf(node.input(0));
    return {};
  }

  // Shape, Rank, Size and zeros of what has a known shape here.
  std::optional<Tensor> KnownFromShape(const Node& node) {
    const std::string_view type = node.type();
    if (type != "Shape" && type != "Rank" && type != "Size" && type != "ZerosLike") {
      return std::nullopt;
    }
    const PartialShape& partial = ValueOf(node.input(0)).shape;
    const DType dtype = node.output_dtypes[0];
    if (type == "Rank") {
      if (!partial.has_rank()) return std::nullopt;
      return Tensor::Scalar(static_cast<int32_t>(partial.rank()));
    }
    const std::optional<Shape> shape = partial.ToShape();
    if (!shape) return std::nullopt;
    if (type == "ZerosLike") {
      if (shape->num_elements() > kMaxFoldedElements || dtype == DType::kString) {
        return std::nullopt;
      }
      return Tensor::Zeros(dtype, *shape);
    }
    const Tensor wide = type == "Size" ? Tensor::Scalar(shape->num_elements())
                                       : Tensor::Vector<int64_t>(shape->dims());
    auto converted = ConvertTo(wide, dtype);
    if (!converted) return std::nullopt;
    return *converted;
  }

  // Several shapes: constants where all are known.
  Status FoldShapes(Item& item) {
    const Node& node = *item.node;
    std::vector<Tensor> results;
    for (const Output& input : node.inputs) {
      const std::optional<Shape> shape = ValueOf(input).shape.ToShape();
      if (!shape) return {};
      FL_ASSIGN_OR_RETURN(results.emplace_back(),
                          ConvertTo(Tensor::Vector<int64_t>(shape->dims()), node.output_dtypes[0]));
    }
    for (int k = 0; k < node.num_outputs(); ++k) {
      SetConstant(values_[Sz(item.first_value + k)], results[Sz(k)]);
    }
    item.is_step = false;
    return {};
  }

  Status Fold(Item& item, const std::vector<Tensor>& constants) {
    const Node& node = *item.node;
    for (int k = 0; k < node.num_outputs(); ++k) {
      const auto size = values_[Sz(item.first_value + k)].shape.num_elements();
      if (!size || *size > kMaxFoldedElements) {
        // Axes and shapes are small though their lengths are told by values only.
        const bool is_index = node.output_dtypes[Sz(k)] == DType::kInt32 ||
                              node.output_dtypes[Sz(k)] == DType::kInt64;
        if (size || !is_index) return {};
      }
    }
    auto kernel = kernels_.Make(node);
    if (!kernel) return tl::unexpected<Error>(kernel.error());
    std::vector<const Tensor*> inputs;
    for (const Tensor& constant : constants) inputs.push_back(&constant);
    std::vector<Tensor> results(Sz(node.num_outputs()));
    std::vector<Tensor*> outputs;
    for (Tensor& result : results) outputs.push_back(&result);
    KernelContext context(node, inputs.data(), outputs.data(), nullptr, nullptr);
    if (auto done = (*kernel)->Compute(context); !done) {
      return tl::unexpected<Error>(WithInputs(node, done.error()));
    }
    for (int k = 0; k < node.num_outputs(); ++k) {
      SetConstant(values_[Sz(item.first_value + k)], results[Sz(k)]);
    }
    item.is_step = false;
    return {};
  }

  Error WithInputs(const Node& node, const Error& error) {
    std::string message = fmt::format("node {}: {}", Describe(node), error.message);
    for (int i = 0; i < node.num_inputs(); ++i) {
      const Output& input = node.input(i);
      message += fmt::format("{}{} {}{}", i == 0 ? "; inputs: " : ", ", Quoted(input.name()),
                             DTypeName(input.dtype()), ToString(ValueOf(input).shape));
    }
    return Error{error.code, std::move(message)};
  }

  // What is fetched lives on: neither it nor what it is a view of may lie in the arena.
  Status ResolveFetches() {
    for (const Output& fetch : input_.fetches) {
      int value = ValueIndexOf(fetch);
      for (;;) {
        value = Resolve(value);
        values_[Sz(value)].escapes = true;
        if (values_[Sz(value)].view_of < 0) break;
        value = values_[Sz(value)].view_of;
      }
    }
    // Views of what is made anew in each run, of variables and of feeds are made in the run.
    for (Value& value : values_) {
      if (value.view_of < 0) continue;
      const Value& root = values_[Sz(ResolveViews(value.view_of))];
      const bool is_in_arena = root.kind == Value::Kind::kComputed && !root.escapes &&
                               root.shape.is_fully_known() && DTypeSize(root.dtype) != 0;
      if (!is_in_arena) needs_run_.push_back(&value);
    }
    for (Value* value : needs_run_) value->view_of = -1;
    // Where a kernel may hand on its input and the result is fetched, the input escapes too.
    for (size_t i = items_.size(); i-- > 0;) {
      const Node& node = *items_[i].node;
      if (!node.op->spec.may_alias_input || node.num_outputs() == 0) continue;
      const Value& output = values_[Sz(items_[i].first_value)];
      if (!output.escapes || output.alias_of >= 0 || output.view_of >= 0) continue;
      if (output.kind != Value::Kind::kComputed) continue;  // Fed: its inputs are not in the plan.
      values_[Sz(ResolveViews(ValueIndexOf(node.input(0))))].escapes = true;
    }
    return {};
  }

  // Steps are nodes with an effect, and what their inputs and the fetches need.
  void ChooseSteps() {
    std::vector<bool> wanted(items_.size(), false);
    std::vector<size_t> stack;
    const auto want = [&](int value) {
      const auto item = Sz(values_[Sz(ResolveViews(value))].node);
      const Value& root = values_[Sz(ResolveViews(value))];
      if (root.kind != Value::Kind::kComputed && root.kind != Value::Kind::kVariable) return;
      if (!items_[item].is_step || wanted[item]) return;
      wanted[item] = true;
      stack.push_back(item);
    };
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].is_step || !items_[i].node->op->spec.has_effect) continue;
      wanted[i] = true;
      stack.push_back(i);
    }
    for (const Output& fetch : input_.fetches) want(ValueIndexOf(fetch));
    const auto drain = [&] {
      while (!stack.empty()) {
        const Node& node = *items_[stack.back()].node;
        stack.pop_back();
        for (const Output& input : node.inputs) want(ValueIndexOf(input));
      }
    };
    drain();
    // A placeholder that is run as a target must say that it is not fed.
    for (const Output& target : input_.targets) {
      const size_t item = index_.at(target.node);
      if (target.node->type() == "Placeholder" && items_[item].is_step) wanted[item] = true;
    }
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].is_step && items_[i].node->num_outputs() > 0) {
        const Value& first = values_[Sz(items_[i].first_value)];
        if (first.alias_of >= 0 || first.view_of >= 0) items_[i].is_step = false;
      }
      items_[i].is_step = items_[i].is_step && wanted[i];
    }
  }

  // ------------------------------------------------------------------ order

  void Descendants(size_t from, const std::vector<std::vector<size_t>>& after,
                   std::vector<bool>& reached) const {
    reached.assign(items_.size(), false);
    std::vector<size_t> stack = {from};
    while (!stack.empty()) {
      const size_t i = stack.back();
      stack.pop_back();
      if (reached[i]) continue;
      reached[i] = true;
      stack.insert(stack.end(), after[i].begin(), after[i].end());
    }
  }

  // The item at which the value of a variable is read: the first of the aliases that lead to it,
  // seen from the variable; `consumer` itself when it takes the reference.
  size_t ReadingItem(size_t consumer, int value) const {
    size_t reader = consumer;
    for (;;) {
      const Value& v = values_[Sz(value)];
      const int next = v.alias_of >= 0 ? v.alias_of : v.view_of;
      if (next < 0) return reader;
      reader = Sz(v.node);
      value = next;
    }
  }

  Status OrderSteps() {
    std::vector<std::vector<size_t>> after(items_.size());
    const auto add_edge = [&](size_t from, size_t to) {
      after[from].push_back(to);
      items_[to].before.push_back(static_cast<int>(from));
    };
    for (size_t i = 0; i < items_.size(); ++i) {
      const Node& node = *items_[i].node;
      if (!HasRun(i)) continue;
      for (const Output& input : node.inputs) {
        if (ValueOf(input).kind != Value::Kind::kFeed) add_edge(index_.at(input.node), i);
      }
      for (const Node* control : node.controls) add_edge(index_.at(control), i);
    }
    struct Reading {
      size_t reader;    // Where the value is taken.
      size_t consumer;  // Where its elements are used.
      bool is_fetch;
      VariableState* variable;
      int value;  // The value at the reader.
    };
    std::vector<Reading> readings;
    const auto note = [&](size_t consumer, int value, bool is_fetch) {
      const int root = ResolveViews(value);
      if (values_[Sz(root)].kind != Value::Kind::kVariable) return;
      const size_t reader =
          is_fetch ? ReadingItem(Sz(values_[Sz(value)].node), value) : ReadingItem(consumer, value);
      readings.push_back({reader, consumer, is_fetch, values_[Sz(root)].variable, value});
    };
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].is_step) continue;
      const Node& node = *items_[i].node;
      for (int k = 0; k < node.num_inputs(); ++k) {
        if (k < NumAssigned(node)) continue;
        note(i, ValueIndexOf(node.input(k)), false);
      }
    }
    for (const Output& fetch : input_.fetches) {
      note(index_.at(fetch.node), ValueIndexOf(fetch), true);
    }
    std::vector<bool> reached;
    for (size_t a = 0; a < items_.size(); ++a) {
      if (!items_[a].is_step) continue;
      std::vector<const VariableState*> assigned;
      for (int k = 0; k < NumAssigned(*items_[a].node); ++k) {
        const Node* variable = VariableNodeOf(items_[a].node->input(k));
        if (variable != nullptr) assigned.push_back(state_.Variable(variable));
      }
      for (const Reading& reading : readings) {
        if (reading.consumer == a || reading.reader == a) continue;
        if (std::find(assigned.begin(), assigned.end(), reading.variable) == assigned.end()) {
          continue;
        }
        Descendants(a, after, reached);
        if (reached[reading.reader]) continue;  // Read after the assignment: the new value.
        if (!reading.is_fetch && !reached[reading.consumer]) {
          add_edge(reading.consumer, a);
          continue;
        }
        // The old value is wanted after the assignment: it is copied before.
        MakeCopyStep(reading.reader);
        add_edge(reading.reader, a);
      }
    }
    return SortItems(after);
  }

  // Whether anything of the node takes part: fed-only nodes do not.
  bool HasRun(size_t i) const {
    const Node& node = *items_[i].node;
    for (int k = 0; k < node.num_outputs(); ++k) {
      if (values_[Sz(items_[i].first_value + k)].kind != Value::Kind::kFeed) return true;
    }
    return node.num_outputs() == 0;
  }

  void MakeCopyStep(size_t reader) {
    Item& item = items_[reader];
    if (item.is_step && !IsCopy(*item.node)) return;
    item.is_step = true;
    item.is_copy_step = true;
    Value& value = values_[Sz(item.first_value)];
    value.alias_of = -1;
    value.view_of = -1;
    value.kind = Value::Kind::kComputed;
    value.escapes = true;  // Its buffer is the variable's: the assignment then writes elsewhere.
  }

  // Of the items that may run, the one that was found first.
  Status SortItems(const std::vector<std::vector<size_t>>& after) {
    std::vector<int> num_before(items_.size(), 0);
    for (const auto& targets : after) {
      for (const size_t target : targets) ++num_before[target];
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (num_before[i] == 0) ready.push(i);
    }
    size_t num_sorted = 0;
    while (!ready.empty()) {
      const size_t i = ready.top();
      ready.pop();
      ++num_sorted;
      if (items_[i].is_step) order_.push_back(i);
      for (const size_t target : after[i]) {
        if (--num_before[target] == 0) ready.push(target);
      }
    }
    if (num_sorted != items_.size()) {
      return Fail(ErrorCode::kInvalidArgument, "the nodes that are needed wait for each other");
    }
    return {};
  }

  Status DraftSteps() {
    for (const size_t i : order_) {
      const Node& node = *items_[i].node;
      PlanDraft::Step step;
      step.node = &node;
      for (int k = 0; k < NumAssigned(node); ++k) {
        const Node* variable = VariableNodeOf(node.input(k));
        if (variable == nullptr) {
          return Fail(ErrorCode::kInvalidArgument, "node {}: argument {} refers to no variable",
                      Describe(node), k);
        }
        step.variables.push_back(state_.Variable(variable));
      }
      if (node.op->spec.is_stateful && node.HasAttr("seed2")) step.random = state_.Random(&node);
      for (const Output& input : node.inputs) step.inputs.push_back(ValueIndexOf(input));
      for (int k = 0; k < node.num_outputs(); ++k) {
        const int value = items_[i].first_value + k;
        // A reference that is handed on is the variable itself, and what is fed is not written.
        const bool is_written = values_[Sz(value)].kind != Value::Kind::kFeed &&
                                values_[Sz(value)].kind != Value::Kind::kVariable;
        step.outputs.push_back(is_written ? value : -1);
      }
      draft_.steps.push_back(std::move(step));
    }
    for (const Output& fetch : input_.fetches) draft_.fetches.push_back(ValueIndexOf(fetch));
    return {};
  }

  const Plan::Input& input_;
  const KernelRegistry& kernels_;
  SessionState& state_;
  std::unordered_map<Output, int, OutputHash> feeds_;
  std::unordered_map<const Node*, size_t> index_;  // Of items_.
  std::vector<Item> items_;
  PlanDraft draft_;
  std::vector<Value>& values_ = draft_.values;
  std::vector<Value*> needs_run_;
  std::vector<size_t> order_;  // Items that are steps.
};

Result<std::unique_ptr<Plan>> Plan::Compile(const Input& input, const KernelRegistry& kernels,
                                            SessionState& state) {
  return PlanCompiler(input, kernels, state).Compile();
}

}  // namespace fanlight
