// Ops that find, pick and place elements by vectors of indices.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The slices of `params` that the vectors along the last dimension of `indices` point at.
// Shapes:   params [d0, d1, …]; indices […, n]; result […, and d after the first n].
// Errors:   kInvalidArgument when run with an index that is out of range.
// Gradient: ScatterNd of the incoming one; none of the indices.
Output GatherNd(GraphBuilder& graph, const Operand& params, const Operand& indices,
                std::string_view name = "GatherNd");
// Zeros of `shape` to which `updates` are added where `indices` point. Gradient: GatherNd.
Output ScatterNd(GraphBuilder& graph, const Operand& indices, const Operand& updates,
                 const Operand& shape, std::string_view name = "ScatterNd");
// Where the elements are true, or not 0: an int64 matrix with a row for each. Gradient: none.
Output Where(GraphBuilder& graph, const Operand& condition, std::string_view name = "Where");
// The slices of `value` where `mask`, which covers its first dimensions, is true.
// Errors: kInvalidArgument, kept by the builder, unless the mask's rank is known and above 0.
Output BooleanMask(GraphBuilder& graph, const Operand& value, const Operand& mask,
                   std::string_view name = "boolean_mask");
// The rows of `value` in `count` parts: row i goes to part partitions[i], in order.
// Gradient: each row has its own back; none of the partitions.
std::vector<Output> DynamicPartition(GraphBuilder& graph, const Operand& value,
                                     const Operand& partitions, int32_t count,
                                     std::string_view name = "DynamicPartition");
// Rows of a table of embeddings. Gradient: the incoming rows, added up where they are the same.
Output EmbeddingLookup(GraphBuilder& graph, const Operand& table, const Operand& ids,
                       std::string_view name = "embedding_lookup");

std::span<const OpSpec> ScatterOps();
std::span<const KernelDef> ScatterKernels();

}  // namespace fanlight
