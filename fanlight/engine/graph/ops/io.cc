#include "fanlight/engine/graph/ops/io.h"

#include "fanlight/engine/graph/inference.h"

namespace fanlight {
namespace {

// The prefix is a scalar; names and slices are vectors of one string for each tensor.
Status CheckNames(const InferenceContext& context, size_t num_tensors) {
  FL_TRY(context.WantRank(0, 0, "argument \"prefix\""));
  for (int i = 1; i <= 2; ++i) {
    FL_TRY(context.WantRank(
        i, 1, i == 1 ? "argument \"tensor_names\"" : "argument \"shape_and_slices\""));
    const PartialShape& shape = context.input(i);
    if (shape.has_rank() && shape[0] >= 0 && shape[0] != static_cast<int64_t>(num_tensors)) {
      return Fail(ErrorCode::kInvalidArgument, "got {} {}, want one for each of {} tensors",
                  shape[0], i == 1 ? "names" : "slices", num_tensors);
    }
  }
  return {};
}

Status SaveShape(InferenceContext& context) {
  return CheckNames(context, context.node().attr<std::vector<DType>>("dtypes").size());
}

Status RestoreShape(InferenceContext& context) {
  return CheckNames(context, context.node().attr<std::vector<DType>>("dtypes").size());
}

constexpr OpSpec kOps[] = {
    {.name = "SaveV2",
     .signature = "prefix: string, tensor_names: string, shape_and_slices: string, "
                  "tensors: dtypes ->",
     .attrs = "dtypes: list(type)",
     .infer = SaveShape,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "RestoreV2",
     .signature = "prefix: string, tensor_names: string, shape_and_slices: string -> "
                  "tensors: dtypes",
     .attrs = "dtypes: list(type)",
     .infer = RestoreShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "MergeV2Checkpoints",
     .signature = "checkpoint_prefixes: string, destination_prefix: string ->",
     .attrs = "delete_old_dirs: bool = true, allow_missing_files: bool = false",
     .infer = NoOutputs,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "ShardedFilename",
     .signature = "basename: string, shard: int32, num_shards: int32 -> filename: string",
     .infer = ScalarOutputs,
     .has_no_gradient = true},
};

}  // namespace

const Node* SaveV2(GraphBuilder& graph, const Operand& prefix, const Operand& tensor_names,
                   const Operand& shape_and_slices, const std::vector<Output>& tensors,
                   std::string_view name) {
  return OpCall(graph, "SaveV2", name)
      .Input(prefix, "prefix")
      .Input(tensor_names, "tensor_names")
      .Input(shape_and_slices, "shape_and_slices")
      .Inputs(tensors)
      .Done();
}

std::vector<Output> RestoreV2(GraphBuilder& graph, const Operand& prefix,
                              const Operand& tensor_names, const Operand& shape_and_slices,
                              const std::vector<DType>& dtypes, std::string_view name) {
  const Node* node = OpCall(graph, "RestoreV2", name)
                         .Input(prefix, "prefix")
                         .Input(tensor_names, "tensor_names")
                         .Input(shape_and_slices, "shape_and_slices")
                         .Attr("dtypes", dtypes)
                         .Done();
  std::vector<Output> outputs(dtypes.size());
  if (node == nullptr) return outputs;
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i] = Output(node, static_cast<int>(i));
  return outputs;
}

const Node* MergeV2Checkpoints(GraphBuilder& graph, const Operand& checkpoint_prefixes,
                               const Operand& destination_prefix, bool delete_old_dirs,
                               std::string_view name) {
  return OpCall(graph, "MergeV2Checkpoints", name)
      .Input(checkpoint_prefixes, "checkpoint_prefixes")
      .Input(destination_prefix, "destination_prefix")
      .Attr("delete_old_dirs", delete_old_dirs)
      .Done();
}

Output ShardedFilename(GraphBuilder& graph, const Operand& basename, const Operand& shard,
                       const Operand& num_shards, std::string_view name) {
  return OpCall(graph, "ShardedFilename", name)
      .Input(basename, "basename")
      .Input(shard, "shard", DType::kInt32)
      .Input(num_shards, "num_shards", DType::kInt32)
      .Done();
}

std::span<const OpSpec> IoOps() { return kOps; }

}  // namespace fanlight
