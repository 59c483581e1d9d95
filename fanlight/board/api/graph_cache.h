// Graphs as the page draws them, kept from one request to the next: a person who opens scope after scope asks for the
// same graph each time. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "fanlight/base/mutex.h"
#include "fanlight/base/result.h"
#include "fanlight/board/graphs/calls.h"
#include "fanlight/board/graphs/flat_graph.h"
#include "fanlight/board/graphs/hierarchy.h"
#include "fanlight/board/graphs/run_stats.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight::api {

using PathSet = std::set<std::string, std::less<>>;

// A graph with all that is made of it. Immutable.
struct LoadedGraph {
  LoadedGraph(proto::GraphDef def_in, const PathSet& ungrouped)
      : def(std::move(def_in)),
        flat(graphs::Flatten(def)),
        hierarchy(flat, ungrouped),
        calls(def, hierarchy) {}
  const proto::GraphDef def;
  const graphs::FlatGraph flat;
  const graphs::Hierarchy hierarchy;
  const graphs::Calls calls;
};

// The last few values by key, the least recently used going first.
template <typename T>
class RecentValues {
 public:
  explicit RecentValues(size_t most) : most_(most) {}

  std::shared_ptr<const T> Find(std::string_view key) {
    const MutexLock lock(mutex_);
    for (auto each = entries_.begin(); each != entries_.end(); ++each) {
      if (each->first != key) continue;
      entries_.splice(entries_.begin(), entries_, each);
      return each->second;
    }
    return nullptr;
  }
  void Put(std::string key, std::shared_ptr<const T> value) {
    const MutexLock lock(mutex_);
    entries_.remove_if([&](const auto& entry) { return entry.first == key; });
    entries_.emplace_front(std::move(key), std::move(value));
    if (entries_.size() > most_) entries_.pop_back();
  }

 private:
  const size_t most_;
  Mutex mutex_;  // Guards what follows.
  std::list<std::pair<std::string, std::shared_ptr<const T>>> entries_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::api
