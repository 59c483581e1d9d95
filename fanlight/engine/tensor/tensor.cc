#include "fanlight/engine/tensor/tensor.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "fanlight/base/decimal.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace internal {
namespace {

constexpr size_t kHeaderBytes =
    (sizeof(Buffer) + Buffer::kAlignment - 1) / Buffer::kAlignment * Buffer::kAlignment;

// Elements of this many bytes and more begin a page: a device can take them from where they lie.
constexpr size_t kLargeBytes = size_t{1} << 20;
constexpr size_t kPageBytes = 4096;

// Where several of the system's huge pages fit, they are asked for: rows of a large matrix lie each
// on a page of its own otherwise, and looking the pages up takes a twentieth of a product's time.
constexpr size_t kHugePagesBytes = size_t{8} << 20;

void AskForHugePages(void* memory, size_t bytes) {
  if (bytes >= kHugePagesBytes) static_cast<void>(::madvise(memory, bytes, MADV_HUGEPAGE));
}

size_t AlignmentFor(size_t bytes) { return bytes >= kLargeBytes ? kPageBytes : Buffer::kAlignment; }

}  // namespace

Buffer* Buffer::Allocate(size_t bytes, size_t num_strings) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  const size_t alignment = AlignmentFor(bytes);
  const size_t header_bytes = std::max(alignment, kHeaderBytes);
  void* memory = ::operator new(header_bytes + bytes, std::align_val_t{alignment}, std::nothrow);
  if (memory == nullptr) return nullptr;
  AskForHugePages(memory, header_bytes + bytes);
  auto* buffer = new (memory) Buffer();
  buffer->data_ = static_cast<std::byte*>(memory) + header_bytes;
  buffer->allocated_bytes_ = bytes;
  buffer->bytes_ = bytes;
  buffer->num_strings_ = num_strings;
  auto* strings = static_cast<std::string*>(buffer->data_);
  for (size_t i = 0; i < num_strings; ++i) new (strings + i) std::string();
  return buffer;
}

Buffer* Buffer::Borrow(void* data, size_t bytes, std::shared_ptr<const void> owner) {
  Buffer* buffer = Allocate(0, 0);
  FL_CHECK(buffer != nullptr, "out of memory");
  buffer->data_ = data;
  buffer->bytes_ = bytes;
  buffer->owner_ = std::move(owner);
  return buffer;
}

void Buffer::Destroy() {
  auto* strings = static_cast<std::string*>(data_);
  for (size_t i = 0; i < num_strings_; ++i) strings[i].~basic_string();
  const size_t alignment = AlignmentFor(allocated_bytes_);
  this->~Buffer();
  ::operator delete(this, std::align_val_t{alignment});
}

}  // namespace internal

Result<Tensor> Tensor::Allocate(DType dtype, const Shape& shape) {
  const bool is_string = dtype == DType::kString;
  const size_t element_bytes = is_string ? sizeof(std::string) : DTypeSize(dtype);
  if (element_bytes == 0) {
    return Fail(ErrorCode::kUnimplemented, "a tensor of dtype {} cannot be made", DTypeName(dtype));
  }
  const auto count = static_cast<size_t>(shape.num_elements());
  internal::Buffer* buffer = nullptr;
  if (count <= (SIZE_MAX >> 1) / element_bytes) {
    buffer = internal::Buffer::Allocate(count * element_bytes, is_string ? count : 0);
  }
  if (buffer == nullptr) {
    return Fail(ErrorCode::kTooLarge, "not enough memory for a tensor {}{}", DTypeName(dtype),
                ToString(shape));
  }
  return Tensor(dtype, shape, buffer);
}

Tensor::Tensor(DType dtype, const Shape& shape) {
  auto tensor = Allocate(dtype, shape);
  FL_CHECK(tensor.has_value(), tensor ? "" : tensor.error().message);
  swap(*tensor);
}

Tensor Tensor::Zeros(DType dtype, const Shape& shape) {
  Tensor tensor(dtype, shape);
  if (tensor.num_bytes() != 0) std::memset(tensor.mutable_data(), 0, tensor.num_bytes());
  return tensor;
}

Tensor Tensor::Borrow(DType dtype, const Shape& shape, void* data,
                      std::shared_ptr<const void> owner) {
  const size_t bytes = static_cast<size_t>(shape.num_elements()) * DTypeSize(dtype);
  FL_CHECK(DTypeSize(dtype) != 0, "only elements of a fixed size can be borrowed");
  return {dtype, shape, internal::Buffer::Borrow(data, bytes, std::move(owner))};
}

Tensor Tensor::Clone() const {
  if (!is_valid()) return {};
  Tensor copy(dtype_, shape_);
  if (dtype_ == DType::kString) {
    const auto source = flat<std::string>();
    const auto target = copy.mutable_flat<std::string>();
    for (size_t i = 0; i < source.size(); ++i) target[i] = source[i];
  } else if (num_bytes() != 0) {
    std::memcpy(copy.mutable_data(), data(), num_bytes());
  }
  return copy;
}

Tensor Tensor::Reshaped(const Shape& shape) const {
  FL_CHECK(shape.num_elements() == num_elements(), "a reshape keeps the number of elements");
  Tensor reshaped(*this);
  reshaped.shape_ = shape;
  return reshaped;
}

bool Identical(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (a.dtype() == DType::kString) {
    const auto x = a.flat<std::string>();
    const auto y = b.flat<std::string>();
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] != y[i]) return false;
    }
    return true;
  }
  return a.num_bytes() == 0 || std::memcmp(a.data(), b.data(), a.num_bytes()) == 0;
}

std::string Describe(const Tensor& tensor) {
  if (!tensor.is_valid()) return "no tensor";
  return std::string(DTypeName(tensor.dtype())) + ToString(tensor.shape());
}

std::string ToString(const Tensor& tensor, size_t max_elements) {
  std::string text = Describe(tensor) + " =";
  const size_t count = std::min(max_elements, static_cast<size_t>(tensor.num_elements()));
  if (!tensor.is_valid()) return text;
  auto append = [&]<typename T>(TypeTag<T>) {
    for (size_t i = 0; i < count; ++i) {
      const T& value = tensor.flat<T>()[i];
      text += ' ';
      if constexpr (std::is_same_v<T, std::string>) {
        text += Quoted(value);
      } else if constexpr (std::is_same_v<T, bool>) {
        text += value ? "true" : "false";
      } else if constexpr (std::is_floating_point_v<T>) {
        text += ShortestDecimal(value);
      } else if constexpr (std::is_integral_v<T>) {
        text += std::to_string(value);
      } else if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
        text += ShortestDecimal(static_cast<float>(value));
      } else {
        text += ShortestDecimal(value.real()) + "+" + ShortestDecimal(value.imag()) + "i";
      }
    }
  };
  const bool is_known = VisitArithmetic(tensor.dtype(), append) ||
                        VisitDTypeAmong<bool, std::string, Float16, BFloat16, std::complex<float>,
                                        std::complex<double>>(tensor.dtype(), append);
  if (!is_known || count < static_cast<size_t>(tensor.num_elements())) text += " ...";
  return text;
}

namespace {

// float32 stands between the 16-bit formats and everything else.
template <typename To, typename From>
To ConvertElement(const From& value) {
  if constexpr (std::is_same_v<From, Float16> || std::is_same_v<From, BFloat16>) {
    return ConvertElement<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Out of range and NaN have no defined conversion in C++; what x86 gives is the least integer.
    if (!(value > static_cast<From>(std::numeric_limits<To>::min()) - From{1} &&
          value < static_cast<From>(std::numeric_limits<To>::max()) + From{1})) {
      return std::numeric_limits<To>::min();
    }
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace

Status ConvertInto(const Tensor& tensor, Tensor& target) {
  FL_CHECK(tensor.num_elements() == target.num_elements(), "as many elements in both");
  bool is_done = false;
  auto from = [&]<typename From>(TypeTag<From>) {
    auto to = [&]<typename To>(TypeTag<To>) {
      const From* const source = tensor.flat<From>().data();
      To* const elements = target.mutable_flat<To>().data();
      const auto count = static_cast<size_t>(tensor.num_elements());
      for (size_t i = 0; i < count; ++i) elements[i] = ConvertElement<To>(source[i]);
      is_done = true;
    };
    VisitArithmetic(target.dtype(), to) ||
        VisitDTypeAmong<bool, Float16, BFloat16>(target.dtype(), to);
  };
  VisitArithmetic(tensor.dtype(), from) ||
      VisitDTypeAmong<bool, Float16, BFloat16>(tensor.dtype(), from);
  if (!is_done) {
    return Fail(ErrorCode::kInvalidArgument, "cannot convert {} to {}", Describe(tensor),
                DTypeName(target.dtype()));
  }
  return {};
}

Result<Tensor> ConvertTo(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  FL_ASSIGN_OR_RETURN(Tensor converted, Tensor::Allocate(dtype, tensor.shape()));
  FL_TRY(ConvertInto(tensor, converted));
  return converted;
}

}  // namespace fanlight
