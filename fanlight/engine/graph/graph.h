// The graph: nodes, each the application of an op to outputs of other nodes. It only ever grows:
// a node never changes once made, except that more may be told of its outputs' shapes. A pointer to it
// stays good as long as the graph lives, and any thread may read it while a GraphBuilder adds others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/mutex.h"
#include "fanlight/engine/graph/attr.h"
#include "fanlight/engine/graph/op.h"

namespace fanlight {

// Where an edge begins: output `index` of `node`. As a target of a run or a control dependency the
// node alone counts. Without a node it stands for "none", such as an input without a gradient.
struct Output {
  const Node* node = nullptr;
  int index = 0;

  Output() = default;
  Output(const Node* from, int at = 0) : node(from), index(at) {}  // NOLINT: a node's first output.

  bool is_valid() const { return node != nullptr; }
  DType dtype() const;
  const PartialShape& shape() const;
  bool is_ref() const;  // Whether it refers to a variable rather than to a value.
  // "hidden1/add:0", as TensorFlow names tensors.
  std::string name() const;

  friend bool operator==(const Output&, const Output&) = default;
};

struct OutputHash {
  size_t operator()(const Output& output) const {
    return std::hash<const void*>()(output.node) * 31 + static_cast<size_t>(output.index);
  }
};

// The shapes of a node's outputs, as far as they are known. Of a node in a graph more may become
// known later, to any thread that reads: what was told before stays where it is.
class OutputShapes {
 public:
  OutputShapes() = default;
  explicit OutputShapes(std::vector<PartialShape> inferred) : inferred_(std::move(inferred)) {}
  // Before the node is in a graph.
  OutputShapes(OutputShapes&& other) noexcept : inferred_(std::move(other.inferred_)) {}
  OutputShapes& operator=(OutputShapes&& other) noexcept {
    inferred_ = std::move(other.inferred_);
    return *this;
  }

  const std::vector<PartialShape>& all() const {
    const std::vector<PartialShape>* const told = told_.load(std::memory_order_acquire);
    return told == nullptr ? inferred_ : *told;
  }
  const PartialShape& operator[](size_t i) const { return all()[i]; }
  // Whether a program has told more than what the op's rule says.
  bool is_told(size_t i) const { return !(all()[i] == inferred_[i]); }
  // One thread at a time.
  void Tell(size_t i, const PartialShape& shape);

 private:
  std::vector<PartialShape> inferred_;
  std::atomic<const std::vector<PartialShape>*> told_ = nullptr;  // The last of versions_.
  std::vector<std::unique_ptr<const std::vector<PartialShape>>> versions_;
};

struct Node {
  int id = 0;  // Its position in the graph. Inputs have smaller ids, except in imported loops.
  std::string name;
  const OpDef* op = nullptr;  // Lives in the graph's OpRegistry.
  std::vector<Output> inputs;
  std::vector<const Node*> controls;  // Nodes that run before this one.
  std::string device;
  AttrMap attrs;  // With the op's defaults filled in.
  std::vector<DType> output_dtypes;
  OutputShapes output_shapes;
  std::vector<bool> output_is_ref;

  std::string_view type() const { return op->name; }
  int num_inputs() const { return static_cast<int>(inputs.size()); }
  int num_outputs() const { return static_cast<int>(output_dtypes.size()); }
  const Output& input(int i) const { return inputs[static_cast<size_t>(i)]; }
  bool HasAttr(std::string_view attr_name) const { return attrs.find(attr_name) != attrs.end(); }
  // The attribute, which the op's definition says is there and of type T; anything else is a bug.
  template <typename T>
  const T& attr(std::string_view attr_name) const {
    const auto found = attrs.find(attr_name);
    FL_CHECK(found != attrs.end(), "a node has the attributes of its op");
    const T* value = std::get_if<T>(&found->second);
    FL_CHECK(value != nullptr, "an attribute has the kind that its op says");
    return *value;
  }
};

class Graph {
 public:
  explicit Graph(std::shared_ptr<const OpRegistry> ops) : ops_(std::move(ops)) {}

  // The nodes that exist now, in the order in which they were made.
  std::vector<const Node*> Nodes() const;
  int num_nodes() const;
  // nullptr when there is no node of that name.
  const Node* FindNode(std::string_view name) const;
  // What "hidden1/add:0", "hidden1/add" or "^hidden1/add" names.
  // Errors: kInvalidArgument, for text that is no name; kNotFound, when there is no such output.
  Result<Output> FindOutput(std::string_view name) const;
  // The same among the nodes that `find` finds by name.
  static Result<Output> FindOutput(std::string_view name,
                                   const std::function<const Node*(std::string_view)>& find);
  const OpRegistry& ops() const { return *ops_; }

 private:
  friend class GraphBuilder;
  // Together: who reads the graph meanwhile sees all of them or none.
  void Append(std::vector<std::unique_ptr<Node>> nodes);
  void TellShape(const Output& output, const PartialShape& shape);

  const std::shared_ptr<const OpRegistry> ops_;
  mutable Mutex mutex_;  // Guards what follows. The nodes themselves are constant.
  std::vector<std::unique_ptr<Node>> nodes_ FL_GUARDED_BY(mutex_);
  std::unordered_map<std::string_view, const Node*> by_name_ FL_GUARDED_BY(mutex_);
};

// `"hidden1/add" (AddV2)`: how messages name a node.
std::string Describe(const Node& node);

// The tensor that an output always has, when that can be told from the graph alone: constants, and
// the shape, rank and size of what has a known shape.
std::optional<Tensor> ConstantValue(const Output& output);

// The shape that the elements of an integer vector describe, as far as it is known.
PartialShape ConstantValueAsShape(const Output& output);

}  // namespace fanlight
