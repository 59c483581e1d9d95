// Attributes of nodes to and from Python's values.
#pragma once

#include <nanobind/nanobind.h>

#include "fanlight/engine/graph/attr.h"

namespace fanlight::python {

namespace nb = nanobind;

// A shape as Python has it: None where nothing is known, else a list with None for an unknown dimension.
PartialShape ShapeFromPython(nb::handle value);
nb::object ShapeToPython(const PartialShape& shape);

// A value of this kind; a dtype is its number. Throws nb::cast_error for a value of another kind.
AttrValue AttrFromPython(nb::handle value, AttrKind kind);
nb::object AttrToPython(const AttrValue& value);

}  // namespace fanlight::python
