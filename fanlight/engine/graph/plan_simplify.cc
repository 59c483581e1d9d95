#include <algorithm>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
namespace {

// Results of folding above this are computed in each run instead of being kept.
constexpr int64_t kMaxFoldedElements = 1 << 16;
// Constants up to this are compared by their elements.
constexpr size_t kMaxComparedBytes = 256;

size_t Sz(int i) { return static_cast<size_t>(i); }

bool IsReduction(const Node& node) {
  const std::string_view type = node.type();
  return type == "Sum" || type == "Mean" || type == "Prod" || type == "Max" || type == "Min";
}

// Ops that only stretch: where the shape stays, so do the elements.
bool IsStretch(const Node& node) { return node.type() == "Tile" || node.type() == "BroadcastTo"; }

}  // namespace

Status NodeSimplifier::Simplify(PlanNodes::Item& item, const std::vector<Tensor>& constants) {
  const Node& node = *item.node;
  const OpSpec& spec = node.op->spec;
  if (spec.is_stateful || spec.has_effect || node.num_outputs() == 0) return {};
  if (nodes_.has_branches && IsSwitch(node)) {
    SimplifySwitch(item);
    return {};
  }
  if (IsMerge(node)) {
    SimplifyMerge(item);
    return {};
  }
  Value& output = nodes_.draft.values[Sz(item.first_value)];
  if (IsCopy(node)) {
    output.alias_of = nodes_.ValueIndexOf(node.input(0));
    return {};
  }
  if (const auto known = KnownFromShape(node)) {
    output.SetConstant(*known);
    item.is_step = false;
    return {};
  }
  if (node.type() == "ShapeN") return FoldShapes(item);
  const Value* first = node.inputs.empty() ? nullptr : &nodes_.ValueOf(node.input(0));
  // What such a node makes of a variable is the variable's memory no more, and its view may be made twice.
  const bool is_apart =
      first != nullptr && !spec.may_alias_input && IsViewOfVariable(node.input(0));
  const bool keeps_shape = first != nullptr && !is_apart && output.shape.is_fully_known() &&
                           output.shape == first->shape;
  if (keeps_shape && (IsStretch(node) || (IsReduction(node) && constants[1].is_valid()) ||
                      (spec.may_alias_input && !IsCopy(node)) ||
                      (node.type() == "AddN" && node.num_inputs() == 1))) {
    output.alias_of = nodes_.ValueIndexOf(node.input(0));
    return {};
  }
  const bool all_constant =
      std::all_of(constants.begin(), constants.end(), [](const Tensor& c) { return c.is_valid(); });
  if (all_constant && !node.inputs.empty()) return Fold(item, constants);
  const bool keeps_elements =
      first != nullptr && !is_apart && output.shape.is_fully_known() &&
      first->shape.is_fully_known() && output.shape.num_elements() == first->shape.num_elements() &&
      (spec.may_alias_input || (IsReduction(node) && constants[1].is_valid()));
  if (keeps_elements) {
    output.view_of = nodes_.ValueIndexOf(node.input(0));
  } else {
    JoinWithEqual(item);
  }
  return {};
}

// Whether it is a variable's value under another shape.
bool NodeSimplifier::IsViewOfVariable(const Output& output) {
  const int value = nodes_.draft.Resolve(nodes_.ValueIndexOf(output));
  const int root = nodes_.draft.ResolveViews(value);
  return root != value && nodes_.draft.at(root).kind == Value::Kind::kVariable;
}

// Whether two equal nodes wait for the same, as far as is seen at a look.
bool NodeSimplifier::WaitAlike(const Node& a, const Node& b) {
  if (a.controls != b.controls) return false;
  for (size_t k = 0; k < a.inputs.size(); ++k) {
    if (nodes_.ValueIndexOf(a.inputs[k]) == nodes_.ValueIndexOf(b.inputs[k])) continue;
    const Node& x = *a.inputs[k].node;
    const Node& y = *b.inputs[k].node;
    if (x.type() != "Const" || y.type() != "Const" || x.controls != y.controls) return false;
  }
  return true;
}

// Its input by two other names.
void NodeSimplifier::SimplifySwitch(PlanNodes::Item& item) {
  for (int k = 0; k < 2; ++k) {
    Value& output = nodes_.draft.at(item.first_value + k);
    if (output.kind == Value::Kind::kComputed) {
      output.alias_of = nodes_.ValueIndexOf(item.node->input(0));
    }
  }
}

// Where one input alone may have a value, it is that one.
void NodeSimplifier::SimplifyMerge(PlanNodes::Item& item) {
  const Node& node = *item.node;
  Value& output = nodes_.draft.at(item.first_value);
  if (output.kind != Value::Kind::kComputed) return;
  int only = -1;
  int num_possible = 0;
  for (int i = 0; i < node.num_inputs(); ++i) {
    if (nodes_.ValueOf(node.input(i)).condition == kNever) continue;
    only = i;
    ++num_possible;
  }
  if (num_possible != 1 || IsViewOfVariable(node.input(only))) {
    output.is_handle = true;
    return;
  }
  output.alias_of = nodes_.ValueIndexOf(node.input(only));
  output.shape = nodes_.ValueOf(node.input(only)).shape;
  nodes_.draft.at(item.first_value + 1).SetConstant(Tensor::Scalar(int32_t{only}));
}

// Shape, Rank, Size and zeros of what has a known shape here.
std::optional<Tensor> NodeSimplifier::KnownFromShape(const Node& node) {
  const std::string_view type = node.type();
  if (type != "Shape" && type != "Rank" && type != "Size" && type != "ZerosLike") {
    return std::nullopt;
  }
  const PartialShape& partial = nodes_.ValueOf(node.input(0)).shape;
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
Status NodeSimplifier::FoldShapes(PlanNodes::Item& item) {
  const Node& node = *item.node;
  std::vector<Tensor> results;
  for (const Output& input : node.inputs) {
    const std::optional<Shape> shape = nodes_.ValueOf(input).shape.ToShape();
    if (!shape) return {};
    FL_ASSIGN_OR_RETURN(results.emplace_back(),
                        ConvertTo(Tensor::Vector<int64_t>(shape->dims()), node.output_dtypes[0]));
  }
  for (int k = 0; k < node.num_outputs(); ++k) {
    nodes_.draft.values[Sz(item.first_value + k)].SetConstant(results[Sz(k)]);
  }
  item.is_step = false;
  return {};
}

Status NodeSimplifier::Fold(PlanNodes::Item& item, const std::vector<Tensor>& constants) {
  const Node& node = *item.node;
  for (int k = 0; k < node.num_outputs(); ++k) {
    const auto size = nodes_.draft.values[Sz(item.first_value + k)].shape.num_elements();
    if (!size || *size > kMaxFoldedElements) {
      // Axes and shapes are small though their lengths are told by values only.
      const bool is_index =
          node.output_dtypes[Sz(k)] == DType::kInt32 || node.output_dtypes[Sz(k)] == DType::kInt64;
      if (size || !is_index) return {};
    }
  }
  auto kernel = nodes_.kernels.Make(node);
  if (!kernel) return {};  // Told when the step is made, if it is.
  std::vector<const Tensor*> inputs;
  for (const Tensor& constant : constants) inputs.push_back(&constant);
  std::vector<Tensor> results(Sz(node.num_outputs()));
  std::vector<Tensor*> outputs;
  for (Tensor& result : results) outputs.push_back(&result);
  KernelContext context(node, inputs.data(), outputs.data(), nullptr, nullptr);
  FL_TRY((*kernel)->Compute(context));
  for (int k = 0; k < node.num_outputs(); ++k) {
    nodes_.draft.values[Sz(item.first_value + k)].SetConstant(results[Sz(k)]);
  }
  item.is_step = false;
  return {};
}

// Whether both inputs are the same value: the same output, or equal constants. Of a variable only
// the same read will do, since an assignment may lie between two.
bool NodeSimplifier::IsSameInput(const Output& a, const Output& b) {
  const int x = nodes_.ValueIndexOf(a);
  const int y = nodes_.ValueIndexOf(b);
  if (x == y) return true;
  const int root_x = nodes_.draft.Resolve(x);
  const int root_y = nodes_.draft.Resolve(y);
  const Value& value_x = nodes_.draft.at(root_x);
  const Value& value_y = nodes_.draft.at(root_y);
  if (value_x.kind == Value::Kind::kConstant && value_y.kind == Value::Kind::kConstant) {
    return value_x.constant.num_bytes() <= kMaxComparedBytes &&
           Identical(value_x.constant, value_y.constant);
  }
  const Value& root = nodes_.draft.at(nodes_.draft.ResolveViews(x));
  return root_x == root_y && root.kind != Value::Kind::kVariable;
}

bool NodeSimplifier::IsEqual(const Node& a, const Node& b) {
  if (a.op != b.op || a.inputs.size() != b.inputs.size() || a.output_dtypes != b.output_dtypes) {
    return false;
  }
  for (size_t k = 0; k < a.inputs.size(); ++k) {
    if (!IsSameInput(a.inputs[k], b.inputs[k])) return false;
  }
  for (const OpDef::Attr& attr : a.op->attrs) {
    // Marks of what a product is a gradient of; they change nothing.
    if (attr.name == "grad_a" || attr.name == "grad_b") continue;
    const auto x = a.attrs.find(attr.name);
    const auto y = b.attrs.find(attr.name);
    if ((x == a.attrs.end()) != (y == b.attrs.end())) return false;
    if (x != a.attrs.end() && !SameValue(x->second, y->second)) return false;
  }
  return true;
}

void NodeSimplifier::JoinWithEqual(PlanNodes::Item& item) {
  const Node& node = *item.node;
  if (node.inputs.empty() || nodes_.draft.at(item.first_value).dtype == DType::kString) return;
  // What is fed for an output is not what an equal node makes.
  for (const Output& fed : nodes_.input.feeds) {
    if (fed.node == &node) return;
  }
  bool reads_variable = false;
  size_t hash = std::hash<const void*>()(node.op);
  for (const Output& input : node.inputs) {
    if (input.is_ref() || input.dtype() == DType::kResource)
      return;  // What it sees depends on when it runs.
    const int root = nodes_.draft.Resolve(nodes_.ValueIndexOf(input));
    const bool is_constant = nodes_.draft.at(root).kind == Value::Kind::kConstant;
    const Value& memory = nodes_.draft.at(nodes_.draft.ResolveViews(root));
    reads_variable = reads_variable || memory.kind == Value::Kind::kVariable;
    hash = hash * 31 + (is_constant ? 0 : Sz(root) + 1);
  }
  const auto [begin, end] = seen_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    if (!IsEqual(node, *at->second)) continue;
    // What runs in another branch is not there.
    if (nodes_.items[nodes_.index.at(at->second)].condition != item.condition) continue;
    // One of them may wait for an update of the variable.
    if (reads_variable && !WaitAlike(node, *at->second)) continue;
    for (int k = 0; k < node.num_outputs(); ++k) {
      nodes_.draft.at(item.first_value + k).alias_of = nodes_.ValueIndexOf(Output(at->second, k));
    }
    return;
  }
  seen_.emplace(hash, &node);
}

}  // namespace fanlight
