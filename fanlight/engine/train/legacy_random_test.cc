#include "fanlight/engine/train/legacy_random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanlight {
namespace {

using ::testing::ElementsAre;

// The expected numbers are NumPy 2's: seed(1), shuffle(arange(10)); seed(42),
// shuffle(arange(55000)).
TEST(LegacyRandomState, ShufflesAsNumPyDoes) {
  LegacyRandomState random(1);
  EXPECT_THAT(random.Permutation(10), ElementsAre(2, 9, 6, 4, 0, 3, 1, 7, 8, 5));

  LegacyRandomState large(42);
  const std::vector<uint32_t> first = large.Permutation(55000);
  EXPECT_THAT(std::vector(first.begin(), first.begin() + 5),
              ElementsAre(34191, 23679, 44684, 11335, 22691));
  EXPECT_EQ(first[12345], 37288u);
  const std::vector<uint32_t> second = large.Permutation(55000);
  EXPECT_THAT(std::vector(second.begin(), second.begin() + 5),
              ElementsAre(14849, 40559, 39954, 11761, 50667));
}

TEST(LegacyRandomState, DrawsAsNumPyDoes) {
  LegacyRandomState random(1);
  EXPECT_EQ(random.Uniform(), 0.417022004702574);
  EXPECT_EQ(random.Uniform(), 0.7203244934421581);
}

TEST(LegacyRandomState, ShufflesNothing) {
  LegacyRandomState random(1);
  EXPECT_THAT(random.Permutation(0), ElementsAre());
  EXPECT_THAT(random.Permutation(1), ElementsAre(0));
}

}  // namespace
}  // namespace fanlight
