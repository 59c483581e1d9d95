// Where event files come from: listed, opened, watched. Local directories now; other systems later,
// without touching a loader.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/events/byte_source.h"

namespace fanlight::ingest {

// Tells a file from another one that took its name.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

struct LogFile {
  std::string run;   // The run's name: the directory relative to the logdir, "." for the logdir
                     // itself. Any bytes.
  std::string path;  // By which the source opens it. Any bytes.
  FileIdentity identity;
  uint64_t size_bytes = 0;
  int64_t modified_ns = 0;  // Since the epoch.
  int64_t changed_ns = 0;   // Likewise; its status changed then, which nobody can set back.

  double modified_s() const { return 1e-9 * static_cast<double>(modified_ns); }
};

struct Listing {
  std::vector<LogFile> files;  // By run, then by path: the order TensorFlow reads them in.
  // Runs below this root could not be listed now; what is known of them stays. Empty when all is
  // well.
  std::vector<std::string> missing_roots;
  bool is_missing = false;  // No root can be read.
};

// What happened since the last wait.
struct LogChanges {
  bool relist = false;  // Files or directories came, went or changed names; or nobody knows.
  std::vector<std::string> grown;  // Paths of files that were written to, seldom one twice.
};

// All functions may be called from several threads, but for Wait().
class LogSource {
 public:
  // The files of one run, by path.
  using Found = std::function<void(std::vector<LogFile> files)>;

  virtual ~LogSource() = default;
  // All event files. What cannot be read is left out and logged once. A source that knows all files of a run before the
  // listing is complete may tell `found` of them, unless it is empty; they stand in the listing too.
  virtual Listing List(const Found& found) = 0;
  Listing List() { return List({}); }
  // Opens a file of a listing for reading. Errors: kNotFound; kFailedPrecondition when another file
  // has its name now.
  virtual Result<std::unique_ptr<ByteSource>> Open(const LogFile& file) = 0;
  // The file as a listing would tell of it now. Errors: kNotFound; kIo.
  virtual Result<LogFile> Look(const LogFile& file) = 0;
  // A file of this run with this base name as a listing would tell of it now. Errors: kNotFound, also when only a listing
  // can tell; kIo.
  virtual Result<LogFile> LookInRun(std::string_view run, std::string_view base_name) = 0;
  // Waits until something may have changed, the time is over, or a stop is asked for. Sources that
  // cannot watch just wait. One thread.
  virtual LogChanges Wait(std::stop_token stop, std::chrono::milliseconds timeout) = 0;
  // How a message names the file: relative to the logdir.
  virtual std::string DisplayPath(const LogFile& file) const = 0;
};

// Whether a file with this base name is an event file.
bool IsEventFileName(std::string_view base_name);

}  // namespace fanlight::ingest
