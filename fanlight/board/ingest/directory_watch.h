// inotify: which files below some directories were written to, and whether names changed.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "fanlight/base/file.h"
#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/log_source.h"

namespace fanlight::ingest {

// Without inotify, or beyond the system's number of watches, it tells less or nothing: listings at
// intervals make up for it. Add() and Wait() may be called from different threads.
class DirectoryWatch {
 public:
  DirectoryWatch();
  ~DirectoryWatch();

  // Watches a directory; again does no harm.
  void Add(const std::string& directory);
  LogChanges Wait(std::stop_token stop, std::chrono::milliseconds timeout);

 private:
  void Drain(LogChanges& changes);

  struct Watched {
    std::string path;
    std::string told{};    // The base name of the file that was last told to be written to,
    uint64_t told_in = 0;  // in which drain.
  };

  File inotify_;  // Not open when the system has none to give.
  File wake_;     // Ends a wait when a stop is asked for.
  Mutex mutex_;   // Guards what follows.
  std::unordered_map<int, Watched> directories_ FL_GUARDED_BY(mutex_);
  uint64_t drains_ FL_GUARDED_BY(mutex_) = 0;
  bool is_full_ FL_GUARDED_BY(mutex_) = false;
};

}  // namespace fanlight::ingest
