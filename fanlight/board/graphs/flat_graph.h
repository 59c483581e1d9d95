// A logged graph as it is drawn: without its constants and summaries, which stand at the nodes that use or feed them.
//
//   GraphDef                             FlatGraph
//   x ──► MatMul ──► loss                x ──► MatMul ──► loss
//          ▲           │                         │ constant: shape
//        shape         └► ScalarSummary          │ summary: at loss
//
// Rules, TensorBoard's: consecutive inputs from one node count once. A node `a` beside which there are nodes `a/…`
// is called `a/(a)`, so that a name is either a node or a scope. Nodes whose op contains "Const" leave the drawing and
// stand at each consumer; nodes whose op is one word ending in "Summary" stand at what they show. One that has nobody
// to stand at is in no drawing. Self loops, and edges from nodes that are not there, are dropped. The functions of the
// graph's library become nodes below `__function_library__/`; what a function returns is marked there, a constant too.
//
// Nothing in a graph from outside is trusted: names may repeat (the first counts) or be any bytes, edges may form rings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/proto/graph.pb.h"

namespace fanlight::graphs {

inline constexpr std::string_view kFunctionLibrary = "__function_library__";
// Scopes deeper than this stay in the last part of the name.
inline constexpr size_t kMaxScopeDepth = 64;

// A constant or a summary that stands at a node.
struct Attached {
  std::string name;
  std::string op;
};

enum class NodeRole : uint8_t { kOp, kFunctionInput, kFunctionOutput };

struct FlatNode {
  std::string name;  // `a/(a)` where `a` is a scope, too.
  std::string op;    // Empty where the graph tells none: layers of Keras.
  std::string device;
  std::string cluster{};  // Which XLA compiles it in; mostly empty.
  NodeRole role = NodeRole::kOp;
  std::vector<std::string> shapes{};  // One an output, as people write it: "[100,?]", "?".
  double elements = 1;                // Of all outputs together, unknown sizes counted as 1.
  std::vector<uint32_t> constants{};  // Indices of FlatGraph::attached.
  std::vector<uint32_t> summaries{};
  const proto::NodeDef* source = nullptr;  // In the GraphDef it was made of, which lives as long.
  const proto::OpDef::ArgDef* argument = nullptr;  // Of a function, instead of a node.
};

struct FlatEdge {
  uint32_t from = 0;
  uint32_t to = 0;
  std::string output;  // Which of the source's outputs: "0"; in functions such as "out:0".
  uint32_t input =
      0;  // Which of the target's inputs, as written; of several in a row from one node the first.
  bool is_control = false;
  bool is_reference = false;  // The target writes to what the source holds.
};

struct FlatGraph {
  std::vector<FlatNode> nodes;
  std::vector<FlatEdge> edges;
  std::vector<Attached> attached;

  // The node by its name in the file or in the drawing; for what is attached, the first node it stands at.
  std::optional<uint32_t> Find(std::string_view name) const;

  std::unordered_map<std::string, uint32_t> by_name;
};

// `graph` must outlive the result.
FlatGraph Flatten(const proto::GraphDef& graph);

// A shape as people write it: "[100,?]", "?" when nothing is known.
std::string ShapeText(const proto::TensorShapeProto& shape);

// An input as a graph writes it: `^name` is a control input, `name:1` the second output.
struct InputText {
  std::string_view node;
  std::string_view output = "0";
  bool is_control = false;
};
InputText ParseInput(std::string_view input);

// The scope a name lies in: "a/b" of "a/b/c", "" of "c".
std::string_view ScopeOf(std::string_view name);
// What is left of it: "c".
std::string_view LastPartOf(std::string_view name);

}  // namespace fanlight::graphs
