// One reader of a stream of Server-Sent Events: a bounded queue between whoever has news and the
// socket.
//
//   auto stream = std::make_shared<EventStream>(EventStream::Options{.overflow_message = ...});
//   response.stream = stream;            // The server takes what is queued and writes it.
//   while (stream->Send(message)) ...    // Any thread, until the reader has gone.
//
// A reader that falls behind is not buffered for ever: when its queue would pass the limit, the
// queue is dropped, and in its place it gets the one message that tells it to read everything
// again.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "fanlight/base/mutex.h"

namespace fanlight::http {

class EventStream {
 public:
  struct Options {
    size_t max_queued_bytes = size_t{1} << 20;
    std::string overflow_message;
  };
  explicit EventStream(Options options) : options_(std::move(options)) {}

  // Queues a complete message. False once the reader has gone: stop sending. Thread-safe.
  bool Send(std::string_view message);

  bool is_closed() const;

  // For the server. What is queued, which is then the reader's; empty when there is nothing.
  std::string Take();
  // `wake` is called, from the sender's thread, when something is queued in an empty queue.
  void SetWake(std::function<void()> wake);
  // The reader has gone.
  void Close();

 private:
  const Options options_;
  mutable Mutex mutex_;  // Guards what follows.
  std::string queue_ FL_GUARDED_BY(mutex_);
  bool has_overflowed_ FL_GUARDED_BY(mutex_) = false;
  bool is_closed_ FL_GUARDED_BY(mutex_) = false;
  std::function<void()> wake_ FL_GUARDED_BY(mutex_);
};

// `event: NAME` and `data: DATA`, as one message. `data` must be one line.
std::string ServerSentEvent(std::string_view name, std::string_view data);

}  // namespace fanlight::http
