// Named lists that belong to a graph under construction: its variables, what to train, summaries.
// They are written with it in a MetaGraph.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fanlight/engine/graph/graph.h"

namespace fanlight {

// Which part of a partitioned variable a variable is.
struct VariableSlice {
  std::string full_name;
  Shape full_shape;
  std::vector<int64_t> offset;  // Of its first element, one number a dimension.
};

// A variable as programs hold it: the node that stands for it and its companions.
struct Variable {
  Output ref;                         // The VariableV2 or VarHandleOp.
  Output value;                       // Its value as other ops read it: `name/read`.
  const Node* initializer = nullptr;  // The Assign of its initial value.
  Output initial_value;
  bool is_trainable = true;
  std::optional<VariableSlice> slice{};

  bool is_valid() const { return ref.is_valid(); }
  const std::string& name() const { return ref.node->name; }  // Without ":0".
  DType dtype() const { return value.dtype(); }
  const PartialShape& shape() const { return value.shape(); }
  operator Output() const { return value; }  // NOLINT(google-explicit-constructor)
};

// A node for its effect, a tensor, a variable, or what has no meaning to us but is kept.
using CollectionItem = std::variant<const Node*, Output, Variable, std::string, int64_t, float>;

struct CollectionKeys {
  static constexpr std::string_view kVariables = "variables";
  static constexpr std::string_view kTrainableVariables = "trainable_variables";
  static constexpr std::string_view kLocalVariables = "local_variables";
  static constexpr std::string_view kSummaries = "summaries";
  static constexpr std::string_view kTrainOp = "train_op";
  static constexpr std::string_view kLosses = "losses";
  static constexpr std::string_view kRegularizationLosses = "regularization_losses";
  static constexpr std::string_view kUpdateOps = "update_ops";
  static constexpr std::string_view kGlobalStep = "global_step";
};

// What a program may call of a graph, by names of its own: a MetaGraph's SignatureDef.
struct Signature {
  std::map<std::string, Output> inputs;
  std::map<std::string, Output> outputs;
  std::string method_name;  // "tensorflow/serving/predict".
};

class Collections {
 public:
  void Add(std::string_view key, CollectionItem item);
  // What a collection holds from now on, in place of all before.
  void Set(std::string_view key, std::vector<CollectionItem> items);
  // In the order of addition; empty when there is no such collection.
  const std::vector<CollectionItem>& Get(std::string_view key) const;
  // The items of type T of a collection.
  template <typename T>
  std::vector<T> All(std::string_view key) const {
    std::vector<T> found;
    for (const CollectionItem& item : Get(key)) {
      if (const T* held = std::get_if<T>(&item)) found.push_back(*held);
    }
    return found;
  }
  std::vector<Variable> variables() const { return All<Variable>(CollectionKeys::kVariables); }
  std::vector<Variable> trainable_variables() const {
    return All<Variable>(CollectionKeys::kTrainableVariables);
  }
  // The variable whose node has this name; nullptr when there is none.
  const Variable* FindVariable(std::string_view name) const;
  const std::map<std::string, std::vector<CollectionItem>, std::less<>>& all() const {
    return lists_;
  }
  // By their keys, such as "serving_default".
  std::map<std::string, Signature>& signatures() { return signatures_; }
  const std::map<std::string, Signature>& signatures() const { return signatures_; }

 private:
  std::map<std::string, std::vector<CollectionItem>, std::less<>> lists_;
  std::map<std::string, Signature> signatures_;
};

}  // namespace fanlight
