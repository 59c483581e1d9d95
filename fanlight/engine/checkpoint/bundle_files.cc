#include "fanlight/engine/checkpoint/bundle_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_format.h"

namespace fanlight::checkpoint {
namespace {

constexpr std::string_view kPending = ".pending";
constexpr std::string_view kStaged = ".tmp-";
constexpr std::string_view kPartsDirectory =
    "_temp";  // PREFIX_temp, or PREFIX_temp_ and 32 digits.

std::string PendingName(const std::string& path) { return path + std::string(kPending); }

std::optional<timespec> ModificationTime(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return info.st_mtim;
}

bool IsLater(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

Status Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FailWithErrno("cannot rename to", to);
  return {};
}

Status Remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FailWithErrno("cannot remove", path);
  return {};
}

// The paths in the directory of `prefix` whose names begin with its last part. A directory that
// cannot be listed has none.
std::vector<std::string> FilesBeginningWith(const std::string& prefix) {
  const std::string directory = DirectoryOf(prefix);
  const std::string begin = BaseNameOf(prefix);
  const bool has_directory = prefix.find('/') != std::string::npos;
  std::vector<std::string> found;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(directory, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(begin)) found.push_back(has_directory ? JoinPath(directory, name) : name);
  }
  return found;
}

bool IsDigits(std::string_view text, size_t at_least) {
  return text.size() >= at_least && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Whether `path` is a data file of the bundle at `prefix`, pending or not.
bool IsDataFile(std::string_view path, const std::string& prefix) {
  constexpr std::string_view kData = ".data-";
  constexpr std::string_view kOf = "-of-";
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  if (!path.starts_with(kData)) return false;
  path.remove_prefix(kData.size());
  if (path.ends_with(kPending)) path.remove_suffix(kPending.size());
  const size_t of = path.find(kOf);
  return of != std::string_view::npos && IsDigits(path.substr(0, of), 5) &&
         IsDigits(path.substr(of + kOf.size()), 5);
}

// Whether `path` is a data file of `prefix` in a set of `num_shards`.
bool IsShardOf(std::string_view path, int32_t num_shards) {
  return path.ends_with(fmt::format("-of-{:05d}", num_shards));
}

// Ends a change that was cut short after its moment: every pending file gets its final name.
Status FinishPendingChange(const std::string& prefix) {
  for (const std::string& path : FilesBeginningWith(prefix)) {
    if (IsDataFile(path, prefix) && path.ends_with(kPending)) {
      FL_TRY(Rename(path, path.substr(0, path.size() - kPending.size())));
    }
  }
  return Rename(PendingName(IndexPath(prefix)), IndexPath(prefix));
}

Status DropPendingFiles(const std::string& prefix) {
  FL_TRY(Remove(PendingName(IndexPath(prefix))));
  for (const std::string& path : FilesBeginningWith(prefix)) {
    if (IsDataFile(path, prefix) && path.ends_with(kPending)) FL_TRY(Remove(path));
  }
  return {};
}

Status MaybeSync(const std::string& prefix, bool sync) {
  return sync ? SyncDirectory(DirectoryOf(prefix)) : Status();
}

// The files of a bundle of another number of shards that the new one replaced.
Status RemoveOtherShards(const std::string& prefix, int32_t num_shards) {
  for (const std::string& path : FilesBeginningWith(prefix)) {
    if (IsDataFile(path, prefix) && !IsShardOf(path, num_shards)) FL_TRY(Remove(path));
  }
  return {};
}

bool IsPartsDirectory(std::string_view suffix) {
  constexpr size_t kDigits = 32;
  if (!suffix.starts_with(kPartsDirectory)) return false;
  suffix.remove_prefix(kPartsDirectory.size());
  return suffix.empty() ||
         (suffix.size() == kDigits + 1 && suffix[0] == '_' &&
          suffix.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos);
}

Status PublishOverOldBundle(const std::string& prefix, std::span<const std::string> staged_data,
                            const std::string& staged_index, bool sync) {
  const auto num_shards = static_cast<int32_t>(staged_data.size());
  if (LocateBundle(prefix).is_pending) {
    FL_TRY(FinishPendingChange(prefix));
  } else {
    FL_TRY(DropPendingFiles(prefix));
  }
  FL_TRY(MaybeSync(prefix, sync));
  for (int32_t shard = 0; shard < num_shards; ++shard) {
    FL_TRY(Rename(staged_data[static_cast<size_t>(shard)],
                  PendingName(DataPath(prefix, shard, num_shards))));
  }
  FL_TRY(MaybeSync(prefix, sync));
  // The index must not look older than the one that it replaces, whose clock may have been ahead.
  const std::optional<timespec> old_time = ModificationTime(IndexPath(prefix));
  const std::optional<timespec> new_time = ModificationTime(staged_index);
  if (old_time && new_time && IsLater(*old_time, *new_time)) {
    const timespec times[2] = {*old_time, *old_time};
    if (::utimensat(AT_FDCWD, staged_index.c_str(), times, 0) != 0) {
      return FailWithErrno("cannot set the time of", staged_index);
    }
  }
  FL_TRY(Rename(staged_index, PendingName(IndexPath(prefix))));
  FL_TRY(MaybeSync(prefix, sync));
  FL_TRY(FinishPendingChange(prefix));
  FL_TRY(RemoveOtherShards(prefix, num_shards));
  return MaybeSync(prefix, sync);
}

Status PublishNewBundle(const std::string& prefix, std::span<const std::string> staged_data,
                        const std::string& staged_index, bool sync) {
  const auto num_shards = static_cast<int32_t>(staged_data.size());
  for (int32_t shard = 0; shard < num_shards; ++shard) {
    FL_TRY(Rename(staged_data[static_cast<size_t>(shard)], DataPath(prefix, shard, num_shards)));
  }
  FL_TRY(MaybeSync(prefix, sync));
  FL_TRY(Rename(staged_index, IndexPath(prefix)));
  return MaybeSync(prefix, sync);
}

}  // namespace

std::string BundleFiles::IndexFile() const {
  return is_pending ? PendingName(IndexPath(prefix)) : IndexPath(prefix);
}

std::string BundleFiles::DataFile(int32_t shard, int32_t num_shards) const {
  std::string path = DataPath(prefix, shard, num_shards);
  if (is_pending && ModificationTime(PendingName(path))) return PendingName(path);
  return path;
}

BundleFiles LocateBundle(const std::string& prefix) {
  const std::optional<timespec> pending = ModificationTime(PendingName(IndexPath(prefix)));
  if (!pending) return {.prefix = prefix};
  const std::optional<timespec> index = ModificationTime(IndexPath(prefix));
  return {.prefix = prefix, .is_pending = !index || !IsLater(*index, *pending)};
}

bool BundleExists(const std::string& prefix) {
  return ModificationTime(LocateBundle(prefix).IndexFile()).has_value();
}

Status PublishBundle(const std::string& prefix, std::span<const std::string> staged_data,
                     const std::string& staged_index, bool sync) {
  return BundleExists(prefix) ? PublishOverOldBundle(prefix, staged_data, staged_index, sync)
                              : PublishNewBundle(prefix, staged_data, staged_index, sync);
}

Status RemoveBundle(const std::string& prefix, std::string_view meta_suffix) {
  FL_TRY(Remove(PendingName(IndexPath(prefix))));
  FL_TRY(Remove(IndexPath(prefix)));
  for (const std::string& path : FilesBeginningWith(prefix)) {
    if (IsDataFile(path, prefix)) FL_TRY(Remove(path));
  }
  RemoveAbandonedParts(prefix);
  RemoveAbandonedStagedFiles(prefix);
  return Remove(fmt::format("{}.{}", prefix, meta_suffix));
}

std::string StagedName(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  return fmt::format("{}{}{}-{}", path, kStaged, ::getpid(), counter.fetch_add(1));
}

void RemoveAbandonedParts(const std::string& prefix) {
  for (const std::string& directory : FilesBeginningWith(prefix + std::string(kPartsDirectory))) {
    if (!IsPartsDirectory(std::string_view(directory).substr(prefix.size()))) continue;
    for (const std::string& part : FilesBeginningWith(JoinPath(directory, "part-"))) {
      ::unlink(part.c_str());
    }
    ::rmdir(directory.c_str());  // What someone else put there stays.
  }
}

void RemoveAbandonedStagedFiles(const std::string& prefix) {
  for (const std::string& path : FilesBeginningWith(prefix)) {
    const size_t at = path.rfind(kStaged);
    if (at == std::string::npos || at < prefix.size()) continue;
    const std::string_view suffix = std::string_view(path).substr(at + kStaged.size());
    const size_t dash = suffix.find('-');
    if (dash == std::string_view::npos || !IsDigits(suffix.substr(0, dash), 1) ||
        !IsDigits(suffix.substr(dash + 1), 1)) {
      continue;
    }
    // Its maker may be alive here, or hold its lock from another machine.
    int maker = 0;
    std::from_chars(suffix.data(), suffix.data() + dash, maker);
    if (maker <= 0 || ::kill(maker, 0) == 0 || errno == EPERM) continue;
    Result<File> file = File::OpenForReading(path);
    if (file && ::flock(file->descriptor(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  }
}

}  // namespace fanlight::checkpoint
