// A saver's nodes in the graph, by TensorFlow's names and in its order: what its `save_tensor_name`
// writes and its `restore_op_name` restores. Made for a new Saver, and read from those of a
// MetaGraph, TensorFlow's or ours.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/tensor_slice.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/proto/meta_graph.pb.h"

namespace fanlight::checkpoint {

// What is saved under a name.
struct NamedVariable {
  std::string name;
  Variable variable;
};

// What is saved: an output of the graph, as a whole or a slice of the tensor `name`.
struct SavedTensor {
  std::string name;
  std::optional<SlicedShape> slice;
  Output value;
  int shard = 0;
};

// What is restored: the tensor `name` or a slice of it, to a variable of the graph.
struct RestoredVariable {
  std::string name;
  std::optional<SlicedShape> slice;
  Output variable;
  std::optional<Shape> shape{};  // In which it is restored, where that may differ from the stored.
};

struct SaverNodes {
  std::vector<SavedTensor>
      saved;  // In the order of the data files: by shard, then as SaveV2 has it.
  int num_shards = 1;
  std::vector<RestoredVariable> restored;  // By name.
};

struct SaverNodeOptions {
  std::string name = "save";       // The scope.
  std::string filename = "model";  // Where they save when nothing is fed.
  bool is_sharded = false;         // One SaveV2 and one RestoreV2 for the variables of each device.
  bool reshapes = false;  // What is restored takes the variable's shape, where that is known.
};

// Adds the nodes that save and restore these variables. A variable that is part of a
// partitioned one is saved as a slice of it, where its name is the whole's.
// Returns the SaverDef that names them; without effect where the builder has an error.
proto::SaverDef AddSaverNodes(GraphBuilder& graph, std::vector<NamedVariable> variables,
                              const SaverNodeOptions& options);

// What the nodes that `def` names, among those that `find` finds, save and restore.
// Errors: kNotFound, when they are not there; kInvalidArgument, when they are not such as a saver
// makes.
Result<SaverNodes> ResolveSaverNodes(const std::function<const Node*(std::string_view)>& find,
                                     const proto::SaverDef& def);
Result<SaverNodes> ResolveSaverNodes(const Graph& graph, const proto::SaverDef& def);

}  // namespace fanlight::checkpoint
