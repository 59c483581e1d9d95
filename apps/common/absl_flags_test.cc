#include "apps/common/absl_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanlight {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Flags {
  double rate = 0.01;
  int steps = 2000;
  bool fake = false;
  std::string dir = "default";
};

int Parse(std::vector<const char*> arguments, Flags& flags) {
  CLI::App app("test", "program");
  app.add_option("--learning_rate", flags.rate);
  app.add_option("--max_steps", flags.steps);
  app.add_flag("--fake_data,!--nofake_data", flags.fake);
  app.add_option("--log_dir", flags.dir);
  arguments.insert(arguments.begin(), "program");
  return ParseFlags(app, static_cast<int>(arguments.size()), arguments.data());
}

TEST(AbslFlags, TakesEveryFormOfAFlag) {
  Flags flags;
  EXPECT_EQ(Parse({"--learning_rate=0.5", "-max_steps", "7", "-log_dir=a/b", "-fake_data"}, flags),
            -1);
  EXPECT_EQ(flags.rate, 0.5);
  EXPECT_EQ(flags.steps, 7);
  EXPECT_EQ(flags.dir, "a/b");
  EXPECT_TRUE(flags.fake);
  EXPECT_EQ(Parse({"--nofake_data", "--max_steps", "8"}, flags), -1);
  EXPECT_FALSE(flags.fake);
  EXPECT_EQ(Parse({"--fake_data=True", "--learning_rate", "-0.5"}, flags), -1);
  EXPECT_TRUE(flags.fake);
  EXPECT_EQ(flags.rate, -0.5);
}

TEST(AbslFlags, LeavesUnknownFlagsAlone) {
  Flags flags;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--unknown=3", "--max_steps=9", "-other", "x"}, flags), -1);
  EXPECT_THAT(
      ::testing::internal::GetCapturedStderr(),
      HasSubstr("program: flags that it does not know are left alone: --unknown=3 --other"));
  EXPECT_EQ(flags.steps, 9);
}

TEST(AbslFlags, RefusesBadValues) {
  Flags flags;
  ::testing::internal::CaptureStderr();
  EXPECT_GT(Parse({"--max_steps=many"}, flags), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("--max_steps"));
}

// `--flag=$UNSET`, and the same with a blank.
TEST(AbslFlags, AnEmptyValueIsRefusedWhereOneIsNeeded) {
  for (const std::vector<const char*>& arguments :
       {std::vector<const char*>{"program", "--path", ""},
        {"program", "--path="},
        {"program", "--path=", "--rate=1"},
        {"program", "--rate="},
        {"program", "--rate", "nan"},
        {"program", "--rate=inf"}}) {
    CLI::App app("test", "program");
    std::string path = "default";
    double rate = 0.5;
    app.add_option("--path", path)->check(NotEmpty());
    app.add_option("--rate", rate)->check(Finite());
    ::testing::internal::CaptureStderr();
    EXPECT_GT(ParseFlags(app, static_cast<int>(arguments.size()), arguments.data()), 0);
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                AnyOf(HasSubstr("--path: an empty value"), HasSubstr("--rate: no finite number")));
  }
}

TEST(AbslFlags, LeavesNumbersAndValuesAsTheyAre) {
  const std::vector<const char*> arguments = {"program", "-x", "-0.5", "--", "-abc", "-.5", "a-b"};
  EXPECT_THAT(WithTwoDashes(static_cast<int>(arguments.size()), arguments.data()),
              ElementsAre("-x", "-0.5", "--", "--abc", "-.5", "a-b"));
}

}  // namespace
}  // namespace fanlight
