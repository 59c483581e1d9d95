#include "apps/fanlight/index_place.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fanlight/base/file.h"

namespace fanlight::app {
namespace {

TEST(IndexPlace, AutoIsTheUsualDirectory) {
  const auto options = StoreOptions("auto", "/cache", {{.path = "/logs", .group = ""}});
  EXPECT_EQ(options.index_directory, "/cache");
  EXPECT_EQ(options.index_subject, "\n/logs\n");
}

TEST(IndexPlace, OffIsNowhere) {
  EXPECT_EQ(StoreOptions("off", "/cache", {{.path = "/logs", .group = ""}}).index_directory, "");
}

TEST(IndexPlace, AutoIsNeverInTheLogdir) {
  const TemporaryDirectory home;
  std::filesystem::create_directory_symlink(home.path(), home.Join("link"));
  const std::string usual = home.Join(".cache/fanlight");
  for (const std::string& root :
       {home.path(), home.path() + "/", home.Join("link"), home.Join(".cache"), std::string("/")}) {
    EXPECT_EQ(StoreOptions("auto", usual, {{.path = root, .group = ""}}).index_directory, "")
        << root;
  }
  EXPECT_EQ(StoreOptions("auto", usual, {{.path = home.Join("logs"), .group = ""}}).index_directory,
            usual);
  // Whoever names it gets it.
  EXPECT_EQ(StoreOptions(usual, usual, {{.path = home.path(), .group = ""}}).index_directory,
            usual);
}

TEST(IndexPlace, OneLogdirHasOneSubjectHoweverItIsNamed) {
  const TemporaryDirectory home;
  std::filesystem::create_directory(home.Join("logs"));
  const auto subject = [&](const std::string& path) {
    return StoreOptions("auto", "/cache", {{.path = path, .group = ""}}).index_subject;
  };
  EXPECT_EQ(subject(home.Join("logs")), subject(home.Join("logs/")));
  EXPECT_EQ(subject(home.Join("logs")), subject(home.Join("logs/../logs/.")));
  EXPECT_NE(subject(home.Join("logs")), subject(home.path()));
  EXPECT_NE(StoreOptions("auto", "/c", {{.path = "/x", .group = "a"}}).index_subject,
            StoreOptions("auto", "/c", {{.path = "/x", .group = ""}}).index_subject);
}

}  // namespace
}  // namespace fanlight::app
