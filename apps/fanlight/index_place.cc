#include "apps/fanlight/index_place.h"

#include <filesystem>

#include "fanlight/base/log.h"
#include "fanlight/base/text.h"

namespace fanlight::app {
namespace {

namespace fs = std::filesystem;

// Without symbolic links, as far as it exists.
fs::path Absolute(const std::string& path) {
  std::error_code error;
  fs::path absolute = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) absolute = path;
  // "logs/" and "logs" are one.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

bool IsWithin(const fs::path& path, const fs::path& root) {
  const auto [at, rest] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return at == root.end();
}

}  // namespace

store::Store::Options StoreOptions(const std::string& index, const std::string& usual,
                                   const std::vector<ingest::LogRoot>& roots) {
  store::Store::Options options;
  if (index == "off") return options;
  options.index_directory = index == "auto" ? usual : index;
  for (const ingest::LogRoot& root : roots) {
    const fs::path absolute = Absolute(root.path);
    options.index_subject += root.group + "\n" + absolute.string() + "\n";
    if (index != "auto" || usual.empty() || !IsWithin(Absolute(usual), absolute)) continue;
    LogInfo("no index is kept, because {} lies in the logdir: --index names another place",
            Quoted(usual));
    return {};
  }
  return options;
}

}  // namespace fanlight::app
