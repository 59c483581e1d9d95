// How a Plan is made: see plan.h for the idea. Here are the first stages: the nodes that are needed,
// and the shape, kind and constant of each of their outputs.
#include <unordered_map>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/plan_draft.h"
#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
namespace {

size_t Sz(int i) { return static_cast<size_t>(i); }

bool IsVariableNode(const Node& node) {
  const std::string_view type = node.type();
  return type == "VariableV2" || type == "Variable" || type == "VarHandleOp";
}

// Whether an argument is a variable, by reference or by handle, rather than a value.
bool NamesVariable(const OpDef::Arg& arg) { return arg.is_ref || arg.dtype == DType::kResource; }

bool IsAssign(const Node& node) {
  return node.num_inputs() > 0 && node.op->spec.has_effect && !node.op->inputs.empty() &&
         NamesVariable(node.op->inputs[0]);
}

}  // namespace

bool IsReference(const Node& variable) { return variable.type() != "VarHandleOp"; }

bool IsCopy(const Node& node) {
  const std::string_view type = node.type();
  return type == "Identity" || type == "StopGradient" || type == "PreventGradient" ||
         type == "PlaceholderWithDefault" || type == "ReadVariableOp";
}

int NumHandedOn(const Node& node) {
  if (IsMerge(node)) return node.num_inputs();
  if (IsSwitch(node)) return 1;
  return node.op->spec.may_alias_input ? 1 : 0;
}

int NumAssigned(const Node& node) {
  if (!IsAssign(node)) return 0;
  int count = 0;
  for (const OpDef::Arg& arg : node.op->inputs) {
    if (!NamesVariable(arg)) break;
    ++count;
  }
  return count;
}

Error PlanNodes::WithInputs(const Node& node, const Error& error) {
  std::string message = fmt::format("node {}: {}", Describe(node), error.message);
  for (int i = 0; i < node.num_inputs(); ++i) {
    const Output& from = node.input(i);
    message += fmt::format("{}{} {}{}", i == 0 ? "; inputs: " : ", ", Quoted(from.name()),
                           DTypeName(from.dtype()), ToString(ValueOf(from).shape));
  }
  return Error{error.code, std::move(message)};
}

class PlanCompiler {
 public:
  PlanCompiler(const Plan::Input& input, const KernelRegistry& kernels, SessionState& state)
      : nodes_{input, kernels, state} {}

  Result<std::unique_ptr<Plan>> Compile() {
    FL_TRY(CollectFeeds());
    FL_TRY(CollectNodes());
    FL_TRY(Evaluate());
    FL_TRY(branches_.Finish());
    FL_TRY(OrderSteps(nodes_));
    if (nodes_.input.optimize) FuseSteps(nodes_.draft);
    return LayOutPlan(nodes_.draft, nodes_.kernels);
  }

 private:
  using Value = PlanDraft::Value;
  using Item = PlanNodes::Item;

  Status CollectFeeds() {
    for (size_t i = 0; i < nodes_.input.feeds.size(); ++i) {
      if (!feeds_.emplace(nodes_.input.feeds[i], static_cast<int>(i)).second) {
        return Fail(ErrorCode::kInvalidArgument, "{} is fed twice", nodes_.input.feeds[i].name());
      }
    }
    nodes_.draft.feeds = nodes_.input.feeds;
    nodes_.draft.optimize = nodes_.input.optimize;
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
    for (const Output& target : nodes_.input.targets) collect_from(target.node);
    for (const Output& fetch : nodes_.input.fetches) {
      if (feeds_.contains(fetch)) {
        AddFed(fetch);
      } else {
        collect_from(fetch.node);
      }
    }
    return {};
  }

  void AddItem(const Node* node) {
    const auto [found, is_new] = nodes_.index.emplace(node, nodes_.items.size());
    if (!is_new) {
      nodes_.items[found->second].is_step = true;
      return;
    }
    Item item;
    item.node = node;
    item.first_value = static_cast<int>(nodes_.draft.values.size());
    item.is_step = true;
    if (IsSwitch(*node)) nodes_.has_branches = true;
    for (int i = 0; i < node->num_outputs(); ++i) {
      Value value;
      value.node = static_cast<int>(nodes_.items.size());
      value.dtype = node->output_dtypes[Sz(i)];
      nodes_.draft.values.push_back(value);
    }
    nodes_.items.push_back(std::move(item));
  }

  // A node of which only fed outputs are used is there for its values, and does not run.
  void AddFed(const Output& output) {
    if (nodes_.index.contains(output.node)) return;
    AddItem(output.node);
    nodes_.items.back().is_step = false;
  }

  Status Evaluate() {
    for (size_t i = 0; i < nodes_.items.size(); ++i) {
      const Node& node = *nodes_.items[i].node;
      FL_TRY(EvaluateNode(i));
      for (int k = 0; k < node.num_outputs(); ++k) {
        const auto fed = feeds_.find(Output(&node, k));
        if (fed == feeds_.end()) continue;
        Value& value = nodes_.draft.values[Sz(nodes_.items[i].first_value + k)];
        const int made_by = value.node;
        const DType dtype = value.dtype;
        value = Value();
        value.node = made_by;
        value.dtype = dtype;
        value.kind = Value::Kind::kFeed;
        value.feed = fed->second;
        value.shape = nodes_.input.feed_shapes[Sz(fed->second)];
      }
    }
    return {};
  }

  Status EvaluateNode(size_t i) {
    Item& item = nodes_.items[i];
    const Node& node = *item.node;
    const auto value_at = [&](int k) -> Value& {
      return nodes_.draft.values[Sz(item.first_value + k)];
    };
    branches_.Find(item);
    if (!item.is_step || item.condition == kNever) {
      for (int k = 0; k < node.num_outputs(); ++k) value_at(k).shape = node.output_shapes[Sz(k)];
      return {};
    }
    if (IsVariableNode(node)) {
      value_at(0).kind = Value::Kind::kVariable;
      value_at(0).variable = nodes_.state.Variable(&node);
      // By handle or by reference: the value, of the shape that the variable was made with.
      value_at(0).dtype = node.attr<DType>("dtype");
      value_at(0).shape = node.attr<PartialShape>("shape");
      item.is_step = false;
      return {};
    }
    if (node.type() == "Const") {
      value_at(0).SetConstant(node.attr<Tensor>("value"));
      item.is_step = false;
      return {};
    }
    std::vector<PartialShape> shapes;
    std::vector<Tensor> constants;
    std::vector<PartialShape> shape_values;
    for (const Output& input : node.inputs) {
      const Value& value =
          nodes_.draft.values[Sz(nodes_.draft.Resolve(nodes_.ValueIndexOf(input)))];
      shapes.push_back(nodes_.ValueOf(input).shape);
      constants.push_back(value.kind == Value::Kind::kConstant ? value.constant : Tensor());
      shape_values.push_back(PartialShape::Unknown());
    }
    InferenceContext context(node, std::move(shapes), constants, std::move(shape_values));
    if (node.op->spec.infer != nullptr) {
      if (auto inferred = node.op->spec.infer(context); !inferred) {
        return Refuse(item, inferred.error());
      }
    }
    for (int k = 0; k < node.num_outputs(); ++k) {
      Value& value = value_at(k);
      value.kind = Value::Kind::kComputed;
      auto merged = Merge(context.outputs()[Sz(k)], node.output_shapes[Sz(k)]);
      // A rule that says less here than when the node was made would be a bug; more is the point.
      value.shape = merged ? *merged : context.outputs()[Sz(k)];
      value.is_claim =
          node.output_shapes.is_told(Sz(k)) && !(value.shape == context.outputs()[Sz(k)]);
      if (!node.output_is_ref[Sz(k)] && value.dtype != DType::kResource) continue;
      const Node* variable = VariableNodeOf(Output(&node, k));
      if (variable == nullptr) continue;
      value.kind = Value::Kind::kVariable;
      value.variable = nodes_.state.Variable(variable);
      if (value.dtype != DType::kResource) continue;
      value.dtype = variable->attr<DType>("dtype");
      value.shape = variable->attr<PartialShape>("shape");
    }
    if (HandsOnVariable(item)) {
      item.is_step = false;
      return {};
    }
    if (KeepsClaim(item)) return {};
    if (IsCopy(node) && IsOfReference(node.input(0))) {
      // Not for speed alone: it shares the variable's memory, also after an update.
      value_at(0).alias_of = nodes_.ValueIndexOf(node.input(0));
      return {};
    }
    if (!nodes_.input.optimize) return {};
    if (auto simplified = simplifier_.Simplify(item, constants); !simplified) {
      return Refuse(item, simplified.error());
    }
    return {};
  }

  // Whether the node's results must be looked at, which only a step's are.
  bool KeepsClaim(const Item& item) {
    bool has_claim = false;
    for (int k = 0; k < item.node->num_outputs(); ++k) {
      Value& value = nodes_.draft.at(item.first_value + k);
      has_claim = has_claim || value.is_claim;
      // A variable's buffer, perhaps: it is not to be held past the run.
      if (value.is_claim && IsCopy(*item.node)) value.escapes = true;
    }
    return has_claim;
  }

  // Whether it is a variable's value, read by reference.
  bool IsOfReference(const Output& value) const {
    const Value& root = nodes_.draft.at(nodes_.draft.Resolve(nodes_.ValueIndexOf(value)));
    return root.kind == Value::Kind::kVariable && IsReference(*root.variable->node);
  }

  // A node that names a variable, and has nothing to do.
  bool HandsOnVariable(const Item& item) const {
    const OpSpec& spec = item.node->op->spec;
    if (spec.has_effect || spec.is_stateful || item.node->num_outputs() == 0) return false;
    for (int k = 0; k < item.node->num_outputs(); ++k) {
      if (nodes_.draft.at(item.first_value + k).kind != Value::Kind::kVariable) return false;
    }
    return true;
  }

  // A node that is wrong where it does not always run is told in the run, if it runs.
  Status Refuse(Item& item, const Error& error) {
    const Node& node = *item.node;
    if (item.condition == kAlways) return tl::unexpected<Error>(nodes_.WithInputs(node, error));
    for (int k = 0; k < node.num_outputs(); ++k) {
      Value& value = nodes_.draft.at(item.first_value + k);
      value.kind = Value::Kind::kComputed;
      value.shape = node.output_shapes[Sz(k)];
    }
    item.error = error;
    return {};
  }

  PlanNodes nodes_;
  BranchFinder branches_{nodes_};
  NodeSimplifier simplifier_{nodes_};
  std::unordered_map<Output, int, OutputHash> feeds_;
};

Result<std::unique_ptr<Plan>> Plan::Compile(const Input& input, const KernelRegistry& kernels,
                                            SessionState& state) {
  return PlanCompiler(input, kernels, state).Compile();
}

}  // namespace fanlight
