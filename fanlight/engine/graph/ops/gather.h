// Ops that look up and place elements by their indices.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The slices of `params` at `indices` along `axis`. The first `batch_dims` dimensions of both are a
// batch, whose members gather each for itself.
// Shapes: params [batch…, before…, rows, after…]; indices [batch…, …]; result [batch…, before…, …,
//     after…].
// Errors: kInvalidArgument when run with an index that is out of range.
// Gradient: the incoming one, added up where slices were taken from; along the first axis without a
//     batch these slices themselves (gradients.h).
Output Gather(GraphBuilder& graph, const Operand& params, const Operand& indices,
              const Operand& axis = 0, std::string_view name = "GatherV2", int64_t batch_dims = 0);

// Merges rows of `data[i]` to the places that `indices[i]` say; a later one wins.
Output DynamicStitch(GraphBuilder& graph, const std::vector<Output>& indices,
                     const std::vector<Output>& data, std::string_view name = "");

// A new last dimension of `depth`: `on` at the place that the index says, else `off`.
Output OneHot(GraphBuilder& graph, const Operand& indices, int32_t depth, const Operand& on = 1.0f,
              const Operand& off = 0.0f, std::string_view name = "one_hot");

// Of a tensor, or of a variable's value: then along the first axis.
Status GatherKernel(KernelContext& context);

std::span<const OpSpec> GatherOps();
std::span<const KernelDef> GatherKernels();

}  // namespace fanlight
