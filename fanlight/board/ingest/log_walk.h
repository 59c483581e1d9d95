// One listing of event files below some directories of this machine, by several threads.
//
// The walk follows a symbolic link to a directory once: a directory that was reached before, by
// whatever name, is not walked again, so loops end and no run shows twice. Real directories are
// walked before linked ones, and those in order of name, so that names do not depend on chance.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/directory_watch.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/ingest/logdir_spec.h"

struct stat;

namespace fanlight::ingest {

// What the file system tells of an event file.
LogFile DescribeFile(std::string run, std::string path, const struct stat& status);

class LogWalk {
 public:
  struct Context {
    DirectoryWatch* watch = nullptr;  // Told of every directory, before it is read; or null.
    // Called with what cannot be read and errno. Any thread.
    std::function<void(const std::string& path, int error)> complain;
    // As for LogSource::List, one call at a time; or null, as it must be for more roots than one:
    // another might still give a run of the same name.
    const LogSource::Found* found = nullptr;
  };
  explicit LogWalk(Context context) : context_(std::move(context)) {}

  // Adds what is below a root. Where it has a run of the same name as an earlier root, that one's
  // is left out.
  void Add(const LogRoot& root);
  Listing Take();

 private:
  struct Root {
    const LogRoot& spec;
    int descriptor = -1;
  };
  // What one directory holds.
  struct Directory {
    std::string path;
    std::vector<LogFile> files;
    std::vector<std::string> real;    // Directories in it, relative to the root.
    std::vector<std::string> linked;  // Those that symbolic links lead to.
  };

  // Reads directories until none is left. `helpers` are threads that do the same, started when there
  // is enough for them; null for such a thread.
  void Work(const Root& root, std::vector<std::jthread>* helpers);
  // The next directories to read, relative to the root; none when all are read. Waits while others
  // may still find some.
  std::vector<std::string> Next();
  Directory Read(const Root& root, const std::string& relative);
  // False when it was read before.
  bool Visit(FileIdentity identity);
  void Collect(std::vector<Directory> directories);
  bool HasMuchToDo();
  // Leaves out what an earlier root has by the name of this run.
  void ClaimRun(const std::string& run, const std::string& directory) FL_REQUIRES(mutex_);

  const Context context_;
  Mutex mutex_;                      // Guards what follows.
  std::condition_variable changed_;  // There are directories to read, or nobody reads any more.
  Listing listing_ FL_GUARDED_BY(mutex_);
  std::set<std::string> earlier_runs_ FL_GUARDED_BY(mutex_);  // Of the roots before.
  std::set<FileIdentity> visited_ FL_GUARDED_BY(mutex_);
  std::deque<std::string> real_ FL_GUARDED_BY(mutex_);    // Still to read.
  std::deque<std::string> linked_ FL_GUARDED_BY(mutex_);  // After all the real ones.
  size_t busy_ FL_GUARDED_BY(mutex_) = 0;                 // Threads that read directories.
};

}  // namespace fanlight::ingest
