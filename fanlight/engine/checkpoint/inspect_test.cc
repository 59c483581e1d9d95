#include "fanlight/engine/checkpoint/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fanlight::checkpoint {
namespace {

using ::testing::HasSubstr;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

TEST(Inspect, CountsWhatIsNotFinite) {
  const auto statistics = StatisticsOf(Tensor::Vector<float>({1, 3, 0, NAN, INFINITY, -INFINITY}));
  ASSERT_TRUE(statistics.has_value());
  EXPECT_EQ(statistics->finite, 3);
  EXPECT_EQ(statistics->zeros, 1);
  EXPECT_EQ(statistics->nans, 1);
  EXPECT_EQ(statistics->infinities, 2);
  EXPECT_EQ(statistics->min, 0);
  EXPECT_EQ(statistics->max, 3);
  EXPECT_DOUBLE_EQ(statistics->mean, 4.0 / 3);
  EXPECT_DOUBLE_EQ(statistics->stddev, std::sqrt(14.0 / 9));
  EXPECT_FALSE(StatisticsOf(Tensor::Scalar("text")).has_value());
}

TEST(Inspect, ShowsEveryVariable) {
  const auto report = InspectCheckpoint(Golden("ckpt_sliced/sliced.index"));
  ASSERT_TRUE(report.has_value()) << report.error().message;
  const std::string text = FormatReport(*report);
  EXPECT_THAT(text, HasSubstr("sliced: 2 variables, 100 B, 1 shard\n"));
  EXPECT_THAT(text, HasSubstr("w  float32[6,4]        96 B  in 2 slices  min 0  max 23"));
  EXPECT_THAT(text, HasSubstr("v  float32[1]           4 B  min 9  max 9  mean 9  stddev 0\n"));
}

TEST(Inspect, OfADirectoryShowsTheLatestCheckpoint) {
  const auto report = InspectCheckpoint(Golden("mnist_small"));
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->prefix, Golden("mnist_small/model.ckpt-6"));
  EXPECT_EQ(report->variables.size(), 7u);
  EXPECT_EQ(report->num_damaged(), 0u);
}

TEST(Inspect, NamesDamageAndGoesOn) {
  const auto report = InspectCheckpoint(Golden("ckpt_bad/flip_data"));
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->num_damaged(), 1u);
  const std::string text = FormatReport(*report);
  EXPECT_THAT(text, HasSubstr("a  int32[]            4 B  min 7"));
  EXPECT_THAT(text, HasSubstr("DAMAGED: checksum mismatch in \"b\""));
  EXPECT_THAT(text, HasSubstr("1 of 2 variables are damaged"));
  EXPECT_FALSE(InspectCheckpoint(Golden("ckpt_bad/flip_index")).has_value());
}

TEST(Inspect, ShowsTheValuesOfATensor) {
  EXPECT_THAT(*FormatTensor(Golden("ckpt_tiny/tiny"), "b"), HasSubstr("b: float32[2] = 1.5 -2.0"));
  EXPECT_EQ(FormatTensor(Golden("ckpt_tiny/tiny"), "c").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace fanlight::checkpoint
