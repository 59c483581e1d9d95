#include "fanlight/engine/train/golden_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

template <typename Message>
Message ReadGolden(const std::string& name) {
  Message message;
  const auto bytes = ReadWholeFile(JoinPath(FANLIGHT_GOLDEN_DIR, name));
  EXPECT_TRUE(bytes && message.ParseFromString(*bytes)) << name;
  return message;
}

bool SameAttr(const proto::AttrValue& a, const proto::AttrValue& b) {
  if (a.has_tensor() && b.has_tensor()) {
    const auto ours = TensorFromProto(a.tensor());
    const auto theirs = TensorFromProto(b.tensor());
    return ours && theirs && Identical(*ours, *theirs);
  }
  return a.SerializeAsString() == b.SerializeAsString();
}

// Data inputs in their order, then control inputs, whose order means nothing.
std::vector<std::string> InputsOf(const proto::NodeDef& node) {
  std::vector<std::string> inputs(node.input().begin(), node.input().end());
  const auto controls =
      std::ranges::find_if(inputs, [](const std::string& input) { return input.starts_with('^'); });
  std::sort(controls, inputs.end());
  return inputs;
}

void CompareNodes(const proto::NodeDef& ours, const proto::NodeDef& theirs,
                  const GraphComparison& comparison, std::vector<std::string>& differences) {
  const auto differ = [&](std::string_view what, std::string_view got, std::string_view want) {
    differences.push_back(
        fmt::format("node {}: {} is {}, want {}", theirs.name(), what, got, want));
  };
  if (ours.op() != theirs.op()) differ("op", ours.op(), theirs.op());
  if (InputsOf(ours) != InputsOf(theirs)) {
    differ("inputs", fmt::format("{}", fmt::join(InputsOf(ours), " ")),
           fmt::format("{}", fmt::join(InputsOf(theirs), " ")));
  }
  if (ours.device() != theirs.device()) differ("device", ours.device(), theirs.device());
  std::set<std::string> names;
  for (const auto& [name, value] : ours.attr()) names.insert(name);
  for (const auto& [name, value] : theirs.attr()) names.insert(name);
  for (const std::string& name : names) {
    if (comparison.ignored_attrs.contains(name)) continue;
    const auto mine = ours.attr().find(name);
    const auto yours = theirs.attr().find(name);
    const auto text = [&](const auto& found, const auto& map) {
      return found == map.end() ? std::string("absent") : found->second.ShortDebugString();
    };
    if (mine == ours.attr().end() || yours == theirs.attr().end() ||
        !SameAttr(mine->second, yours->second)) {
      differ(name, text(mine, ours.attr()), text(yours, theirs.attr()));
    }
  }
}

}  // namespace

proto::GraphDef ReadGoldenGraph(const std::string& name) {
  return ReadGolden<proto::GraphDef>(name);
}

proto::MetaGraphDef ReadGoldenMetaGraph(const std::string& name) {
  return ReadGolden<proto::MetaGraphDef>(name);
}

::testing::AssertionResult SameNodes(const proto::GraphDef& ours, const proto::GraphDef& theirs,
                                     const GraphComparison& comparison) {
  std::vector<std::string> differences;
  std::map<std::string, const proto::NodeDef*> by_name;
  for (const proto::NodeDef& node : ours.node()) by_name[node.name()] = &node;
  for (int i = 0; i < theirs.node_size(); ++i) {
    const proto::NodeDef& want = theirs.node(i);
    if (comparison.in_order && (i >= ours.node_size() || ours.node(i).name() != want.name())) {
      differences.push_back(fmt::format("node {} is {}, want {}", i,
                                        i < ours.node_size() ? ours.node(i).name() : "absent",
                                        want.name()));
    }
    const auto found = by_name.find(want.name());
    if (found == by_name.end()) {
      differences.push_back(fmt::format("node {} is absent", want.name()));
      continue;
    }
    CompareNodes(*found->second, want, comparison, differences);
    by_name.erase(found);
  }
  for (const auto& [name, node] : by_name) {
    differences.push_back(fmt::format("node {} ({}) is one too many", name, node->op()));
  }
  if (differences.empty()) return ::testing::AssertionSuccess();
  constexpr size_t kShown = 20;
  const size_t count = differences.size();
  if (count > kShown) differences.resize(kShown);
  return ::testing::AssertionFailure() << count << " differences:\n"
                                       << fmt::format("{}", fmt::join(differences, "\n"));
}

proto::GraphDef NodesOf(const proto::GraphDef& graph, int begin, int count) {
  proto::GraphDef part;
  for (int i = begin; i < begin + count && i < graph.node_size(); ++i) {
    *part.add_node() = graph.node(i);
  }
  return part;
}

}  // namespace fanlight
