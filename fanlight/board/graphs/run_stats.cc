#include "fanlight/board/graphs/run_stats.h"

#include <algorithm>
#include <string_view>

namespace fanlight::graphs {
namespace {

int64_t Memory(const proto::NodeExecStats& entry) {
  int64_t bytes = 0;
  for (const auto& memory : entry.memory()) bytes += std::max<int64_t>(memory.total_bytes(), 0);
  return bytes;
}

// "/job:localhost/replica:0/task:0/device:GPU:0"; what stands beside it ends in "…/device:GPU:0/stream:all".
bool IsDevice(std::string_view name) {
  const size_t last = name.rfind('/');
  std::string_view part = name.substr(last == std::string_view::npos ? 0 : last + 1);
  constexpr std::string_view kBegin = "device:";
  if (!part.starts_with(kBegin)) return false;
  part.remove_prefix(kBegin.size());
  const size_t colon = part.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < part.size() &&
         part.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

}  // namespace

RunStats::RunStats(const Hierarchy& hierarchy, const proto::RunMetadata& metadata,
                   const std::set<std::string, std::less<>>& without) {
  const auto& all = metadata.step_stats().dev_stats();
  // Old versions call devices otherwise, such as "/cpu:0".
  const bool has_devices = std::any_of(
      all.begin(), all.end(), [](const auto& device) { return IsDevice(device.device()); });
  for (const proto::DeviceStepStats& device : all) {
    if (has_devices && !IsDevice(device.device())) continue;
    devices_.insert(device.device());
    if (!without.contains(device.device())) Add(hierarchy, device);
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
  CountDevices(hierarchy);
}

void RunStats::Add(const Hierarchy& hierarchy, const proto::DeviceStepStats& device) {
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
    if (!device.device().empty()) stats.device = device.device();
    if (entry.output_size() > 0) {
      stats.outputs.clear();
      for (const auto& output : entry.output())
        stats.outputs.push_back(ShapeText(output.tensor_description().shape()));
    }
  }
}

void RunStats::CountDevices(const Hierarchy& hierarchy) {
  devices_of_.resize(hierarchy.items().size());
  for (uint32_t node = 0; node < hierarchy.graph().nodes.size(); ++node) {
    const ItemId leaf = hierarchy.ItemOfNode(node);
    const auto ran = by_item_.find(leaf);
    const std::string& device = ran == by_item_.end() || ran->second.device.empty()
                                    ? hierarchy.graph().nodes[node].device
                                    : ran->second.device;
    for (ItemId at = leaf;; at = hierarchy.item(at).parent) {
      ++devices_of_[at][device];
      if (at == kRoot) break;
    }
  }
}

std::optional<NodeStats> RunStats::Of(ItemId item) const {
  const auto found = by_item_.find(item);
  if (found == by_item_.end()) return std::nullopt;
  return found->second;
}

}  // namespace fanlight::graphs
