#include "fanlight/board/store/index_space.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "fanlight/base/file.h"

namespace fanlight::store {
namespace {

constexpr size_t kNameDigits = 16;
constexpr uint64_t kStatBlockBytes = 512;

struct Folder {
  std::string path;
  timespec opened{};  // Last.
  uint64_t bytes = 0;
  std::vector<std::string> files;
};

bool IsIndexFolderName(std::string_view name) {
  return name.size() == kNameDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Calls `fn(descriptor of the directory, name)` for the entries of a directory.
template <typename Fn>
void ForEachEntry(const std::string& path, Fn&& fn) {
  DIR* entries = ::opendir(path.c_str());
  if (entries == nullptr) return;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") fn(::dirfd(entries), std::string(name));
  }
  ::closedir(entries);
}

Folder Look(const std::string& path) {
  Folder folder;
  folder.path = path;
  ForEachEntry(path, [&](int directory, const std::string& name) {
    struct stat status{};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    folder.files.push_back(name);
    folder.bytes += static_cast<uint64_t>(status.st_blocks) * kStatBlockBytes;
    if (name == "lock") folder.opened = status.st_mtim;
  });
  return folder;
}

bool IsOlder(const Folder& a, const Folder& b) {
  return a.opened.tv_sec != b.opened.tv_sec ? a.opened.tv_sec < b.opened.tv_sec
                                            : a.opened.tv_nsec < b.opened.tv_nsec;
}

// False when a process has it locked.
bool Remove(const Folder& folder) {
  const int lock = ::open(JoinPath(folder.path, "lock").c_str(), O_RDWR | O_CLOEXEC);
  const File closes_it(lock, "lock");
  if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) != 0) return false;
  for (const std::string& name : folder.files) ::unlink(JoinPath(folder.path, name).c_str());
  ::rmdir(folder.path.c_str());
  return true;
}

}  // namespace

uint64_t RemoveOldestIndexes(const std::string& directory, const std::string& own,
                             uint64_t max_bytes) {
  std::vector<Folder> others;
  uint64_t total = Look(own).bytes;
  ForEachEntry(directory, [&](int, const std::string& name) {
    const std::string path = JoinPath(directory, name);
    if (!IsIndexFolderName(name) || path == own) return;
    others.push_back(Look(path));
    total += others.back().bytes;
  });
  std::sort(others.begin(), others.end(), IsOlder);
  uint64_t locked = 0;
  for (const Folder& folder : others) {
    if (total <= max_bytes) break;
    if (Remove(folder)) {
      total -= folder.bytes;
    } else {
      locked += folder.bytes;
    }
  }
  return locked;
}

std::string IndexFolderName(const std::string& subject) {
  // FNV-1a. A catalogue also holds its subject, so a collision costs a reading, no more.
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : subject) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return fmt::format("{:016x}", hash);
}

}  // namespace fanlight::store
