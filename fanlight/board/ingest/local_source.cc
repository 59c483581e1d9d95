#include "fanlight/board/ingest/local_source.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>

#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/ingest/directory_watch.h"

namespace fanlight::ingest {
namespace {

FileIdentity IdentityOf(const struct stat& status) { return {status.st_dev, status.st_ino}; }

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

LogFile Describe(std::string run, std::string path, const struct stat& status) {
  return {.run = std::move(run),
          .path = std::move(path),
          .identity = IdentityOf(status),
          .size_bytes = static_cast<uint64_t>(status.st_size),
          .modified_ns = Nanoseconds(status.st_mtim),
          .changed_ns = Nanoseconds(status.st_ctim)};
}

std::string RunNameOf(const LogRoot& root, const std::string& relative) {
  const std::string inner = relative.empty() ? "." : relative;
  return root.group.empty() ? inner : root.group + "/" + inner;
}

// Following a file that is closed after each look takes twice the time, so as many as are likely to grow at once are kept.
size_t UsualMostOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 128;
  return static_cast<size_t>(std::clamp<rlim_t>(limit.rlim_cur / 4, 64, 1024));
}

// The names in an open directory. opendir() would ask the system four times more for each directory, which is most of the
// time that a logdir of thousands of runs takes to list.
class DirectoryNames {
 public:
  struct Entry {
    const char* name;
    unsigned char type;  // DT_DIR and the like.
  };
  explicit DirectoryNames(int descriptor) : descriptor_(descriptor) {}
  // The next one but "." and ".."; nothing at the end, or when the directory cannot be read.
  std::optional<Entry> Next() {
    for (;;) {
      if (at_ == end_) {
        const ssize_t got = ::getdents64(descriptor_, buffer_, sizeof(buffer_));
        if (got <= 0) return std::nullopt;
        at_ = 0;
        end_ = static_cast<size_t>(got);
      }
      const auto* entry = reinterpret_cast<const dirent64*>(buffer_ + at_);
      at_ += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return Entry{entry->d_name, entry->d_type};
    }
  }

 private:
  const int descriptor_;
  size_t at_ = 0;
  size_t end_ = 0;
  alignas(dirent64) char buffer_[size_t{32} << 10];
};

}  // namespace

bool IsEventFileName(std::string_view base_name) {
  return base_name.find("tfevents") != std::string_view::npos;
}

struct LocalLogSource::Walk {
  Listing listing;
  std::set<FileIdentity> visited;      // Directories.
  std::deque<std::string> real;        // Still to walk, relative to the root.
  std::deque<std::string> linked;      // Reached by a symbolic link: after all the real ones.
  std::map<std::string, size_t> runs;  // Which root a run came from.
  size_t root_index = 0;
  const Found* found = nullptr;  // Null when another root might still give a run of the same name.
};

LocalLogSource::LocalLogSource(std::vector<LogRoot> roots, Options options)
    : roots_(std::move(roots)),
      open_files_(std::make_shared<OpenFiles>(options.max_open_files > 0 ? options.max_open_files
                                                                         : UsualMostOpenFiles())),
      watch_(options.use_inotify ? std::make_unique<DirectoryWatch>() : nullptr) {}

LocalLogSource::~LocalLogSource() = default;

Listing LocalLogSource::List(const Found& found) {
  Walk walk;
  if (found && roots_.size() == 1) walk.found = &found;
  for (size_t i = 0; i < roots_.size(); ++i) {
    walk.root_index = i;
    walk.visited.clear();
    WalkRoot(roots_[i], walk);
  }
  walk.listing.is_missing = !roots_.empty() && walk.listing.missing_roots.size() == roots_.size();
  // Where two roots give a run of the same name, the later one replaces the earlier.
  std::erase_if(walk.listing.files, [&](const LogFile& file) { return file.path.empty(); });
  std::sort(walk.listing.files.begin(), walk.listing.files.end(),
            [](const LogFile& a, const LogFile& b) {
              return a.run != b.run ? a.run < b.run : a.path < b.path;
            });
  return std::move(walk.listing);
}

void LocalLogSource::WalkRoot(const LogRoot& root, Walk& walk) {
  const int descriptor = ::open(root.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    Complain(root.path, errno);
    walk.listing.missing_roots.push_back(root.path);
    return;
  }
  const File directory(descriptor, root.path);
  walk.real.emplace_back();
  while (!walk.real.empty() || !walk.linked.empty()) {
    if (walk.real.empty()) {
      // In order of name, so that which of several links gives the run its name is not left to
      // chance.
      std::sort(walk.linked.begin(), walk.linked.end());
    }
    std::deque<std::string>& next = walk.real.empty() ? walk.linked : walk.real;
    const std::string relative = std::move(next.front());
    next.pop_front();
    WalkDirectory(descriptor, root, relative, walk);
  }
}

void LocalLogSource::WalkDirectory(int root_descriptor, const LogRoot& root,
                                   const std::string& relative, Walk& walk) {
  const std::string full = relative.empty() ? root.path : JoinPath(root.path, relative);
  const File directory(::openat(root_descriptor, relative.empty() ? "." : relative.c_str(),
                                O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                       full);
  if (!directory.is_open()) {
    if (errno != ENOENT && errno != ENOTDIR) Complain(full, errno);
    return;
  }
  const int descriptor = directory.descriptor();
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !walk.visited.insert(IdentityOf(status)).second) return;
  // Before it is read, so that nothing happens unseen in between.
  if (watch_ != nullptr) watch_->Add(full);
  const std::string run = RunNameOf(root, relative);
  const auto first_file = static_cast<std::ptrdiff_t>(walk.listing.files.size());
  bool is_run_claimed = false;
  DirectoryNames names(descriptor);
  while (const auto entry = names.Next()) {
    const std::string_view name = entry->name;
    const auto child = [&] {
      return relative.empty() ? std::string(name) : JoinPath(relative, std::string(name));
    };
    const unsigned char type = entry->type;
    const bool is_event_file = IsEventFileName(name);
    if (type == DT_DIR) {
      walk.real.push_back(child());
      continue;
    }
    if (type == DT_REG && !is_event_file) continue;
    if (type != DT_REG && type != DT_LNK && type != DT_UNKNOWN) continue;  // Pipes, sockets.
    if (::fstatat(descriptor, entry->name, &status, 0) != 0) continue;     // Gone, or a dead link.
    if (S_ISDIR(status.st_mode)) {
      if (type == DT_LNK) {
        walk.linked.push_back(child());
      } else {
        walk.real.push_back(child());
      }
      continue;
    }
    if (!S_ISREG(status.st_mode) || !is_event_file) continue;
    if (!is_run_claimed) {
      is_run_claimed = true;
      const auto [claim, is_new] = walk.runs.try_emplace(run, walk.root_index);
      if (!is_new && claim->second != walk.root_index) {
        LogWarning("two directories give a run named {}: {} is taken", Quoted(run), Quoted(full));
        for (LogFile& file : walk.listing.files) {
          if (file.run == run) file.path.clear();
        }
        claim->second = walk.root_index;
      }
    }
    walk.listing.files.push_back(Describe(run, JoinPath(full, std::string(name)), status));
  }
  if (walk.found == nullptr || !is_run_claimed) return;
  std::vector<LogFile> files(walk.listing.files.begin() + first_file, walk.listing.files.end());
  std::sort(files.begin(), files.end(),
            [](const LogFile& a, const LogFile& b) { return a.path < b.path; });
  (*walk.found)(std::move(files));
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
  return Describe(file.run, file.path, status);
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
