#include "fanlight/events/tensor_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string Shape(const std::vector<int64_t>& dimensions) {
  std::string shape;
  protozero::pbf_writer writer(shape);
  for (const int64_t size : dimensions) {
    protozero::pbf_writer dimension(writer, 2);
    dimension.add_int64(1, size);
  }
  return shape;
}

// A TensorProto in the making.
struct Tensor {
  Tensor(int32_t dtype, const std::vector<int64_t>& dimensions) {
    writer.add_enum(1, dtype);
    writer.add_message(2, Shape(dimensions));
  }
  template <typename T>
  Tensor& Content(const std::vector<T>& elements) {
    std::string content(elements.size() * sizeof(T), '\0');
    std::memcpy(content.data(), elements.data(), content.size());
    writer.add_bytes(4, content);
    return *this;
  }
  // A list of varints; field 7 and others.
  Tensor& Varints(uint32_t field, const std::vector<int64_t>& elements) {
    writer.add_packed_int64(field, elements.begin(), elements.end());
    return *this;
  }
  TensorView View() const {
    const auto view = DecodeTensor(AsBytes(bytes));
    EXPECT_TRUE(view) << view.error().message;
    return *view;
  }
  std::vector<double> Numbers() const {
    const auto numbers = NumbersOf(View());
    EXPECT_TRUE(numbers) << numbers.error().message;
    return *numbers;
  }

  std::string bytes;
  protozero::pbf_writer writer{bytes};
};

TEST(TensorValue, ReadsRawElementsOfEveryDType) {
  const std::vector<int64_t> two = {2};
  EXPECT_THAT(Tensor(1, two).Content<float>({1.5f, -2}).Numbers(), ElementsAre(1.5, -2));
  EXPECT_THAT(Tensor(2, two).Content<double>({1.5, 0.1}).Numbers(), ElementsAre(1.5, 0.1));
  EXPECT_THAT(Tensor(3, two).Content<int32_t>({7, -7}).Numbers(), ElementsAre(7, -7));
  EXPECT_THAT(Tensor(4, two).Content<uint8_t>({0, 255}).Numbers(), ElementsAre(0, 255));
  EXPECT_THAT(Tensor(5, two).Content<int16_t>({300, -300}).Numbers(), ElementsAre(300, -300));
  EXPECT_THAT(Tensor(6, two).Content<int8_t>({127, -128}).Numbers(), ElementsAre(127, -128));
  EXPECT_THAT(Tensor(9, two).Content<int64_t>({1LL << 40, -1}).Numbers(), ElementsAre(0x1p40, -1));
  EXPECT_THAT(Tensor(10, two).Content<uint8_t>({0, 1}).Numbers(), ElementsAre(0, 1));
  EXPECT_THAT(Tensor(14, two).Content<uint16_t>({0x3fc0, 0xc000}).Numbers(), ElementsAre(1.5, -2));
  EXPECT_THAT(Tensor(17, two).Content<uint16_t>({0, 65535}).Numbers(), ElementsAre(0, 65535));
  EXPECT_THAT(Tensor(19, two).Content<uint16_t>({0x3e00, 0xfc00}).Numbers(),
              ElementsAre(1.5, -kInfinity));
  EXPECT_THAT(Tensor(22, two).Content<uint32_t>({0, 0xffffffffu}).Numbers(),
              ElementsAre(0, 4294967295.0));
  EXPECT_THAT(Tensor(23, two).Content<uint64_t>({0, ~uint64_t{0}}).Numbers(),
              ElementsAre(0, 0x1p64));
  EXPECT_THAT(Tensor(29, two).Content<uint8_t>({0x07, 0xff}).Numbers(), ElementsAre(7, -1));
  EXPECT_THAT(Tensor(30, two).Content<uint8_t>({0x07, 0x0f}).Numbers(), ElementsAre(7, 15));
}

// Values from the formats' own definitions: largest and smallest, and what is no number.
TEST(TensorValue, ReadsSmallFloats) {
  EXPECT_THAT(Tensor(24, {3}).Content<uint8_t>({0x7b, 0x01, 0x7c}).Numbers(),
              ElementsAre(57344, 0x1p-16, kInfinity));
  EXPECT_THAT(Tensor(25, {3}).Content<uint8_t>({0x7e, 0x01, 0xb8}).Numbers(),
              ElementsAre(448, 0x1p-9, -1));
  EXPECT_THAT(Tensor(26, {2}).Content<uint8_t>({0x7f, 0x01}).Numbers(), ElementsAre(240, 0x1p-10));
  EXPECT_THAT(Tensor(27, {2}).Content<uint8_t>({0x7f, 0x01}).Numbers(), ElementsAre(30, 0x1p-13));
  EXPECT_THAT(Tensor(28, {2}).Content<uint8_t>({0x7f, 0x01}).Numbers(),
              ElementsAre(57344, 0x1p-17));
  EXPECT_THAT(Tensor(33, {3}).Content<uint8_t>({0x07, 0x01, 0x0a}).Numbers(),
              ElementsAre(6, 0.5, -1));
  for (const int32_t dtype : {26, 27, 28}) {
    EXPECT_TRUE(std::isnan(Tensor(dtype, {1}).Content<uint8_t>({0x80}).Numbers()[0]));
  }
  EXPECT_TRUE(std::isnan(Tensor(25, {1}).Content<uint8_t>({0x7f}).Numbers()[0]));
  EXPECT_TRUE(std::isnan(Tensor(19, {1}).Content<uint16_t>({0x7e00}).Numbers()[0]));
  EXPECT_THAT(Tensor(19, {2}).Content<uint16_t>({0x0001, 0x7bff}).Numbers(),
              ElementsAre(0x1p-24, 65504));
}

TEST(TensorValue, ReadsTypedLists) {
  EXPECT_THAT(Tensor(3, {2}).Varints(7, {7, -7}).Numbers(), ElementsAre(7, -7));
  EXPECT_THAT(Tensor(4, {2}).Varints(7, {0, 255}).Numbers(), ElementsAre(0, 255));
  EXPECT_THAT(Tensor(9, {2}).Varints(10, {1LL << 40, -1}).Numbers(), ElementsAre(0x1p40, -1));
  EXPECT_THAT(Tensor(10, {2}).Varints(11, {0, 1}).Numbers(), ElementsAre(0, 1));
  EXPECT_THAT(Tensor(19, {2}).Varints(13, {0x3e00, 0xc000}).Numbers(), ElementsAre(1.5, -2));
  EXPECT_THAT(Tensor(14, {2}).Varints(13, {0x3fc0, 0xc000}).Numbers(), ElementsAre(1.5, -2));
  EXPECT_THAT(Tensor(22, {1}).Varints(16, {0xffffffff}).Numbers(), ElementsAre(4294967295.0));
  EXPECT_THAT(Tensor(23, {1}).Varints(17, {-1}).Numbers(), ElementsAre(0x1p64));
  Tensor floats(1, {3});
  floats.writer.add_float(5, 1.5f);  // Not packed, then packed.
  const std::vector<float> rest = {2.5f, 3.5f};
  floats.writer.add_packed_float(5, rest.begin(), rest.end());
  EXPECT_THAT(floats.Numbers(), ElementsAre(1.5, 2.5, 3.5));
  Tensor doubles(2, {1});
  doubles.writer.add_double(6, 0.1);
  EXPECT_THAT(doubles.Numbers(), ElementsAre(0.1));
  Tensor float8(25, {2});
  float8.writer.add_bytes(18, std::string("\x7e\xb8"));
  EXPECT_THAT(float8.Numbers(), ElementsAre(448, -1));
}

TEST(TensorValue, TheLastOfAShortListIsRepeated) {
  EXPECT_THAT(Tensor(3, {4}).Varints(7, {1, 2}).Numbers(), ElementsAre(1, 2, 2, 2));
  EXPECT_THAT(Tensor(3, {2, 2}).Numbers(), ElementsAre(0, 0, 0, 0));
  Tensor strings(7, {3});
  strings.writer.add_bytes(8, std::string("a"));
  const TensorView view = strings.View();
  const std::vector<Bytes> elements = *StringsOf(view);
  std::vector<std::string> texts;
  for (const Bytes text : elements) texts.emplace_back(AsText(text));
  EXPECT_THAT(texts, ElementsAre("a", "a", "a"));
}

TEST(TensorValue, RawElementsWinOverAList) {
  EXPECT_THAT(Tensor(3, {2}).Varints(7, {1, 2}).Content<int32_t>({3, 4}).Numbers(),
              ElementsAre(3, 4));
}

TEST(TensorValue, AScalarMayHaveAnyRankOfOneElement) {
  EXPECT_EQ(*ScalarOf(Tensor(1, {}).Content<float>({0.25f}).View()), 0.25);
  EXPECT_EQ(*ScalarOf(Tensor(1, {1, 1}).Content<float>({0.25f}).View()), 0.25);
  EXPECT_EQ(*ScalarOf(Tensor(3, {}).Varints(7, {5}).View()), 5);
  EXPECT_EQ(*ScalarOf(Tensor(3, {}).Varints(7, {5, 6}).View()), 5);
  EXPECT_EQ(*ScalarOf(Tensor(3, {}).View()), 0);
  const auto many = ScalarOf(Tensor(1, {2}).Content<float>({1, 2}).View());
  EXPECT_THAT(many.error().message, HasSubstr("2 elements"));
  const auto text = ScalarOf(Tensor(7, {}).View());
  EXPECT_THAT(text.error().message, HasSubstr("string"));
}

TEST(TensorValue, ATensorWithoutAShapeIsAScalar) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_enum(1, 1);
  writer.add_float(5, 2.5f);
  EXPECT_EQ(*ScalarOf(*DecodeTensor(AsBytes(bytes))), 2.5);
}

TEST(TensorValue, AnEmptyDimensionMakesNoElements) {
  EXPECT_TRUE(Tensor(1, {0, 3}).Numbers().empty());
  EXPECT_EQ(*DimensionsOf(Tensor(1, {0, 3}).View()), (std::vector<int64_t>{0, 3}));
  EXPECT_TRUE(Tensor(1, {0, int64_t{1} << 62, int64_t{1} << 62}).Numbers().empty());
}

TEST(TensorValue, ClaimsAreNotBelieved) {
  const auto huge = NumbersOf(Tensor(1, {1 << 30, 1 << 30}).View());
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::kTooLarge);
  const auto overflow = DecodeTensor(AsBytes(Tensor(1, {1LL << 62, 1LL << 62}).bytes));
  EXPECT_EQ(overflow.error().code, ErrorCode::kTooLarge);
  const auto negative = DecodeTensor(AsBytes(Tensor(1, {-1}).bytes));
  EXPECT_THAT(negative.error().message, HasSubstr("dimension of -1"));
  const auto strings = StringsOf(Tensor(7, {1 << 30}).View());
  EXPECT_EQ(strings.error().code, ErrorCode::kTooLarge);
  const auto cut = NumbersOf(Tensor(1, {3}).Content<float>({1, 2}).View());
  EXPECT_THAT(cut.error().message, HasSubstr("8 bytes, want 3 elements of float32"));
  const auto unknown = NumbersOf(Tensor(77, {1}).View());
  EXPECT_THAT(unknown.error().message, HasSubstr("dtype 77"));
  const auto raw_string = StringsOf(Tensor(7, {1}).Content<char>({'a'}).View());
  EXPECT_THAT(raw_string.error().message, HasSubstr("string_val"));
}

TEST(TensorValue, MalformedBytesAreAnError) {
  const auto decoded = DecodeTensor(AsBytes("\x22\xff"));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fanlight
