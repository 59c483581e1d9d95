#include "fanlight/board/ingest/local_source.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/ingest/directory_watch.h"
#include "fanlight/board/ingest/log_walk.h"

namespace fanlight::ingest {
namespace {

// Following a file that is closed after each look takes twice the time, so as many as are likely to grow at once are kept.
size_t UsualMostOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 128;
  return static_cast<size_t>(std::clamp<rlim_t>(limit.rlim_cur / 4, 64, 1024));
}

}  // namespace

bool IsEventFileName(std::string_view base_name) {
  return base_name.find("tfevents") != std::string_view::npos;
}

LocalLogSource::LocalLogSource(std::vector<LogRoot> roots, Options options)
    : roots_(std::move(roots)),
      open_files_(std::make_shared<OpenFiles>(options.max_open_files > 0 ? options.max_open_files
                                                                         : UsualMostOpenFiles())),
      watch_(options.use_inotify ? std::make_unique<DirectoryWatch>() : nullptr) {}

LocalLogSource::~LocalLogSource() = default;

Listing LocalLogSource::List(const Found& found) {
  LogWalk walk({.watch = watch_.get(),
                .complain = [this](const std::string& path, int error) { Complain(path, error); },
                .found = found && roots_.size() == 1 ? &found : nullptr});
  for (const LogRoot& root : roots_) walk.Add(root);
  Listing listing = walk.Take();
  listing.is_missing = !roots_.empty() && listing.missing_roots.size() == roots_.size();
  return listing;
}

void LocalLogSource::Complain(const std::string& path, int error) {
  MutexLock lock(mutex_);
  if (!complained_.insert(path).second) return;
  LogWarning("cannot read: {}: {}", std::strerror(error), Quoted(path));
}

Result<std::unique_ptr<ByteSource>> LocalLogSource::Open(const LogFile& file) {
  return std::make_unique<CachedByteSource>(open_files_, file.path, file.identity,
                                            DisplayPath(file));
}

Result<LogFile> LocalLogSource::Look(const LogFile& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) return FailWithErrno("cannot look at", file.path);
  return DescribeFile(file.run, file.path, status);
}

Result<LogFile> LocalLogSource::LookInRun(std::string_view run, std::string_view base_name) {
  std::optional<std::string> directory;
  for (const LogRoot& root : roots_) {
    std::string_view relative = run;
    if (!root.group.empty()) {
      if (!relative.starts_with(root.group + "/")) continue;
      relative.remove_prefix(root.group.size() + 1);
    }
    // Which of two roots a run of both is taken from, only the walk knows.
    if (directory) return Fail(ErrorCode::kNotFound, "run {} may be below two roots", Quoted(run));
    directory = relative == "." ? root.path : JoinPath(root.path, std::string(relative));
  }
  if (!directory) return Fail(ErrorCode::kNotFound, "no root for run {}", Quoted(run));
  std::string path = JoinPath(*directory, std::string(base_name));
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return FailWithErrno("cannot look at", path);
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kNotFound, "not a file: {}", Quoted(path));
  return DescribeFile(std::string(run), std::move(path), status);
}

LogChanges LocalLogSource::Wait(std::stop_token stop, std::chrono::milliseconds timeout) {
  if (watch_ != nullptr) return watch_->Wait(std::move(stop), timeout);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, std::move(stop), timeout, [] { return false; });
  return {};
}

std::string LocalLogSource::DisplayPath(const LogFile& file) const {
  if (roots_.size() != 1) return file.path;
  const std::string& root = roots_[0].path;
  if (!file.path.starts_with(root)) return file.path;
  std::string_view rest = std::string_view(file.path).substr(root.size());
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return std::string(rest);
}

}  // namespace fanlight::ingest
