#include "fanlight/board/ingest/directory_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fanlight/base/endian.h"
#include "fanlight/base/log.h"

namespace fanlight::ingest {
namespace {

constexpr uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

DirectoryWatch::DirectoryWatch()
    : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "inotify"),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd") {
  if (!inotify_.is_open()) {
    LogWarning("no inotify ({}): files are looked at every reload interval instead",
               std::strerror(errno));
  }
}

DirectoryWatch::~DirectoryWatch() = default;

void DirectoryWatch::Add(const std::string& directory) {
  if (!inotify_.is_open()) return;
  const int watch = ::inotify_add_watch(inotify_.descriptor(), directory.c_str(), kEvents);
  const int error = errno;
  MutexLock lock(mutex_);
  if (watch >= 0) {
    directories_[watch].path = directory;
  } else if (error == ENOSPC && !is_full_) {
    is_full_ = true;
    LogWarning(
        "more directories than inotify may watch (fs.inotify.max_user_watches): the rest is looked "
        "at every reload interval");
  }
}

LogChanges DirectoryWatch::Wait(std::stop_token stop, std::chrono::milliseconds timeout) {
  const std::stop_callback wake(stop, [this] {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.descriptor(), &one, sizeof(one));
  });
  LogChanges changes;
  if (stop.stop_requested()) return changes;
  pollfd waits[2] = {{.fd = wake_.descriptor(), .events = POLLIN, .revents = 0},
                     {.fd = inotify_.descriptor(), .events = POLLIN, .revents = 0}};
  // A descriptor below zero is left out of account by poll.
  const auto bounded = std::clamp<int64_t>(timeout.count(), 0, 1'000'000'000);
  if (::poll(waits, 2, static_cast<int>(bounded)) <= 0) return changes;
  if ((waits[1].revents & POLLIN) != 0) Drain(changes);
  return changes;
}

void DirectoryWatch::Drain(LogChanges& changes) {
  alignas(inotify_event) char buffer[size_t{64} << 10];
  {
    MutexLock lock(mutex_);
    ++drains_;
  }
  for (;;) {
    const ssize_t got = ::read(inotify_.descriptor(), buffer, sizeof(buffer));
    if (got <= 0) break;
    MutexLock lock(mutex_);
    for (const char* at = buffer; at < buffer + got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        changes.relist = true;
        continue;
      }
      const auto directory = directories_.find(event->wd);
      if ((event->mask & IN_IGNORED) != 0) {
        if (directory != directories_.end()) directories_.erase(directory);
        continue;
      }
      const std::string_view name = event->len > 0 ? std::string_view(event->name) : "";
      if ((event->mask & IN_MODIFY) != 0) {
        if (directory == directories_.end() || !IsEventFileName(name)) continue;
        Watched& watched = directory->second;
        if (watched.told_in == drains_ && watched.told == name) continue;
        watched.told_in = drains_;
        watched.told = name;
        changes.grown.push_back(JoinPath(watched.path, watched.told));
        continue;
      }
      // Other files come and go in log directories too: checkpoints, for one.
      if ((event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
          IsEventFileName(name)) {
        changes.relist = true;
      }
    }
  }
}

}  // namespace fanlight::ingest
