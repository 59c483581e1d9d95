// Event files in directories of this machine; log_walk.h tells how they are found. Nothing is ever
// written below the roots.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/ingest/logdir_spec.h"
#include "fanlight/board/ingest/open_files.h"

namespace fanlight::ingest {

class DirectoryWatch;

class LocalLogSource final : public LogSource {
 public:
  struct Options {
    // 0: a quarter of what the system lets the process have, and 1,024 at most.
    size_t max_open_files = 0;
    bool use_inotify =
        true;  // Else Wait() tells of nothing, and listings at intervals find what changed.
  };
  LocalLogSource(std::vector<LogRoot> roots, Options options);
  ~LocalLogSource() override;

  using LogSource::List;
  Listing List(const Found& found) override;
  Result<std::unique_ptr<ByteSource>> Open(const LogFile& file) override;
  Result<LogFile> Look(const LogFile& file) override;
  Result<LogFile> LookInRun(std::string_view run, std::string_view base_name) override;
  LogChanges Wait(std::stop_token stop, std::chrono::milliseconds timeout) override;
  std::string DisplayPath(const LogFile& file) const override;

 private:
  // Logs a path that cannot be read, the first time.
  void Complain(const std::string& path, int error);

  const std::vector<LogRoot> roots_;
  const std::shared_ptr<OpenFiles> open_files_;
  const std::unique_ptr<DirectoryWatch> watch_;
  Mutex mutex_;  // Guards what follows.
  std::set<std::string> complained_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::ingest
