#include "apps/fanlight/info_file.h"

#include <gtest/gtest.h>

#include "fanlight/base/base64.h"
#include "fanlight/base/file.h"

namespace fanlight::app {
namespace {

ServerInfo Example() {
  ServerInfo info;
  info.arguments = {"--logdir", "lo gs"};
  info.working_directory = "/home/ann";
  info.logdir = "lo gs";
  info.path_prefix = "/p";
  info.pid = 42;
  info.port = 6006;
  info.start_time_s = 1700000000;
  info.version = "2.21.0";
  return info;
}

TEST(InfoFile, SaysWhatNotebooksReadAndGoesWithTheProgram) {
  TemporaryDirectory directory;
  std::string path;
  {
    const auto file = InfoFile::Create(directory.path(), Example());
    ASSERT_TRUE(file) << file.error().message;
    path = (*file)->path();
    EXPECT_EQ(path, directory.Join(".tensorboard-info/pid-42.info"));
    const std::string key = Base64(
        R"({"arguments":["--logdir","lo gs"],"configure_kwargs":{},"working_directory":"/home/ann"})");
    EXPECT_EQ(ReadWholeFile(path).value(),
              "{\n    \"cache_key\": \"" + key +
                  "\",\n    \"db\": \"\",\n    \"logdir\": \"lo gs\",\n"
                  "    \"path_prefix\": \"/p\",\n    \"pid\": 42,\n"
                  "    \"port\": 6006,\n    \"start_time\": 1700000000,\n"
                  "    \"version\": \"2.21.0\"\n}\n");
  }
  EXPECT_FALSE(ReadWholeFile(path));
}

}  // namespace
}  // namespace fanlight::app
