#include "apps/common/inspect_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanlight {
namespace {

using ::testing::HasSubstr;

struct Ran {
  int exit_code;
  std::string out;
  std::string err;
};

Ran Inspect(std::vector<std::string> arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit_code = InspectCheckpointMain(std::move(arguments));
  std::fflush(stdout);
  return {exit_code, ::testing::internal::GetCapturedStdout(),
          ::testing::internal::GetCapturedStderr()};
}

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

TEST(InspectCheckpoint, ShowsATableOrATensor) {
  const Ran table = Inspect({Golden("tutorial/tmp")});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("model.ckpt: 2 variables, 8 B, 1 shard"));
  const Ran tensor = Inspect({Golden("tutorial/tmp/model.ckpt"), "--tensor", "weight"});
  EXPECT_EQ(tensor.exit_code, 0) << tensor.err;
  EXPECT_THAT(tensor.out, HasSubstr("weight: float32[] = 0.3244478"));
}

TEST(InspectCheckpoint, TellsDamageByItsExitCode) {
  const Ran damaged = Inspect({Golden("ckpt_bad/flip_data")});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("DAMAGED"));
  const Ran missing = Inspect({Golden("nothing")});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("no checkpoint here"));
  EXPECT_NE(Inspect({}).exit_code, 0);
}

}  // namespace
}  // namespace fanlight
