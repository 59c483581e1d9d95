// fanlight._engine: the engine as the package's Python part uses it. It has no promises to programs: those use fanlight.tf1.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "fanlight/engine/graph/op.h"
#include "python/engine/attr.h"
#include "python/engine/errors.h"
#include "python/engine/gil.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"
#include "python/engine/interrupt.h"
#include "python/engine/py_func.h"
#include "python/engine/session.h"
#include "python/engine/tensors.h"
#include "python/engine/train.h"

namespace fanlight::python {
namespace {

// (name, number of its dtype or 0, attribute of its type, of their number, of the list of types, is_ref).
nb::list ArgsOf(const std::vector<OpDef::Arg>& args) {
  nb::list list;
  for (const OpDef::Arg& arg : args) {
    list.append(nb::make_tuple(arg.name, static_cast<int>(arg.dtype), arg.type_attr,
                               arg.number_attr, arg.type_list_attr, arg.is_ref));
  }
  return list;
}

// (inputs, outputs, [(attribute, kind, default or None, numbers of the dtypes allowed)]), or None.
nb::object DescribeOp(const std::string& name) {
  const OpDef* def = StandardOps()->Find(name);
  if (def == nullptr) return nb::none();
  nb::list attrs;
  for (const OpDef::Attr& attr : def->attrs) {
    nb::list allowed;
    for (const DType dtype : attr.allowed) allowed.append(static_cast<int>(dtype));
    const nb::object default_value =
        attr.default_value ? AttrToPython(*attr.default_value) : nb::none();
    attrs.append(nb::make_tuple(attr.name, AttrKindName(attr.kind).data(), default_value, allowed));
  }
  return nb::make_tuple(ArgsOf(def->inputs), ArgsOf(def->outputs), attrs);
}

nb::list OpNames() {
  nb::list names;
  for (const OpDef* def : StandardOps()->All()) names.append(def->name);
  return names;
}

}  // namespace
}  // namespace fanlight::python

NB_MODULE(_engine, module) {
  using namespace fanlight::python;
  // Objects that a program still has at its end are no leak of ours.
  nb::set_leak_warnings(false);
  DefineHooks(module);
  DefineTensors(module);
  DefineGraph(module);
  DefineBuilding(module);
  DefineOptimizers(module);
  DefineFiles(module);
  DefineRecords(module);
  DefineSession(module);
  DefineInterrupt(module);
  DefineGil(module);
  DefinePyFunc(module);
  module.def("describe_op", DescribeOp);
  module.def("op_names", OpNames);
}
