#include "fanlight/board/graphs/run_stats.h"

#include <algorithm>

namespace fanlight::graphs {
namespace {

int64_t Memory(const proto::NodeExecStats& entry) {
  int64_t bytes = 0;
  for (const auto& memory : entry.memory()) bytes += std::max<int64_t>(memory.total_bytes(), 0);
  return bytes;
}

}  // namespace

RunStats::RunStats(const Hierarchy& hierarchy, const proto::RunMetadata& metadata) {
  for (const auto& device : metadata.step_stats().dev_stats()) {
    for (const proto::NodeExecStats& entry : device.node_stats()) {
      if (entry.all_end_rel_micros() <= 0) continue;
      const auto node = hierarchy.graph().Find(entry.node_name());
      if (!node) continue;
      const ItemId item = hierarchy.ItemOfNode(*node);
      const int64_t start = entry.all_start_micros();
      const int64_t end = start + entry.all_end_rel_micros();
      const auto [place, is_new] =
          by_item_.try_emplace(item, NodeStats{.start_us = start, .end_us = end});
      NodeStats& stats = place->second;
      stats.start_us = std::min(stats.start_us, start);
      stats.end_us = std::max(stats.end_us, end);
      stats.bytes = std::max(stats.bytes, Memory(entry));
      stats.device = device.device();
      if (entry.output_size() > 0) {
        stats.outputs.clear();
        for (const auto& output : entry.output())
          stats.outputs.push_back(ShapeText(output.tensor_description().shape()));
      }
    }
  }
  const std::unordered_map<ItemId, NodeStats> ops = by_item_;
  for (const auto& [op, stats] : ops) {
    for (ItemId at = op; at != kRoot;) {
      at = hierarchy.item(at).parent;
      const auto [place, is_new] =
          by_item_.try_emplace(at, NodeStats{.start_us = stats.start_us, .end_us = stats.end_us});
      NodeStats& scope = place->second;
      scope.start_us = std::min(scope.start_us, stats.start_us);
      scope.end_us = std::max(scope.end_us, stats.end_us);
      scope.bytes += stats.bytes;
    }
  }
}

std::optional<NodeStats> RunStats::Of(ItemId item) const {
  const auto found = by_item_.find(item);
  if (found == by_item_.end()) return std::nullopt;
  return found->second;
}

}  // namespace fanlight::graphs
