#include "fanlight/engine/tensor/tensor_proto.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace fanlight {
namespace {

// `count` values read by `value_at`, spread over all elements by the rule of the message.
template <typename T, typename ValueAt>
Status Spread(Tensor& tensor, int count, ValueAt value_at) {
  const std::span<T> elements = tensor.mutable_flat<T>();
  if (static_cast<size_t>(count) > elements.size()) {
    return Fail(ErrorCode::kInvalidArgument, "tensor {} holds {} values, want at most {}",
                Describe(tensor), count, elements.size());
  }
  for (int i = 0; i < count; ++i) elements[static_cast<size_t>(i)] = value_at(i);
  const T rest = count == 0 ? T{} : elements[static_cast<size_t>(count) - 1];
  std::fill(elements.begin() + count, elements.end(), rest);
  return {};
}

// The same for storage types of 1, 2 or 4 bytes that have no C++ type of their own.
template <typename T, typename ValueAt>
Status SpreadRaw(Tensor& tensor, int count, ValueAt value_at) {
  const auto total = static_cast<size_t>(tensor.num_elements());
  if (static_cast<size_t>(count) > total) {
    return Fail(ErrorCode::kInvalidArgument, "tensor {} holds {} values, want at most {}",
                Describe(tensor), count, total);
  }
  auto* elements = static_cast<T*>(tensor.mutable_data());
  for (size_t i = 0; i < total; ++i) {
    elements[i] = count == 0 ? T{} : value_at(std::min(static_cast<int>(i), count - 1));
  }
  return {};
}

Status ReadTypedValues(const proto::TensorProto& message, Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kFloat32:
      return Spread<float>(tensor, message.float_val_size(),
                           [&](int i) { return message.float_val(i); });
    case DType::kFloat64:
      return Spread<double>(tensor, message.double_val_size(),
                            [&](int i) { return message.double_val(i); });
    case DType::kString:
      return Spread<std::string>(tensor, message.string_val_size(),
                                 [&](int i) { return message.string_val(i); });
    case DType::kBool:
      return Spread<bool>(tensor, message.bool_val_size(),
                          [&](int i) { return message.bool_val(i); });
    case DType::kInt64:
      return Spread<int64_t>(tensor, message.int64_val_size(),
                             [&](int i) { return message.int64_val(i); });
    case DType::kUInt32:
      return Spread<uint32_t>(tensor, message.uint32_val_size(),
                              [&](int i) { return message.uint32_val(i); });
    case DType::kUInt64:
      return Spread<uint64_t>(tensor, message.uint64_val_size(),
                              [&](int i) { return message.uint64_val(i); });
    case DType::kComplex64:
      return Spread<std::complex<float>>(tensor, message.scomplex_val_size() / 2, [&](int i) {
        return std::complex<float>(message.scomplex_val(2 * i), message.scomplex_val(2 * i + 1));
      });
    case DType::kComplex128:
      return Spread<std::complex<double>>(tensor, message.dcomplex_val_size() / 2, [&](int i) {
        return std::complex<double>(message.dcomplex_val(2 * i), message.dcomplex_val(2 * i + 1));
      });
    case DType::kFloat16:
    case DType::kBFloat16:
      return SpreadRaw<uint16_t>(tensor, message.half_val_size(),
                                 [&](int i) { return static_cast<uint16_t>(message.half_val(i)); });
    case DType::kFloat8E5M2:
    case DType::kFloat8E4M3FN:
    case DType::kFloat8E4M3FNUZ:
    case DType::kFloat8E4M3B11FNUZ:
    case DType::kFloat8E5M2FNUZ:
      return SpreadRaw<uint8_t>(tensor, static_cast<int>(message.float8_val().size()), [&](int i) {
        return static_cast<uint8_t>(message.float8_val()[static_cast<size_t>(i)]);
      });
    default:
      break;
  }
  const auto int_val = [&](int i) { return message.int_val(i); };
  switch (DTypeSize(tensor.dtype())) {
    case 1:
      return SpreadRaw<uint8_t>(tensor, message.int_val_size(),
                                [&](int i) { return static_cast<uint8_t>(int_val(i)); });
    case 2:
      return SpreadRaw<uint16_t>(tensor, message.int_val_size(),
                                 [&](int i) { return static_cast<uint16_t>(int_val(i)); });
    default:
      return SpreadRaw<int32_t>(tensor, message.int_val_size(), int_val);
  }
}

bool AllElementsHaveTheSameBits(const Tensor& tensor) {
  const std::span<const std::byte> bytes = tensor.bytes();
  const size_t size = DTypeSize(tensor.dtype());
  // Each element equals the one before it.
  return bytes.size() >= size &&
         std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
}

void WriteFirstValue(const Tensor& tensor, proto::TensorProto& message) {
  const void* data = tensor.data();
  switch (tensor.dtype()) {
    case DType::kFloat32:
      message.add_float_val(tensor.flat<float>()[0]);
      return;
    case DType::kFloat64:
      message.add_double_val(tensor.flat<double>()[0]);
      return;
    case DType::kBool:
      message.add_bool_val(tensor.flat<bool>()[0]);
      return;
    case DType::kInt64:
      message.add_int64_val(tensor.flat<int64_t>()[0]);
      return;
    case DType::kUInt32:
      message.add_uint32_val(tensor.flat<uint32_t>()[0]);
      return;
    case DType::kUInt64:
      message.add_uint64_val(tensor.flat<uint64_t>()[0]);
      return;
    case DType::kComplex64:
      message.add_scomplex_val(tensor.flat<std::complex<float>>()[0].real());
      message.add_scomplex_val(tensor.flat<std::complex<float>>()[0].imag());
      return;
    case DType::kComplex128:
      message.add_dcomplex_val(tensor.flat<std::complex<double>>()[0].real());
      message.add_dcomplex_val(tensor.flat<std::complex<double>>()[0].imag());
      return;
    case DType::kFloat16:
    case DType::kBFloat16:
      message.add_half_val(*static_cast<const uint16_t*>(data));
      return;
    case DType::kUInt8:
    case DType::kQUInt8:
    case DType::kUInt4:
      message.add_int_val(*static_cast<const uint8_t*>(data));
      return;
    case DType::kInt8:
    case DType::kQInt8:
    case DType::kInt4:
      message.add_int_val(*static_cast<const int8_t*>(data));
      return;
    case DType::kUInt16:
    case DType::kQUInt16:
      message.add_int_val(*static_cast<const uint16_t*>(data));
      return;
    case DType::kInt16:
    case DType::kQInt16:
      message.add_int_val(*static_cast<const int16_t*>(data));
      return;
    case DType::kInt32:
    case DType::kQInt32:
      message.add_int_val(*static_cast<const int32_t*>(data));
      return;
    default:
      // The float8 formats: a byte each.
      message.set_float8_val(data, 1);
  }
}

}  // namespace

Result<Tensor> TensorFromProto(const proto::TensorProto& message, uint64_t max_bytes) {
  const std::optional<DType> dtype = DTypeFromNumber(message.dtype());
  if (!dtype || message.dtype() > 100) {
    return Fail(ErrorCode::kInvalidArgument, "tensor has unknown dtype number {}",
                static_cast<int>(message.dtype()));
  }
  FL_ASSIGN_OR_RETURN(const PartialShape partial, ShapeFromProto(message.tensor_shape()));
  const std::optional<Shape> shape = partial.ToShape();
  if (!shape) {
    return Fail(ErrorCode::kInvalidArgument, "tensor has shape {}, want every dimension",
                ToString(partial));
  }
  const bool is_string = *dtype == DType::kString;
  const size_t element_bytes = is_string ? sizeof(std::string) : DTypeSize(*dtype);
  if (element_bytes != 0 &&
      static_cast<uint64_t>(shape->num_elements()) > max_bytes / element_bytes) {
    return Fail(ErrorCode::kTooLarge, "tensor {}{} is larger than the limit of {} bytes",
                DTypeName(*dtype), ToString(*shape), max_bytes);
  }
  const std::string& content = message.tensor_content();
  if (!content.empty() && !is_string &&
      content.size() != static_cast<size_t>(shape->num_elements()) * element_bytes) {
    return Fail(ErrorCode::kInvalidArgument, "tensor {}{} has {} bytes of content, want {}",
                DTypeName(*dtype), ToString(*shape), content.size(),
                static_cast<size_t>(shape->num_elements()) * element_bytes);
  }
  FL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(*dtype, *shape));
  if (!content.empty() && !is_string) {
    std::memcpy(tensor.mutable_data(), content.data(), content.size());
    if (*dtype == DType::kBool) {  // Any other byte than 0 and 1 would be no bool to C++.
      for (std::byte& byte : tensor.mutable_bytes()) byte = std::byte{byte != std::byte{0}};
    }
    return tensor;
  }
  FL_TRY(ReadTypedValues(message, tensor));
  return tensor;
}

proto::TensorProto TensorToProto(const Tensor& tensor) {
  proto::TensorProto message;
  message.set_dtype(DTypeToProto(tensor.dtype()));
  *message.mutable_tensor_shape() = ShapeToProto(tensor.shape());
  if (!tensor.is_valid() || tensor.num_elements() == 0) return message;
  if (tensor.dtype() == DType::kString) {
    for (const std::string& value : tensor.flat<std::string>()) message.add_string_val(value);
  } else if (tensor.num_elements() == 1 || AllElementsHaveTheSameBits(tensor)) {
    WriteFirstValue(tensor, message);
  } else {
    message.set_tensor_content(tensor.data(), tensor.num_bytes());
  }
  return message;
}

Result<PartialShape> ShapeFromProto(const proto::TensorShapeProto& message) {
  if (message.unknown_rank()) return PartialShape::Unknown();
  std::vector<int64_t> dims;
  dims.reserve(static_cast<size_t>(message.dim_size()));
  for (const auto& dim : message.dim()) dims.push_back(dim.size());
  return PartialShape::From(dims);
}

proto::TensorShapeProto ShapeToProto(const PartialShape& shape) {
  proto::TensorShapeProto message;
  if (!shape.has_rank()) message.set_unknown_rank(true);
  for (const int64_t dim : shape.dims()) message.add_dim()->set_size(dim);
  return message;
}

}  // namespace fanlight
