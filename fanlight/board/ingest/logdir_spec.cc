#include "fanlight/board/ingest/logdir_spec.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstdlib>

#include "fanlight/base/file.h"

namespace fanlight::ingest {
namespace {

// [a-zA-Z][0-9a-zA-Z.]*://
bool IsUri(std::string_view part) {
  const size_t colon = part.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto is_scheme = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.';
  };
  return is_letter(part[0]) &&
         std::all_of(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(colon), is_scheme);
}

// The path without symbolic links, as far as it exists.
std::string RealPath(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) != nullptr ? std::string(resolved) : path;
}

}  // namespace

LogRoot RootOfLogdir(std::string_view logdir) {
  return {.path = ExpandHome(std::string(logdir)), .group = {}};
}

std::vector<LogRoot> ParseLogdirSpec(std::string_view spec) {
  std::vector<LogRoot> roots;
  while (!spec.empty()) {
    const size_t comma = std::min(spec.find(','), spec.size());
    std::string_view part = spec.substr(0, comma);
    spec.remove_prefix(std::min(comma + 1, spec.size()));
    if (part.empty()) continue;
    LogRoot root;
    const bool is_uri = IsUri(part);
    if (!is_uri && !part.starts_with('/')) {
      const size_t colon = part.find(':');
      if (colon != std::string_view::npos) {
        root.group = part.substr(0, colon);
        part.remove_prefix(colon + 1);
      }
    }
    root.path = is_uri ? std::string(part) : RealPath(ExpandHome(std::string(part)));
    const auto same = std::find_if(roots.begin(), roots.end(),
                                   [&](const LogRoot& r) { return r.path == root.path; });
    if (same != roots.end()) {
      same->group = root.group;
    } else {
      roots.push_back(std::move(root));
    }
  }
  return roots;
}

}  // namespace fanlight::ingest
