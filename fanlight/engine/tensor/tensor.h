// Tensors: a dtype, a shape, and a shared buffer of elements in row-major order.
//
//   Tensor weights = Tensor::Zeros(DType::kFloat32, {784, 128});
//   weights.mutable_flat<float>()[0] = 0.5f;
//   Tensor label = Tensor::Scalar(std::string("loss"));
//
// A Tensor is a handle: copies share the elements, Clone() does not. Whoever writes through
// mutable_flat() writes for all handles. Handles may be copied and dropped on several threads;
// writing elements needs the caller's own order.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/dtype.h"
#include "fanlight/engine/tensor/shape.h"

namespace fanlight {

namespace internal {

// The elements behind one or more Tensors: a header and, in the same allocation, the elements; or
// a header and elements that someone else keeps.
class Buffer {
 public:
  // Elements start at multiples of this, a cache line and the widest vector register; large ones at
  // a page.
  static constexpr size_t kAlignment = 64;

  // nullptr when there is not enough memory. Strings are made empty; other elements are not set.
  static Buffer* Allocate(size_t bytes, size_t num_strings);
  // Elements at `data`, which `owner` keeps alive.
  static Buffer* Borrow(void* data, size_t bytes, std::shared_ptr<const void> owner);

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  void Ref() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy();
  }
  bool IsShared() const { return references_.load(std::memory_order_acquire) != 1; }

 private:
  Buffer() = default;
  ~Buffer() = default;
  void Destroy();

  std::atomic<int64_t> references_{1};
  void* data_ = nullptr;
  size_t bytes_ = 0;
  size_t allocated_bytes_ = 0;  // Behind the header.
  size_t num_strings_ = 0;
  std::shared_ptr<const void> owner_;  // Empty when the elements follow the header.
};

}  // namespace internal

class Tensor {
 public:
  // No tensor: dtype kInvalid, no elements.
  Tensor() = default;
  // Elements are not set (strings: empty). Aborts when memory runs out: for sizes that the program
  // chose. Use Allocate() for sizes that come from outside.
  Tensor(DType dtype, const Shape& shape);
  Tensor(const Tensor& other) : dtype_(other.dtype_), shape_(other.shape_), buffer_(other.buffer_) {
    if (buffer_ != nullptr) buffer_->Ref();
  }
  Tensor(Tensor&& other) noexcept
      : dtype_(std::exchange(other.dtype_, DType::kInvalid)),
        shape_(other.shape_),
        buffer_(std::exchange(other.buffer_, nullptr)) {}
  Tensor& operator=(const Tensor& other) {
    Tensor copy(other);
    swap(copy);
    return *this;
  }
  Tensor& operator=(Tensor&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Tensor() {
    if (buffer_ != nullptr) buffer_->Unref();
  }
  void swap(Tensor& other) noexcept {
    std::swap(dtype_, other.dtype_);
    std::swap(shape_, other.shape_);
    std::swap(buffer_, other.buffer_);
  }

  // Elements are not set (strings: empty).
  // Errors: kTooLarge, when the elements do not fit in memory; kUnimplemented, for a dtype without
  // elements of its own (kInvalid, kResource, kVariant).
  static Result<Tensor> Allocate(DType dtype, const Shape& shape);
  // All elements 0, false or "".
  static Tensor Zeros(DType dtype, const Shape& shape);
  // A tensor of rank 0.
  template <typename T>
  static Tensor Scalar(T value);
  static Tensor Scalar(const char* value) { return Scalar(std::string(value)); }
  // All elements equal to `value`.
  template <typename T>
  static Tensor Filled(const Shape& shape, const T& value);
  // A tensor of rank 1.
  template <typename T>
  static Tensor Vector(std::span<const T> values);
  template <typename T>
  static Tensor Vector(std::initializer_list<T> values) {
    return Vector(std::span<const T>(values.begin(), values.size()));
  }
  // The values in row-major order. Their number must be that of `shape`'s elements, or it aborts.
  template <typename T>
  static Tensor Of(const Shape& shape, std::span<const T> values);
  template <typename T>
  static Tensor Of(const Shape& shape, std::initializer_list<T> values) {
    return Of(shape, std::span<const T>(values.begin(), values.size()));
  }
  // A view of elements that `owner` keeps alive, such as a mapped file. `data` must be aligned for
  // the type (64 bytes lets kernels use it without a copy); it is not for strings.
  static Tensor Borrow(DType dtype, const Shape& shape, void* data,
                       std::shared_ptr<const void> owner);

  bool is_valid() const { return dtype_ != DType::kInvalid; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  int64_t num_elements() const { return shape_.num_elements(); }

  // The elements in row-major order. T must be the dtype's C++ type, or it aborts.
  template <typename T>
  std::span<const T> flat() const {
    FL_CHECK(kDTypeOf<T> == dtype_, "flat<T>() of another dtype");
    return {static_cast<const T*>(data()), static_cast<size_t>(num_elements())};
  }
  template <typename T>
  std::span<T> mutable_flat() {
    FL_CHECK(kDTypeOf<T> == dtype_, "mutable_flat<T>() of another dtype");
    return {static_cast<T*>(mutable_data()), static_cast<size_t>(num_elements())};
  }
  // The only element. The tensor must have one and T must be its type, or it aborts.
  template <typename T>
  const T& scalar() const {
    FL_CHECK(num_elements() == 1, "scalar<T>() of a tensor with another number of elements");
    return flat<T>()[0];
  }

  // The elements' bytes as they lie in memory. Empty for strings.
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(data()), num_bytes()};
  }
  std::span<std::byte> mutable_bytes() {
    return {static_cast<std::byte*>(mutable_data()), num_bytes()};
  }
  size_t num_bytes() const {
    return static_cast<size_t>(num_elements()) * DTypeSize(dtype_) * (is_valid() ? 1u : 0u);
  }
  const void* data() const { return buffer_ == nullptr ? nullptr : buffer_->data(); }
  void* mutable_data() { return buffer_ == nullptr ? nullptr : buffer_->data(); }

  // Whether another handle shares the elements.
  bool is_shared() const { return buffer_ != nullptr && buffer_->IsShared(); }
  // A tensor with the same elements of its own.
  Tensor Clone() const;
  // The same elements under another shape of as many elements, or it aborts.
  Tensor Reshaped(const Shape& shape) const;

 private:
  Tensor(DType dtype, const Shape& shape, internal::Buffer* buffer)
      : dtype_(dtype), shape_(shape), buffer_(buffer) {}

  DType dtype_ = DType::kInvalid;
  Shape shape_;
  internal::Buffer* buffer_ = nullptr;  // One reference is ours.
};

// Whether dtype, shape and every element are the same (floats: bit for bit).
bool Identical(const Tensor& a, const Tensor& b);

// "float32[2,3]": what messages say of a tensor.
std::string Describe(const Tensor& tensor);
// "float32[3] = 1.0 2.0 3.0", at most `max_elements` of them, then "...".
std::string ToString(const Tensor& tensor, size_t max_elements = 10);

// The same values as another dtype, as C++ converts them; to bool: not zero. Complex numbers and
// strings are converted to their own type only.
// Errors: kInvalidArgument for pairs that cannot be converted.
Result<Tensor> ConvertTo(const Tensor& tensor, DType dtype);
// The same into `target`, which has as many elements. They may share a buffer where neither the
// size of an element differs.
Status ConvertInto(const Tensor& tensor, Tensor& target);

template <typename T>
Tensor Tensor::Scalar(T value) {
  static_assert(kDTypeOf<T> != DType::kInvalid);
  Tensor tensor(kDTypeOf<T>, Shape());
  tensor.mutable_flat<T>()[0] = std::move(value);
  return tensor;
}

template <typename T>
Tensor Tensor::Filled(const Shape& shape, const T& value) {
  Tensor tensor(kDTypeOf<T>, shape);
  for (T& element : tensor.mutable_flat<T>()) element = value;
  return tensor;
}

template <typename T>
Tensor Tensor::Of(const Shape& shape, std::span<const T> values) {
  Tensor tensor(kDTypeOf<T>, shape);
  const std::span<T> elements = tensor.mutable_flat<T>();
  FL_CHECK(elements.size() == values.size(), "as many values as the shape has elements");
  for (size_t i = 0; i < values.size(); ++i) elements[i] = values[i];
  return tensor;
}

template <typename T>
Tensor Tensor::Vector(std::span<const T> values) {
  return Of(Shape{static_cast<int64_t>(values.size())}, values);
}

}  // namespace fanlight
