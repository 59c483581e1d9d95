#include "fanlight/board/api/event_hub.h"

#include <gtest/gtest.h>

#include <thread>

#include "fanlight/board/store/store_builder.h"

namespace fanlight::api {
namespace {

class NoBlobs final : public store::BlobReader {
 public:
  Result<store::TensorValue> Read(const store::BlobRef&) const override {
    return Fail(ErrorCode::kNotFound, "there are no blobs here");
  }
};

class EventHubTest : public testing::Test {
 protected:
  EventHubTest() { builder_.Scalar("train", "loss", {3, 2, 1}).Build(); }

  store::StoreBuilder builder_;
  const NoBlobs blobs_;
  const ManualClock clock_;
  const sidecar::Sidecar sidecar_{{}};
  const Board board_{builder_.Build(), blobs_, clock_, sidecar_, Settings{}};
  EventHub hub_{board_};
};

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(EventHubTest, BeginsWithThePresentStateAndEverythingAsChanged) {
  const auto stream = hub_.Open();
  const std::string first = stream->Take();
  EXPECT_TRUE(first.starts_with("event: change\ndata: {\"change\":")) << first;
  EXPECT_TRUE(Contains(first, "\"runs\":true,\"tags\":true,\"series\":null,\"status\":{")) << first;
  EXPECT_TRUE(Contains(first, "\"points\":3")) << first;
  EXPECT_FALSE(Contains(first, "\"items\"")) << first;
  hub_.Publish();
  EXPECT_EQ(stream->Take(), "");
}

TEST_F(EventHubTest, TellsEachReaderWhatItHasNotSeen) {
  const auto early = hub_.Open();
  early->Take();
  builder_.Scalar("train", "accuracy", {0.5}).Build();
  hub_.Publish();
  const std::string message = early->Take();
  EXPECT_TRUE(Contains(message, "\"tags\":true,\"series\":[[0,\"accuracy\",1]]")) << message;
  const auto late = hub_.Open();
  late->Take();
  builder_.Points("train", "loss", {{3, 1.7e9 + 3, 0.5}}).Build();
  hub_.Publish();
  EXPECT_EQ(early->Take(), late->Take());
}

TEST_F(EventHubTest, SaysThatEverythingChangedWhenMuchDid) {
  const auto stream = hub_.Open();
  stream->Take();
  for (int i = 0; i < 1001; ++i) builder_.Scalar("wide", "tag" + std::to_string(i), {1});
  builder_.Build();
  hub_.Publish();
  EXPECT_TRUE(Contains(stream->Take(), "\"series\":null"));
}

// A thousand runs grow all the time: reading the lists again with each message would be all that a page does.
TEST_F(EventHubTest, ListsStayWhenManySeriesOnlyGrow) {
  for (int i = 0; i < 1001; ++i) builder_.Scalar("wide", "tag" + std::to_string(i), {1});
  builder_.Build();
  const auto stream = hub_.Open();
  stream->Take();
  for (int i = 0; i < 1001; ++i)
    builder_.Points("wide", "tag" + std::to_string(i), {{1, 1.7e9 + 1, 0.5}});
  builder_.Build();
  hub_.Publish();
  const std::string message = stream->Take();
  EXPECT_TRUE(Contains(message, "\"runs\":false,\"tags\":false,\"series\":null")) << message;
}

TEST_F(EventHubTest, ForgetsReadersThatHaveGone) {
  const auto stream = hub_.Open();
  const std::weak_ptr<http::EventStream> watched = stream;
  stream->Close();
  hub_.Publish();
  EXPECT_EQ(watched.use_count(), 1);
}

TEST_F(EventHubTest, RunsUntilItIsToldToStop) {
  const auto stream = hub_.Open();
  stream->Take();
  std::jthread thread([&](std::stop_token stop) { hub_.Run(stop); });
  builder_.Scalar("train", "accuracy", {0.5}).Build();
  std::string got;
  while (!Contains(got, "accuracy")) got += stream->Take();
  thread.request_stop();
}

}  // namespace
}  // namespace fanlight::api
