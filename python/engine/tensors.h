// Tensors to and from NumPy's arrays, without copying where both sides allow it.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "fanlight/engine/tensor/tensor.h"
#include "python/engine/hooks.h"

namespace fanlight::python {

// The dtype of this number (fanlight/engine/tensor/dtype.h). Throws a TypeError for others.
DType DTypeOfNumber(int number);

// A Python value as a tensor: arrays, NumPy's scalars, numbers, bools, bytes, str, nested lists of them. With `dtype` it is
// converted to that; else arrays keep theirs, and Python's numbers become float32 and int32. An array's elements are not
// copied: they stay as long as the tensor or a copy of it does, so whoever keeps the tensor for long copies it.
// Throws what NumPy raises.
Tensor TensorFromPython(nb::handle value, std::optional<DType> dtype = std::nullopt);

// The bytes of bytes or str.
std::string BytesOf(nb::handle value);

// An array that has the tensor's elements, or a scalar of NumPy's; of strings, bytes. Elements that another handle shares
// are copied, so that a program may write into what it gets.
nb::object TensorToPython(Tensor tensor);

void DefineTensors(nb::module_& module);

}  // namespace fanlight::python
