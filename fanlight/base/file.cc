#include "fanlight/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "fanlight/base/check.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

Result<File> Open(const std::string& path, int flags, std::string_view what) {
  int descriptor;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return FailWithErrno(what, path);
  return File(descriptor, path);
}

}  // namespace

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<File> File::OpenForReading(const std::string& path) {
  return Open(path, O_RDONLY, "cannot open for reading");
}

Result<File> File::OpenForReadingUnnoted(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOATIME);
  if (descriptor >= 0) return File(descriptor, path);
  return OpenForReading(path);
}

Result<File> File::CreateNew(const std::string& path) {
  return Open(path, O_WRONLY | O_CREAT | O_EXCL, "cannot create");
}

Result<File> File::CreateOrTruncate(const std::string& path) {
  return Open(path, O_WRONLY | O_CREAT | O_TRUNC, "cannot create");
}

Result<size_t> File::ReadAt(uint64_t offset, std::span<std::byte> into) const {
  size_t done = 0;
  while (done < into.size()) {
    FL_ASSIGN_OR_RETURN(const size_t got, ReadSomeAt(offset + done, into.subspan(done)));
    if (got == 0) break;
    done += got;
  }
  return done;
}

Result<size_t> File::ReadSomeAt(uint64_t offset, std::span<std::byte> into) const {
  for (;;) {
    const ssize_t got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return FailWithErrno("cannot read", path_);
  }
}

Status File::Write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return FailWithErrno("cannot write", path_);
    }
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return {};
}

Status File::Write(std::string_view text) { return Write(std::as_bytes(std::span(text))); }

Result<uint64_t> File::Size() const {
  struct stat info{};
  if (::fstat(descriptor_, &info) != 0) return FailWithErrno("cannot tell the size", path_);
  return static_cast<uint64_t>(info.st_size);
}

Status File::Sync() {
  if (::fsync(descriptor_) != 0) return FailWithErrno("cannot sync", path_);
  return {};
}

Status File::Close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor >= 0 && ::close(descriptor) != 0) return FailWithErrno("cannot close", path_);
  return {};
}

Result<std::string> ReadWholeFile(const std::string& path, uint64_t max_bytes) {
  FL_ASSIGN_OR_RETURN(const File file, File::OpenForReading(path));
  FL_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (size > max_bytes) {
    return Fail(ErrorCode::kTooLarge, "file too large: got {}, want at most {}: {}",
                HumanBytes(size), HumanBytes(max_bytes), Quoted(path));
  }
  std::string content(size, '\0');
  FL_ASSIGN_OR_RETURN(const size_t got, file.ReadAt(0, std::as_writable_bytes(std::span(content))));
  content.resize(got);
  return content;
}

Status WriteFileAtomically(const std::string& path, std::string_view content) {
  return WriteFileAtomically(path, [&](File& file) { return file.Write(content); });
}

Status WriteFileAtomically(const std::string& path, const std::function<Status(File&)>& write) {
  static std::atomic<uint64_t> counter{0};
  const std::string temporary = fmt::format("{}.tmp-{}-{}", path, ::getpid(), counter.fetch_add(1));
  FL_ASSIGN_OR_RETURN(File file, File::CreateOrTruncate(temporary));
  const auto finish = [&]() -> Status {
    FL_TRY(write(file));
    FL_TRY(file.Sync());
    FL_TRY(file.Close());
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      return FailWithErrno("cannot replace", path);
    return {};
  };
  Status done = finish();
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return SyncDirectory(DirectoryOf(path));
}

Status SyncDirectory(const std::string& directory) {
  FL_ASSIGN_OR_RETURN(File handle,
                      Open(directory, O_RDONLY | O_DIRECTORY, "cannot open the directory"));
  // Some network file systems cannot sync a directory; the rename itself has been done then.
  if (::fsync(handle.descriptor()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    return FailWithErrno("cannot sync the directory", directory);
  }
  return {};
}

Result<bool> MakeDirectories(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error)
    return Fail(ErrorCode::kIo, "cannot make the directory: {}: {}", error.message(),
                Quoted(directory));
  return made;
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string BaseNameOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string JoinPath(const std::string& directory, const std::string& name) {
  if (directory.empty() || name.starts_with('/')) return name;
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

std::string ExpandHome(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  return home == nullptr ? path : home + path.substr(1);
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "fanlight-XXXXXX").string();
  FL_CHECK(::mkdtemp(pattern.data()) != nullptr, "cannot make a temporary directory");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace fanlight
