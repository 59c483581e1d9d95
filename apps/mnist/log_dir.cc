#include "apps/mnist/log_dir.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

bool IsOfARun(const std::string& name) {
  return name.find("tfevents") != std::string::npos || name == "checkpoint" ||
         name.starts_with("model.ckpt-");
}

}  // namespace

Result<std::vector<std::string>> PrepareLogDir(const std::string& directory,
                                               const std::vector<std::string>& unknown_flags) {
  FL_TRY(MakeDirectories(directory));
  std::vector<std::string> removed;
  std::vector<std::string> kept;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(directory, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    const bool is_file =
        entry->symlink_status(ignored).type() == std::filesystem::file_type::regular;
    (is_file && IsOfARun(name) ? removed : kept).push_back(name);
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot list the folder: {}: {}", error.message(),
                Quoted(directory));
  }
  if (!removed.empty() && !unknown_flags.empty()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "training anew would remove an earlier run from {}, but {} was not understood: "
                "correct it, or name another --log_dir",
                Quoted(directory), fmt::join(unknown_flags, " "));
  }
  for (const std::string& name : removed) {
    std::filesystem::remove(JoinPath(directory, name), error);
    if (error) {
      return Fail(ErrorCode::kIo, "cannot remove the file of an earlier run: {}: {}",
                  error.message(), Quoted(JoinPath(directory, name)));
    }
  }
  std::ranges::sort(kept);
  return kept;
}

}  // namespace fanlight
