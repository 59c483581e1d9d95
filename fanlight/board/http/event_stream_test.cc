#include "fanlight/board/http/event_stream.h"

#include <gtest/gtest.h>

namespace fanlight::http {
namespace {

EventStream::Options Bounded(size_t bytes) {
  EventStream::Options options;
  options.max_queued_bytes = bytes;
  options.overflow_message = "RELOAD";
  return options;
}

TEST(EventStream, HandsOverWhatWasSentSinceTheLastTake) {
  EventStream stream(Bounded(100));
  int woken = 0;
  stream.SetWake([&] { ++woken; });
  EXPECT_TRUE(stream.Send("one "));
  EXPECT_TRUE(stream.Send("two"));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream.Take(), "one two");
  EXPECT_EQ(stream.Take(), "");
  EXPECT_TRUE(stream.Send("three"));
  EXPECT_EQ(woken, 2);
}

TEST(EventStream, TellsAReaderThatFellBehindToReloadInsteadOfBuffering) {
  EventStream stream(Bounded(10));
  EXPECT_TRUE(stream.Send("12345678"));
  EXPECT_TRUE(stream.Send("901"));    // Too much: what was queued goes too.
  EXPECT_TRUE(stream.Send("after"));  // The reload will see it.
  EXPECT_EQ(stream.Take(), "RELOAD");
  EXPECT_TRUE(stream.Send("news"));
  EXPECT_EQ(stream.Take(), "news");
}

TEST(EventStream, RefusesMessagesOnceTheReaderHasGone) {
  EventStream stream(Bounded(10));
  EXPECT_TRUE(stream.Send("x"));
  stream.Close();
  EXPECT_TRUE(stream.is_closed());
  EXPECT_FALSE(stream.Send("y"));
  EXPECT_EQ(stream.Take(), "");
}

TEST(ServerSentEvent, IsAsTheStandardWritesIt) {
  EXPECT_EQ(ServerSentEvent("change", "{}"), "event: change\ndata: {}\n\n");
}

}  // namespace
}  // namespace fanlight::http
