#include "python/engine/tensors.h"

#include <cstring>
#include <string>

#include "python/engine/errors.h"
#include "python/engine/gil.h"

namespace fanlight::python {
namespace {

// An exported buffer of Python's, given back when the last tensor that borrows its elements goes, on any thread.
class HeldBuffer {
 public:
  HeldBuffer() = default;
  HeldBuffer(const HeldBuffer&) = delete;
  HeldBuffer& operator=(const HeldBuffer&) = delete;
  ~HeldBuffer() {
    if (view_.obj == nullptr || PythonIsEnding()) return;
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(&view_);
  }
  // False, without an exception, when `value` has no contiguous elements.
  bool Take(PyObject* value) {
    if (PyObject_GetBuffer(value, &view_, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) == 0) return true;
    PyErr_Clear();
    return false;
  }
  const Py_buffer& view() const { return view_; }

 private:
  Py_buffer view_{};
};

DType IntegerOfSize(Py_ssize_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? DType::kInt8 : DType::kUInt8;
    case 2:
      return is_signed ? DType::kInt16 : DType::kUInt16;
    case 4:
      return is_signed ? DType::kInt32 : DType::kUInt32;
    default:
      return is_signed ? DType::kInt64 : DType::kUInt64;
  }
}

// The dtype of elements that Python's struct module would describe so; kInvalid for others.
DType DTypeOfFormat(const Py_buffer& view) {
  std::string_view format = view.format == nullptr ? "B" : view.format;
  if (!format.empty() && (format[0] == '<' || format[0] == '=' || format[0] == '@')) {
    format.remove_prefix(1);
  }
  if (format == "f") return DType::kFloat32;
  if (format == "d") return DType::kFloat64;
  if (format == "?") return DType::kBool;
  if (format == "e") return DType::kFloat16;
  if (format == "Zf") return DType::kComplex64;
  if (format == "Zd") return DType::kComplex128;
  if (format.size() != 1) return DType::kInvalid;
  if (std::string_view("bhilq").find(format[0]) != std::string_view::npos) {
    return IntegerOfSize(view.itemsize, true);
  }
  if (std::string_view("BHILQ").find(format[0]) != std::string_view::npos) {
    return IntegerOfSize(view.itemsize, false);
  }
  return DType::kInvalid;
}

// A borrowed tensor of what `value` exports, or of these bits as another dtype; nullopt when that is
// nothing we can use as it lies.
std::optional<Tensor> Borrowed(PyObject* value, std::optional<DType> as = std::nullopt) {
  auto held = std::make_shared<HeldBuffer>();
  if (!held->Take(value)) return std::nullopt;
  const Py_buffer& view = held->view();
  const DType dtype = as.value_or(DTypeOfFormat(view));
  if (dtype == DType::kInvalid || view.ndim > kMaxRank) return std::nullopt;
  if (reinterpret_cast<uintptr_t>(view.buf) % static_cast<size_t>(view.itemsize) != 0) {
    return std::nullopt;
  }
  static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
  const auto shape =
      Shape::From({reinterpret_cast<const int64_t*>(view.shape), static_cast<size_t>(view.ndim)});
  if (!shape) Raise(shape.error());
  return Tensor::Borrow(dtype, *shape, view.buf, std::move(held));
}

Tensor Converted(const Tensor& tensor, std::optional<DType> dtype) {
  if (!dtype || tensor.dtype() == *dtype) return tensor;
  return Unwrap(ConvertTo(tensor, *dtype));
}

}  // namespace

std::string BytesOf(nb::handle value) {
  if (PyUnicode_Check(value.ptr())) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
    if (text == nullptr) throw nb::python_error();
    return {text, static_cast<size_t>(size)};
  }
  const auto bytes = nb::cast<nb::bytes>(value);
  return {bytes.c_str(), bytes.size()};
}

namespace {

// Of an array of bytes objects.
Tensor StringsOf(nb::handle array) {
  std::vector<int64_t> dims;
  for (nb::handle dim : array.attr("shape")) dims.push_back(nb::cast<int64_t>(dim));
  Tensor tensor = Unwrap(Tensor::Allocate(DType::kString, Unwrap(Shape::From(dims))));
  size_t i = 0;
  for (nb::handle element : array.attr("flat"))
    tensor.mutable_flat<std::string>()[i++] = BytesOf(element);
  return tensor;
}

// Of a plain number of Python's; nullopt for what is none.
std::optional<Tensor> Number(PyObject* value, std::optional<DType> dtype) {
  if (PyFloat_Check(value)) {
    const bool is_plain = PyFloat_CheckExact(value);
    const double number = PyFloat_AS_DOUBLE(value);
    if (!dtype && is_plain) return Tensor::Scalar(static_cast<float>(number));
    if (dtype == DType::kFloat32) return Tensor::Scalar(static_cast<float>(number));
    return Converted(Tensor::Scalar(number), dtype);
  }
  if (PyBool_Check(value)) return Converted(Tensor::Scalar(value == Py_True), dtype);
  if (!PyLong_CheckExact(value)) return std::nullopt;
  int overflow = 0;
  const int64_t number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow != 0) return std::nullopt;
  if (dtype) return Converted(Tensor::Scalar(number), dtype);
  const auto narrow = static_cast<int32_t>(number);
  return narrow == number ? Tensor::Scalar(narrow) : Tensor::Scalar(number);
}

// The elements of a tensor as Python's buffer protocol shows them; what an array of NumPy's keeps alive.
struct Elements {
  Tensor tensor;
};

int ExportElements(PyObject* self, Py_buffer* view, int flags) {
  auto* elements = nb::inst_ptr<Elements>(self);
  Tensor& tensor = elements->tensor;
  return PyBuffer_FillInfo(view, self, tensor.mutable_data(),
                           static_cast<Py_ssize_t>(tensor.num_bytes()), 0, flags);
}

PyType_Slot elements_slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(ExportElements)},
                                {0, nullptr}};

nb::object FromDict(PyObject* dict, DType dtype) {
  const nb::int_ number(static_cast<int>(dtype));
  PyObject* found = PyDict_GetItemWithError(dict, number.ptr());
  if (found == nullptr) {
    throw nb::type_error(fmt::format("NumPy has no dtype for {}", DTypeName(dtype)).c_str());
  }
  return nb::borrow(found);
}

nb::object ScalarToPython(const Tensor& tensor) {
  const nb::object type = FromDict(TheHooks().scalars, tensor.dtype());
  switch (tensor.dtype()) {
    case DType::kFloat32:
      return type(static_cast<double>(tensor.scalar<float>()));
    case DType::kFloat64:
      return type(tensor.scalar<double>());
    case DType::kInt32:
      return type(tensor.scalar<int32_t>());
    case DType::kInt64:
      return type(tensor.scalar<int64_t>());
    case DType::kBool:
      return type(tensor.scalar<bool>());
    default:
      return {};
  }
}

// NumPy has no such type of its own, nor a letter for it in buffers.
nb::object WithBits(nb::object array, DType dtype) {
  return dtype == DType::kBFloat16 ? Call(TheHooks().bfloat16_array, array) : array;
}

nb::object StringsToPython(const Tensor& tensor) {
  const auto to_bytes = [](const std::string& text) { return nb::bytes(text.data(), text.size()); };
  if (tensor.rank() == 0) return to_bytes(tensor.scalar<std::string>());
  nb::list elements;
  for (const std::string& text : tensor.flat<std::string>()) elements.append(to_bytes(text));
  nb::list dims;
  for (const int64_t dim : tensor.shape().dims()) dims.append(dim);
  return Call(TheHooks().bytes_array, elements, dims);
}

}  // namespace

DType DTypeOfNumber(int number) {
  const auto dtype = DTypeFromNumber(number);
  if (!dtype) throw nb::type_error(fmt::format("there is no dtype {}", number).c_str());
  return *dtype;
}

Tensor TensorFromPython(nb::handle value, std::optional<DType> dtype) {
  const bool wants_number = dtype != DType::kString;
  if (wants_number) {
    if (auto number = Number(value.ptr(), dtype)) return *std::move(number);
    if (PyObject_CheckBuffer(value.ptr()) && !PyBytes_Check(value.ptr())) {
      if (auto borrowed = Borrowed(value.ptr())) return Converted(*borrowed, dtype);
    }
  }
  if (PyBytes_Check(value.ptr()) || PyUnicode_Check(value.ptr())) {
    if (!dtype || dtype == DType::kString) return Tensor::Scalar(BytesOf(value));
  }
  const nb::object array = Call(TheHooks().as_array, value, dtype ? static_cast<int>(*dtype) : 0);
  if (auto borrowed = Borrowed(array.ptr())) return Converted(*borrowed, dtype);
  const nb::object bits = Call(TheHooks().bfloat16_bits, array);
  if (bits.is_none()) return StringsOf(array);
  return Converted(*Borrowed(bits.ptr(), DType::kBFloat16), dtype);
}

nb::object TensorToPython(Tensor tensor) {
  if (!tensor.is_valid()) return nb::none();
  if (tensor.dtype() == DType::kString) return StringsToPython(tensor);
  const bool is_scalar = tensor.rank() == 0;
  if (is_scalar && tensor.dtype() != DType::kBFloat16) {
    if (nb::object scalar = ScalarToPython(tensor); scalar.is_valid()) return scalar;
  }
  if (tensor.is_shared()) tensor = tensor.Clone();
  const Shape shape = tensor.shape();
  const DType dtype = tensor.dtype();
  nb::object dims = nb::steal(PyTuple_New(shape.rank()));
  for (int i = 0; i < shape.rank(); ++i) {
    PyTuple_SET_ITEM(dims.ptr(), i, PyLong_FromLongLong(shape[i]));
  }
  const nb::object elements = nb::cast(Elements{std::move(tensor)});
  const DType bits = dtype == DType::kBFloat16 ? DType::kUInt16 : dtype;
  const nb::object array =
      WithBits(Call(TheHooks().ndarray, dims, FromDict(TheHooks().dtypes, bits), elements), dtype);
  // What has no rank is a scalar in Python: array[()].
  return is_scalar ? nb::object(array[nb::make_tuple()]) : array;
}

void DefineTensors(nb::module_& module) {
  nb::class_<Elements>(module, "Elements", nb::type_slots(elements_slots));
}

}  // namespace fanlight::python
