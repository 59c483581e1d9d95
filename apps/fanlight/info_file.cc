#include "apps/fanlight/info_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "fanlight/base/base64.h"
#include "fanlight/base/file.h"
#include "fanlight/board/api/json_writer.h"

namespace fanlight::app {
namespace {

std::string JsonText(std::string_view text) {
  api::JsonWriter json(api::JsonWriter::Style::kPython);
  json.Text(text);
  return std::move(json).Take();
}

// What tells whether a running board was started in the same way.
std::string CacheKey(const ServerInfo& info) {
  api::JsonWriter json(api::JsonWriter::Style::kCompact);
  json.BeginObject().Key("arguments").BeginArray();
  for (const std::string& argument : info.arguments) json.Text(argument);
  json.EndArray().Key("configure_kwargs").BeginObject().EndObject();
  json.Key("working_directory").Text(info.working_directory).EndObject();
  return Base64(std::move(json).Take());
}

}  // namespace

std::string InfoFileText(const ServerInfo& info) {
  return fmt::format(
      "{{\n    \"cache_key\": {},\n    \"db\": {},\n    \"logdir\": {},\n    \"path_prefix\": {},\n"
      "    \"pid\": {},\n    \"port\": {},\n    \"start_time\": {},\n    \"version\": {}\n}}\n",
      JsonText(CacheKey(info)), JsonText(info.db), JsonText(info.logdir),
      JsonText(info.path_prefix), info.pid, info.port, info.start_time_s, JsonText(info.version));
}

Result<std::unique_ptr<InfoFile>> InfoFile::Create(const std::string& temporary_directory,
                                                   const ServerInfo& info) {
  const std::string directory = JoinPath(temporary_directory, ".tensorboard-info");
  FL_ASSIGN_OR_RETURN(const bool is_new, MakeDirectories(directory));
  // Everyone's: a board of another user finds its folder here too.
  if (is_new && chmod(directory.c_str(), 0777) != 0)
    return FailWithErrno("cannot share", directory);
  const std::string path = JoinPath(directory, fmt::format("pid-{}.info", info.pid));
  FL_TRY(WriteFileAtomically(path, InfoFileText(info)));
  return std::unique_ptr<InfoFile>(new InfoFile(path));
}

InfoFile::~InfoFile() { unlink(path_.c_str()); }

}  // namespace fanlight::app
