// Ops that watch values while a graph runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct PrintOptions {
  std::string message{};  // Printed first.
  int64_t first_n = -1;   // Prints that many times; -1: always.
  int64_t summarize = 3;  // Elements of each tensor; -1: all.
};

// `value`; each run also prints `data` to the standard error stream. Gradient: the incoming one.
Output Print(GraphBuilder& graph, const Operand& value, const std::vector<Output>& data,
             const PrintOptions& options = {}, std::string_view name = "Print");

// Does nothing where `condition`, a scalar or every element of a tensor, is true.
// Errors: kInvalidArgument when run with one that is false: the message tells `data`.
const Node* Assert(GraphBuilder& graph, const Operand& condition, const std::vector<Output>& data,
                   int64_t summarize = 3, std::string_view name = "Assert");

// `value`, which must be finite. Gradient: the incoming one, watched alike.
// Errors: kInvalidArgument when run with NaN or Inf: the message is `message` and which it was.
Output CheckNumerics(GraphBuilder& graph, const Operand& value, std::string message,
                     std::string_view name = "CheckNumerics");

std::span<const OpSpec> DebuggingOps();
std::span<const KernelDef> DebuggingKernels();

}  // namespace fanlight
