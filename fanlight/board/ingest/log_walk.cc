#include "fanlight/board/ingest/log_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"

namespace fanlight::ingest {
namespace {

// With fewer directories to read than this, a thread is not worth its start.
constexpr size_t kMuchToDo = 32;
constexpr unsigned kMaxThreads = 8;
// As many are read before others are told of what they hold, where there are enough.
constexpr size_t kMostAtOnce = 16;

FileIdentity IdentityOf(const struct stat& status) { return {status.st_dev, status.st_ino}; }

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string RunNameOf(const LogRoot& root, const std::string& relative) {
  const std::string inner = relative.empty() ? "." : relative;
  return root.group.empty() ? inner : root.group + "/" + inner;
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

LogFile DescribeFile(std::string run, std::string path, const struct stat& status) {
  return {.run = std::move(run),
          .path = std::move(path),
          .identity = IdentityOf(status),
          .size_bytes = static_cast<uint64_t>(status.st_size),
          .modified_ns = Nanoseconds(status.st_mtim),
          .changed_ns = Nanoseconds(status.st_ctim)};
}

void LogWalk::Add(const LogRoot& root) {
  const File directory(::open(root.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), root.path);
  {
    MutexLock lock(mutex_);
    if (!directory.is_open()) {
      context_.complain(root.path, errno);
      listing_.missing_roots.push_back(root.path);
      return;
    }
    for (const LogFile& file : listing_.files) earlier_runs_.insert(file.run);
    visited_.clear();
    real_.emplace_back();
  }
  std::vector<std::jthread> helpers;
  Work({.spec = root, .descriptor = directory.descriptor()}, &helpers);
}

Listing LogWalk::Take() {
  MutexLock lock(mutex_);
  std::erase_if(listing_.files, [](const LogFile& file) { return file.path.empty(); });
  std::sort(listing_.files.begin(), listing_.files.end(), [](const LogFile& a, const LogFile& b) {
    return a.run != b.run ? a.run < b.run : a.path < b.path;
  });
  return std::move(listing_);
}

void LogWalk::Work(const Root& root, std::vector<std::jthread>* helpers) {
  for (;;) {
    const std::vector<std::string> next = Next();
    if (next.empty()) return;
    std::vector<Directory> directories;
    for (const std::string& relative : next) directories.push_back(Read(root, relative));
    Collect(std::move(directories));
    if (helpers == nullptr || !helpers->empty() || !HasMuchToDo()) continue;
    const unsigned threads = std::min(std::thread::hardware_concurrency(), kMaxThreads);
    for (unsigned i = 1; i < threads; ++i) helpers->emplace_back([&] { Work(root, nullptr); });
  }
}

std::vector<std::string> LogWalk::Next() {
  MutexLock lock(mutex_);
  for (;;) {
    if (real_.empty() && busy_ == 0 && !linked_.empty()) {
      std::sort(linked_.begin(), linked_.end());
      real_.push_back(std::move(linked_.front()));
      linked_.pop_front();
    }
    if (!real_.empty()) {
      const size_t fair = (real_.size() + kMaxThreads - 1) / kMaxThreads;
      const auto end = real_.begin() + static_cast<std::ptrdiff_t>(std::min(fair, kMostAtOnce));
      std::vector<std::string> next(std::make_move_iterator(real_.begin()),
                                    std::make_move_iterator(end));
      real_.erase(real_.begin(), end);
      ++busy_;
      return next;
    }
    if (busy_ == 0) {
      changed_.notify_all();
      return {};
    }
    lock.Wait(changed_);
  }
}

LogWalk::Directory LogWalk::Read(const Root& root, const std::string& relative) {
  Directory found;
  found.path = relative.empty() ? root.spec.path : JoinPath(root.spec.path, relative);
  const File directory(::openat(root.descriptor, relative.empty() ? "." : relative.c_str(),
                                O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                       found.path);
  if (!directory.is_open()) {
    if (errno != ENOENT && errno != ENOTDIR) context_.complain(found.path, errno);
    return found;
  }
  const int descriptor = directory.descriptor();
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !Visit(IdentityOf(status))) return found;
  // Before it is read, so that nothing happens unseen in between.
  if (context_.watch != nullptr) context_.watch->Add(found.path);
  const std::string run = RunNameOf(root.spec, relative);
  DirectoryNames names(descriptor);
  while (const auto entry = names.Next()) {
    const std::string_view name = entry->name;
    const auto child = [&] {
      return relative.empty() ? std::string(name) : JoinPath(relative, std::string(name));
    };
    const unsigned char type = entry->type;
    const bool is_event_file = IsEventFileName(name);
    if (type == DT_DIR) {
      found.real.push_back(child());
      continue;
    }
    if (type == DT_REG && !is_event_file) continue;
    if (type != DT_REG && type != DT_LNK && type != DT_UNKNOWN) continue;  // Pipes, sockets.
    if (::fstatat(descriptor, entry->name, &status, 0) != 0) continue;     // Gone, or a dead link.
    if (S_ISDIR(status.st_mode)) {
      (type == DT_LNK ? found.linked : found.real).push_back(child());
    } else if (S_ISREG(status.st_mode) && is_event_file) {
      found.files.push_back(DescribeFile(run, JoinPath(found.path, std::string(name)), status));
    }
  }
  std::sort(found.files.begin(), found.files.end(),
            [](const LogFile& a, const LogFile& b) { return a.path < b.path; });
  return found;
}

bool LogWalk::Visit(FileIdentity identity) {
  MutexLock lock(mutex_);
  return visited_.insert(identity).second;
}

void LogWalk::Collect(std::vector<Directory> directories) {
  MutexLock lock(mutex_);
  for (Directory& directory : directories) {
    std::move(directory.real.begin(), directory.real.end(), std::back_inserter(real_));
    std::move(directory.linked.begin(), directory.linked.end(), std::back_inserter(linked_));
    if (directory.files.empty()) continue;
    ClaimRun(directory.files.front().run, directory.path);
    listing_.files.insert(listing_.files.end(), directory.files.begin(), directory.files.end());
    if (context_.found != nullptr) (*context_.found)(std::move(directory.files));
  }
  --busy_;
  if (!real_.empty() || busy_ == 0) changed_.notify_all();
}

bool LogWalk::HasMuchToDo() {
  MutexLock lock(mutex_);
  return real_.size() >= kMuchToDo;
}

void LogWalk::ClaimRun(const std::string& run, const std::string& directory) {
  if (earlier_runs_.erase(run) == 0) return;
  LogWarning("two directories give a run named {}: {} is taken", Quoted(run), Quoted(directory));
  for (LogFile& file : listing_.files) {
    if (file.run == run) file.path.clear();
  }
}

}  // namespace fanlight::ingest
