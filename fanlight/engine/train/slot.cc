#include "fanlight/engine/train/slot.h"

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

// `name`, or with "_1", "_2", … the first that no variable has.
std::string UnusedVariableName(const GraphBuilder& graph, const std::string& name) {
  std::string unused = name;
  for (int i = 1; graph.collections().FindVariable(unused) != nullptr; ++i) {
    unused = fmt::format("{}_{}", name, i);
  }
  return unused;
}

// The slot's own slice: named as TensorFlow's, by the characters of the slot's name after as many as
// the part's name has, whatever scope comes first in it.
std::optional<VariableSlice> SliceOfSlot(const Variable& of, const std::string& slot_name) {
  if (!of.slice) return std::nullopt;
  const size_t skipped = std::min(of.name().size() + 1, slot_name.size());
  return VariableSlice{.full_name = of.slice->full_name + "/" + slot_name.substr(skipped),
                       .full_shape = of.slice->full_shape,
                       .offset = of.slice->offset};
}

std::optional<Shape> ShapeOf(GraphBuilder& graph, const Output& of, const PartialShape& own,
                             const SlotOptions& options) {
  if (options.shape) return options.shape;
  std::optional<Shape> shape = own.ToShape();
  if (!shape) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{} has shape {}: a slot beside it needs one that is fully known",
                                 Quoted(of.node->name), ToString(own))});
  }
  return shape;
}

std::string NameOf(const GraphBuilder& graph, const Output& of, std::string_view name,
                   const SlotOptions& options) {
  const std::string scope = options.scope.empty() ? "" : options.scope + "/";
  return UnusedVariableName(graph, fmt::format("{}{}/{}", scope, of.node->name, name));
}

}  // namespace

Variable MakeSlotBeside(GraphBuilder& graph, const Variable& of, std::string_view name,
                        const SlotOptions& options) {
  if (!graph.ok()) return {};
  const std::optional<Shape> shape = ShapeOf(graph, of.ref, of.shape(), options);
  if (!shape) return {};
  const std::string full_name = NameOf(graph, of.ref, name, options);
  const auto place = graph.ColocateWith(of.ref);
  return GetVariable(graph, full_name, *shape,
                     {.dtype = options.dtype.value_or(of.dtype()),
                      .initializer = options.initializer,
                      .is_trainable = false,
                      .is_resource = IsHandle(of.ref),
                      .slice = SliceOfSlot(of, full_name)});
}

Variable MakeSlotBeside(GraphBuilder& graph, const Output& of, std::string_view name,
                        const SlotOptions& options) {
  if (!graph.ok()) return {};
  const std::optional<Shape> shape = ShapeOf(graph, of, of.shape(), options);
  if (!shape) return {};
  return GetVariable(graph, NameOf(graph, of, name, options), *shape,
                     {.dtype = options.dtype.value_or(of.dtype()),
                      .initializer = options.initializer,
                      .is_trainable = false});
}

}  // namespace fanlight
