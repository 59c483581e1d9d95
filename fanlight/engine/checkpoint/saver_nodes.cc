#include "fanlight/engine/checkpoint/saver_nodes.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strings.h"
#include "fanlight/engine/graph/plan.h"

namespace fanlight::checkpoint {
namespace {

// "6 4 0,2:0,4", or "" for a whole variable.
std::string SliceText(const NamedVariable& named) {
  const std::optional<VariableSlice>& slice = named.variable.slice;
  if (!slice || slice->full_name != named.name) return "";
  std::string text;
  for (const int64_t size : slice->full_shape.dims()) text += fmt::format("{} ", size);
  const PartialShape& part = named.variable.shape();
  for (size_t i = 0; i < slice->offset.size(); ++i) {
    text += fmt::format("{}{},{}", i == 0 ? "" : ":", slice->offset[i], part[static_cast<int>(i)]);
  }
  return text;
}

// The names of variables and their slices, as SaveV2 and RestoreV2 take them.
struct NameTensors {
  Tensor names;
  Tensor slices;
};
NameTensors TensorsFor(const std::vector<NamedVariable>& variables) {
  const Shape shape{static_cast<int64_t>(variables.size())};
  NameTensors tensors{Tensor(DType::kString, shape), Tensor(DType::kString, shape)};
  for (size_t i = 0; i < variables.size(); ++i) {
    tensors.names.mutable_flat<std::string>()[i] = variables[i].name;
    tensors.slices.mutable_flat<std::string>()[i] = SliceText(variables[i]);
  }
  return tensors;
}

// What is saved of a variable, by TensorFlow's choice: itself; of a part its value; by handle the
// value that was read when it was made, of a part one that is read again.
Output ValueToSave(GraphBuilder& graph, const Variable& variable) {
  if (!IsHandle(variable.ref)) return variable.slice ? variable.value : variable.ref;
  if (!variable.slice) return variable.value;
  const Output value = Identity(graph, ReadVariable(graph, variable.ref, "Read/ReadVariableOp"));
  const auto device = graph.Device("/device:CPU:0");
  return Identity(graph, value);
}

Tensor DimsOf(const Shape& shape) {
  std::vector<int32_t> dims;
  for (const int64_t dim : shape.dims()) dims.push_back(static_cast<int32_t>(dim));
  return Tensor::Vector<int32_t>(dims);
}

// The assignment of what was restored.
const Node* AddAssign(GraphBuilder& graph, const Variable& variable, Output restored,
                      bool reshapes) {
  const auto shape = reshapes ? variable.shape().ToShape() : std::nullopt;
  if (shape) restored = Reshape(graph, restored, DimsOf(*shape));
  const Output& ref = variable.ref;
  if (!IsHandle(ref)) return Assign(graph, ref, restored, "Assign", !shape.has_value()).node;
  const auto device = graph.Device(ref.node->device);
  return Assign(graph, ref, Identity(graph, restored), "AssignVariableOp").node;
}

// SaveV2 of these variables to `path`; returns the path once that is done.
Output AddSave(GraphBuilder& graph, const Output& path,
               const std::vector<NamedVariable>& variables) {
  const NameTensors tensors = TensorsFor(variables);
  std::vector<Output> values;
  for (const NamedVariable& named : variables) values.push_back(ValueToSave(graph, named.variable));
  const Node* save = SaveV2(graph, path, tensors.names, tensors.slices, values);
  return graph.ok() ? WithDependencies(graph, {save}, path) : Output();
}

// RestoreV2 and assignments of these variables; returns the node that stands for all.
const Node* AddRestore(GraphBuilder& graph, const Output& path,
                       const std::vector<NamedVariable>& variables, std::string_view name,
                       bool reshapes) {
  const NameTensors tensors = TensorsFor(variables);
  std::vector<DType> dtypes;
  for (const NamedVariable& named : variables) dtypes.push_back(named.variable.dtype());
  std::vector<Output> restored;
  {
    const auto device = graph.Device("/device:CPU:0");
    restored = RestoreV2(graph, path, tensors.names, tensors.slices, dtypes);
  }
  std::vector<const Node*> assigns;
  for (size_t i = 0; graph.ok() && i < variables.size(); ++i) {
    assigns.push_back(AddAssign(graph, variables[i].variable, restored[i], reshapes));
  }
  return graph.ok() ? Group(graph, assigns, name) : nullptr;
}

// The RestoreV2 output that a value comes from, through nodes that leave its elements as they are,
// and whether its shape is another.
struct RestoredValue {
  const Output* output = nullptr;
  bool is_reshaped = false;
};
RestoredValue RestoredOutput(const Output& value) {
  RestoredValue restored{&value};
  while (restored.output->node->type() == "Identity" ||
         restored.output->node->type() == "Reshape") {
    restored.is_reshaped = restored.is_reshaped || restored.output->node->type() == "Reshape";
    restored.output = &restored.output->node->input(0);
  }
  if (restored.output->node->type() != "RestoreV2") restored.output = nullptr;
  return restored;
}

// Element `i` of a constant vector of strings; nullopt when it is not there.
std::optional<std::string> ConstantString(const Output& vector, int i) {
  const std::optional<Tensor> value = ConstantValue(vector);
  if (!value || value->dtype() != DType::kString || i >= value->num_elements()) return std::nullopt;
  return value->flat<std::string>()[static_cast<size_t>(i)];
}

// The nodes of these types that run when `root` does: itself, or what it waits for and is made of,
// in the order in which they were made. Beyond a node of such a type nothing is looked for.
std::vector<const Node*> NodesOfTypes(const Node* root,
                                      std::initializer_list<std::string_view> types) {
  std::set<const Node*> seen = {root};
  std::vector<const Node*> open = {root};
  std::vector<const Node*> found;
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (std::ranges::find(types, node->type()) != types.end()) {
      found.push_back(node);
      continue;
    }
    for (const Node* control : node->controls) {
      if (seen.insert(control).second) open.push_back(control);
    }
    for (const Output& input : node->inputs) {
      if (seen.insert(input.node).second) open.push_back(input.node);
    }
  }
  std::ranges::sort(found, {}, &Node::id);
  return found;
}

// The name and slice of tensor `i` of a SaveV2 or RestoreV2 node.
struct NameAndSlice {
  std::string name;
  std::optional<SlicedShape> slice;
};
Result<NameAndSlice> NameAndSliceOf(const Node& node, int i) {
  const std::optional<std::string> name = ConstantString(node.input(1), i);
  const std::optional<std::string> slice = ConstantString(node.input(2), i);
  if (!name || !slice) {
    return Fail(ErrorCode::kInvalidArgument, "{} has names or slices that are not constants",
                Describe(node));
  }
  NameAndSlice result{.name = *name, .slice = std::nullopt};
  if (!slice->empty()) {
    FL_ASSIGN_OR_RETURN(result.slice, SlicedShape::Parse(*slice));
  }
  return result;
}

// The number of the data file that a SaveV2 node writes, where it is told by a ShardedFilename.
std::optional<int> ShardOf(const Node& save) {
  const Node* name = save.input(0).node;
  if (name->type() != "ShardedFilename") return std::nullopt;
  const std::optional<Tensor> shard = ConstantValue(name->input(1));
  if (!shard || shard->dtype() != DType::kInt32 || shard->num_elements() != 1) return std::nullopt;
  return shard->scalar<int32_t>();
}

Status ResolveSaved(const Node* save, const proto::SaverDef& def, SaverNodes& result) {
  constexpr int kFirstTensor = 3;
  const std::vector<const Node*> nodes = NodesOfTypes(save, {"SaveV2"});
  result.num_shards = def.sharded() ? std::max(1, static_cast<int>(nodes.size())) : 1;
  for (const Node* node : nodes) {
    const int shard = def.sharded() ? ShardOf(*node).value_or(-1) : 0;
    if (shard < 0 || shard >= result.num_shards) {
      return Fail(ErrorCode::kInvalidArgument, "{} does not tell which of {} data files it writes",
                  Describe(*node), result.num_shards);
    }
    for (int i = kFirstTensor; i < node->num_inputs(); ++i) {
      FL_ASSIGN_OR_RETURN(NameAndSlice named, NameAndSliceOf(*node, i - kFirstTensor));
      result.saved.push_back(
          {std::move(named.name), std::move(named.slice), node->input(i), shard});
    }
  }
  if (result.saved.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the saver's node {} saves nothing",
                Quoted(save->name));
  }
  std::ranges::stable_sort(result.saved, {}, &SavedTensor::shard);
  return {};
}

Status ResolveRestored(const Node* restore, SaverNodes& result) {
  for (const Node* assign : NodesOfTypes(restore, {"Assign", "AssignVariableOp"})) {
    const auto [restored, is_reshaped] = RestoredOutput(assign->input(1));
    if (restored == nullptr || VariableNodeOf(assign->input(0)) == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "{} does not assign what a saver restores",
                  Describe(*assign));
    }
    FL_ASSIGN_OR_RETURN(NameAndSlice named, NameAndSliceOf(*restored->node, restored->index));
    result.restored.push_back({std::move(named.name), std::move(named.slice), assign->input(0)});
    if (is_reshaped) result.restored.back().shape = assign->input(1).shape().ToShape();
  }
  std::ranges::sort(result.restored, {}, &RestoredVariable::name);
  return {};
}

}  // namespace

proto::SaverDef AddSaverNodes(GraphBuilder& graph, std::vector<NamedVariable> variables,
                              const SaverNodeOptions& options) {
  const auto scope = graph.NameScope(options.name);
  const Output filename = PlaceholderWithDefault(graph, Operand(Tensor::Scalar(options.filename)),
                                                 PartialShape(Shape()), "filename");
  const Output path = PlaceholderWithDefault(graph, filename, PartialShape(Shape()), "Const");
  Output saved;
  const Node* restore_all = nullptr;
  if (!options.is_sharded) {
    saved = AddSave(graph, path, variables);
    restore_all = AddRestore(graph, path, variables, "restore_all", options.reshapes);
  } else {
    std::map<std::string, std::vector<NamedVariable>> by_device;
    for (NamedVariable& named : variables) {
      const Node* node = named.variable.ref.node;
      by_device[node == nullptr ? "" : node->device].push_back(std::move(named));
    }
    const Output part = StringJoin(graph, {path, Constant(graph, Tensor::Scalar("_temp/part"))});
    const Output num_shards =
        Constant(graph, Tensor::Scalar(static_cast<int32_t>(by_device.size())), "num_shards");
    std::vector<Output> parts;
    std::vector<const Node*> saves;
    for (int32_t shard = 0; const auto& [device_name, group] : by_device) {
      const auto device = graph.Device("/device:CPU:0");
      parts.push_back(ShardedFilename(graph, part, shard++, num_shards));
      saves.push_back(AddSave(graph, parts.back(), group).node);
    }
    if (graph.ok()) {
      const auto device = graph.Device("/device:CPU:0");
      const auto after_saves = graph.ControlDependencies(saves);
      const Output prefixes = Stack(graph, parts, 0, "MergeV2Checkpoints/checkpoint_prefixes");
      const Node* merge = MergeV2Checkpoints(graph, prefixes, path);
      if (graph.ok()) {
        const auto after_merge = graph.ControlDependencies({merge});
        saved = Identity(graph, path);
      }
    }
    std::vector<const Node*> restores;
    for (const auto& [device_name, group] : by_device) {
      restores.push_back(AddRestore(graph, path, group, "restore_shard", options.reshapes));
    }
    if (graph.ok()) restore_all = Group(graph, restores, "restore_all");
  }
  proto::SaverDef def;
  if (!graph.ok()) return def;
  def.set_filename_tensor_name(path.name());
  def.set_save_tensor_name(saved.name());
  def.set_restore_op_name(restore_all->name);
  def.set_sharded(options.is_sharded);
  def.set_version(proto::SaverDef::V2);
  return def;
}

Result<SaverNodes> ResolveSaverNodes(const Graph& graph, const proto::SaverDef& def) {
  return ResolveSaverNodes([&](std::string_view name) { return graph.FindNode(name); }, def);
}

Result<SaverNodes> ResolveSaverNodes(const std::function<const Node*(std::string_view)>& find,
                                     const proto::SaverDef& def) {
  FL_TRY(Graph::FindOutput(def.filename_tensor_name(), find));
  FL_ASSIGN_OR_RETURN(const Output save, Graph::FindOutput(def.save_tensor_name(), find));
  const Node* restore = find(def.restore_op_name());
  if (restore == nullptr) {
    return Fail(ErrorCode::kNotFound, "the saver's node {} is not in the graph",
                Quoted(def.restore_op_name()));
  }
  SaverNodes result;
  FL_TRY(ResolveSaved(save.node, def, result));
  FL_TRY(ResolveRestored(restore, result));
  return result;
}

}  // namespace fanlight::checkpoint
