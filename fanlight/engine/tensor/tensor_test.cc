#include "fanlight/engine/tensor/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(DType, NumbersAndNamesAreTensorFlows) {
  EXPECT_EQ(static_cast<int>(DType::kBFloat16), 14);
  EXPECT_EQ(DTypeName(DType::kInt64), "int64");
  EXPECT_EQ(DTypeFromName("float"), DType::kFloat32);
  EXPECT_EQ(DTypeFromName("uint4"), DType::kUInt4);
  EXPECT_EQ(DTypeFromNumber(101), DType::kFloat32);
  EXPECT_EQ(DTypeFromNumber(0), std::nullopt);
  EXPECT_EQ(DTypeFromNumber(77), std::nullopt);
  EXPECT_EQ(DTypeName(static_cast<DType>(200)), "invalid");
}

TEST(DType, HalfRoundsToNearestEvenAndKeepsSpecialValues) {
  const std::pair<float, uint16_t> cases[] = {{0.0f, 0},
                                              {-0.0f, 0x8000},
                                              {1.0f, 0x3c00},
                                              {65504.0f, 0x7bff},
                                              {65519.9f, 0x7bff},
                                              {65520.0f, 0x7c00},
                                              {1e9f, 0x7c00},
                                              {-INFINITY, 0xfc00},
                                              {0x1p-24f, 1},
                                              {0x1p-25f, 0},
                                              {0x1.8p-25f, 1},
                                              {0x1p-14f, 0x0400},
                                              {1.00048828125f, 0x3c00} /* a tie: to even */,
                                              {1.0009766f, 0x3c01},
                                              {1.0014648f, 0x3c02}};
  for (const auto& [value, bits] : cases) EXPECT_EQ(Float16(value).bits, bits) << value;
  EXPECT_TRUE(std::isnan(static_cast<float>(Float16(NAN))));
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(NAN))));
  for (uint32_t bits = 0; bits < 65536; ++bits) {  // Every half survives float32 and back.
    Float16 half;
    half.bits = static_cast<uint16_t>(bits);
    const auto value = static_cast<float>(half);
    if (!std::isnan(value)) {
      ASSERT_EQ(Float16(value).bits, half.bits) << bits;
    }
    BFloat16 brain;
    brain.bits = static_cast<uint16_t>(bits);
    const auto wide = static_cast<float>(brain);
    if (!std::isnan(wide)) {
      ASSERT_EQ(BFloat16(wide).bits, brain.bits) << bits;
    }
  }
}

TEST(Shape, RefusesWhatCannotBe) {
  const int64_t negative[] = {2, -1};
  EXPECT_EQ(Shape::From(negative).error().code, ErrorCode::kInvalidArgument);
  const int64_t huge[] = {int64_t{1} << 40, int64_t{1} << 40};
  EXPECT_EQ(Shape::From(huge).error().code, ErrorCode::kTooLarge);
  const int64_t huge_but_empty[] = {int64_t{1} << 40, 0, int64_t{1} << 40};
  EXPECT_FALSE(Shape::From(huge_but_empty).has_value());
  const int64_t deep[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(Shape::From(deep).error().code, ErrorCode::kInvalidArgument);
}

TEST(Shape, BroadcastsByNumPysRule) {
  EXPECT_EQ(*Broadcast(Shape{100, 1, 3}, Shape{4, 1}), (Shape{100, 4, 3}));
  EXPECT_EQ(*Broadcast(Shape{}, Shape{2, 0}), (Shape{2, 0}));
  EXPECT_THAT(Broadcast(Shape{2, 3}, Shape{2}).error().message,
              HasSubstr("shapes [2,3] and [2] cannot be broadcast together"));
  EXPECT_EQ(*Broadcast(PartialShape{-1, 3}, PartialShape{5, 1}), (PartialShape{5, 3}));
  EXPECT_EQ(*Broadcast(PartialShape{-1}, PartialShape{1}), (PartialShape{-1}));
  EXPECT_FALSE(Broadcast(PartialShape::Unknown(), PartialShape{1})->has_rank());
}

TEST(PartialShape, MergesAndPrints) {
  EXPECT_EQ(*Merge(PartialShape{-1, 3}, PartialShape{5, -1}), (PartialShape{5, 3}));
  EXPECT_EQ(*Merge(PartialShape::Unknown(), PartialShape{5}), (PartialShape{5}));
  EXPECT_FALSE(Merge(PartialShape{4}, PartialShape{5}).has_value());
  EXPECT_FALSE(Merge(PartialShape{4}, PartialShape{4, 1}).has_value());
  EXPECT_EQ(ToString(PartialShape{-1, 3}), "[?,3]");
  EXPECT_EQ(ToString(PartialShape::Unknown()), "<unknown>");
}

TEST(Tensor, CopiesShareAndClonesDoNot) {
  Tensor tensor = Tensor::Of<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
  EXPECT_FALSE(tensor.is_shared());
  const Tensor handle = tensor;
  const Tensor clone = tensor.Clone();
  EXPECT_TRUE(tensor.is_shared());
  tensor.mutable_flat<float>()[0] = 9;
  EXPECT_EQ(handle.flat<float>()[0], 9);
  EXPECT_EQ(clone.flat<float>()[0], 1);
  EXPECT_EQ(handle.Reshaped({4}).shape(), (Shape{4}));
}

TEST(Tensor, HoldsStringsBeyondTheSmallStringSize) {
  const std::string text(100, 'x');
  Tensor tensor = Tensor::Vector<std::string>({text, "b"});
  const Tensor clone = tensor.Clone();
  tensor.mutable_flat<std::string>()[0] = "";
  EXPECT_THAT(clone.flat<std::string>(), ElementsAre(text, "b"));
  EXPECT_EQ(tensor.num_bytes(), 0u);
}

TEST(Tensor, BorrowsWhileTheOwnerLives) {
  auto owner = std::make_shared<std::vector<int32_t>>(std::vector<int32_t>{1, 2, 3});
  std::weak_ptr<std::vector<int32_t>> watch = owner;
  {
    int32_t* data = owner->data();
    const Tensor tensor = Tensor::Borrow(DType::kInt32, {3}, data, std::move(owner));
    EXPECT_THAT(tensor.flat<int32_t>(), ElementsAre(1, 2, 3));
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST(Tensor, RefusesMoreThanMemory) {
  const auto tensor = Tensor::Allocate(DType::kFloat64, {int64_t{1} << 60});
  ASSERT_FALSE(tensor.has_value());
  EXPECT_EQ(tensor.error().code, ErrorCode::kTooLarge);
}

TEST(Tensor, ConvertsBetweenNumbers) {
  const Tensor doubles = Tensor::Vector<double>({1.5, -2.7, 0, 1e300, NAN});
  EXPECT_THAT(ConvertTo(doubles, DType::kInt32)->flat<int32_t>(),
              ElementsAre(1, -2, 0, std::numeric_limits<int32_t>::min(),
                          std::numeric_limits<int32_t>::min()));
  EXPECT_THAT(ConvertTo(doubles, DType::kBool)->flat<bool>(),
              ElementsAre(true, true, false, true, true));
  EXPECT_EQ(ConvertTo(doubles, DType::kFloat16)->flat<Float16>()[0].bits, 0x3e00);
  EXPECT_THAT(ConvertTo(doubles, DType::kString).error().message,
              HasSubstr("cannot convert float64[5] to string"));
}

TEST(Tensor, PrintsItself) {
  EXPECT_EQ(ToString(Tensor::Of<float>({1, 2}, {1, 0.1f})), "float32[1,2] = 1.0 0.1");
  EXPECT_EQ(ToString(Tensor::Vector<int64_t>({1, 2, 3}), 2), "int64[3] = 1 2 ...");
  EXPECT_EQ(ToString(Tensor::Scalar("a")), "string[] = \"a\"");
}

proto::TensorProto Message(DType dtype, std::initializer_list<int64_t> dims) {
  proto::TensorProto message;
  message.set_dtype(DTypeToProto(dtype));
  *message.mutable_tensor_shape() = ShapeToProto(PartialShape(dims));
  return message;
}

TEST(TensorProto, TheLastValueStandsForTheRest) {
  proto::TensorProto message = Message(DType::kFloat32, {4});
  EXPECT_THAT(TensorFromProto(message)->flat<float>(), ElementsAre(0, 0, 0, 0));
  message.add_float_val(1);
  message.add_float_val(2);
  EXPECT_THAT(TensorFromProto(message)->flat<float>(), ElementsAre(1, 2, 2, 2));
  const float content[] = {5, 6, 7, 8};
  message.set_tensor_content(content, sizeof(content));  // Content wins.
  EXPECT_THAT(TensorFromProto(message)->flat<float>(), ElementsAre(5, 6, 7, 8));
  proto::TensorProto strings = Message(DType::kString, {3});
  strings.add_string_val("a");
  EXPECT_THAT(TensorFromProto(strings)->flat<std::string>(), ElementsAre("a", "a", "a"));
}

TEST(TensorProto, RefusesBadMessages) {
  proto::TensorProto message = Message(DType::kFloat32, {2});
  message.set_tensor_content("12345");
  EXPECT_THAT(TensorFromProto(message).error().message,
              HasSubstr("has 5 bytes of content, want 8"));
  message = Message(DType::kFloat32, {1});
  message.add_float_val(1);
  message.add_float_val(2);
  EXPECT_THAT(TensorFromProto(message).error().message,
              HasSubstr("holds 2 values, want at most 1"));
  message = Message(DType::kFloat32, {-1});
  EXPECT_THAT(TensorFromProto(message).error().message, HasSubstr("[?]"));
  message = Message(DType::kFloat32, {int64_t{1} << 40});
  EXPECT_EQ(TensorFromProto(message).error().code, ErrorCode::kTooLarge);
  message.set_dtype(static_cast<proto::DataType>(99));
  EXPECT_THAT(TensorFromProto(message).error().message, HasSubstr("dtype number 99"));
  message = Message(DType::kVariant, {});
  EXPECT_EQ(TensorFromProto(message).error().code, ErrorCode::kUnimplemented);
}

TEST(TensorProto, WritesAsTensorFlowDoes) {
  EXPECT_EQ(TensorToProto(Tensor::Scalar(2.5f)).float_val_size(), 1);
  EXPECT_EQ(TensorToProto(Tensor::Vector<int32_t>({1, 2})).tensor_content().size(), 8u);
  EXPECT_EQ(TensorToProto(Tensor::Zeros(DType::kFloat32, {128})).float_val_size(), 1);
  EXPECT_EQ(TensorToProto(Tensor::Zeros(DType::kFloat32, {0})).float_val_size(), 0);
}

TEST(TensorProto, EveryDTypeSurvives) {
  for (int number = 1; number <= 30; ++number) {
    const DType dtype = *DTypeFromNumber(number);
    if (dtype == DType::kResource || dtype == DType::kVariant) continue;
    for (const Shape& shape : {Shape{}, Shape{3, 2}, Shape{0, 2}}) {
      for (const bool is_splat : {false, true}) {
        Tensor tensor = Tensor::Zeros(dtype, shape);
        if (dtype == DType::kString) {
          for (auto& text : tensor.mutable_flat<std::string>()) text = "value";
        }
        for (size_t i = 0; i < tensor.num_bytes(); ++i) {
          const size_t position = is_splat ? i % DTypeSize(dtype) : i;
          const int value = dtype == DType::kBool ? 1 : static_cast<int>(position % 50 + 3);
          tensor.mutable_bytes()[i] = static_cast<std::byte>(value);
        }
        const auto back = TensorFromProto(TensorToProto(tensor));
        ASSERT_TRUE(back.has_value()) << back.error().message;
        EXPECT_TRUE(Identical(tensor, *back)) << Describe(tensor);
      }
    }
  }
}

}  // namespace
}  // namespace fanlight
