// Element types, with TensorFlow's numbers, and the C++ type of each.
//
//   static_assert(kDTypeOf<float> == DType::kFloat32);
//   VisitDType(tensor.dtype(), [&]<typename T>(TypeTag<T>) { Negate(tensor.flat<T>()); });
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanlight {

// The numbers are those of TensorFlow's DataType, so that they stand in files as they are. A
// reference type (number + 100) is no type of a tensor: it belongs to an edge of a graph.
enum class DType : uint8_t {
  kInvalid = 0,
  kFloat32 = 1,
  kFloat64 = 2,
  kInt32 = 3,
  kUInt8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kQInt8 = 11,
  kQUInt8 = 12,
  kQInt32 = 13,
  kBFloat16 = 14,
  kQInt16 = 15,
  kQUInt16 = 16,
  kUInt16 = 17,
  kComplex128 = 18,
  kFloat16 = 19,
  kResource = 20,
  kVariant = 21,
  kUInt32 = 22,
  kUInt64 = 23,
  kFloat8E5M2 = 24,
  kFloat8E4M3FN = 25,
  kFloat8E4M3FNUZ = 26,
  kFloat8E4M3B11FNUZ = 27,
  kFloat8E5M2FNUZ = 28,
  kInt4 = 29,
  kUInt4 = 30,
};

// An IEEE half (binary16) as it is stored. Arithmetic is done in float32.
struct Float16 {
  uint16_t bits = 0;
  Float16() = default;
  explicit Float16(float value);  // Rounds to nearest, ties to even.
  explicit operator float() const;
  friend bool operator==(const Float16&, const Float16&) = default;
};

// The upper half of a float32, as it is stored. Arithmetic is done in float32.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);  // Rounds to nearest, ties to even; NaN stays NaN.
  explicit operator float() const;
  friend bool operator==(const BFloat16&, const BFloat16&) = default;
};

// Bytes of one element in memory. 0 for kInvalid and for types without a fixed size in files
// (kString, kResource, kVariant). Int4 and UInt4 take a byte each, as TensorFlow keeps them.
size_t DTypeSize(DType dtype);

// "float32", "int64", "string": the name NumPy and TensorFlow users read. "invalid" for unknown
// numbers.
std::string_view DTypeName(DType dtype);

// The type called `name` by DTypeName, or by TensorFlow's short names "float", "double", "half".
std::optional<DType> DTypeFromName(std::string_view name);

// The type with TensorFlow's `number`; a reference type's number gives the type referred to.
// nullopt for numbers that are not known.
std::optional<DType> DTypeFromNumber(int number);

bool IsFloating(DType dtype);  // float16, bfloat16, float32, float64.
bool IsInteger(DType dtype);   // Signed and unsigned, of 8 to 64 bits; not the quantised ones.
bool IsComplex(DType dtype);
inline bool IsNumeric(DType dtype) {
  return IsFloating(dtype) || IsInteger(dtype) || IsComplex(dtype);
}

// The type whose elements are stored as T; kInvalid for other types T. Types that share their
// storage with one of these (quantised, float8, int4) are reached as raw bytes.
template <typename T>
inline constexpr DType kDTypeOf = DType::kInvalid;
template <>
inline constexpr DType kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kFloat64;
template <>
inline constexpr DType kDTypeOf<int8_t> = DType::kInt8;
template <>
inline constexpr DType kDTypeOf<int16_t> = DType::kInt16;
template <>
inline constexpr DType kDTypeOf<int32_t> = DType::kInt32;
template <>
inline constexpr DType kDTypeOf<int64_t> = DType::kInt64;
template <>
inline constexpr DType kDTypeOf<uint8_t> = DType::kUInt8;
template <>
inline constexpr DType kDTypeOf<uint16_t> = DType::kUInt16;
template <>
inline constexpr DType kDTypeOf<uint32_t> = DType::kUInt32;
template <>
inline constexpr DType kDTypeOf<uint64_t> = DType::kUInt64;
template <>
inline constexpr DType kDTypeOf<bool> = DType::kBool;
template <>
inline constexpr DType kDTypeOf<std::string> = DType::kString;
template <>
inline constexpr DType kDTypeOf<Float16> = DType::kFloat16;
template <>
inline constexpr DType kDTypeOf<BFloat16> = DType::kBFloat16;
template <>
inline constexpr DType kDTypeOf<std::complex<float>> = DType::kComplex64;
template <>
inline constexpr DType kDTypeOf<std::complex<double>> = DType::kComplex128;

template <typename T>
struct TypeTag {
  using type = T;
};

// Calls `visitor(TypeTag<T>{})` with the C++ type of `dtype` among Ts; false when it is none of
// them.
template <typename... Ts, typename Visitor>
bool VisitDTypeAmong(DType dtype, Visitor&& visitor) {
  return ((kDTypeOf<Ts> == dtype ? (visitor(TypeTag<Ts>{}), true) : false) || ...);
}

// The same among the types with ordinary C++ arithmetic: float32/64 and the integers of 8 to 64
// bits.
template <typename Visitor>
bool VisitArithmetic(DType dtype, Visitor&& visitor) {
  return VisitDTypeAmong<float, double, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t,
                         uint32_t, uint64_t>(dtype, visitor);
}

}  // namespace fanlight
