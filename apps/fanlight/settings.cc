#include "apps/fanlight/settings.h"

#include <filesystem>
#include <system_error>

namespace fanlight::app {
namespace {

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

}  // namespace

api::Settings MakeSettings(const CommandLine& line) {
  const Flags& flags = line.flags;
  api::Settings settings;
  settings.version = FANLIGHT_VERSION;
  settings.logdir = flags.logdir.empty() ? flags.logdir_spec : flags.logdir;
  settings.logdir_path = flags.logdir.empty() ? flags.logdir_spec : AbsolutePath(flags.logdir);
  settings.window_title = flags.window_title;
  settings.flags_json = line.flags_json;
  settings.compatible_generations = flags.is_fast() ? store::Generations::kTensorBoardFast
                                    : flags.purge_orphaned_data
                                        ? store::Generations::kTensorBoardSlow
                                        : store::Generations::kAll;
  settings.samples_per_plugin = flags.samples_per_plugin;
  return settings;
}

}  // namespace fanlight::app
