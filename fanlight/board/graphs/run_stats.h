// How long the nodes of a graph took in one run, and what memory they got: from TensorFlow's RunMetadata.
//
// The time of an op is from its first start to its last end over all that ran for it, that of a scope from the first
// start to the last end inside: work that overlaps counts once. The memory of an op is the largest of its entries, that
// of a scope the sum of what is inside. Entries that tell no time are passed over. So are those of streams and the like
// beside a device: they repeat what its own entries tell.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/board/graphs/hierarchy.h"
#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight::graphs {

struct NodeStats {
  int64_t start_us = 0;
  int64_t end_us = 0;
  int64_t bytes = 0;
  std::string device{};                // Of the entry seen last that has one; empty for scopes.
  std::vector<std::string> outputs{};  // Shapes as people write them.
  int64_t time_us() const { return end_us - start_us; }
};

class RunStats {
 public:
  // Entries match nodes by their names in the file or in the drawing. Those of the devices in `without` do not count.
  RunStats(const Hierarchy& hierarchy, const proto::RunMetadata& metadata,
           const std::set<std::string, std::less<>>& without = {});

  // nullopt where nothing ran.
  std::optional<NodeStats> Of(ItemId item) const;

  // Nodes inside by the device they ran on; those that did not run by the graph's.
  const std::map<std::string, uint32_t>& DevicesOf(ItemId item) const { return devices_of_[item]; }
  // Every device with entries of its own, whether they count or not.
  const std::set<std::string, std::less<>>& devices() const { return devices_; }

 private:
  void Add(const Hierarchy& hierarchy, const proto::DeviceStepStats& device);
  void CountDevices(const Hierarchy& hierarchy);

  std::unordered_map<ItemId, NodeStats> by_item_;
  std::vector<std::map<std::string, uint32_t>> devices_of_;
  std::set<std::string, std::less<>> devices_;
};

}  // namespace fanlight::graphs
