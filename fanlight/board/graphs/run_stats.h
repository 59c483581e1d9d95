// How long the nodes of a graph took in one run, and what memory they got: from TensorFlow's RunMetadata.
//
// The time of an op is from its first start to its last end over all that ran for it, that of a scope from the first
// start to the last end inside: work that overlaps counts once. The memory of an op is the largest of its entries, that
// of a scope the sum of what is inside. Entries that tell no time are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "fanlight/board/graphs/hierarchy.h"
#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight::graphs {

struct NodeStats {
  int64_t start_us = 0;
  int64_t end_us = 0;
  int64_t bytes = 0;
  std::string device{};                // Of the entry seen last; empty for scopes.
  std::vector<std::string> outputs{};  // Shapes as people write them.
  int64_t time_us() const { return end_us - start_us; }
};

class RunStats {
 public:
  // Entries match nodes by their names in the file or in the drawing.
  RunStats(const Hierarchy& hierarchy, const proto::RunMetadata& metadata);

  // nullopt where nothing ran.
  std::optional<NodeStats> Of(ItemId item) const;

 private:
  std::unordered_map<ItemId, NodeStats> by_item_;
};

}  // namespace fanlight::graphs
