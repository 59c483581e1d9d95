#include "apps/fanlight/flags.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>

namespace fanlight::app {
namespace {

using Action = CommandLine::Action;

CommandLine Parse(std::vector<std::string> arguments) {
  return ParseCommandLine("fanlight", arguments);
}

TEST(ParseCommandLine, TakesTheTutorialsOwnLine) {
  const CommandLine line = Parse({"-logdir=path/to/logs", "-host", "0.0.0.0"});
  EXPECT_EQ(line.action, Action::kServe);
  EXPECT_EQ(line.flags.logdir, "path/to/logs");
  EXPECT_EQ(line.flags.host, "0.0.0.0");
  EXPECT_FALSE(line.flags.port);
}

TEST(ParseCommandLine, TakesEverySpelling) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--logdir", "a", "--port", "7"},
           {"--logdir=a", "--port=7"},
           {"serve", "--logdir", "a", "-port=7"},
           {"-logdir", "a", "--por", "7"},
           {"--port", "5", "--logdir=b", "--logdir", "a", "--port", "7"}}) {
    const CommandLine line = Parse(arguments);
    EXPECT_EQ(line.action, Action::kServe) << line.message;
    EXPECT_EQ(line.flags.logdir, "a");
    EXPECT_EQ(line.flags.port, 7);
  }
  EXPECT_EQ(Parse({"--logdir=a", "--path-prefix=/x//"}).flags.path_prefix, "/x");
  EXPECT_EQ(Parse({"--logdir", "a,b:c"}).flags.logdir, "a,b:c");
  EXPECT_EQ(Parse({"--logdir", ""}).exit_code, 1);
  EXPECT_EQ(Parse({"--logdir=a=b"}).flags.logdir, "a=b");
  setenv("HOME", "/home/ann", 1);
  EXPECT_EQ(Parse({"--logdir=~/logs"}).flags.logdir, "/home/ann/logs");
}

TEST(ParseCommandLine, TakesEveryFlagOfTensorBoard) {
  const CommandLine line = Parse({"--logdir=a",
                                  "--host=h",
                                  "--port=default",
                                  "--reuse_port=TRUE",
                                  "--load_fast=false",
                                  "--extra_data_server_flags=x y",
                                  "--grpc_creds_type=ssl_dev",
                                  "--purge_orphaned_data=False",
                                  "--db=",
                                  "--db_import",
                                  "--path_prefix=/p/",
                                  "--window_title=t",
                                  "--max_reload_threads=3",
                                  "--reload_interval=0.5",
                                  "--reload_task=thread",
                                  "--reload_multifile=true",
                                  "--reload_multifile_inactive_secs=-1",
                                  "--generic_data=true",
                                  "--samples_per_plugin=scalars=500,images=0",
                                  "--detect_file_replacement=true",
                                  "-v",
                                  "1",
                                  "--logtostderr",
                                  "--alsologtostderr",
                                  "--log_dir=/tmp",
                                  "--stderrthreshold=info"});
  ASSERT_EQ(line.action, Action::kServe) << line.message;
  EXPECT_TRUE(line.flags.reuse_port);
  EXPECT_FALSE(line.flags.purge_orphaned_data);
  EXPECT_FALSE(line.flags.is_fast());
  EXPECT_EQ(line.flags.reload_interval_s, 0.5);
  EXPECT_EQ(line.flags.samples_per_plugin.at("scalars"), 500u);
  EXPECT_EQ(line.flags.samples_per_plugin.at("images"), 0u);
  EXPECT_EQ(line.flags.detect_file_replacement, BoolFlag::kTrue);
}

TEST(ParseCommandLine, SaysWhatCannotBeRead) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--lodgir=a"}, "unrecognized arguments: --lodgir=a"},
      {{"--logdir=a", "b"}, "unrecognized arguments: b"},
      {{"--logdir"}, "argument --logdir: expected one argument"},
      {{"--logdir", "--port", "1"}, "argument --logdir: expected one argument"},
      {{"--reload"}, "ambiguous option: --reload could match --reload_interval, --reload_task"},
      {{"--reload_interval", "-1"}, "argument --reload_interval: must be non-negative: -1.0"},
      {{"--reload_interval=x"}, "argument --reload_interval: invalid float: 'x'"},
      {{"--reload_interval=nan"}, "argument --reload_interval: invalid float: 'nan'"},
      {{"--port=x"}, "argument --port: invalid port: 'x'"},
      {{"--port=-5"}, "argument --port: invalid port: '-5'"},
      {{"--max_reload_threads=1.5"}, "argument --max_reload_threads: invalid int value: '1.5'"},
      {{"--load_fast=maybe"},
       "argument --load_fast: invalid choice: 'maybe' (choose from 'false', 'auto', 'true')"},
      {{"--reuse_port=1"}, "argument --reuse_port: invalid boolean: '1'"},
      {{"--samples_per_plugin=images"},
       "argument --samples_per_plugin: invalid _parse_samples_per_plugin value: 'images'"},
      {{"--samples_per_plugin=images=-1"}, "invalid _parse_samples_per_plugin value"},
      {{"--index=None"},
       "argument --index: invalid place: 'None' (off keeps no index, ./None is a folder)"},
      {{"--bind_all=true"}, "argument --bind_all: ignored explicit argument 'true'"},
      {{"upload"}, "invalid choice: 'upload'"},
  };
  for (const auto& [arguments, message] : cases) {
    const CommandLine line = Parse(arguments);
    EXPECT_EQ(line.action, Action::kFail) << message;
    EXPECT_EQ(line.exit_code, 2) << message;
    EXPECT_NE(line.message.find("fanlight: error: "), std::string::npos) << line.message;
    EXPECT_NE(line.message.find(message), std::string::npos) << line.message;
  }
}

TEST(ParseCommandLine, SaysWhichFlagsContradictEachOther) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "Error: A logdir or db must be specified. For example `tensorboard --logdir mylogdir`"},
      {{"--logdir=a", "--logdir_spec=b"},
       "Error: May not specify both --logdir and --logdir_spec\n"},
      {{"--logdir=a", "--host=h", "--bind_all"},
       "Error: Must not specify both --host and --bind_all.\n"},
      {{"--logdir=a", "--load_fast=true", "--detect_file_replacement=true"},
       "Error: Must not specify both --load_fast=true and--detect_file_replacement=true\n"},
      {{"--logdir=a", "--path_prefix=pp"},
       "Error: Path prefix must start with slash, but got: 'pp'.\n"},
      {{"--inspect"}, "Error: Must specify either --logdir or --event_file.\n"},
      {{"inspect", "--logdir=a", "--event_file=b"},
       "Error: Must specify either --logdir or --event_file, but not both.\n"},
      {{"--inspect", "--logdir_spec=a"}, "Error: --logdir_spec is not supported with --inspect.\n"},
      {{"--db=sqlite:x"}, "Error: --db is not read any more"},
      {{"--grpc_data_provider=a:1"}, "Error: --grpc_data_provider names a data server"},
  };
  for (const auto& [arguments, message] : cases) {
    const CommandLine line = Parse(arguments);
    EXPECT_EQ(line.action, Action::kFail) << message;
    EXPECT_EQ(line.exit_code, 1) << message;
    EXPECT_TRUE(line.message.starts_with(message)) << line.message;
  }
}

TEST(ParseCommandLine, EndsEarlyWhereAskedTo) {
  EXPECT_EQ(Parse({"--version"}).action, Action::kPrintVersion);
  EXPECT_TRUE(Parse({"--version_tb"}).wants_compatible_version);
  EXPECT_EQ(Parse({"--help"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parse({"-h"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parse({"--helpfull"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parse({"inspect", "--logdir=a"}).action, Action::kInspect);
  EXPECT_EQ(Parse({"--inspect", "--event_file=a", "--tag=t"}).action, Action::kInspect);
  const CommandLine dev = Parse({"dev", "upload"});
  EXPECT_EQ(dev.exit_code, 1);
  EXPECT_NE(dev.message.find("shut down"), std::string::npos);
}

TEST(FlagsJson, RepeatsTheFlagsInTensorBoardsOrder) {
  const boost::json::value value = boost::json::parse(Parse({"--logdir=a", "--port=0"}).flags_json);
  const boost::json::object& flags = value.as_object();
  ASSERT_EQ(flags.size(), 28u);
  EXPECT_EQ(flags.begin()->key(), "logdir");
  EXPECT_EQ(std::prev(flags.end())->key(), "__tensorboard_subcommand");
  EXPECT_EQ(flags.at("logdir").as_string(), "a");
  EXPECT_TRUE(flags.at("host").is_null());
  EXPECT_EQ(flags.at("port").as_int64(), 0);
  EXPECT_EQ(flags.at("bind_all").as_bool(), false);
  EXPECT_EQ(flags.at("purge_orphaned_data").as_bool(), true);
  EXPECT_EQ(flags.at("reload_interval").as_double(), 5.0);
  EXPECT_TRUE(flags.at("reload_multifile").is_null());
  EXPECT_TRUE(flags.at("samples_per_plugin").as_object().empty());
  const boost::json::value other =
      boost::json::parse(Parse({"--logdir=a", "--samples_per_plugin=images=3"}).flags_json);
  EXPECT_TRUE(other.at("port").is_null());
  EXPECT_EQ(other.at("samples_per_plugin").at("images").as_int64(), 3);
}

TEST(HelpText, NamesEveryFlagAndFitsATerminal) {
  const std::string help = HelpText("fanlight");
  for (const std::string_view name : FlagNames())
    EXPECT_NE(help.find("--" + std::string(name)), std::string::npos) << name;
  size_t begin = 0;
  while (begin < help.size()) {
    const size_t end = help.find('\n', begin);
    EXPECT_LE(end - begin, 105u) << help.substr(begin, end - begin);
    begin = end + 1;
  }
}

}  // namespace
}  // namespace fanlight::app
