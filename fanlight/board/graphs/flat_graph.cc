#include "fanlight/board/graphs/flat_graph.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace fanlight::graphs {
namespace {

using NameSet = std::unordered_set<std::string>;

bool IsConstant(std::string_view op) { return op.find("Const") != std::string_view::npos; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsSummary(std::string_view op) {
  constexpr std::string_view kEnd = "Summary";
  return op.size() > kEnd.size() && op.ends_with(kEnd) &&
         std::all_of(op.begin(), op.end(), IsLetter);
}

// Ops that write to what their first input holds.
bool WritesToFirstInput(std::string_view op) {
  constexpr std::array<std::string_view, 13> kOps = {
      "Assign",        "AssignAdd",   "AssignSub",     "ScatterAdd", "ScatterSub",
      "ScatterUpdate", "assign",      "assign_add",    "assign_sub", "count_up_to",
      "scatter_add",   "scatter_sub", "scatter_update"};
  return std::find(kOps.begin(), kOps.end(), op) != kOps.end();
}

// Where the scopes of a name end, outermost first.
std::vector<size_t> ScopeEnds(std::string_view name) {
  std::vector<size_t> ends;
  for (size_t at = name.find('/', 1); at != std::string_view::npos && ends.size() < kMaxScopeDepth;
       at = name.find('/', at + 1)) {
    if (at + 1 < name.size()) ends.push_back(at);
  }
  return ends;
}

void AddScopes(std::string_view name, NameSet& scopes) {
  for (const size_t end : ScopeEnds(name)) scopes.emplace(name.substr(0, end));
}

// A name for the drawing: a node beside a scope of its name moves into it.
std::string StrictName(std::string name, const NameSet& scopes) {
  if (!scopes.contains(name)) return name;
  const std::string last(LastPartOf(name));
  name += "/(";
  name += last;
  name += ")";
  return name;
}

double Elements(const proto::TensorShapeProto& shape) {
  if (shape.unknown_rank()) return 1;
  double elements = 1;
  for (const auto& dimension : shape.dim())
    elements *= dimension.size() < 0 ? 1.0 : static_cast<double>(dimension.size());
  return elements;
}

struct DraftInput {
  std::string text;  // As written, by the names of the file.
  uint32_t index = 0;
};

// A node before it is known whether it is drawn or attached.
struct Draft {
  FlatNode node;
  std::vector<DraftInput> inputs;
};

void ReadShapes(const google::protobuf::Map<std::string, proto::AttrValue>& attributes,
                FlatNode& node) {
  const auto shapes = attributes.find("_output_shapes");
  if (shapes == attributes.end()) return;
  double elements = 0;
  for (const auto& shape : shapes->second.list().shape()) {
    node.shapes.push_back(ShapeText(shape));
    elements += Elements(shape);
  }
  if (!node.shapes.empty()) node.elements = elements;
}

class Flattening {
 public:
  explicit Flattening(const proto::GraphDef& graph) {
    for (const proto::NodeDef& node : graph.node()) AddNode(node, "", {});
    for (const proto::FunctionDef& function : graph.library().function()) AddFunction(function);
  }

  FlatGraph Take() {
    Place();
    Connect();
    return std::move(graph_);
  }

 private:
  void AddNode(const proto::NodeDef& source, const std::string& prefix, const NameSet& outputs) {
    Draft draft;
    draft.node.name = prefix + source.name();
    draft.node.op = source.op();
    draft.node.device = source.device();
    draft.node.source = &source;
    if (outputs.contains(source.name())) draft.node.role = NodeRole::kFunctionOutput;
    ReadShapes(source.attr(), draft.node);
    const auto cluster = source.attr().find("_XlaCluster");
    if (cluster != source.attr().end()) draft.node.cluster = cluster->second.s();
    std::string_view before;
    for (int i = 0; i < source.input_size(); ++i) {
      const std::string& text = source.input(i);
      const InputText input = ParseInput(text);
      if (input.node == before) continue;
      before = input.node;
      draft.inputs.push_back({prefix.empty() ? text
                                             : (input.is_control ? "^" : "") + prefix +
                                                   text.substr(input.is_control ? 1 : 0),
                              static_cast<uint32_t>(i)});
    }
    Keep(std::move(draft));
  }

  void AddFunction(const proto::FunctionDef& function) {
    const std::string scope = std::string(kFunctionLibrary) + "/" + function.signature().name();
    scopes_.emplace(kFunctionLibrary);
    scopes_.insert(scope);
    const std::string prefix = scope + "/";
    for (int i = 0; i < function.signature().input_arg_size(); ++i) {
      const auto& argument = function.signature().input_arg(i);
      Draft draft;
      draft.node.name = prefix + argument.name();
      draft.node.op = "input_arg";
      draft.node.role = NodeRole::kFunctionInput;
      draft.node.argument = &argument;
      const auto facts = function.arg_attr().find(static_cast<uint32_t>(i));
      if (facts != function.arg_attr().end()) ReadShapes(facts->second.attr(), draft.node);
      Keep(std::move(draft));
    }
    NameSet outputs;
    for (const auto& argument : function.signature().output_arg()) outputs.insert(argument.name());
    for (const auto& [name, value] : function.ret()) outputs.emplace(ParseInput(value).node);
    for (const proto::NodeDef& node : function.node_def()) AddNode(node, prefix, outputs);
  }

  void Keep(Draft draft) {
    const auto [place, is_new] = by_file_name_.emplace(draft.node.name, drafts_.size());
    if (!is_new) return;  // A graph does not have two nodes of a name.
    drafts_.push_back(std::move(draft));
  }

  const Draft* FindDraft(std::string_view name) const {
    const auto found = by_file_name_.find(std::string(name));
    return found == by_file_name_.end() ? nullptr : &drafts_[found->second];
  }

  static bool IsAttached(const FlatNode& node) {
    return node.role == NodeRole::kOp && (IsConstant(node.op) || IsSummary(node.op));
  }

  // Every draft becomes a node or something attached.
  void Place() {
    // What is attached makes no scope: an op all of whose inner names are its constants is a plain op.
    for (const Draft& draft : drafts_)
      if (!IsAttached(draft.node)) AddScopes(draft.node.name, scopes_);
    node_of_.assign(drafts_.size(), kNone);
    attached_of_.assign(drafts_.size(), kNone);
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const FlatNode& node = drafts_[i].node;
      std::string strict = StrictName(node.name, scopes_);
      if (IsAttached(node)) {
        attached_of_[i] = static_cast<uint32_t>(graph_.attached.size());
        graph_.attached.push_back({std::move(strict), node.op});
        continue;
      }
      node_of_[i] = static_cast<uint32_t>(graph_.nodes.size());
      graph_.by_name.emplace(node.name, node_of_[i]);
      graph_.by_name.emplace(strict, node_of_[i]);
      graph_.nodes.push_back(drafts_[i].node);
      graph_.nodes.back().name = std::move(strict);
    }
  }

  void Connect() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (node_of_[i] != kNone) {
        ConnectNode(i);
      } else if (IsSummary(drafts_[i].node.op)) {
        AttachSummary(i);
      }
    }
  }

  void ConnectNode(size_t index) {
    const uint32_t to = node_of_[index];
    std::vector<DraftInput> inputs = drafts_[index].inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const DraftInput written = inputs[i];
      const InputText input = ParseInput(written.text);
      const Draft* const source = FindDraft(input.node);
      if (source == nullptr) continue;
      const auto at = static_cast<size_t>(source - drafts_.data());
      if (node_of_[at] == kNone) {
        if (!IsConstant(source->node.op)) continue;
        AttachTo(to, attached_of_[at], graph_.nodes[to].constants);
        AddWaits(*source, inputs);
        continue;
      }
      const uint32_t from = node_of_[at];
      if (from == to) continue;
      graph_.edges.push_back(
          {.from = from,
           .to = to,
           .output = std::string(input.output),
           .input = written.index,
           .is_control = input.is_control,
           .is_reference = i == 0 && !input.is_control && WritesToFirstInput(graph_.nodes[to].op)});
    }
  }

  // What a constant waits for, the node it stands at waits for.
  static void AddWaits(const Draft& constant, std::vector<DraftInput>& inputs) {
    if (inputs.size() >= kMaxInputs) return;
    for (const DraftInput& further : constant.inputs) {
      const auto is_same = [&](const DraftInput& known) { return known.text == further.text; };
      if (std::none_of(inputs.begin(), inputs.end(), is_same))
        inputs.push_back({further.text, UINT32_MAX});
    }
  }

  void AttachSummary(size_t index) {
    for (const auto& [text, place] : drafts_[index].inputs) {
      const Draft* const shown = FindDraft(ParseInput(text).node);
      if (shown == nullptr) continue;
      const uint32_t host = node_of_[static_cast<size_t>(shown - drafts_.data())];
      if (host != kNone) AttachTo(host, attached_of_[index], graph_.nodes[host].summaries);
    }
  }

  void AttachTo(uint32_t host, uint32_t what, std::vector<uint32_t>& list) {
    if (std::find(list.begin(), list.end(), what) != list.end()) return;
    list.push_back(what);
    graph_.by_name.emplace(graph_.attached[what].name, host);
  }

  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kMaxInputs = 10'000;

  NameSet scopes_;
  std::vector<Draft> drafts_;
  std::unordered_map<std::string, size_t> by_file_name_;
  std::vector<uint32_t> node_of_;
  std::vector<uint32_t> attached_of_;
  FlatGraph graph_;
};

}  // namespace

std::string ShapeText(const proto::TensorShapeProto& shape) {
  if (shape.unknown_rank()) return "?";
  std::string text = "[";
  for (const auto& dimension : shape.dim()) {
    if (text.size() > 1) text += ',';
    text += dimension.size() < 0 ? "?" : std::to_string(dimension.size());
  }
  return text + "]";
}

InputText ParseInput(std::string_view input) {
  if (input.starts_with('^')) return {.node = input.substr(1), .is_control = true};
  const size_t last = input.rfind(':');
  if (last == std::string_view::npos || last + 1 == input.size() ||
      !std::all_of(input.begin() + static_cast<std::ptrdiff_t>(last) + 1, input.end(),
                   [](char c) { return c >= '0' && c <= '9'; })) {
    return {.node = input};
  }
  // In functions an output has a name and a number: "node:output:0".
  const size_t first = input.find(':');
  return {.node = input.substr(0, first), .output = input.substr(first + 1)};
}

std::string_view ScopeOf(std::string_view name) {
  const std::vector<size_t> ends = ScopeEnds(name);
  return ends.empty() ? std::string_view() : name.substr(0, ends.back());
}

std::string_view LastPartOf(std::string_view name) {
  const std::string_view scope = ScopeOf(name);
  return scope.empty() ? name : name.substr(scope.size() + 1);
}

std::optional<uint32_t> FlatGraph::Find(std::string_view name) const {
  const auto found = by_name.find(std::string(name));
  if (found == by_name.end()) return std::nullopt;
  return found->second;
}

FlatGraph Flatten(const proto::GraphDef& graph) { return Flattening(graph).Take(); }

}  // namespace fanlight::graphs
