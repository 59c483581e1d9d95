#include "python/engine/attr.h"

#include <nanobind/stl/string.h>

#include <vector>

#include "python/engine/errors.h"
#include "python/engine/tensors.h"

namespace fanlight::python {
namespace {

template <typename T, typename F>
std::vector<T> ListOf(nb::handle value, const F& convert) {
  std::vector<T> list;
  for (nb::handle item : value) list.push_back(convert(item));
  return list;
}

std::string Text(nb::handle value) {
  if (PyBytes_Check(value.ptr())) {
    const auto bytes = nb::borrow<nb::bytes>(value);
    return {bytes.c_str(), bytes.size()};
  }
  return nb::cast<std::string>(value);
}

DType DTypeFromPython(nb::handle value) { return DTypeOfNumber(nb::cast<int>(value)); }

// A tensor that a node keeps: nothing that happens to the array may change it.
Tensor Owned(nb::handle value) { return TensorFromPython(value).Clone(); }

nb::bytes BytesOf(const std::string& text) { return nb::bytes(text.data(), text.size()); }

nb::object ToPython(bool value) { return nb::bool_(value); }
nb::object ToPython(int64_t value) { return nb::int_(value); }
nb::object ToPython(float value) { return nb::float_(static_cast<double>(value)); }
nb::object ToPython(const std::string& value) { return BytesOf(value); }
nb::object ToPython(DType value) { return nb::int_(static_cast<int>(value)); }
nb::object ToPython(const PartialShape& value) { return ShapeToPython(value); }
nb::object ToPython(const Tensor& value) { return TensorToPython(value); }
nb::object ToPython(const OpaqueAttr& value) { return BytesOf(value.bytes); }
template <typename T>
nb::object ToPython(const std::vector<T>& values) {
  nb::list list;
  for (const auto& value : values) list.append(ToPython(static_cast<T>(value)));
  return list;
}

}  // namespace

PartialShape ShapeFromPython(nb::handle value) {
  if (value.is_none()) return PartialShape::Unknown();
  const auto dims = ListOf<int64_t>(value, [](nb::handle dim) {
    return dim.is_none() ? PartialShape::kUnknown : nb::cast<int64_t>(dim);
  });
  auto shape = PartialShape::From(dims);
  if (!shape) RaiseBuilding(shape.error());
  return *shape;
}

nb::object ShapeToPython(const PartialShape& shape) {
  if (!shape.has_rank()) return nb::none();
  nb::list dims;
  for (const int64_t dim : shape.dims()) {
    dims.append(dim == PartialShape::kUnknown ? nb::object(nb::none()) : nb::object(nb::int_(dim)));
  }
  return dims;
}

AttrValue AttrFromPython(nb::handle value, AttrKind kind) {
  const auto number = [](nb::handle item) { return nb::cast<int64_t>(item); };
  switch (kind) {
    case AttrKind::kBool:
      return PyObject_IsTrue(value.ptr()) == 1;
    case AttrKind::kInt:
      return nb::cast<int64_t>(value);
    case AttrKind::kFloat:
      return static_cast<float>(nb::cast<double>(value));
    case AttrKind::kString:
      return Text(value);
    case AttrKind::kType:
      return DTypeFromPython(value);
    case AttrKind::kShape:
      return ShapeFromPython(value);
    case AttrKind::kTensor:
      return Owned(value);
    case AttrKind::kBoolList:
      return ListOf<bool>(value, [](nb::handle item) { return nb::cast<bool>(item); });
    case AttrKind::kIntList:
      return ListOf<int64_t>(value, number);
    case AttrKind::kFloatList:
      return ListOf<float>(
          value, [](nb::handle item) { return static_cast<float>(nb::cast<double>(item)); });
    case AttrKind::kStringList:
      return ListOf<std::string>(value, Text);
    case AttrKind::kTypeList:
      return ListOf<DType>(value, DTypeFromPython);
    case AttrKind::kShapeList:
      return ListOf<PartialShape>(value, ShapeFromPython);
    case AttrKind::kTensorList:
      return ListOf<Tensor>(value, Owned);
    case AttrKind::kOpaque:
      break;
  }
  throw nb::type_error("an attribute of a kind that cannot be given");
}

nb::object AttrToPython(const AttrValue& value) {
  return std::visit([](const auto& held) { return ToPython(held); }, value);
}

}  // namespace fanlight::python
