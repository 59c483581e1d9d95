// Files of the local system: an owning descriptor, positioned reads, whole-file helpers and atomic
// replacement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "fanlight/base/result.h"

namespace fanlight {

// An open file. Move-only; closed by the destructor, silently: call Close() where a late error must
// be seen.
class File {
 public:
  File() = default;
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  static Result<File> OpenForReading(const std::string& path);
  // The same, without the time of each look being written to the file's entry, where the system allows that (to who
  // owns it): following a log that grows would else write to its directory's device for ever.
  static Result<File> OpenForReadingUnnoted(const std::string& path);
  // Makes a file that must not exist yet; kAlreadyExists when it does.
  static Result<File> CreateNew(const std::string& path);
  // Makes a file, or empties the one that is there.
  static Result<File> CreateOrTruncate(const std::string& path);

  // Reads up to `into.size()` bytes at `offset`; fewer than asked for only at the end of the file.
  Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) const;
  // The same in one call of the system: fewer may come at any time, none at the end only.
  Result<size_t> ReadSomeAt(uint64_t offset, std::span<std::byte> into) const;
  // Appends all of `bytes` at the descriptor's position. A full disk is an error.
  Status Write(std::span<const std::byte> bytes);
  Status Write(std::string_view text);
  Result<uint64_t> Size() const;
  // Waits until the bytes are on the device.
  Status Sync();
  Status Close();

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }

 private:
  int descriptor_ = -1;
  std::string path_;
};

// The whole content of a file. kTooLarge above `max_bytes`, before anything is read.
Result<std::string> ReadWholeFile(const std::string& path, uint64_t max_bytes = uint64_t{4} << 30);

// Writes a file so that at any moment, also after a crash, `path` holds the old content or all of
// the new: a temporary name beside it, fsync, rename, fsync of the directory. Nothing is left
// behind on an error.
Status WriteFileAtomically(const std::string& path, std::string_view content);
// The same, with the content written by `write`, which is given the open temporary file.
Status WriteFileAtomically(const std::string& path, const std::function<Status(File&)>& write);

// Waits until the entries of a directory (names made, renamed, removed) are on the device.
Status SyncDirectory(const std::string& directory);

// Makes a directory and its parents. True when something had to be made.
Result<bool> MakeDirectories(const std::string& directory);

// The part before the last slash ("." when there is none), and the part after it.
std::string DirectoryOf(const std::string& path);
std::string BaseNameOf(const std::string& path);
// `directory`/`name`; `name` alone when it is absolute or the directory is empty.
std::string JoinPath(const std::string& directory, const std::string& name);
// `path` with a leading "~" or "~/" replaced by the home directory.
std::string ExpandHome(const std::string& path);

// A fresh directory below the system's temporary folder, removed with all it holds by the
// destructor. For tests and tools.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string Join(const std::string& name) const { return JoinPath(path_, name); }

 private:
  std::string path_;
};

}  // namespace fanlight
