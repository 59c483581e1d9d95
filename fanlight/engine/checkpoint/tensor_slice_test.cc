#include "fanlight/engine/checkpoint/tensor_slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <tuple>

#include "fanlight/engine/checkpoint/box_copy.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::HasSubstr;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

TEST(TensorSlice, ParsesTensorFlowsText) {
  const Result<SlicedShape> sliced = SlicedShape::Parse("6 4 0,4:-");
  ASSERT_TRUE(sliced.has_value()) << sliced.error().message;
  EXPECT_EQ(sliced->full, (Shape{6, 4}));
  EXPECT_EQ(sliced->part, (Shape{4, 4}));
  EXPECT_EQ(ToString(sliced->slice), "0,4:-");
}

TEST(TensorSlice, RefusesTextThatIsNoSlice) {
  for (const char* text : {"", "6", "6 4", "6 4 0,4", "6 4 0,4:-:-", "6 4 0,4:x", "6 4 -1,2:-",
                           "6 4 5,2:-", "6  4 -:-", "6 x -:-", "6 4 0,4:"}) {
    const Result<SlicedShape> sliced = SlicedShape::Parse(text);
    ASSERT_FALSE(sliced.has_value()) << text;
    EXPECT_EQ(sliced.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(TensorSlice, EncodesKeysAsTensorFlowDoes) {
  EXPECT_EQ(Hex(EncodeSliceKey("w", SlicedShape::Parse("6 4 0,4:-")->slice)),
            "0077000101028084807f");
  EXPECT_EQ(Hex(EncodeSliceKey(std::string_view("a\0b\xff"
                                                "c",
                                                5),
                               SlicedShape::Parse("3 2,1")->slice)),
            "006100ff62ff00630001010182"
            "81");
  const auto code = [](int64_t start) {
    return Hex(EncodeSliceKey("", {{{.start = start, .length = 0}}})).substr(10);
  };
  EXPECT_EQ(code(0), "8080");
  EXPECT_EQ(code(63), "bf80");
  EXPECT_EQ(code(64), "c04080");
  EXPECT_EQ(code(8191), "dfff80");
  EXPECT_EQ(code(8192), "e0200080");
  EXPECT_EQ(code(1048576), "f010000080");
  EXPECT_EQ(code(300000000), "f811e1a30080");
}

TEST(TensorSliceProperty, KeysKeepTheOrderOfNameAndExtents) {
  EXPECT_TRUE(rc::check(
      [](const std::string& name_a, const std::string& name_b, int64_t start_a, int64_t start_b) {
        const std::string a = EncodeSliceKey(name_a, {{{.start = start_a, .length = 1}}});
        const std::string b = EncodeSliceKey(name_b, {{{.start = start_b, .length = 1}}});
        RC_ASSERT((a < b) == (std::tie(name_a, start_a) < std::tie(name_b, start_b)));
        RC_ASSERT((a == b) == (std::tie(name_a, start_a) == std::tie(name_b, start_b)));
      }));
}

TEST(TensorSlice, KeepsTheLargestNumbersInOrder) {
  std::string last;
  for (const int64_t start : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                              int64_t{1} << 40, (int64_t{1} << 61), (int64_t{1} << 62) - 1,
                              int64_t{1} << 62, std::numeric_limits<int64_t>::max()}) {
    const std::string key = EncodeSliceKey("v", {{{.start = start, .length = 1}}});
    EXPECT_LT(last, key) << start;
    last = key;
  }
}

TEST(BoxCopy, PutsATensorTogetherFromAnyCut) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = *rc::gen::inRange<int64_t>(1, 6);
    const auto columns = *rc::gen::inRange<int64_t>(1, 6);
    const auto depth = *rc::gen::inRange<int64_t>(1, 4);
    const auto cut = *rc::gen::inRange<int64_t>(0, columns + 1);
    const Shape shape{rows, columns, depth};
    Tensor whole(DType::kInt32, shape);
    int32_t next = 0;
    for (int32_t& element : whole.mutable_flat<int32_t>()) element = next++;
    const TensorSlice all = *Resolve({std::vector<TensorSlice::Extent>(3)}, shape);
    Tensor rebuilt = Tensor::Zeros(DType::kInt32, shape);
    for (const auto& [start, length] :
         {std::pair(int64_t{0}, cut), std::pair(cut, columns - cut)}) {
      const TensorSlice slice = *Resolve({{{}, {.start = start, .length = length}, {}}}, shape);
      Tensor part(DType::kInt32, *ShapeOf(slice));
      CopyBox(whole, all, part, slice, slice);
      CopyBox(part, slice, rebuilt, all, slice);
    }
    RC_ASSERT(Identical(whole, rebuilt));
  }));
}

TEST(BoxCopy, FindsOverlapsInAnyDimension) {
  const auto slice = [](std::string_view text) {
    const SlicedShape sliced = *SlicedShape::Parse(text);
    return *Resolve(sliced.slice, sliced.full);
  };
  const std::vector<TensorSlice> apart = {slice("4 4 0,2:-"), slice("4 4 2,2:0,3"),
                                          slice("4 4 2,2:3,1")};
  EXPECT_EQ(FindOverlap(apart), std::nullopt);
  const std::vector<TensorSlice> across = {slice("4 4 0,2:-"), slice("4 4 1,1:3,1"),
                                           slice("4 4 2,2:-")};
  EXPECT_TRUE(FindOverlap(across).has_value());
}

}  // namespace
}  // namespace fanlight::checkpoint
