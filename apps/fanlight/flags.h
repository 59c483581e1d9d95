// The command line: TensorBoard's flags, all of them, and a few of ours. One table (flags.cc) says what
// there is; parsing, --help and /data/environment are made from it.
//
// Lenient where people are: `-logdir=path`, `--log-dir` spelled with dashes, unambiguous beginnings, and
// the word `serve` in front. Strict where a typing error would pass unseen: unknown flags, values of the
// wrong kind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::app {

enum class BoolFlag { kUnset, kFalse, kTrue };

struct Flags {
  std::string logdir;
  std::string logdir_spec;
  std::optional<std::string> host;
  bool bind_all = false;
  std::optional<int64_t> port;  // Empty: 6006 or the next free one.
  bool reuse_port = false;
  std::string load_fast = "auto";
  std::string db;
  bool inspect = false;
  std::string tag;
  std::string event_file;
  std::string path_prefix;  // Without trailing slashes.
  std::string window_title;
  double reload_interval_s = 5;
  bool purge_orphaned_data = true;
  std::map<std::string, uint32_t, std::less<>> samples_per_plugin{};
  BoolFlag detect_file_replacement = BoolFlag::kUnset;
  std::string grpc_data_provider;

  std::string auth = "token";  // When bound wider than loopback: token or none.
  std::vector<std::string> allow_hosts{};
  std::string ui_dir;
  std::string index = "auto";  // auto, off, or a directory.

  bool is_fast() const { return load_fast != "false"; }
};

// What to do, and what was found out on the way there.
struct CommandLine {
  enum class Action { kServe, kInspect, kPrintVersion, kPrintHelp, kFail };
  Action action = Action::kServe;
  Flags flags;
  std::string flags_json;  // All flags as parsed, for /data/environment.
  std::string message;     // kFail: for stderr. Ends with a line break.
  int exit_code = 0;  // kFail: 1 for flags that contradict each other, 2 for what cannot be read.
  bool wants_compatible_version = false;  // --version_tb: the version of TensorBoard we follow.
};

// Reads the arguments behind the program's name. `program` is that name, for messages.
CommandLine ParseCommandLine(std::string_view program, std::span<const std::string> arguments);

// What --help prints.
std::string HelpText(std::string_view program);

// Every flag's name, in the table's order: for tests.
std::vector<std::string_view> FlagNames();

}  // namespace fanlight::app
