// A case file of graphs that are wrong: what is built, fed and fetched, and the error it must give.
//
//   # Any text. Each case begins with `case`; its lines follow.
//   case a product of matrices that do not fit
//   a = Placeholder dtype=float32 shape=[2,3]      NAME = OP INPUT… ATTRIBUTE=VALUE…
//   b = Const value=float32[4,5]:0                 a tensor: dtype, shape, elements (the last is repeated)
//   c = MatMul a b                                 inputs: NAME, NAME:1, ^NAME
//   feed a float32[2,3]:1,2                        then what is run, if anything
//   fetch c:0
//   ! node "c" (MatMul): the inner dimensions …    the whole message
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight::cases {

struct GraphCase {
  struct Node {
    std::string name;
    std::string op;
    std::vector<std::string> inputs;
    std::vector<std::pair<std::string, std::string>> attrs;
  };
  std::string title;
  std::vector<Node> nodes;
  std::vector<std::pair<std::string, Tensor>> feeds;
  std::vector<std::string> fetches;
  std::string expected;
  size_t expected_line = 0;  // Where '!' stands in the file, or would; for --update.
  bool has_expected = false;
};

// Errors: kInvalidArgument, naming the line.
Result<std::vector<GraphCase>> ParseGraphCases(const std::vector<std::string>& lines);

// The case's nodes as a file would have them. Errors: those of attributes that cannot be written.
Result<proto::GraphDef> GraphDefOf(const GraphCase& one);

// The message of the error that the case gives; "" when it gives none.
std::string ErrorOf(const GraphCase& one);

}  // namespace fanlight::cases
