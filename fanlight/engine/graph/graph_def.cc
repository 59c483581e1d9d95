#include "fanlight/engine/graph/graph_def.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/tensor/tensor_proto.h"
#include "fanlight/proto/parse.h"

namespace fanlight {
namespace {

// The version of the op set that we write for: any TensorFlow from 1.x on reads it.
constexpr int kProducer = 27;

std::string InputName(const Output& output) {
  return output.index == 0 ? output.node->name
                           : fmt::format("{}:{}", output.node->name, output.index);
}

std::string ExportVariable(const Variable& variable) {
  proto::VariableDef message;
  message.set_variable_name(variable.ref.name());
  if (variable.initializer != nullptr) message.set_initializer_name(variable.initializer->name);
  if (variable.value.is_valid()) message.set_snapshot_name(variable.value.name());
  if (variable.initial_value.is_valid()) {
    message.set_initial_value_name(variable.initial_value.name());
  }
  message.set_trainable(variable.is_trainable);
  message.set_is_resource(variable.ref.dtype() == DType::kResource);
  if (variable.slice) {
    proto::SaveSliceInfoDef& slice = *message.mutable_save_slice_info_def();
    slice.set_full_name(variable.slice->full_name);
    for (const int64_t size : variable.slice->full_shape.dims()) slice.add_full_shape(size);
    for (const int64_t offset : variable.slice->offset) slice.add_var_offset(offset);
    for (const int64_t size : variable.shape().dims()) slice.add_var_shape(size);
  }
  return message.SerializeAsString();
}

// The collections whose items are descriptions of variables. In any other a variable is a node.
bool HoldsVariables(std::string_view key) {
  static constexpr std::string_view kKeys[] = {CollectionKeys::kVariables,
                                               CollectionKeys::kTrainableVariables,
                                               CollectionKeys::kLocalVariables,
                                               CollectionKeys::kGlobalStep,
                                               "model_variables",
                                               "moving_average_variables",
                                               "metric_variables"};
  return std::ranges::find(kKeys, key) != std::end(kKeys);
}

void ExportItem(const CollectionItem& item, bool holds_variables, proto::CollectionDef& message) {
  if (const auto* node = std::get_if<const Node*>(&item)) {
    message.mutable_node_list()->add_value((*node)->name);
  } else if (const auto* output = std::get_if<Output>(&item)) {
    message.mutable_node_list()->add_value(output->name());
  } else if (const auto* variable = std::get_if<Variable>(&item)) {
    if (holds_variables) {
      message.mutable_bytes_list()->add_value(ExportVariable(*variable));
    } else {
      message.mutable_node_list()->add_value(variable->ref.name());
    }
  } else if (const auto* bytes = std::get_if<std::string>(&item)) {
    message.mutable_bytes_list()->add_value(*bytes);
  } else if (const auto* integer = std::get_if<int64_t>(&item)) {
    // Of numbers, those after a fraction are fractions.
    if (message.has_float_list()) {
      message.mutable_float_list()->add_value(static_cast<float>(*integer));
    } else {
      message.mutable_int64_list()->add_value(*integer);
    }
  } else {
    message.mutable_float_list()->add_value(std::get<float>(item));
  }
}

// nullopt for items of several kinds, which no message can hold.
std::optional<proto::CollectionDef> ExportCollection(std::string_view key,
                                                     const std::vector<CollectionItem>& items) {
  proto::CollectionDef message;
  for (const CollectionItem& item : items) {
    const auto kind = message.kind_case();
    ExportItem(item, HoldsVariables(key), message);
    if (kind == proto::CollectionDef::KIND_NOT_SET || kind == message.kind_case()) continue;
    LogWarning("collection {} is left out of the MetaGraph: its items are of several kinds",
               Quoted(key));
    return std::nullopt;
  }
  return message;
}

proto::SignatureDef ExportSignature(const Signature& signature) {
  const auto info = [](const Output& output) {
    proto::TensorInfo message;
    message.set_name(output.name());
    message.set_dtype(DTypeToProto(output.dtype()));
    *message.mutable_tensor_shape() = ShapeToProto(output.shape());
    return message;
  };
  proto::SignatureDef message;
  message.set_method_name(signature.method_name);
  for (const auto& [key, output] : signature.inputs) {
    (*message.mutable_inputs())[key] = info(output);
  }
  for (const auto& [key, output] : signature.outputs) {
    (*message.mutable_outputs())[key] = info(output);
  }
  return message;
}

// Reads the nodes of a message, each after its inputs.
class Importer {
 public:
  Importer(GraphBuilder& graph, const proto::GraphDef& message, const ImportOptions& options)
      : graph_(*graph.graph()), nodes_(graph), message_(message), options_(options) {
    if (!options.name_prefix.empty()) prefix_ = options.name_prefix + "/";
  }

  // Makes the nodes. The graph does not have them before Commit().
  Status MakeNodes() {
    for (int i = 0; i < message_.node_size(); ++i) {
      if (!by_name_.emplace(message_.node(i).name(), i).second) {
        return Fail(ErrorCode::kInvalidArgument, "the graph has two nodes {}",
                    Quoted(message_.node(i).name()));
      }
    }
    FL_TRY(ReadInputMap());
    for (const proto::NodeDef& node : message_.node()) FL_TRY(CheckIsNoLoop(node));
    state_.assign(static_cast<size_t>(message_.node_size()), State::kNew);
    for (int i = 0; i < message_.node_size(); ++i) FL_TRY(OrderAfterInputs(i));
    for (const proto::NodeDef& node : message_.node()) FL_TRY(CheckIsNew(node));
    for (const int i : order_) FL_TRY(ImportNode(message_.node(i)));
    for (const auto& [key, output] : options_.input_map) {
      const InputName name = *Parse(key);
      if (name.is_control || name.index < made_.at(std::string(name.node))->num_outputs()) continue;
      return Fail(ErrorCode::kNotFound, "input_map: {} is no output of the graph", Quoted(key));
    }
    return {};
  }

  // What a name of the message, below the prefix, stands for.
  Result<Output> FindOutput(const std::string& name) const {
    return Graph::FindOutput(prefix_ + name,
                             [this](std::string_view node) { return nodes_.FindNode(node); });
  }

  const Node* FindNode(std::string_view name) const { return nodes_.FindNode(name); }
  void Commit() { nodes_.Commit(); }

 private:
  enum class State : uint8_t { kNew, kOpen, kDone };

  struct InputName {
    std::string_view node;
    int index = 0;
    bool is_control = false;
  };

  static Result<InputName> Parse(std::string_view text) {
    InputName name{text};
    if (text.starts_with('^')) {
      name.node.remove_prefix(1);
      name.is_control = true;
      return name;
    }
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return name;
    name.node = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), name.index);
    if (error != std::errc() || end != digits.data() + digits.size() || name.index < 0) {
      return Fail(ErrorCode::kInvalidArgument, "{} is no name of an input", Quoted(text));
    }
    return name;
  }

  static std::string KeyOf(const InputName& name) {
    return name.is_control ? fmt::format("^{}", name.node)
                           : fmt::format("{}:{}", name.node, name.index);
  }

  Status ReadInputMap() {
    for (const auto& [key, output] : options_.input_map) {
      FL_ASSIGN_OR_RETURN(const InputName name, Parse(key));
      if (!by_name_.contains(name.node)) {
        return Fail(ErrorCode::kNotFound, "input_map: {} is no node of the graph", Quoted(key));
      }
      mapped_[KeyOf(name)] = output;
    }
    return {};
  }

  // What stands for this input; nullptr for the node that it names.
  const Output* Mapped(const InputName& name) const {
    if (mapped_.empty()) return nullptr;
    const auto found = mapped_.find(KeyOf(name));
    return found == mapped_.end() ? nullptr : &found->second;
  }

  // Before what waits for what is followed, which the nodes of a loop do in a circle.
  static Status CheckIsNoLoop(const proto::NodeDef& node) {
    static constexpr std::string_view kLoopOps[] = {
        "Enter", "Exit", "NextIteration", "LoopCond", "RefEnter", "RefExit", "RefNextIteration",
    };
    if (std::ranges::find(kLoopOps, node.op()) == std::end(kLoopOps)) return {};
    return Fail(ErrorCode::kUnimplemented,
                "node {} ({}) is part of a loop: loops are not supported", Quoted(node.name()),
                node.op());
  }

  Status CheckIsNew(const proto::NodeDef& node) const {
    if (graph_.ops().Find(node.op()) == nullptr) {
      return Fail(ErrorCode::kUnimplemented, "node {}: there is no op {}", Quoted(node.name()),
                  Quoted(node.op()));
    }
    if (graph_.FindNode(prefix_ + node.name()) != nullptr) {
      return Fail(ErrorCode::kAlreadyExists, "the graph already has a node {}",
                  Quoted(prefix_ + node.name()));
    }
    return {};
  }

  // Depth first, without recursion: a chain may be as long as the graph.
  Status OrderAfterInputs(int root) {
    struct Visit {
      int node;
      int next = 0;
    };
    if (state_[static_cast<size_t>(root)] == State::kDone) return {};
    std::vector<Visit> stack = {{root}};
    state_[static_cast<size_t>(root)] = State::kOpen;
    while (!stack.empty()) {
      Visit& top = stack.back();
      const proto::NodeDef& node = message_.node(top.node);
      if (top.next == node.input_size()) {
        order_.push_back(top.node);
        state_[static_cast<size_t>(top.node)] = State::kDone;
        stack.pop_back();
        continue;
      }
      auto name = Parse(node.input(top.next++));
      if (!name) return InNode(node, name.error());
      if (Mapped(*name) != nullptr) continue;
      const auto found = by_name_.find(name->node);
      if (found == by_name_.end()) {
        return Fail(ErrorCode::kInvalidArgument, "node {} ({}) has the input {}, which is no node",
                    Quoted(node.name()), node.op(), Quoted(name->node));
      }
      State& state = state_[static_cast<size_t>(found->second)];
      if (state == State::kOpen) {
        return Fail(ErrorCode::kUnimplemented,
                    "nodes {} and {} wait for each other: loops are not "
                    "supported",
                    Quoted(node.name()), Quoted(name->node));
      }
      if (state == State::kNew) {
        state = State::kOpen;
        stack.push_back({found->second});
      }
    }
    return {};
  }

  static tl::unexpected<Error> InNode(const proto::NodeDef& node, const Error& error) {
    return tl::unexpected<Error>(
        error.With(fmt::format("node {} ({})", Quoted(node.name()), node.op())));
  }

  Status ImportNode(const proto::NodeDef& message) {
    GraphBuilder::NodeSpec spec;
    spec.op = message.op();
    spec.name = prefix_ + message.name();
    const OpDef* op = graph_.ops().Find(message.op());  // CheckIsNew found it.
    bool had_control = false;
    for (const std::string& text : message.input()) {
      const auto name = Parse(text);  // Parsed before: it is one.
      const Output* mapped = Mapped(*name);
      const Node* node = mapped != nullptr ? mapped->node : made_.at(std::string(name->node));
      if (name->is_control) {
        had_control = true;
        spec.controls.push_back(node);
        continue;
      }
      if (had_control) {
        return Fail(ErrorCode::kInvalidArgument,
                    "node {} ({}) has the input {} after a control input", Quoted(message.name()),
                    message.op(), Quoted(text));
      }
      if (mapped != nullptr) {
        spec.inputs.push_back(*mapped);
        continue;
      }
      if (name->index >= node->num_outputs()) {
        return Fail(ErrorCode::kInvalidArgument,
                    "node {} ({}) has the input {}, but {} has {} "
                    "outputs",
                    Quoted(message.name()), message.op(), Quoted(text), Describe(*node),
                    node->num_outputs());
      }
      spec.inputs.emplace_back(node, name->index);
    }
    for (const auto& [name, value] : message.attr()) {
      if (name == "_output_shapes") continue;  // Told again by the ops' own rules.
      const OpDef::Attr* definition = op->FindAttr(name);
      auto attr =
          AttrFromProto(value, definition == nullptr ? AttrKind::kOpaque : definition->kind);
      if (!attr) return InNode(message, attr.error());
      spec.attrs.emplace(name, *std::move(attr));
    }
    FillOldDefaults(message, spec);
    FL_ASSIGN_OR_RETURN(
        const Node* node,
        nodes_.Add(std::move(spec), options_.clear_devices ? "" : message.device()));
    made_.emplace(message.name(), node);
    return {};
  }

  // TensorFlow before 1.0 left an unknown shape of a placeholder as the empty one.
  void FillOldDefaults(const proto::NodeDef& message, GraphBuilder::NodeSpec& spec) const {
    if (message.op() != "Placeholder" || message_.versions().producer() >= 24) return;
    const auto shape = spec.attrs.find("shape");
    if (shape == spec.attrs.end()) return;
    const auto* known = std::get_if<PartialShape>(&shape->second);
    if (known != nullptr && known->rank() == 0) shape->second = PartialShape::Unknown();
  }

  const Graph& graph_;
  GraphBuilder::Import nodes_;
  const proto::GraphDef& message_;
  const ImportOptions& options_;
  std::string prefix_;
  std::map<std::string, Output> mapped_;
  std::unordered_map<std::string_view, int> by_name_;
  std::unordered_map<std::string, const Node*> made_;
  std::vector<State> state_;
  std::vector<int> order_;  // Each node after its inputs.
};

Status CheckIsVariable(const Variable& variable) {
  const Node* const node = VariableNodeOf(variable.ref);
  if (node == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "{} is no variable", Describe(*variable.ref.node));
  }
  const auto& shape = node->attr<PartialShape>("shape");
  if (variable.dtype() == node->attr<DType>("dtype") && Merge(variable.shape(), shape)) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} is {}{}, which is no value of {}: {}{}",
              Describe(*variable.value.node), DTypeName(variable.dtype()),
              ToString(variable.shape()), Describe(*node), DTypeName(node->attr<DType>("dtype")),
              ToString(shape));
}

Result<CollectionItem> ImportVariable(const Importer& nodes, const std::string& bytes,
                                      bool is_trainable) {
  proto::VariableDef message;
  // What does not parse, or names no variable here, is kept as it is.
  if (!ParseMessage(bytes, message) || (message.is_resource() && message.snapshot_name().empty())) {
    return CollectionItem(bytes);
  }
  Variable variable;
  FL_ASSIGN_OR_RETURN(variable.ref, nodes.FindOutput(message.variable_name()));
  FL_ASSIGN_OR_RETURN(variable.value, nodes.FindOutput(message.snapshot_name()));
  FL_TRY(CheckIsVariable(variable));
  if (!message.initializer_name().empty()) {
    FL_ASSIGN_OR_RETURN(const Output initializer, nodes.FindOutput(message.initializer_name()));
    variable.initializer = initializer.node;
  }
  if (!message.initial_value_name().empty()) {
    FL_ASSIGN_OR_RETURN(variable.initial_value, nodes.FindOutput(message.initial_value_name()));
  }
  if (message.has_save_slice_info_def()) {
    const proto::SaveSliceInfoDef& slice = message.save_slice_info_def();
    const std::vector<int64_t> full(slice.full_shape().begin(), slice.full_shape().end());
    FL_ASSIGN_OR_RETURN(const Shape full_shape, Shape::From(full));
    variable.slice = {.full_name = slice.full_name(),
                      .full_shape = full_shape,
                      .offset = {slice.var_offset().begin(), slice.var_offset().end()}};
    const auto& shape = VariableNodeOf(variable.ref)->attr<PartialShape>("shape");
    if (variable.slice->offset.size() != full.size() || shape.dims().size() != full.size()) {
      return Fail(ErrorCode::kInvalidArgument, "variable {} is a part of {}: got {} and {} offsets",
                  Quoted(message.variable_name()), ToString(full_shape), ToString(shape),
                  variable.slice->offset.size());
    }
  }
  // Files of 1.x do not say it: the collection does.
  variable.is_trainable = message.trainable() || is_trainable;
  return CollectionItem(variable);
}

// Items with the keys of their collections.
Result<std::vector<std::pair<std::string, CollectionItem>>> ImportCollections(
    const Importer& nodes, const proto::MetaGraphDef& message) {
  std::set<std::string> trainable;
  for (const auto& [key, collection] : message.collection_def()) {
    if (key != CollectionKeys::kTrainableVariables) continue;
    trainable.insert(collection.bytes_list().value().begin(),
                     collection.bytes_list().value().end());
  }
  std::vector<std::pair<std::string, CollectionItem>> items;
  for (const auto& [key, collection] : message.collection_def()) {
    const auto in_collection = [&key](const Error& error) {
      return tl::unexpected<Error>(error.With("collection " + Quoted(key)));
    };
    for (const std::string& name : collection.node_list().value()) {
      auto output = nodes.FindOutput(name);
      if (!output) return in_collection(output.error());
      if (name.find(':') == std::string::npos) {
        items.emplace_back(key, output->node);
      } else {
        items.emplace_back(key, *output);
      }
    }
    for (const std::string& bytes : collection.bytes_list().value()) {
      if (!HoldsVariables(key)) {
        items.emplace_back(key, bytes);
        continue;
      }
      auto item = ImportVariable(nodes, bytes, trainable.contains(bytes));
      if (!item) return in_collection(item.error());
      items.emplace_back(key, *std::move(item));
    }
    for (const int64_t value : collection.int64_list().value()) items.emplace_back(key, value);
    for (const float value : collection.float_list().value()) items.emplace_back(key, value);
  }
  return items;
}

Result<Signature> ImportSignature(const Importer& nodes, const proto::SignatureDef& message) {
  const auto import = [&](const auto& infos) -> Result<std::map<std::string, Output>> {
    std::map<std::string, Output> outputs;
    for (const auto& [key, info] : infos) {
      if (info.name().empty()) {
        return Fail(ErrorCode::kUnimplemented, "{} is no dense tensor", Quoted(key));
      }
      FL_ASSIGN_OR_RETURN(outputs[key], nodes.FindOutput(info.name()));
    }
    return outputs;
  };
  Signature signature{.inputs = {}, .outputs = {}, .method_name = message.method_name()};
  FL_ASSIGN_OR_RETURN(signature.inputs, import(message.inputs()));
  FL_ASSIGN_OR_RETURN(signature.outputs, import(message.outputs()));
  return signature;
}

}  // namespace

proto::NodeDef ExportNode(const Node& node, const ExportOptions& options) {
  proto::NodeDef message;
  message.set_name(node.name);
  message.set_op(node.op->name);
  message.set_device(node.device);
  for (const Output& input : node.inputs) message.add_input(InputName(input));
  std::vector<std::string> controls;
  for (const Node* control : node.controls) controls.push_back("^" + control->name);
  std::sort(controls.begin(), controls.end());
  for (std::string& control : controls) message.add_input(std::move(control));
  for (const auto& [name, value] : node.attrs) (*message.mutable_attr())[name] = AttrToProto(value);
  if (options.with_output_shapes && node.num_outputs() > 0) {
    (*message.mutable_attr())["_output_shapes"] = AttrToProto(AttrValue(node.output_shapes.all()));
  }
  return message;
}

proto::GraphDef ExportGraphDef(const Graph& graph, const ExportOptions& options) {
  proto::GraphDef message;
  for (const Node* node : graph.Nodes()) *message.add_node() = ExportNode(*node, options);
  message.mutable_versions()->set_producer(kProducer);
  return message;
}

proto::MetaGraphDef ExportMetaGraph(const GraphBuilder& graph, const proto::SaverDef* saver) {
  proto::MetaGraphDef message;
  *message.mutable_graph_def() = ExportGraphDef(*graph.graph(), {.with_output_shapes = true});
  std::set<const OpDef*> used;
  for (const Node* node : graph.graph()->Nodes()) used.insert(node->op);
  std::vector<const OpDef*> ops(used.begin(), used.end());
  std::sort(ops.begin(), ops.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  for (const OpDef* op : ops) {
    *message.mutable_meta_info_def()->mutable_stripped_op_list()->add_op() = OpToProto(*op);
  }
  for (const auto& [key, items] : graph.collections().all()) {
    if (auto collection = ExportCollection(key, items)) {
      (*message.mutable_collection_def())[key] = *std::move(collection);
    }
  }
  for (const auto& [key, signature] : graph.collections().signatures()) {
    (*message.mutable_signature_def())[key] = ExportSignature(signature);
  }
  if (saver != nullptr) *message.mutable_saver_def() = *saver;
  return message;
}

Status ImportGraphDef(GraphBuilder& graph, const proto::GraphDef& message,
                      const ImportOptions& options) {
  Importer nodes(graph, message, options);
  FL_TRY(nodes.MakeNodes());
  nodes.Commit();
  return {};
}

struct MetaGraphImport::Made {
  Importer nodes;
  std::vector<std::pair<std::string, CollectionItem>> items{};
  std::map<std::string, Signature> signatures{};
  Collections& collections;
};

MetaGraphImport::MetaGraphImport(std::unique_ptr<Made> made) : made_(std::move(made)) {}
MetaGraphImport::MetaGraphImport(MetaGraphImport&&) noexcept = default;
MetaGraphImport& MetaGraphImport::operator=(MetaGraphImport&&) noexcept = default;
MetaGraphImport::~MetaGraphImport() = default;

Result<MetaGraphImport> MetaGraphImport::Make(GraphBuilder& graph,
                                              const proto::MetaGraphDef& message,
                                              const ImportOptions& options) {
  FL_TRY(graph.CheckNotFinal());
  auto made = std::make_unique<Made>(
      Made{.nodes{graph, message.graph_def(), options}, .collections = graph.collections()});
  FL_TRY(made->nodes.MakeNodes());
  FL_ASSIGN_OR_RETURN(made->items, ImportCollections(made->nodes, message));
  for (const auto& [key, message_signature] : message.signature_def()) {
    auto signature = ImportSignature(made->nodes, message_signature);
    if (!signature) {
      return tl::unexpected<Error>(signature.error().With("signature " + Quoted(key)));
    }
    made->signatures[key] = *std::move(signature);
  }
  return MetaGraphImport(std::move(made));
}

const Node* MetaGraphImport::FindNode(std::string_view name) const {
  return made_->nodes.FindNode(name);
}

std::vector<Variable> MetaGraphImport::variables() const {
  std::vector<Variable> variables;
  for (const auto& [key, item] : made_->items) {
    const auto* variable = std::get_if<Variable>(&item);
    if (key == CollectionKeys::kVariables && variable != nullptr) variables.push_back(*variable);
  }
  return variables;
}

void MetaGraphImport::Commit() {
  made_->nodes.Commit();
  for (auto& [key, item] : made_->items) made_->collections.Add(key, std::move(item));
  for (auto& [key, signature] : made_->signatures) {
    made_->collections.signatures()[key] = std::move(signature);
  }
}

Status ImportMetaGraph(GraphBuilder& graph, const proto::MetaGraphDef& message,
                       const ImportOptions& options) {
  FL_ASSIGN_OR_RETURN(MetaGraphImport import, MetaGraphImport::Make(graph, message, options));
  import.Commit();
  return {};
}

}  // namespace fanlight
