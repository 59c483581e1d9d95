// Which directories to watch, from --logdir or --logdir_spec.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fanlight::ingest {

struct LogRoot {
  std::string path;
  // Runs below are called `group`/relative, events directly in the directory `group`/. ; empty: the
  // relative path.
  std::string group;
  bool operator==(const LogRoot&) const = default;
};

// One directory; commas and colons are literal, a leading "~" is the home directory.
LogRoot RootOfLogdir(std::string_view logdir);

// TensorBoard's --logdir_spec: parts at commas; "name:path" gives the runs below a group name,
// unless the part begins with "/" or is a URI. A path that is given twice keeps its place and takes
// the last name.
std::vector<LogRoot> ParseLogdirSpec(std::string_view spec);

}  // namespace fanlight::ingest
