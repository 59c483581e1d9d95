// What people say of runs: other names, notes, colours, tags, what is pinned, hidden, archived; and short links to
// views. Kept in one small database beside the person's other data, never in the logs.
//
//   Sidecar sidecar({.path = SidecarPath()});
//   FL_TRY(sidecar.Change("/home/ann/logs", {{.run = "lr0.1", .field = Field::kTitle, .value = "best so far"}}));
//   FL_ASSIGN_OR_RETURN(auto marks, sidecar.Marks("/home/ann/logs"));
//
//   marks   logdir │ run │ field │ value        one row a said thing: two programs that change different
//   links   id │ view                           things of one run do not undo each other
//
// The file is made by the first write: who only looks leaves nothing behind. It is opened anew for each call, so a
// database that was moved, repaired or locked a moment ago is no reason to start the board again, and several boards
// may share one. Thread-safe: a call holds nothing that another waits for, but SQLite's own lock on the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight::sidecar {

enum class Field : uint8_t { kTitle, kNote, kColour, kTags, kPinned, kHidden, kArchived };

// One thing to say of a run, or to take back.
struct RunChange {
  std::string run;  // Its display name.
  Field field = Field::kTitle;
  std::optional<std::string> value{};  // Absent: what was said is taken back.
};

// What is said of one run. Flags are the text "1".
using RunMarks = std::map<Field, std::string>;

class Sidecar {
 public:
  struct Options {
    std::string path;                          // Empty: nothing is kept, writes are refused.
    uint64_t max_bytes = uint64_t{256} << 20;  // Of the database; a write beyond it is refused.
    int busy_ms = 2000;                        // How long to wait for another program's write.
  };
  static constexpr size_t kMaxValueBytes = size_t{64} << 10;
  static constexpr size_t kMaxViewBytes = size_t{256} << 10;

  explicit Sidecar(Options options) : options_(std::move(options)) {}

  const std::string& path() const { return options_.path; }

  // What is said of the runs of `logdir`, by run; nothing where there is no database yet.
  // Errors: kIo, kCorrupt, each naming the file and what to do.
  Result<std::map<std::string, RunMarks>> Marks(const std::string& logdir) const;
  // Makes all of `changes` or none. Errors: as Marks; kPermissionDenied where the file or its directory cannot be
  // written; kTooLarge for a value beyond its limit, a full device, or max_bytes.
  Status Change(const std::string& logdir, const std::vector<RunChange>& changes) const;

  // A short name for `view`, the same for the same text: ten letters and digits. Errors: as Change.
  Result<std::string> Shorten(const std::string& view) const;
  // Errors: kNotFound; as Marks.
  Result<std::string> Expand(const std::string& id) const;

 private:
  const Options options_;
};

// `fanlight/sidecar.db` in the user's data directory: $XDG_DATA_HOME, else ~/.local/share. Empty when there is
// neither.
std::string SidecarPath();

}  // namespace fanlight::sidecar
