// Graphs that are wrong, in *.case files beside this one, and the messages they give. With --update
// the messages are written into the files: read the diff.
#include "tests/graph_cases/graph_case.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"

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

// A graph with something in it, as all that can be seen of it.
std::string Seen(const GraphBuilder& graph) { return ExportMetaGraph(graph).DebugString(); }

TEST(GraphCases, AnImportThatFailsLeavesTheGraphAsItWas) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2}, "kept/x");
  graph.collections().Add("kept", x);
  const std::string before = Seen(graph);
  size_t num_failed = 0;
  for (const auto& path : CaseFiles()) {
    const auto cases = ParseGraphCases(ReadLines(path));
    ASSERT_TRUE(cases.has_value());
    for (const GraphCase& one : *cases) {
      SCOPED_TRACE(path.string() + ": " + one.title);
      const auto message = GraphDefOf(one);
      if (!message || !one.fetches.empty()) continue;  // Wrong in itself; wrong when it runs.
      ASSERT_FALSE(ImportGraphDef(graph, *message).has_value());
      ++num_failed;
      // With what is sound before and after it, and a collection of something sound.
      proto::MetaGraphDef meta;
      *meta.mutable_graph_def() = *message;
      for (const char* const name : {"sound", "kept/more"}) {
        proto::NodeDef& node = *meta.mutable_graph_def()->add_node();
        node.set_name(name);
        node.set_op("NoOp");
      }
      (*meta.mutable_collection_def())["kept"].mutable_node_list()->add_value("sound");
      ASSERT_FALSE(ImportMetaGraph(graph, meta).has_value());
      ASSERT_EQ(Seen(graph), before);
    }
  }
  EXPECT_GT(num_failed, 100U);
  // Names are as free as they were, and a sound graph finds its place.
  EXPECT_EQ(graph.UniqueName("sound"), "sound");
  proto::GraphDef sound;
  sound.add_node()->set_name("x");
  sound.mutable_node(0)->set_op("NoOp");
  ASSERT_TRUE(ImportGraphDef(graph, sound, {.name_prefix = "good"}).has_value());
  EXPECT_NE(graph.graph()->FindNode("good/x"), nullptr);
  EXPECT_EQ(graph.graph()->num_nodes(), 2);
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
