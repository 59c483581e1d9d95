#include "fanlight/engine/graph/attr.h"

#include <algorithm>

#include "fanlight/base/decimal.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

std::string Print(bool value) { return value ? "true" : "false"; }
std::string Print(int64_t value) { return std::to_string(value); }
std::string Print(float value) { return ShortestDecimal(value); }
std::string Print(const std::string& value) { return Quoted(value); }
std::string Print(DType value) { return std::string(DTypeName(value)); }
std::string Print(const PartialShape& value) { return ToString(value); }
std::string Print(const Tensor& value) { return ToString(value); }
std::string Print(const OpaqueAttr& value) {
  return fmt::format("<{} bytes of another kind>", value.bytes.size());
}
template <typename T>
std::string Print(const std::vector<T>& values) {
  std::string text = "{";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + Print(value);
  return text + "}";
}

bool Same(const Tensor& a, const Tensor& b) { return Identical(a, b); }
template <typename T>
bool Same(const T& a, const T& b) {
  return a == b;
}
bool Same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), Identical);
}

Result<DType> ReadDType(proto::DataType number) {
  const std::optional<DType> dtype = DTypeFromNumber(number);
  if (!dtype) {
    return Fail(ErrorCode::kInvalidArgument, "unknown dtype number {}", static_cast<int>(number));
  }
  return *dtype;
}

Result<AttrValue> ListFromProto(const proto::AttrValue::ListValue& list, AttrKind expected) {
  if (list.s_size() != 0) return std::vector<std::string>(list.s().begin(), list.s().end());
  if (list.i_size() != 0) return std::vector<int64_t>(list.i().begin(), list.i().end());
  if (list.f_size() != 0) return std::vector<float>(list.f().begin(), list.f().end());
  if (list.b_size() != 0) return std::vector<bool>(list.b().begin(), list.b().end());
  if (list.type_size() != 0) {
    std::vector<DType> dtypes;
    for (const int number : list.type()) {
      FL_ASSIGN_OR_RETURN(const DType dtype, ReadDType(static_cast<proto::DataType>(number)));
      dtypes.push_back(dtype);
    }
    return dtypes;
  }
  if (list.shape_size() != 0) {
    std::vector<PartialShape> shapes;
    for (const auto& message : list.shape()) {
      FL_ASSIGN_OR_RETURN(PartialShape shape, ShapeFromProto(message));
      shapes.push_back(shape);
    }
    return shapes;
  }
  if (list.tensor_size() != 0) {
    std::vector<Tensor> tensors;
    for (const auto& message : list.tensor()) {
      FL_ASSIGN_OR_RETURN(Tensor tensor, TensorFromProto(message));
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }
  switch (expected) {
    case AttrKind::kBoolList:
      return std::vector<bool>();
    case AttrKind::kFloatList:
      return std::vector<float>();
    case AttrKind::kStringList:
      return std::vector<std::string>();
    case AttrKind::kTypeList:
      return std::vector<DType>();
    case AttrKind::kShapeList:
      return std::vector<PartialShape>();
    case AttrKind::kTensorList:
      return std::vector<Tensor>();
    default:
      return std::vector<int64_t>();
  }
}

}  // namespace

std::string_view AttrKindName(AttrKind kind) {
  constexpr std::string_view kNames[] = {
      "bool",         "int",        "float",       "string",       "type",
      "shape",        "tensor",     "list(bool)",  "list(int)",    "list(float)",
      "list(string)", "list(type)", "list(shape)", "list(tensor)", "other"};
  return kNames[static_cast<size_t>(kind)];
}

std::string ToString(const AttrValue& value) {
  return std::visit([](const auto& held) { return Print(held); }, value);
}

bool SameValue(const AttrValue& a, const AttrValue& b) {
  if (a.index() != b.index()) return false;
  return std::visit([&]<typename T>(const T& held) { return Same(held, std::get<T>(b)); }, a);
}

proto::AttrValue AttrToProto(const AttrValue& value) {
  proto::AttrValue message;
  struct Writer {
    proto::AttrValue& message;
    void operator()(bool value) { message.set_b(value); }
    void operator()(int64_t value) { message.set_i(value); }
    void operator()(float value) { message.set_f(value); }
    void operator()(const std::string& value) { message.set_s(value); }
    void operator()(DType value) { message.set_type(DTypeToProto(value)); }
    void operator()(const PartialShape& value) { *message.mutable_shape() = ShapeToProto(value); }
    void operator()(const Tensor& value) { *message.mutable_tensor() = TensorToProto(value); }
    void operator()(const OpaqueAttr& value) { message.ParseFromString(value.bytes); }
    void operator()(const std::vector<bool>& values) {
      for (const bool value : values) message.mutable_list()->add_b(value);
    }
    void operator()(const std::vector<int64_t>& values) {
      for (const int64_t value : values) message.mutable_list()->add_i(value);
    }
    void operator()(const std::vector<float>& values) {
      for (const float value : values) message.mutable_list()->add_f(value);
    }
    void operator()(const std::vector<std::string>& values) {
      for (const std::string& value : values) message.mutable_list()->add_s(value);
    }
    void operator()(const std::vector<DType>& values) {
      for (const DType value : values) message.mutable_list()->add_type(DTypeToProto(value));
    }
    void operator()(const std::vector<PartialShape>& values) {
      for (const auto& value : values) *message.mutable_list()->add_shape() = ShapeToProto(value);
    }
    void operator()(const std::vector<Tensor>& values) {
      for (const auto& value : values) *message.mutable_list()->add_tensor() = TensorToProto(value);
    }
  };
  if (KindOf(value) >= AttrKind::kBoolList && KindOf(value) <= AttrKind::kTensorList) {
    message.mutable_list();  // An empty list is still a list.
  }
  std::visit(Writer{message}, value);
  return message;
}

Result<AttrValue> AttrFromProto(const proto::AttrValue& message, AttrKind expected) {
  switch (message.value_case()) {
    case proto::AttrValue::kB:
      return message.b();
    case proto::AttrValue::kI:
      return static_cast<int64_t>(message.i());
    case proto::AttrValue::kF:
      return message.f();
    case proto::AttrValue::kS:
      return message.s();
    case proto::AttrValue::kType: {
      FL_ASSIGN_OR_RETURN(const DType dtype, ReadDType(message.type()));
      return dtype;
    }
    case proto::AttrValue::kShape: {
      FL_ASSIGN_OR_RETURN(const PartialShape shape, ShapeFromProto(message.shape()));
      return shape;
    }
    case proto::AttrValue::kTensor: {
      FL_ASSIGN_OR_RETURN(Tensor tensor, TensorFromProto(message.tensor()));
      return tensor;
    }
    case proto::AttrValue::kList:
      return ListFromProto(message.list(), expected);
    default:
      return OpaqueAttr{message.SerializeAsString()};
  }
}

}  // namespace fanlight
