#include "fanlight/board/http/event_stream.h"

#include <utility>

#include "fanlight/base/check.h"

namespace fanlight::http {

bool EventStream::Send(std::string_view message) {
  MutexLock lock(mutex_);
  if (is_closed_) return false;
  // The reader will read everything again after the overflow message, this news included.
  if (has_overflowed_) return true;
  const bool was_empty = queue_.empty();
  if (queue_.size() + message.size() > options_.max_queued_bytes) {
    queue_ = options_.overflow_message;
    has_overflowed_ = true;
  } else {
    queue_ += message;
  }
  if (was_empty && wake_) wake_();
  return true;
}

bool EventStream::is_closed() const {
  MutexLock lock(mutex_);
  return is_closed_;
}

std::string EventStream::Take() {
  MutexLock lock(mutex_);
  has_overflowed_ = false;
  return std::exchange(queue_, {});
}

void EventStream::SetWake(std::function<void()> wake) {
  MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

void EventStream::Close() {
  MutexLock lock(mutex_);
  is_closed_ = true;
  wake_ = nullptr;
  queue_.clear();
}

std::string ServerSentEvent(std::string_view name, std::string_view data) {
  FL_CHECK(data.find('\n') == std::string_view::npos, "event data is one line");
  std::string message = "event: ";
  message += name;
  message += "\ndata: ";
  message += data;
  message += "\n\n";
  return message;
}

}  // namespace fanlight::http
