#include "fanlight/engine/graph/collections.h"

namespace fanlight {

void Collections::Add(std::string_view key, CollectionItem item) {
  auto found = lists_.find(key);
  if (found == lists_.end()) found = lists_.emplace(std::string(key), 0).first;
  found->second.push_back(std::move(item));
}

void Collections::Set(std::string_view key, std::vector<CollectionItem> items) {
  const auto found = lists_.find(key);
  if (found != lists_.end()) {
    found->second = std::move(items);
  } else {
    lists_.emplace(key, std::move(items));
  }
}

const std::vector<CollectionItem>& Collections::Get(std::string_view key) const {
  static const std::vector<CollectionItem> kNone;
  const auto found = lists_.find(key);
  return found == lists_.end() ? kNone : found->second;
}

const Variable* Collections::FindVariable(std::string_view name) const {
  for (const auto key : {CollectionKeys::kVariables, CollectionKeys::kLocalVariables}) {
    for (const CollectionItem& item : Get(key)) {
      const auto* variable = std::get_if<Variable>(&item);
      if (variable != nullptr && variable->name() == name) return variable;
    }
  }
  return nullptr;
}

}  // namespace fanlight
