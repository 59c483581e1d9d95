#include "apps/mnist/saved_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fanlight/base/file.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SavedModelsTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(folder_.Join(name), text).has_value());
  }
  std::string Prefix(int step) const { return folder_.Join(fmt::format("model.ckpt-{}", step)); }
  // The models after the one that restores, where only those at the steps of `sound` do.
  Result<std::vector<std::string>> Restore(const std::set<int>& sound) {
    ::testing::internal::CaptureStderr();
    auto models = RestoreNewestSound(folder_.path(), [&](const std::string& prefix) -> Status {
      tried_.push_back(prefix);
      for (const int step : sound) {
        if (prefix == Prefix(step)) return {};
      }
      return Fail(ErrorCode::kCorrupt, "damage in {}", prefix);
    });
    told_ = ::testing::internal::GetCapturedStderr();
    return models;
  }

  TemporaryDirectory folder_;
  std::vector<std::string> tried_;
  std::string told_;
};

constexpr const char* kState = R"(model_checkpoint_path: "model.ckpt-2999"
all_model_checkpoint_paths: "model.ckpt-999"
all_model_checkpoint_paths: "model.ckpt-1999"
all_model_checkpoint_paths: "model.ckpt-2999"
)";

TEST_F(SavedModelsTest, TheNewestThatRestoresIsTaken) {
  Write("checkpoint", kState);
  EXPECT_THAT(*Restore({999, 1999, 2999}), ElementsAre(Prefix(2999), Prefix(1999), Prefix(999)));
  EXPECT_EQ(told_, "");
  EXPECT_THAT(*Restore({999, 1999}), ElementsAre(Prefix(1999), Prefix(999)));
  EXPECT_THAT(told_, HasSubstr("model.ckpt-2999 does not restore: damage"));
}

TEST_F(SavedModelsTest, WithoutAReadableStateNamesCount) {
  for (const char* name : {"model.ckpt-999.index", "model.ckpt-10999.index", "model.ckpt-x.index",
                           "model.ckpt-99999.meta"}) {
    Write(name, "");
  }
  EXPECT_THAT(*Restore({999, 10999}), ElementsAre(Prefix(10999), Prefix(999)));
  Write("checkpoint", "no state {");
  EXPECT_THAT(*Restore({999}), ElementsAre(Prefix(999)));
  EXPECT_THAT(told_, HasSubstr("cannot be parsed"));
  // A folder that was moved: the paths in it are those of before.
  Write("checkpoint", "model_checkpoint_path: \"/gone/model.ckpt-10999\"\n");
  EXPECT_THAT(*Restore({999, 10999}), ElementsAre(Prefix(10999), Prefix(999)));
}

TEST_F(SavedModelsTest, WhereNoneRestoresTheNewestsErrorIsTold) {
  EXPECT_EQ(Restore({}).error().code, ErrorCode::kNotFound);
  Write("checkpoint", "no state {");
  EXPECT_EQ(Restore({}).error().code, ErrorCode::kCorrupt);
  Write("checkpoint", kState);
  const auto models = Restore({});
  ASSERT_FALSE(models.has_value());
  EXPECT_EQ(models.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(models.error().message, HasSubstr("damage in " + Prefix(2999)));
  EXPECT_EQ(tried_.size(), 3);
}

TEST_F(SavedModelsTest, AnotherNetworkIsNoDamage) {
  Write("checkpoint", kState);
  int calls = 0;
  const auto models = RestoreNewestSound(folder_.path(), [&](const std::string&) -> Status {
    ++calls;
    return Fail(ErrorCode::kInvalidArgument, "other shapes");
  });
  EXPECT_EQ(models.error().message, "other shapes");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace fanlight
