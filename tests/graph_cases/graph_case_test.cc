// Graphs that are wrong, in *.case files beside this one, and the messages they give. With --update
// the messages are written into the files: read the diff.
#include "tests/graph_cases/graph_case.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace fanlight::cases {
namespace {

bool updates = false;

std::vector<std::string> ReadLines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::filesystem::path> CaseFiles() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(FANLIGHT_GOLDEN_DIR "/../graph_cases")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void CheckFile(const std::filesystem::path& path) {
  std::vector<std::string> lines = ReadLines(path);
  const auto cases = ParseGraphCases(lines);
  ASSERT_TRUE(cases.has_value()) << path << ": " << cases.error().message;
  std::vector<std::pair<const GraphCase*, std::string>> messages;
  for (const GraphCase& one : *cases) {
    const std::string message = ErrorOf(one);
    messages.emplace_back(&one, message);
    EXPECT_FALSE(message.empty()) << path << ": \"" << one.title << "\" gives no error";
    if (!updates) {
      EXPECT_EQ(message, one.expected) << path << ": " << one.title;
    }
  }
  if (!updates) return;
  for (auto at = messages.rbegin(); at != messages.rend(); ++at) {
    const auto position = lines.begin() + static_cast<ptrdiff_t>(at->first->expected_line);
    if (at->first->has_expected) {
      *position = "! " + at->second;
    } else {
      lines.insert(position, "! " + at->second);
    }
  }
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
}

TEST(GraphCases, EachMessageNamesTheNodeTheShapesAndWhatWasWanted) {
  for (const auto& path : CaseFiles()) CheckFile(path);
}

TEST(GraphCases, ThereAreTwoHundred) {
  size_t count = 0;
  for (const auto& path : CaseFiles()) {
    const auto cases = ParseGraphCases(ReadLines(path));
    ASSERT_TRUE(cases.has_value());
    count += cases->size();
  }
  EXPECT_GE(count, 200U);
}

}  // namespace
}  // namespace fanlight::cases

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0) fanlight::cases::updates = true;
  }
  return RUN_ALL_TESTS();
}
