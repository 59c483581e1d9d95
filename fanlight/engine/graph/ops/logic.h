// Comparisons, logic and choices, element by element.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Booleans.
Output Greater(GraphBuilder& graph, const Operand& x, const Operand& y,
               std::string_view name = "Greater");
Output GreaterEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                    std::string_view name = "GreaterEqual");
Output Less(GraphBuilder& graph, const Operand& x, const Operand& y,
            std::string_view name = "Less");
Output LessEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                 std::string_view name = "LessEqual");
Output Equal(GraphBuilder& graph, const Operand& x, const Operand& y,
             std::string_view name = "Equal");
Output NotEqual(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "NotEqual");
Output LogicalAnd(GraphBuilder& graph, const Operand& x, const Operand& y,
                  std::string_view name = "LogicalAnd");
Output LogicalOr(GraphBuilder& graph, const Operand& x, const Operand& y,
                 std::string_view name = "LogicalOr");
Output LogicalNot(GraphBuilder& graph, const Operand& x, std::string_view name = "LogicalNot");
// Where `condition` holds x, else y. All of one shape; a condition of rank 0, or of rank 1 as long
// as the first dimension of x and y, chooses whole tensors or rows.
Output Select(GraphBuilder& graph, const Operand& condition, const Operand& x, const Operand& y,
              std::string_view name = "Select");

std::span<const OpSpec> LogicOps();
std::span<const KernelDef> LogicKernels();

}  // namespace fanlight
