#include "fanlight/board/ingest/event_digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/base/file.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

using testing::ElementsAre;
using testing::Pair;

class EventDigestTest : public testing::Test {
 protected:
  EventDigest Digest(const std::vector<std::string>& files, std::string tag = {}) {
    EventDigest digest(std::move(tag));
    for (const std::string& content : files) {
      const std::string path = directory_.Join("events.out.tfevents.1");
      WriteText(path, content);
      const Status added =
          digest.Add(std::make_unique<FileByteSource>(File::OpenForReading(path).value()),
                     [&](const Damage& damage) { damage_.push_back(damage); });
      EXPECT_TRUE(added) << added.error().message;
    }
    return digest;
  }
  TemporaryDirectory directory_;
  std::vector<Damage> damage_;
};

TEST_F(EventDigestTest, CountsDistinctStepsAndListsWhereTheyFall) {
  const EventDigest digest = Digest({VersionRecord() + ScalarRecord("a", 5, 1) +
                                         ScalarRecord("b", 5, 1) + ScalarRecord("a", 7, 1),
                                     ScalarRecord("a", 6, 1) + ScalarRecord("a", 7, 1)});
  const auto steps = digest.steps(DigestKind::kScalars);
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps->first, 5);
  EXPECT_EQ(steps->last, 7);
  EXPECT_EQ(steps->min, 5);
  EXPECT_EQ(steps->max, 7);
  EXPECT_EQ(steps->distinct, 3u);
  EXPECT_THAT(steps->falls, ElementsAre(Pair(7, 6)));
  EXPECT_THAT(digest.tags(DigestKind::kScalars), ElementsAre("a", "b"));
  EXPECT_FALSE(digest.steps(DigestKind::kImages));
}

TEST_F(EventDigestTest, KeepsEveryStepOfSessionStartsAndNoneOfOtherKinds) {
  const EventDigest digest =
      Digest({SessionRecord(1, 0) + SessionRecord(1, 0) + ScalarRecord("a", 9, 1) +
              SessionRecord(3, 9) + SessionRecord(1, 4) + SessionRecord(2, 8)});
  EXPECT_THAT(digest.steps(DigestKind::kSessionStart)->all, ElementsAre(0, 0, 4));
  EXPECT_THAT(digest.steps(DigestKind::kSessionStop)->all, ElementsAre(8));
  EXPECT_TRUE(digest.steps(DigestKind::kSessionCheckpoint)->all.empty());
  EXPECT_TRUE(digest.steps(DigestKind::kScalars)->all.empty());
}

TEST_F(EventDigestTest, ATagLeavesOutAllOthersAndWhatHasNone) {
  const EventDigest digest =
      Digest({ScalarRecord("a", 1, 1) + SessionRecord(1, 0) + ScalarRecord("b", 2, 1)}, "b");
  EXPECT_EQ(digest.steps(DigestKind::kScalars)->first, 2);
  EXPECT_FALSE(digest.steps(DigestKind::kSessionStart));
}

TEST_F(EventDigestTest, DistinctStepsAreCountedOnceHoweverOftenTheyComeAgain) {
  std::string content;
  for (int round = 0; round < 40; ++round)
    for (int64_t step = 0; step < 5000; ++step) content += ScalarRecord("a", step, 1);
  const EventDigest digest = Digest({content});
  EXPECT_EQ(digest.steps(DigestKind::kScalars)->distinct, 5000u);
  EXPECT_EQ(digest.steps(DigestKind::kScalars)->falls.size(), 39u);
}

TEST_F(EventDigestTest, GoesOnBehindDamageAndTellsOfIt) {
  std::string broken = ScalarRecord("a", 2, 1);
  broken.back() = static_cast<char>(broken.back() ^ 1);
  const EventDigest digest =
      Digest({ScalarRecord("a", 1, 1) + broken + Framed("\xff\xff") + ScalarRecord("a", 3, 1),
              "no event file at all, nothing here that a length could be"});
  EXPECT_EQ(digest.steps(DigestKind::kScalars)->distinct, 2u);
  ASSERT_EQ(damage_.size(), 3u);
  EXPECT_EQ(damage_[0].code, ErrorCode::kDataLoss);
  EXPECT_THAT(damage_[1].message, testing::HasSubstr("the record is no event"));
  EXPECT_EQ(damage_[2].offset, 0u);
}

}  // namespace
}  // namespace fanlight::ingest
