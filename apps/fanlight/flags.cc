#include "apps/fanlight/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "fanlight/base/decimal.h"
#include "fanlight/base/file.h"
#include "fanlight/base/result.h"
#include "fanlight/board/api/json_writer.h"

namespace fanlight::app {
namespace {

enum class Kind {
  kText,
  kSwitch,        // Given or not.
  kBool,          // true or false, in any case.
  kOptionalBool,  // The same, with "not given" told apart.
  kInt,
  kPort,         // A number or "default".
  kNonNegative,  // Seconds.
  kChoice,
  kSamples,     // plugin=count,...
  kList,        // May be given more than once.
  kIndexPlace,  // "auto", "off" or a folder.
};
constexpr std::string_view kOtherWordsForOff[] = {"none", "no", "false", "never", "0", ""};

enum class Group { kUsual, kReading, kOurs, kAccepted, kGeneric };

struct FlagSpec {
  std::string_view name;
  Kind kind;
  Group group;
  std::string_view otherwise;  // The value when not given, as text; empty for none.
  std::string_view value;      // What stands for the value in --help, or the choices: "a|b".
  std::string_view help;
};

// TensorBoard's own come first and in its order, which /data/environment keeps.
constexpr std::array kFlags = std::to_array<FlagSpec>({
    {"logdir", Kind::kText, Group::kUsual, "", "DIR",
     "show the event logs below DIR. It need not exist yet. `~` is the home directory"},
    {"logdir_spec", Kind::kText, Group::kReading, "", "NAME:DIR,...",
     "several folders, with names or without"},
    {"host", Kind::kText, Group::kUsual, "", "ADDR",
     "address to listen on (default: this machine alone). 0.0.0.0: everyone who reaches this "
     "machine, "
     "with the token that is printed"},
    {"bind_all", Kind::kSwitch, Group::kUsual, "", "", "listen on every address"},
    {"port", Kind::kPort, Group::kUsual, "default", "N",
     "port to listen on; 0: any free one (default: 6006, or the next free one)"},
    {"reuse_port", Kind::kBool, Group::kReading, "false", "true|false",
     "share the port with another process (SO_REUSEPORT)"},
    {"load_fast", Kind::kChoice, Group::kReading, "auto", "false|auto|true",
     "which of TensorBoard's two rules the compatible routes follow after a restart: auto and "
     "true, the "
     "fast loader's; false, the slow one's. The speed is the same"},
    {"extra_data_server_flags", Kind::kText, Group::kAccepted, "", "TEXT", ""},
    {"grpc_creds_type", Kind::kChoice, Group::kAccepted, "local", "local|ssl|ssl_dev", ""},
    {"grpc_data_provider", Kind::kText, Group::kAccepted, "", "ADDR", ""},
    {"purge_orphaned_data", Kind::kBool, Group::kReading, "true", "true|false",
     "hide points that a restarted job repeats, in the compatible routes"},
    {"db", Kind::kText, Group::kAccepted, "", "URI", ""},
    {"db_import", Kind::kSwitch, Group::kAccepted, "", "", ""},
    {"inspect", Kind::kSwitch, Group::kReading, "", "",
     "print which data the event files hold, at which steps, and end"},
    {"version_tb", Kind::kSwitch, Group::kReading, "", "",
     "print the version of TensorBoard whose HTTP contract is followed, and end"},
    {"tag", Kind::kText, Group::kReading, "", "TAG", "with --inspect: this tag only"},
    {"event_file", Kind::kText, Group::kReading, "", "FILE", "with --inspect: this file only"},
    {"path_prefix", Kind::kText, Group::kUsual, "", "/PATH",
     "serve below this path, as behind a proxy"},
    {"window_title", Kind::kText, Group::kUsual, "", "TEXT", "title of the page"},
    {"max_reload_threads", Kind::kInt, Group::kAccepted, "1", "N", ""},
    {"reload_interval", Kind::kNonNegative, Group::kReading, "5.0", "SECONDS",
     "how often folders that cannot notify of changes are looked at; 0: read once. Local files are "
     "followed at once whatever it says"},
    {"reload_task", Kind::kChoice, Group::kAccepted, "auto", "auto|thread|process|blocking", ""},
    {"reload_multifile", Kind::kOptionalBool, Group::kAccepted, "", "true|false", ""},
    {"reload_multifile_inactive_secs", Kind::kInt, Group::kAccepted, "86400", "N", ""},
    {"generic_data", Kind::kChoice, Group::kAccepted, "auto", "false|auto|true", ""},
    {"samples_per_plugin", Kind::kSamples, Group::kReading, "", "PLUGIN=N,...",
     "points per series that the compatible routes serve; 0: all. The page always has all"},
    {"detect_file_replacement", Kind::kOptionalBool, Group::kAccepted, "", "true|false", ""},

    {"auth", Kind::kChoice, Group::kOurs, "token", "token|none",
     "what readers from other machines need: the token that is printed, or nothing. FANLIGHT_TOKEN "
     "in "
     "the environment sets the token"},
    {"allow_host", Kind::kList, Group::kOurs, "", "NAME",
     "a further name under which a proxy may ask for this board; may be repeated"},
    {"index", Kind::kIndexPlace, Group::kOurs, "auto", "auto|off|DIR",
     "where what was read is kept, so that the next start need not read it again: auto, the user's "
     "cache folder, 10 GiB at most; off, nowhere; or DIR. May be deleted at any time"},
    {"ui_dir", Kind::kText, Group::kOurs, "", "DIR", "serve the page from this folder"},
    {"version", Kind::kSwitch, Group::kOurs, "", "", "print the version and end"},
    {"help", Kind::kSwitch, Group::kOurs, "", "", "this text"},
    {"helpfull", Kind::kSwitch, Group::kGeneric, "", "", ""},

    {"verbosity", Kind::kInt, Group::kGeneric, "-1", "N", ""},
    {"logtostderr", Kind::kSwitch, Group::kGeneric, "", "", ""},
    {"alsologtostderr", Kind::kSwitch, Group::kGeneric, "", "", ""},
    {"log_dir", Kind::kText, Group::kGeneric, "", "DIR", ""},
    {"stderrthreshold", Kind::kText, Group::kGeneric, "fatal", "LEVEL", ""},
});
constexpr size_t kTensorBoardFlags = 27;
static_assert(kFlags[kTensorBoardFlags - 1].name == "detect_file_replacement");

bool TakesValue(Kind kind) { return kind != Kind::kSwitch; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

using Samples = std::map<std::string, uint32_t, std::less<>>;

std::optional<Samples> ParseSamples(std::string_view text) {
  Samples samples;
  if (text.empty()) return samples;
  for (const std::string_view part : Split(text, ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const auto count = ParseNumber<uint32_t>(part.substr(equals + 1));
    if (!count) return std::nullopt;
    samples[std::string(part.substr(0, equals))] = *count;
  }
  return samples;
}

// Whether an argument is a value though it begins with a dash.
bool IsNegativeNumber(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && ParseNumber<double>(text).has_value();
}

// The values as given, by place in kFlags.
class Values {
 public:
  void Add(size_t flag, std::string value) { given_[flag].push_back(std::move(value)); }
  bool Has(std::string_view name) const { return !given_[Place(name)].empty(); }
  // The last one given, or what stands in for it.
  std::string Text(std::string_view name) const { return TextAt(Place(name)); }
  std::string TextAt(size_t flag) const {
    return given_[flag].empty() ? std::string(kFlags[flag].otherwise) : given_[flag].back();
  }
  bool HasAt(size_t flag) const { return !given_[flag].empty(); }
  const std::vector<std::string>& All(std::string_view name) const { return given_[Place(name)]; }
  bool IsTrue(std::string_view name) const { return LowerCase(Text(name)) == "true"; }

 private:
  static size_t Place(std::string_view name) {
    const auto found = std::find_if(kFlags.begin(), kFlags.end(),
                                    [&](const FlagSpec& flag) { return flag.name == name; });
    return static_cast<size_t>(found - kFlags.begin());
  }
  std::array<std::vector<std::string>, kFlags.size()> given_{};
};

// The flag that a name, or an unambiguous beginning of one, means.
Result<size_t> FindFlag(std::string_view spelled, std::string_view argument) {
  std::string name(spelled);
  std::replace(name.begin(), name.end(), '-', '_');
  if (name == "h") name = "help";
  if (name == "v") name = "verbosity";
  std::vector<size_t> matches;
  for (size_t i = 0; i < kFlags.size(); ++i) {
    if (kFlags[i].name == name) return i;
    if (!name.empty() && kFlags[i].name.starts_with(name)) matches.push_back(i);
  }
  if (matches.empty())
    return Fail(ErrorCode::kInvalidArgument, "unrecognized arguments: {}", argument);
  // The generic logging flags never stand in the way of a beginning that was clear without them.
  const auto is_generic = [](size_t i) { return kFlags[i].group == Group::kGeneric; };
  if (matches.size() > 1 && !std::all_of(matches.begin(), matches.end(), is_generic))
    std::erase_if(matches, is_generic);
  if (matches.size() > 1) {
    std::string names;
    for (const size_t match : matches)
      names += fmt::format("{}--{}", names.empty() ? "" : ", ", kFlags[match].name);
    return Fail(ErrorCode::kInvalidArgument, "ambiguous option: --{} could match {}", name, names);
  }
  return matches.front();
}

Status CheckValue(const FlagSpec& flag, const std::string& value) {
  const auto fail = [&](std::string_view what) -> Status {
    return Fail(ErrorCode::kInvalidArgument, "argument --{}: {}", flag.name, what);
  };
  switch (flag.kind) {
    case Kind::kBool:
    case Kind::kOptionalBool:
      if (LowerCase(value) != "true" && LowerCase(value) != "false")
        return fail(fmt::format("invalid boolean: '{}' (true or false)", value));
      return {};
    case Kind::kInt:
      if (!ParseNumber<int64_t>(value)) return fail(fmt::format("invalid int value: '{}'", value));
      return {};
    case Kind::kPort: {
      if (value == "default") return {};
      const auto port = ParseNumber<int64_t>(value);
      if (!port || *port < 0)
        return fail(fmt::format("invalid port: '{}' (a number or default)", value));
      return {};
    }
    case Kind::kNonNegative: {
      const auto seconds = ParseNumber<double>(value);
      if (!seconds || !std::isfinite(*seconds))
        return fail(fmt::format("invalid float: '{}'", value));
      if (*seconds < 0)
        return fail(fmt::format("must be non-negative: {}", ShortestDecimal(*seconds)));
      return {};
    }
    case Kind::kChoice: {
      const auto choices = Split(flag.value, '|');
      if (std::find(choices.begin(), choices.end(), value) == choices.end())
        return fail(fmt::format("invalid choice: '{}' (choose from '{}')", value,
                                fmt::join(choices, "', '")));
      return {};
    }
    case Kind::kSamples:
      if (!ParseSamples(value))
        return fail(fmt::format("invalid _parse_samples_per_plugin value: '{}'", value));
      return {};
    case Kind::kIndexPlace:
      // Somebody wants none, and not a folder of that name where the program was started.
      if (std::ranges::find(kOtherWordsForOff, LowerCase(value)) != std::end(kOtherWordsForOff))
        return fail(
            fmt::format("invalid place: '{0}' (off keeps no index, ./{0} is a folder)", value));
      return {};
    case Kind::kText:
    case Kind::kSwitch:
    case Kind::kList:
      return {};
  }
  return {};
}

Result<Values> ReadArguments(std::span<const std::string> arguments) {
  Values values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!argument.starts_with('-') || argument.size() < 2)
      return Fail(ErrorCode::kInvalidArgument, "unrecognized arguments: {}", argument);
    std::string_view body = argument.substr(argument.starts_with("--") ? 2 : 1);
    const size_t equals = body.find('=');
    FL_ASSIGN_OR_RETURN(const size_t flag, FindFlag(body.substr(0, equals), argument));
    const FlagSpec& spec = kFlags[flag];
    if (!TakesValue(spec.kind)) {
      if (equals != std::string_view::npos)
        return Fail(ErrorCode::kInvalidArgument, "argument --{}: ignored explicit argument '{}'",
                    spec.name, body.substr(equals + 1));
      values.Add(flag, "true");
      continue;
    }
    std::string value;
    if (equals != std::string_view::npos) {
      value = std::string(body.substr(equals + 1));
    } else {
      const bool has_next = i + 1 < arguments.size() &&
                            (!arguments[i + 1].starts_with('-') || arguments[i + 1] == "-" ||
                             IsNegativeNumber(arguments[i + 1]));
      if (!has_next)
        return Fail(ErrorCode::kInvalidArgument, "argument --{}: expected one argument", spec.name);
      value = arguments[++i];
    }
    FL_TRY(CheckValue(spec, value));
    values.Add(flag, std::move(value));
  }
  return values;
}

Flags ToFlags(const Values& values) {
  Flags flags;
  flags.logdir = ExpandHome(values.Text("logdir"));
  flags.logdir_spec = values.Text("logdir_spec");
  if (values.Has("host")) flags.host = values.Text("host");
  flags.bind_all = values.Has("bind_all");
  flags.port = ParseNumber<int64_t>(values.Text("port"));
  flags.reuse_port = values.IsTrue("reuse_port");
  flags.load_fast = values.Text("load_fast");
  flags.db = values.Text("db");
  flags.inspect = values.Has("inspect");
  flags.tag = values.Text("tag");
  flags.event_file = ExpandHome(values.Text("event_file"));
  flags.path_prefix = values.Text("path_prefix");
  while (flags.path_prefix.ends_with('/')) flags.path_prefix.pop_back();
  flags.window_title = values.Text("window_title");
  flags.reload_interval_s = *ParseNumber<double>(values.Text("reload_interval"));
  flags.purge_orphaned_data = values.IsTrue("purge_orphaned_data");
  flags.samples_per_plugin = *ParseSamples(values.Text("samples_per_plugin"));
  if (values.Has("detect_file_replacement"))
    flags.detect_file_replacement =
        values.IsTrue("detect_file_replacement") ? BoolFlag::kTrue : BoolFlag::kFalse;
  flags.grpc_data_provider = values.Text("grpc_data_provider");
  flags.auth = values.Text("auth");
  flags.allow_hosts = values.All("allow_host");
  flags.ui_dir = ExpandHome(values.Text("ui_dir"));
  flags.index = ExpandHome(values.Text("index"));
  return flags;
}

std::string FlagsJson(const Values& values, const Flags& flags) {
  api::JsonWriter json(api::JsonWriter::Style::kPython);
  json.BeginObject();
  for (size_t i = 0; i < kTensorBoardFlags; ++i) {
    const FlagSpec& flag = kFlags[i];
    const std::string text = values.TextAt(i);
    json.Key(flag.name);
    switch (flag.kind) {
      case Kind::kSwitch:
        json.Bool(values.HasAt(i));
        break;
      case Kind::kBool:
        json.Bool(LowerCase(text) == "true");
        break;
      case Kind::kOptionalBool:
        if (text.empty()) {
          json.Null();
        } else {
          json.Bool(LowerCase(text) == "true");
        }
        break;
      case Kind::kInt:
        json.Int(ParseNumber<int64_t>(text).value_or(0));
        break;
      case Kind::kPort:
        if (flags.port) {
          json.Int(*flags.port);
        } else {
          json.Null();
        }
        break;
      case Kind::kNonNegative:
        json.Double(flags.reload_interval_s);
        break;
      case Kind::kSamples:
        json.BeginObject();
        for (const auto& [plugin, count] : flags.samples_per_plugin) json.Key(plugin).Uint(count);
        json.EndObject();
        break;
      case Kind::kText:
      case Kind::kChoice:
      case Kind::kList:
      case Kind::kIndexPlace:
        if (flag.name == "host" && !values.HasAt(i)) {
          json.Null();
        } else if (flag.name == "logdir") {
          json.Text(flags.logdir);
        } else if (flag.name == "path_prefix") {
          json.Text(flags.path_prefix);
        } else {
          json.Text(text);
        }
        break;
    }
  }
  json.Key("__tensorboard_subcommand").Text("serve");
  json.EndObject();
  return std::move(json).Take();
}

// Flags that contradict each other, in TensorBoard's order and words.
std::optional<std::string> Contradiction(const Flags& flags) {
  if (flags.inspect) {
    if (!flags.logdir_spec.empty()) return "--logdir_spec is not supported with --inspect.";
    if (!flags.logdir.empty() && !flags.event_file.empty())
      return "Must specify either --logdir or --event_file, but not both.";
    if (flags.logdir.empty() && flags.event_file.empty())
      return "Must specify either --logdir or --event_file.";
    return std::nullopt;
  }
  if (!flags.logdir.empty() && !flags.logdir_spec.empty())
    return "May not specify both --logdir and --logdir_spec";
  if (flags.logdir.empty() && flags.logdir_spec.empty() && flags.db.empty() &&
      flags.grpc_data_provider.empty())
    return "A logdir or db must be specified. For example `tensorboard --logdir mylogdir` or "
           "`tensorboard --db sqlite:~/.tensorboard.db`. Run `tensorboard --helpfull` for details "
           "and examples.";
  if (flags.host && flags.bind_all) return "Must not specify both --host and --bind_all.";
  if (flags.load_fast == "true" && flags.detect_file_replacement == BoolFlag::kTrue)
    return "Must not specify both --load_fast=true and--detect_file_replacement=true";
  if (!flags.path_prefix.empty() && !flags.path_prefix.starts_with('/'))
    return fmt::format("Path prefix must start with slash, but got: '{}'.", flags.path_prefix);
  // Named here rather than silently ignored: their data would not appear.
  if (flags.logdir.empty() && !flags.grpc_data_provider.empty())
    return "--grpc_data_provider names a data server; this program reads event files itself: pass "
           "--logdir.";
  if (flags.logdir.empty() && flags.logdir_spec.empty())
    return "--db is not read any more, by TensorBoard neither: pass --logdir.";
  return std::nullopt;
}

std::string Usage(std::string_view program) {
  return fmt::format("usage: {} [--logdir DIR] [--host ADDR] [--port N] [flags]   ({} --help)\n",
                     program, program);
}

CommandLine Failure(std::string message, int exit_code) {
  CommandLine line;
  line.action = CommandLine::Action::kFail;
  line.message = std::move(message);
  line.exit_code = exit_code;
  return line;
}

constexpr std::string_view kDevNotice = R"(
***************************************************************
* TensorBoard.dev, the hosted service, has been shut down.    *
* Its FAQ: https://tensorboard.dev                            *
***************************************************************
)";

}  // namespace

CommandLine ParseCommandLine(std::string_view program, std::span<const std::string> arguments) {
  bool is_inspect_word = false;
  if (!arguments.empty() && !arguments.front().starts_with('-')) {
    const std::string& word = arguments.front();
    if (word == "dev") return Failure(std::string(kDevNotice), 1);
    if (word != "serve" && word != "inspect")
      return Failure(
          fmt::format("{}{}: error: invalid choice: '{}' (choose from 'serve', 'inspect')\n",
                      Usage(program), program, word),
          2);
    is_inspect_word = word == "inspect";
    arguments = arguments.subspan(1);
  }
  const Result<Values> values = ReadArguments(arguments);
  if (!values)
    return Failure(
        fmt::format("{}{}: error: {}\n", Usage(program), program, values.error().message), 2);
  CommandLine line;
  line.flags = ToFlags(*values);
  line.flags.inspect = line.flags.inspect || is_inspect_word;
  line.flags_json = FlagsJson(*values, line.flags);
  if (values->Has("help") || values->Has("helpfull")) {
    line.action = CommandLine::Action::kPrintHelp;
    return line;
  }
  if (values->Has("version") || values->Has("version_tb")) {
    line.action = CommandLine::Action::kPrintVersion;
    line.wants_compatible_version = values->Has("version_tb");
    return line;
  }
  if (const auto contradiction = Contradiction(line.flags))
    return Failure("Error: " + *contradiction + "\n", 1);
  if (line.flags.inspect) line.action = CommandLine::Action::kInspect;
  return line;
}

std::string HelpText(std::string_view program) {
  std::string out = fmt::format(
      "Fanlight shows TensorFlow event logs, live, in the browser.\n\n"
      "  {} --logdir DIR                   open http://localhost:6006\n"
      "  {} --logdir DIR --host 0.0.0.0    also from other machines, with the token it prints\n",
      program, program);
  const auto group = [&](std::string_view title, Group wanted) {
    out += fmt::format("\n{}\n", title);
    for (const FlagSpec& flag : kFlags) {
      if (flag.group != wanted) continue;
      std::string left = fmt::format("  --{}", flag.name);
      if (!flag.value.empty()) left += fmt::format(" {}", flag.value);
      // The help text in a column of its own, wrapped at 100.
      constexpr size_t kColumn = 32;
      constexpr size_t kWidth = 100;
      std::string line =
          left + std::string(left.size() + 1 < kColumn ? kColumn - left.size() : 1, ' ');
      if (left.size() + 1 >= kColumn) {
        out += left + "\n";
        line = std::string(kColumn, ' ');
      }
      bool is_first = true;
      for (const std::string_view word : Split(flag.help, ' ')) {
        if (line.size() + 1 + word.size() > kWidth) {
          out += line + "\n";
          line = std::string(kColumn, ' ');
          is_first = true;
        }
        if (!is_first) line += ' ';
        line += word;
        is_first = false;
      }
      out += line + "\n";
    }
  };
  group("Usual", Group::kUsual);
  group("Reading and answering", Group::kReading);
  group("Fanlight's own", Group::kOurs);
  out +=
      "\nTaken for TensorBoard's sake, without effect here (all files are always followed, every "
      "core is "
      "used)\n ";
  size_t width = 1;
  for (const FlagSpec& flag : kFlags) {
    if (flag.group != Group::kAccepted && flag.group != Group::kGeneric) continue;
    if (width + flag.name.size() + 3 > 100) {
      out += "\n ";
      width = 1;
    }
    out += fmt::format(" --{}", flag.name);
    width += flag.name.size() + 3;
  }
  out +=
      "\n\nFlags may be written -logdir DIR or --logdir=DIR, with dashes or underscores, and "
      "shortened\n"
      "where no other begins so.\n";
  return out;
}

std::vector<std::string_view> FlagNames() {
  std::vector<std::string_view> names;
  for (const FlagSpec& flag : kFlags) names.push_back(flag.name);
  return names;
}

}  // namespace fanlight::app
