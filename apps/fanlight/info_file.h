// The file by which notebooks find a running board: <tmp>/.tensorboard-info/pid-<pid>.info.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight::app {

struct ServerInfo {
  std::vector<std::string> arguments;  // As given to the program.
  std::string working_directory;
  std::string db;
  std::string logdir;  // The flag's text, or the spec.
  std::string path_prefix;
  int64_t pid = 0;
  uint16_t port = 0;
  int64_t start_time_s = 0;
  std::string version;
};

// The file's text: JSON with sorted keys, indented by 4.
std::string InfoFileText(const ServerInfo& info);

// Exists while this object does.
class InfoFile {
 public:
  // In `temporary_directory`, whose folder .tensorboard-info is shared by all users of the machine.
  static Result<std::unique_ptr<InfoFile>> Create(const std::string& temporary_directory,
                                                  const ServerInfo& info);
  ~InfoFile();
  InfoFile(const InfoFile&) = delete;
  InfoFile& operator=(const InfoFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit InfoFile(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace fanlight::app
