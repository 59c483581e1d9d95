#include "python/engine/graph.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/graph_def.h"
#include "python/engine/attr.h"
#include "python/engine/errors.h"
#include "python/engine/hooks.h"
#include "python/engine/tensors.h"

namespace fanlight::python {
namespace {

using namespace nb::literals;  // "name"_a

// Shows the garbage collector the graph that an object keeps: graphs hold such objects, in their collections.
template <typename T>
int Traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  Py_VISIT(nb::inst_ptr<T>(self)->graph.ptr());
  return 0;
}
template <typename T>
int Clear(PyObject* self) {
  nb::inst_ptr<T>(self)->graph.reset();
  return 0;
}
template <typename T>
PyType_Slot kCollected[] = {{Py_tp_traverse, reinterpret_cast<void*>(Traverse<T>)},
                            {Py_tp_clear, reinterpret_cast<void*>(Clear<T>)},
                            {0, nullptr}};

using Self = nb::pointer_and_handle<PyGraph>;

int DTypeNumber(const Output& output) {
  constexpr int kRef = 100;
  return static_cast<int>(output.dtype()) + (output.is_ref() ? kRef : 0);
}

AttrMap AttrsFrom(const GraphBuilder& builder, std::string_view op, nb::dict given) {
  AttrMap attrs;
  const OpDef* def = builder.graph()->ops().Find(op);
  if (def == nullptr) {
    RaiseBuilding({ErrorCode::kUnimplemented, fmt::format("there is no op {}", op)});
  }
  for (const auto& [key, value] : given) {
    const auto name = nb::cast<std::string>(key);
    const OpDef::Attr* attr = def->FindAttr(name);
    // What is no attribute of the op is kept as text: "_class" is a list of it.
    const AttrKind kind = attr != nullptr ? attr->kind : AttrKind::kStringList;
    attrs.emplace(name, AttrFromPython(value, kind));
  }
  return attrs;
}

nb::object AddNode(Self self, std::string_view op, const std::string& name, nb::list inputs,
                   nb::dict attrs, nb::list controls, nb::object output_shape) {
  GraphBuilder::NodeSpec spec{.op = op,
                              .name = name,
                              .inputs = OutputsFrom(inputs),
                              .controls = NodesFrom(controls),
                              .attrs = AttrsFrom(self.p->builder, op, attrs)};
  if (!output_shape.is_none()) spec.output_shapes = {ShapeFromPython(output_shape)};
  const Node* node = self.p->builder.AddNode(std::move(spec));
  CheckBuilder(self.p->builder);
  return OperationObject(node, self.h);
}

nb::object AddConstant(Self self, nb::handle value, int dtype, nb::handle shape,
                       const std::string& name) {
  std::optional<DType> wanted;
  if (dtype != 0) wanted = DTypeOfNumber(dtype);
  Tensor tensor = TensorFromPython(value, wanted).Clone();
  if (!shape.is_none()) tensor = tensor.Reshaped(*ShapeFromPython(shape).ToShape());
  const DType own = tensor.dtype();
  const Node* node = self.p->builder.AddNode(
      {.op = "Const", .name = name, .attrs = {{"dtype", own}, {"value", std::move(tensor)}}});
  CheckBuilder(self.p->builder);
  return TensorObject(node, self.h);
}

void EnterScope(PyGraph& graph, GraphBuilder::Scope scope) {
  graph.scopes.push_back(std::move(scope));
}

// A function of an Operation that is being made, which gives its device.
void EnterDeviceFunction(Self self, nb::callable function) {
  PyGraph* const graph = self.p;
  // The graph owns the scope: a reference to it would keep it for ever.
  PyObject* const handle = self.h.ptr();
  EnterScope(*graph,
             graph->builder.Device([function, handle](const Node& node) -> Result<std::string> {
               try {
                 return nb::cast<std::string>(function(OperationObject(&node, handle)));
               } catch (const std::exception& error) {
                 return Fail(ErrorCode::kInvalidArgument, "function of devices: {}", error.what());
               }
             }));
}

// Tensors; (values, indices, dense_shape) for one that is rows.
nb::list GradientsOf(Self self, nb::handle ys, nb::handle xs, nb::handle grad_ys,
                     nb::handle stop_gradients, bool gate_gradients, const std::string& name) {
  const auto gradients = SparseGradients(self.p->builder, OutputsFrom(ys), OutputsFrom(xs),
                                         {.grad_ys = OutputsFrom(grad_ys),
                                          .stop_gradients = OutputsFrom(stop_gradients),
                                          .gate_gradients = gate_gradients,
                                          .name = name});
  CheckBuilder(self.p->builder);
  nb::list list;
  for (const Gradient& gradient : gradients) {
    if (!gradient.is_sparse()) {
      list.append(TensorObject(gradient.values, self.h));
      continue;
    }
    list.append(nb::make_tuple(TensorObject(gradient.values, self.h),
                               TensorObject(gradient.indices, self.h),
                               TensorObject(gradient.dense_shape, self.h)));
  }
  return list;
}

nb::object CollectionItemObject(const CollectionItem& item, nb::handle graph) {
  if (const auto* node = std::get_if<const Node*>(&item)) return OperationObject(*node, graph);
  if (const auto* output = std::get_if<Output>(&item)) return TensorObject(*output, graph);
  if (const auto* variable = std::get_if<Variable>(&item)) return VariableObject(*variable, graph);
  if (const auto* text = std::get_if<std::string>(&item))
    return nb::bytes(text->data(), text->size());
  if (const auto* number = std::get_if<int64_t>(&item)) return nb::int_(*number);
  return nb::float_(static_cast<double>(std::get<float>(item)));
}

// Nothing for what a MetaGraph cannot hold.
std::optional<CollectionItem> CollectionItemFrom(nb::handle item) {
  if (nb::isinstance<PyVariable>(item)) return nb::cast<PyVariable&>(item).variable;
  if (nb::isinstance<PyTensor>(item)) return nb::cast<PyTensor&>(item).output;
  if (nb::isinstance<PyOperation>(item)) return nb::cast<PyOperation&>(item).node;
  if (PyUnicode_Check(item.ptr()) || PyBytes_Check(item.ptr())) return BytesOf(item);
  if (int64_t number = 0; PyLong_Check(item.ptr()) && nb::try_cast(item, number)) return number;
  if (PyFloat_Check(item.ptr())) return static_cast<float>(PyFloat_AS_DOUBLE(item.ptr()));
  return std::nullopt;
}

// Whether the engine keeps it.
bool AddToCollection(PyGraph& graph, const std::string& key, nb::handle item) {
  std::optional<CollectionItem> kept = CollectionItemFrom(item);
  if (kept) graph.builder.collections().Add(key, *std::move(kept));
  return kept.has_value();
}

// How many of them the engine keeps.
size_t SetCollection(PyGraph& graph, const std::string& key, nb::list items) {
  std::vector<CollectionItem> kept;
  for (nb::handle item : items) {
    if (auto one = CollectionItemFrom(item)) kept.push_back(*std::move(one));
  }
  const size_t count = kept.size();
  graph.builder.collections().Set(key, std::move(kept));
  return count;
}

nb::bytes GraphDefBytes(const PyGraph& graph, bool with_shapes) {
  const std::string bytes =
      ExportGraphDef(*graph.builder.graph(), {.with_output_shapes = with_shapes})
          .SerializeAsString();
  return nb::bytes(bytes.data(), bytes.size());
}

proto::GraphDef GraphDefOf(nb::bytes bytes) {
  proto::GraphDef message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    RaiseBuilding({ErrorCode::kCorrupt, "these bytes are no GraphDef"});
  }
  return message;
}

void ImportBytes(PyGraph& graph, nb::bytes bytes, const std::string& prefix, nb::dict input_map) {
  const proto::GraphDef message = GraphDefOf(bytes);
  ImportOptions options{.name_prefix = prefix};
  for (const auto& [key, tensor] : input_map) {
    options.input_map[nb::cast<std::string>(key)] = nb::cast<PyTensor&>(tensor).output;
  }
  const Status status = ImportGraphDef(graph.builder, message, options);
  graph.builder.ClearError();
  if (!status) RaiseBuilding(status.error());
}

void DefineTensorAndOperation(nb::module_& module) {
  nb::class_<PyTensor>(module, "Tensor", nb::type_slots(kCollected<PyTensor>),
                       nb::is_weak_referenceable())
      .def_prop_ro("name", [](const PyTensor& self) { return self.output.name(); })
      .def_prop_ro("graph", [](const PyTensor& self) { return self.graph; })
      .def_prop_ro(
          "op", [](const PyTensor& self) { return OperationObject(self.output.node, self.graph); })
      .def_prop_ro("value_index", [](const PyTensor& self) { return self.output.index; })
      .def_prop_ro("dtype_number", [](const PyTensor& self) { return DTypeNumber(self.output); })
      .def_prop_ro("dims", [](const PyTensor& self) { return ShapeToPython(self.output.shape()); })
      .def("set_dims",
           [](const PyTensor& self, nb::handle dims) {
             GraphBuilder& builder = nb::cast<PyGraph&>(self.graph).builder;
             const Status set = builder.SetShape(self.output, ShapeFromPython(dims));
             if (!set) RaiseBuilding(set.error());
           })
      .def("constant_value",
           [](const PyTensor& self) {
             return TensorToPython(ConstantValue(self.output).value_or(Tensor()));
           })
      .def("__hash__", [](const PyTensor& self) { return OutputHash()(self.output) >> 3; })
      .def(
          "__eq__",
          [](const PyTensor& self, nb::handle other) {
            return nb::isinstance<PyTensor>(other) &&
                   nb::cast<PyTensor&>(other).output == self.output;
          },
          nb::arg().none());
  nb::class_<PyOperation>(module, "Operation", nb::type_slots(kCollected<PyOperation>),
                          nb::is_weak_referenceable())
      .def_prop_ro("name", [](const PyOperation& self) { return self.node->name; })
      .def_prop_ro("graph", [](const PyOperation& self) { return self.graph; })
      .def_prop_ro("type", [](const PyOperation& self) { return std::string(self.node->type()); })
      .def_prop_ro("device", [](const PyOperation& self) { return self.node->device; })
      .def_prop_ro("node_id", [](const PyOperation& self) { return self.node->id; })
      .def_prop_ro("outputs",
                   [](const PyOperation& self) {
                     nb::list list;
                     for (int i = 0; i < self.node->num_outputs(); ++i) {
                       list.append(TensorObject(Output(self.node, i), self.graph));
                     }
                     return list;
                   })
      .def_prop_ro("input_list",
                   [](const PyOperation& self) {
                     nb::list list;
                     for (const Output& input : self.node->inputs)
                       list.append(TensorObject(input, self.graph));
                     return list;
                   })
      .def_prop_ro("control_inputs",
                   [](const PyOperation& self) {
                     nb::list list;
                     for (const Node* node : self.node->controls)
                       list.append(OperationObject(node, self.graph));
                     return list;
                   })
      .def("attr",
           [](const PyOperation& self, const std::string& name) -> nb::object {
             const auto found = self.node->attrs.find(name);
             if (found == self.node->attrs.end()) return nb::none();
             return AttrToPython(found->second);
           })
      .def("node_def_bytes",
           [](const PyOperation& self) {
             const std::string bytes = ExportNode(*self.node).SerializeAsString();
             return nb::bytes(bytes.data(), bytes.size());
           })
      .def("attr_names",
           [](const PyOperation& self) {
             nb::list names;
             for (const auto& [name, value] : self.node->attrs) names.append(name);
             return names;
           })
      .def("__hash__",
           [](const PyOperation& self) { return std::hash<const void*>()(self.node) >> 3; })
      .def(
          "__eq__",
          [](const PyOperation& self, nb::handle other) {
            return nb::isinstance<PyOperation>(other) &&
                   nb::cast<PyOperation&>(other).node == self.node;
          },
          nb::arg().none());
  nb::class_<PyVariable>(module, "VariableNodes", nb::type_slots(kCollected<PyVariable>))
      .def_prop_ro(
          "ref", [](const PyVariable& self) { return TensorObject(self.variable.ref, self.graph); })
      .def_prop_ro(
          "value",
          [](const PyVariable& self) { return TensorObject(self.variable.value, self.graph); })
      .def_prop_ro("initializer",
                   [](const PyVariable& self) {
                     return OperationObject(self.variable.initializer, self.graph);
                   })
      .def_prop_ro("initial_value",
                   [](const PyVariable& self) {
                     return TensorObject(self.variable.initial_value, self.graph);
                   })
      // (name of the whole, its shape, offset) of a part of a partitioned variable.
      .def_prop_ro("part",
                   [](const PyVariable& self) -> nb::object {
                     const auto& slice = self.variable.slice;
                     if (!slice) return nb::none();
                     nb::list dims;
                     for (const int64_t dim : slice->full_shape.dims()) dims.append(dim);
                     nb::list offset;
                     for (const int64_t first : slice->offset) offset.append(first);
                     return nb::make_tuple(slice->full_name, dims, offset);
                   })
      .def_prop_ro("trainable", [](const PyVariable& self) { return self.variable.is_trainable; });
}

}  // namespace

nb::object TensorObject(const Output& output, nb::handle graph) {
  if (!output.is_valid()) return nb::none();
  return nb::cast(PyTensor{output, nb::borrow(graph)});
}
nb::object OperationObject(const Node* node, nb::handle graph) {
  if (node == nullptr) return nb::none();
  return nb::cast(PyOperation{node, nb::borrow(graph)});
}
nb::object VariableObject(const Variable& variable, nb::handle graph) {
  return nb::cast(PyVariable{variable, nb::borrow(graph)});
}

std::vector<Output> OutputsFrom(nb::handle tensors) {
  std::vector<Output> outputs;
  for (nb::handle tensor : tensors) {
    outputs.push_back(tensor.is_none() ? Output() : nb::cast<PyTensor&>(tensor).output);
  }
  return outputs;
}

std::vector<const Node*> NodesFrom(nb::handle operations) {
  std::vector<const Node*> nodes;
  for (nb::handle operation : operations) nodes.push_back(nb::cast<PyOperation&>(operation).node);
  return nodes;
}

Operand OperandFrom(nb::handle value) {
  if (nb::isinstance<PyTensor>(value)) return nb::cast<PyTensor&>(value).output;
  if (PyBool_Check(value.ptr())) return value.ptr() == Py_True;
  if (PyLong_Check(value.ptr())) return nb::cast<int32_t>(value);
  return nb::cast<double>(value);
}

GraphBuilder& BuilderOf(nb::handle graph) { return nb::cast<PyGraph&>(graph).builder; }

void DefineGraph(nb::module_& module) {
  DefineTensorAndOperation(module);
  // The message in protobuf's text form.
  module.def("graph_def_text", [](nb::bytes bytes) { return GraphDefOf(bytes).DebugString(); });
  nb::class_<PyGraph>(module, "Graph", nb::dynamic_attr(), nb::is_weak_referenceable())
      .def(nb::init<>())
      .def("add", AddNode, "op"_a, "name"_a, "inputs"_a, "attrs"_a, "controls"_a,
           "output_shape"_a.none())
      .def("constant", AddConstant, "value"_a.none(), "dtype"_a, "shape"_a.none(), "name"_a)
      .def("enter_name_scope",
           [](PyGraph& self, std::string_view name) {
             EnterScope(self, self.builder.NameScope(name));
             return self.builder.name_scope();
           })
      .def("enter_control",
           [](PyGraph& self, nb::handle operations) {
             EnterScope(self, self.builder.ControlDependencies(NodesFrom(operations)));
           })
      .def("enter_no_control",
           [](PyGraph& self) { EnterScope(self, self.builder.NoControlDependencies()); })
      .def("enter_device",
           [](PyGraph& self, std::string_view device) {
             EnterScope(self, self.builder.Device(device));
             if (self.builder.ok()) return;
             self.scopes.pop_back();
             CheckBuilder(self.builder);
           })
      .def("enter_device_function", EnterDeviceFunction)
      .def("enter_no_device", [](PyGraph& self) { EnterScope(self, self.builder.NoDevice()); })
      .def(
          "enter_colocation",
          [](PyGraph& self, nb::handle tensor) {
            const Output output = tensor.is_none() ? Output() : nb::cast<PyTensor&>(tensor).output;
            EnterScope(self, self.builder.ColocateWith(output));
          },
          nb::arg().none())
      .def("exit_scope", [](PyGraph& self) { self.scopes.pop_back(); })
      .def_prop_ro("scope_name", [](const PyGraph& self) { return self.builder.name_scope(); })
      .def("make_unique",
           [](PyGraph& self, std::string_view name) { return self.builder.UniqueName(name); })
      .def(
          "set_random_seed",
          [](PyGraph& self, std::optional<int64_t> seed) { self.builder.set_seed(seed); },
          "seed"_a.none())
      .def(
          "next_seeds",
          [](PyGraph& self, std::optional<int64_t> seed) { return self.builder.NextSeeds(seed); },
          "seed"_a.none())
      .def_prop_rw(
          "finalized", [](const PyGraph& self) { return self.builder.is_final(); },
          [](PyGraph& self, bool is_final) { self.builder.set_final(is_final); })
      .def_prop_ro("node_count",
                   [](const PyGraph& self) { return self.builder.graph()->num_nodes(); })
      .def("get_operations",
           [](Self self) {
             nb::list list;
             for (const Node* node : self.p->builder.graph()->Nodes())
               list.append(OperationObject(node, self.h));
             return list;
           })
      .def("find_operation",
           [](Self self, std::string_view name) {
             return OperationObject(self.p->builder.graph()->FindNode(name), self.h);
           })
      .def("gradients", GradientsOf)
      .def("collection",
           [](Self self, const std::string& key, size_t from) {
             nb::list list;
             const auto& items = self.p->builder.collections().Get(key);
             for (size_t i = from; i < items.size(); ++i)
               list.append(CollectionItemObject(items[i], self.h));
             return list;
           })
      .def("collection_keys",
           [](const PyGraph& self) {
             nb::list list;
             for (const auto& [key, items] : self.builder.collections().all()) list.append(key);
             return list;
           })
      .def("collect", AddToCollection, nb::arg(), nb::arg().none())
      .def("set_collection", SetCollection)
      .def("graph_def_bytes", GraphDefBytes)
      .def("import_bytes", ImportBytes);
}

}  // namespace fanlight::python
