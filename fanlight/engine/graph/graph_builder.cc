#include "fanlight/engine/graph/graph_builder.h"

#include <algorithm>
#include <cctype>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/inference.h"

namespace fanlight {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool IsNodeName(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  if (name.empty() || !(is_alphanumeric(name[0]) || name[0] == '.')) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return is_alphanumeric(c) || c == '_' || c == '.' || c == '\\' || c == '/' || c == '>' ||
           c == '-';
  });
}

std::string DescribeInputs(const std::vector<Output>& inputs) {
  std::string text;
  for (const Output& input : inputs) {
    text += text.empty() ? "; inputs: " : ", ";
    text += fmt::format("{} {}{}", Quoted(input.name()), DTypeName(input.dtype()),
                        ToString(input.shape()));
  }
  return text;
}

// How many inputs an argument takes, given the attributes and what stands after it.
struct ArgRange {
  size_t begin;
  size_t count;
};

class SignatureMatcher {
 public:
  SignatureMatcher(const OpDef& op, const std::vector<Output>& inputs, AttrMap& attrs)
      : op_(op), inputs_(inputs), attrs_(attrs) {}

  // Gives each argument its inputs, sets the attributes that follow from them, checks dtypes.
  Status Match() {
    FL_TRY(CountListArgs());
    size_t next = 0;
    for (const OpDef::Arg& arg : op_.inputs) {
      FL_ASSIGN_OR_RETURN(const size_t count, CountOf(arg));
      if (next + count > inputs_.size()) return WrongCount();
      FL_TRY(MatchArg(arg, {next, count}));
      next += count;
    }
    if (next != inputs_.size()) return WrongCount();
    return {};
  }

 private:
  tl::unexpected<Error> WrongCount() const {
    return Fail(ErrorCode::kInvalidArgument, "got {} inputs, which do not match \"{}\"",
                inputs_.size(), op_.spec.signature);
  }

  // The length of lists that no attribute tells: what the fixed arguments leave, shared evenly.
  Status CountListArgs() {
    size_t fixed = 0;
    size_t num_lists = 0;
    const OpDef::Arg* unknown = nullptr;
    for (const OpDef::Arg& arg : op_.inputs) {
      const std::string& attr = arg.number_attr.empty() ? arg.type_list_attr : arg.number_attr;
      if (attr.empty()) {
        ++fixed;
      } else if (attrs_.find(attr) == attrs_.end()) {
        unknown = &arg;
        ++num_lists;
      } else {
        FL_ASSIGN_OR_RETURN(const size_t count, CountOf(arg));
        fixed += count;
      }
    }
    if (unknown == nullptr) return {};
    if (inputs_.size() < fixed || (inputs_.size() - fixed) % num_lists != 0) return WrongCount();
    const size_t count = (inputs_.size() - fixed) / num_lists;
    if (!unknown->number_attr.empty()) {
      attrs_[unknown->number_attr] = static_cast<int64_t>(count);
      return {};
    }
    // A list of types takes the types of the inputs at its place.
    size_t begin = 0;
    for (const OpDef::Arg& arg : op_.inputs) {
      if (&arg == unknown) break;
      FL_ASSIGN_OR_RETURN(const size_t before, CountOf(arg));
      begin += before;
    }
    if (begin + count > inputs_.size()) return WrongCount();
    std::vector<DType> dtypes;
    for (size_t i = 0; i < count; ++i) dtypes.push_back(inputs_[begin + i].dtype());
    attrs_[unknown->type_list_attr] = std::move(dtypes);
    return {};
  }

  Result<size_t> CountOf(const OpDef::Arg& arg) const {
    if (!arg.number_attr.empty()) {
      const auto* count = std::get_if<int64_t>(&attrs_[arg.number_attr]);
      if (count == nullptr || *count < 0) return WrongCount();
      return static_cast<size_t>(*count);
    }
    if (!arg.type_list_attr.empty()) {
      const auto* types = std::get_if<std::vector<DType>>(&attrs_[arg.type_list_attr]);
      if (types == nullptr) return WrongCount();
      return types->size();
    }
    return size_t{1};
  }

  Status MatchArg(const OpDef::Arg& arg, ArgRange range) {
    for (size_t i = 0; i < range.count; ++i) {
      const Output& input = inputs_[range.begin + i];
      DType want = arg.dtype;
      if (!arg.type_list_attr.empty()) {
        want = std::get<std::vector<DType>>(attrs_[arg.type_list_attr])[i];
      } else if (!arg.type_attr.empty()) {
        const auto found = attrs_.find(arg.type_attr);
        if (found == attrs_.end()) {
          attrs_[arg.type_attr] = input.dtype();
          continue;
        }
        const auto* dtype = std::get_if<DType>(&found->second);
        if (dtype == nullptr) {
          return Fail(ErrorCode::kInvalidArgument, "attribute {} is not a dtype", arg.type_attr);
        }
        want = *dtype;
      }
      if (input.dtype() != want) {
        return Fail(ErrorCode::kInvalidArgument, "argument {} is {}, want {}", Quoted(arg.name),
                    DTypeName(input.dtype()), DTypeName(want));
      }
    }
    for (size_t i = 0; arg.is_ref && i < range.count; ++i) {
      if (inputs_[range.begin + i].is_ref()) continue;
      return Fail(ErrorCode::kInvalidArgument, "argument {} is a value, want a variable",
                  Quoted(arg.name));
    }
    return {};
  }

  const OpDef& op_;
  const std::vector<Output>& inputs_;
  AttrMap& attrs_;
};

Status CheckAttrs(const OpDef& op, AttrMap& attrs) {
  for (const OpDef::Attr& attr : op.attrs) {
    const auto found = attrs.find(attr.name);
    if (found == attrs.end()) {
      if (!attr.default_value) {
        return Fail(ErrorCode::kInvalidArgument, "attribute {} ({}) is missing", Quoted(attr.name),
                    AttrKindName(attr.kind));
      }
      attrs[attr.name] = *attr.default_value;
      continue;
    }
    if (KindOf(found->second) != attr.kind) {
      return Fail(ErrorCode::kInvalidArgument, "attribute {} is of kind {}, want {}",
                  Quoted(attr.name), AttrKindName(KindOf(found->second)), AttrKindName(attr.kind));
    }
    if (attr.allowed.empty()) continue;
    const auto dtype = std::get<DType>(found->second);
    if (std::find(attr.allowed.begin(), attr.allowed.end(), dtype) == attr.allowed.end()) {
      std::string allowed;
      for (const DType one : attr.allowed) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(DTypeName(one));
      }
      return Fail(ErrorCode::kInvalidArgument, "attribute {} is {}, want one of {}",
                  Quoted(attr.name), DTypeName(dtype), allowed);
    }
  }
  return {};
}

Status SetOutputTypes(Node& node) {
  // A claim of more outputs than any graph has is refused before anything is allocated.
  constexpr int64_t kMaxOutputs = 1 << 20;
  for (const OpDef::Arg& arg : node.op->outputs) {
    if (!arg.type_list_attr.empty()) {
      for (const DType dtype : node.attr<std::vector<DType>>(arg.type_list_attr)) {
        node.output_dtypes.push_back(dtype);
        node.output_is_ref.push_back(false);
      }
      continue;
    }
    const int64_t count = arg.number_attr.empty() ? 1 : node.attr<int64_t>(arg.number_attr);
    if (count < 0 || count > kMaxOutputs) {
      return Fail(ErrorCode::kInvalidArgument, "attribute {} is {}, want 0 to {}",
                  Quoted(arg.number_attr), count, kMaxOutputs);
    }
    const DType dtype = arg.type_attr.empty() ? arg.dtype : node.attr<DType>(arg.type_attr);
    for (int64_t i = 0; i < count; ++i) {
      node.output_dtypes.push_back(dtype);
      node.output_is_ref.push_back(arg.is_ref);
    }
  }
  return {};
}

Status InferShapes(Node& node, const std::vector<PartialShape>& more) {
  std::vector<PartialShape> shapes;
  std::vector<Tensor> constants;
  std::vector<PartialShape> shape_values;
  for (const Output& input : node.inputs) {
    shapes.push_back(input.shape());
    constants.push_back(ConstantValue(input).value_or(Tensor()));
    const bool may_be_shape = input.dtype() == DType::kInt32 || input.dtype() == DType::kInt64;
    shape_values.push_back(may_be_shape ? ConstantValueAsShape(input) : PartialShape());
  }
  InferenceContext context(node, std::move(shapes), std::move(constants), std::move(shape_values));
  if (node.op->spec.infer != nullptr) FL_TRY(node.op->spec.infer(context));
  std::vector<PartialShape> inferred = context.outputs();
  for (size_t i = 0; i < more.size() && i < inferred.size(); ++i) {
    FL_ASSIGN_OR_RETURN(inferred[i], Merge(inferred[i], more[i]));
  }
  node.output_shapes = OutputShapes(std::move(inferred));
  return {};
}

}  // namespace

GraphBuilder::GraphBuilder(std::shared_ptr<const OpRegistry> ops)
    : graph_(std::make_shared<Graph>(std::move(ops))) {}

Result<std::shared_ptr<const Graph>> GraphBuilder::Build() const {
  FL_TRY(status_);
  return std::shared_ptr<const Graph>(graph_);
}

void GraphBuilder::KeepError(Error error) {
  if (status_) status_ = tl::unexpected<Error>(std::move(error));
}

Status GraphBuilder::CheckNotFinal() const {
  if (!is_final_) return {};
  return Fail(ErrorCode::kFailedPrecondition, "Graph is finalized and cannot be modified.");
}

Result<Node> GraphBuilder::MakeNode(NodeSpec&& spec) {
  FL_TRY(CheckNotFinal());
  Node node;
  node.name = std::move(spec.name);
  node.op = graph_->ops().Find(spec.op);
  if (node.op == nullptr) {
    return Fail(ErrorCode::kUnimplemented, "node {}: there is no op {}", Quoted(node.name),
                Quoted(spec.op));
  }
  for (const Output& input : spec.inputs) {
    if (input.is_valid() && input.index >= 0 && input.index < input.node->num_outputs()) continue;
    return Fail(ErrorCode::kInvalidArgument, "node {}: {}", Describe(node),
                input.is_valid() ? fmt::format("node {} has no output {} to take",
                                               Describe(*input.node), input.index)
                                 : "an input is missing");
  }
  const auto with_context = [&](const Error& error) {
    return tl::unexpected<Error>(Error{
        error.code,
        fmt::format("node {}: {}{}", Describe(node), error.message, DescribeInputs(spec.inputs))});
  };
  if (!IsNodeName(node.name)) {
    return with_context({ErrorCode::kInvalidArgument, "this is not a valid name of a node"});
  }
  node.attrs = std::move(spec.attrs);
  node.controls = std::move(spec.controls);
  if (auto matched = SignatureMatcher(*node.op, spec.inputs, node.attrs).Match(); !matched) {
    return with_context(matched.error());
  }
  if (auto checked = CheckAttrs(*node.op, node.attrs); !checked) {
    return with_context(checked.error());
  }
  if (auto set = SetOutputTypes(node); !set) return with_context(set.error());
  node.inputs = spec.inputs;
  if (auto inferred = InferShapes(node, spec.output_shapes); !inferred) {
    return with_context(inferred.error());
  }
  return node;
}

const Node* GraphBuilder::AddNode(NodeSpec spec) {
  if (!ok()) return nullptr;
  if (spec.name.ends_with('/')) {
    spec.name.pop_back();
  } else {
    spec.name = UniqueName(spec.name.empty() ? spec.op : std::string_view(spec.name));
  }
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    if (spec.inputs[i].is_valid()) continue;
    KeepError({ErrorCode::kInvalidArgument,
               fmt::format("node {} ({}): input {} is missing", Quoted(spec.name), spec.op, i)});
    return nullptr;
  }
  // A scope's nodes are waited for unless an input was itself made within the scope.
  size_t first_frame = 0;
  for (size_t i = 0; i < controls_.size(); ++i) {
    if (controls_[i].hides_outer) first_frame = i;
  }
  for (size_t i = first_frame; i < controls_.size(); ++i) {
    const ControlFrame& frame = controls_[i];
    const bool waits_already =
        std::any_of(spec.inputs.begin(), spec.inputs.end(),
                    [&](const Output& input) { return frame.made_within.contains(input.node); });
    if (waits_already) continue;
    for (const Node* node : frame.nodes) {
      const bool is_input = std::any_of(spec.inputs.begin(), spec.inputs.end(),
                                        [&](const Output& input) { return input.node == node; });
      if (!is_input) spec.controls.push_back(node);
    }
  }
  std::sort(spec.controls.begin(), spec.controls.end(),
            [](const Node* a, const Node* b) { return a->id < b->id; });
  spec.controls.erase(std::unique(spec.controls.begin(), spec.controls.end()), spec.controls.end());
  std::vector<std::string> places;
  std::string device;  // Of the innermost that has one.
  for (auto at = colocations_.rbegin(); at != colocations_.rend() && !at->place.empty(); ++at) {
    places.push_back(at->place);
    if (device.empty()) device = at->device;
  }
  if (!places.empty() && !spec.attrs.contains("_class")) {
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    spec.attrs["_class"] = std::move(places);
  }
  auto node = MakeNode(std::move(spec));
  if (!node) {
    KeepError(std::move(node).error());
    return nullptr;
  }
  if (Status placed = devices_.Place(*node); !placed) {
    KeepError(placed.error().With(Describe(*node)));
    return nullptr;
  }
  if (!device.empty()) node->device = std::move(device);
  std::vector<std::unique_ptr<Node>> nodes;
  nodes.push_back(std::make_unique<Node>(*std::move(node)));
  const Node* const added = nodes.back().get();
  graph_->Append(std::move(nodes));
  // What was made out of sight of a scope is not within it.
  for (size_t i = first_frame; i < controls_.size(); ++i) controls_[i].made_within.insert(added);
  return added;
}

Status GraphBuilder::SetShape(const Output& output, const PartialShape& shape) {
  const auto merged = Merge(output.shape(), shape);
  if (!merged) {
    return Fail(ErrorCode::kInvalidArgument, "{} has shape {}, which cannot be {}",
                Quoted(output.name()), ToString(output.shape()), ToString(shape));
  }
  if (!(*merged == output.shape())) graph_->TellShape(output, *merged);
  return {};
}

Result<const Node*> GraphBuilder::Import::Add(NodeSpec spec, std::string device) {
  if (FindNode(spec.name) != nullptr) {
    return Fail(ErrorCode::kAlreadyExists, "the graph already has a node {}", Quoted(spec.name));
  }
  FL_ASSIGN_OR_RETURN(Node node, builder_.MakeNode(std::move(spec)));
  node.device = std::move(device);
  nodes_.push_back(std::make_unique<Node>(std::move(node)));
  const Node* const added = nodes_.back().get();
  by_name_.emplace(added->name, added);
  return added;
}

const Node* GraphBuilder::Import::FindNode(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? builder_.graph_->FindNode(name) : found->second;
}

void GraphBuilder::Import::Commit() {
  for (const auto& node : nodes_) builder_.ReserveName(node->name);
  by_name_.clear();
  builder_.graph_->Append(std::move(nodes_));
}

void GraphBuilder::ReserveName(std::string_view full_name) {
  // A node's scopes are in use with it.
  for (size_t end = full_name.find('/'); end != std::string_view::npos;
       end = full_name.find('/', end + 1)) {
    names_in_use_.emplace(LowerCase(full_name.substr(0, end)), 1);
  }
  names_in_use_.emplace(LowerCase(full_name), 1);
}

std::string GraphBuilder::UniqueName(std::string_view name) {
  std::string full(name_scope_.empty() ? std::string(name)
                                       : fmt::format("{}/{}", name_scope_, name));
  const std::string base_key = LowerCase(full);
  int count = names_in_use_[base_key]++;
  if (count == 0) return full;
  std::string key = base_key;
  while (names_in_use_.contains(key)) key = fmt::format("{}_{}", base_key, count++);
  names_in_use_[base_key] = count;
  names_in_use_[key] = 1;
  return fmt::format("{}_{}", full, count - 1);
}

GraphBuilder::Scope GraphBuilder::NameScope(std::string_view name) {
  std::string outer = name_scope_;
  if (name.empty()) {
    name_scope_.clear();
  } else if (name.ends_with('/')) {
    name_scope_ = name.substr(0, name.size() - 1);
  } else {
    name_scope_ = UniqueName(name);
  }
  return Scope(this, Scope::Kind::kName, std::move(outer));
}

GraphBuilder::Scope GraphBuilder::ControlDependencies(std::vector<const Node*> nodes) {
  std::erase(nodes, nullptr);
  controls_.push_back({std::move(nodes), {}, false});
  return Scope(this, Scope::Kind::kControl);
}

GraphBuilder::Scope GraphBuilder::NoControlDependencies() {
  controls_.push_back({{}, {}, true});
  return Scope(this, Scope::Kind::kControl);
}

GraphBuilder::Scope GraphBuilder::Device(std::string_view device) {
  if (Status pushed = devices_.Push(device); !pushed) KeepError(std::move(pushed).error());
  return Scope(this, Scope::Kind::kDevice);
}

GraphBuilder::Scope GraphBuilder::Device(DeviceScopes::Function function) {
  devices_.PushFunction(std::move(function));
  return Scope(this, Scope::Kind::kDevice);
}

GraphBuilder::Scope GraphBuilder::NoDevice() {
  devices_.PushNone();
  return Scope(this, Scope::Kind::kDevice);
}

GraphBuilder::Scope GraphBuilder::ColocateWith(const Output& output) {
  std::string place;
  devices_.PushNone();
  if (output.is_valid()) {
    place = "loc:@" + output.node->name;
    // What is itself placed with another node is found there.
    const auto found = output.node->attrs.find("_class");
    if (found != output.node->attrs.end()) {
      const auto* classes = std::get_if<std::vector<std::string>>(&found->second);
      if (classes != nullptr && classes->size() == 1) place = classes->front();
    }
  }
  colocations_.push_back({std::move(place), output.is_valid() ? output.node->device : ""});
  return Scope(this, Scope::Kind::kColocation);
}

GraphBuilder::Scope::~Scope() {
  if (builder_ == nullptr) return;
  switch (kind_) {
    case Kind::kName:
      builder_->name_scope_ = std::move(outer_name_);
      return;
    case Kind::kControl:
      builder_->controls_.pop_back();
      return;
    case Kind::kDevice:
      builder_->devices_.Pop();
      return;
    case Kind::kColocation:
      builder_->colocations_.pop_back();
      builder_->devices_.Pop();
      return;
  }
}

std::pair<int64_t, int64_t> GraphBuilder::NextSeeds(std::optional<int64_t> op_seed) {
  constexpr int64_t kDefaultGraphSeed = 87654321;
  std::pair<int64_t, int64_t> seeds;
  if (seed_) {
    seeds = {*seed_, op_seed ? *op_seed : num_unseeded_random_ops_++};
  } else if (op_seed) {
    seeds = {kDefaultGraphSeed, *op_seed};
  } else {
    return {0, 0};  // Drawn from entropy when it runs.
  }
  // As TensorFlow takes them: from 0 to 2^31 - 2.
  constexpr int64_t kLimit = (int64_t{1} << 31) - 1;
  for (int64_t* const seed : {&seeds.first, &seeds.second}) {
    *seed = (*seed % kLimit + kLimit) % kLimit;
  }
  if (seeds.first == 0 && seeds.second == 0) seeds.second = kLimit;
  return seeds;
}

Output Operand::ToOutput(GraphBuilder& graph, std::string_view name, DType dtype) const {
  if (output_.is_valid() || !graph.ok()) return output_;
  if (!literal_.is_valid()) return {};  // AddNode tells which input is missing.
  Tensor value = literal_;
  if (dtype == DType::kInvalid && is_weak_ && value.dtype() == DType::kFloat64) {
    dtype = DType::kFloat32;  // As Python's numbers become float32.
  }
  if (dtype != DType::kInvalid && dtype != value.dtype()) {
    const bool loses_fraction = IsFloating(value.dtype()) && !IsFloating(dtype);
    auto converted = ConvertTo(value, dtype);
    if (!is_weak_ || loses_fraction || !IsNumeric(dtype) || !converted) {
      graph.KeepError({ErrorCode::kInvalidArgument,
                       fmt::format("argument {} of {}: {} cannot become {}", Quoted(name),
                                   Quoted(graph.name_scope()), ToString(value), DTypeName(dtype))});
      return {};
    }
    value = *std::move(converted);
  }
  const DType value_dtype = value.dtype();
  return graph.AddNode({.op = "Const",
                        .name = std::string(name),
                        .attrs = {{"dtype", value_dtype}, {"value", std::move(value)}}});
}

OpCall::OpCall(GraphBuilder& graph, std::string_view op, std::string_view name,
               std::string_view default_name)
    : graph_(graph),
      scope_(graph.NameScope(!name.empty() ? name : (default_name.empty() ? op : default_name))) {
  spec_.op = op;
  spec_.name = graph.name_scope() + "/";
}

OpCall& OpCall::Input(const Operand& operand, std::string_view arg, DType dtype) {
  spec_.inputs.push_back(operand.ToOutput(graph_, arg, dtype));
  return *this;
}

OpCall& OpCall::Inputs(std::span<const Output> outputs) {
  spec_.inputs.insert(spec_.inputs.end(), outputs.begin(), outputs.end());
  return *this;
}

OpCall& OpCall::Attr(std::string_view name, AttrValue value) {
  spec_.attrs[std::string(name)] = std::move(value);
  return *this;
}

OpCall& OpCall::Control(const Node* node) {
  if (node != nullptr) spec_.controls.push_back(node);
  return *this;
}

OpCall& OpCall::OutputShape(const PartialShape& shape) {
  spec_.output_shapes = {shape};
  return *this;
}

const Node* OpCall::Done() { return graph_.AddNode(std::move(spec_)); }

}  // namespace fanlight
