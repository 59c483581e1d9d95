// Ops that write and read checkpoints. Their kernels come from fanlight/engine/checkpoint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// Writes the tensors to the checkpoint `prefix` under `tensor_names`. `shape_and_slices` tells for
// each the slice it is of a larger tensor; "" for a whole one.
const Node* SaveV2(GraphBuilder& graph, const Operand& prefix, const Operand& tensor_names,
                   const Operand& shape_and_slices, const std::vector<Output>& tensors,
                   std::string_view name = "SaveV2");

// Reads tensors of these dtypes from the checkpoint `prefix`.
std::vector<Output> RestoreV2(GraphBuilder& graph, const Operand& prefix,
                              const Operand& tensor_names, const Operand& shape_and_slices,
                              const std::vector<DType>& dtypes,
                              std::string_view name = "RestoreV2");

// Joins the parts of a sharded checkpoint.
const Node* MergeV2Checkpoints(GraphBuilder& graph, const Operand& checkpoint_prefixes,
                               const Operand& destination_prefix, bool delete_old_dirs = true,
                               std::string_view name = "MergeV2Checkpoints");
// "<basename>-00002-of-00003".
Output ShardedFilename(GraphBuilder& graph, const Operand& basename, const Operand& shard,
                       const Operand& num_shards, std::string_view name = "ShardedFilename");

std::span<const OpSpec> IoOps();

}  // namespace fanlight
