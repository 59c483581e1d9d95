// Adds nodes to a Graph, naming them as TensorFlow would.
//
//   GraphBuilder graph;
//   Output images = Placeholder(graph, DType::kFloat32, {100, 784});
//   {
//     const auto scope = graph.NameScope("hidden1");
//     hidden = Relu(graph, Add(graph, MatMul(graph, images, weights), biases, "add"));
//   }
//   FL_ASSIGN_OR_RETURN(std::shared_ptr<const Graph> built, graph.Build());
//
// The first error is kept, with the node's name and its inputs' shapes; later calls do nothing and
// return empty Outputs, and Build() returns it. Building may go on after Build() and while Sessions
// run the graph. Not thread-safe.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fanlight/engine/graph/collections.h"
#include "fanlight/engine/graph/device_scopes.h"
#include "fanlight/engine/graph/graph.h"

namespace fanlight {

class GraphBuilder {
 public:
  explicit GraphBuilder(std::shared_ptr<const OpRegistry> ops = StandardOps());
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  // The graph as it is now, or the first error. It goes on growing as nodes are added.
  Result<std::shared_ptr<const Graph>> Build() const;
  std::shared_ptr<const Graph> graph() const { return graph_; }
  const Status& status() const { return status_; }
  bool ok() const { return status_.has_value(); }
  // Keeps `error`, unless an earlier one is kept.
  void KeepError(Error error);
  // Forgets the kept error: for programs that have told it and go on.
  void ClearError() { status_ = {}; }

  // While it is final nothing is added: whoever tries gets the error kFailedPrecondition. For programs
  // that run a graph in a loop and want to be told where the loop adds to it.
  void set_final(bool is_final) { is_final_ = is_final; }
  bool is_final() const { return is_final_; }
  // Errors: kFailedPrecondition, while the graph is final.
  Status CheckNotFinal() const;

  struct NodeSpec {
    std::string_view op;
    // Made unique below the present name scope; one that ends in '/' is taken as it is.
    std::string name{};
    std::vector<Output> inputs{};
    std::vector<const Node*> controls{};
    // Types that follow from the inputs, and attributes with defaults, may be left out.
    AttrMap attrs{};
    // What more than the op's rule is known of the outputs' shapes; shorter or unknown: nothing.
    std::vector<PartialShape> output_shapes{};
  };
  // The new node; nullptr after an error. An empty input is an error too.
  const Node* AddNode(NodeSpec spec);

  // Tells more of an output's shape than is inferred, as TensorFlow's Tensor.set_shape does: to the
  // nodes made from now on and to the feeds of a placeholder. A run in which the output turns out to
  // have another shape ends with an error.
  // Errors: kInvalidArgument, when the shape contradicts what is known.
  Status SetShape(const Output& output, const PartialShape& shape);

  // Nodes exactly as they stand in a file: with their full names, no scope, no colocation, no
  // devices. They are in the graph when Commit() is called, all at once; without it they never are.
  class Import {
   public:
    explicit Import(GraphBuilder& builder) : builder_(builder) {}
    Result<const Node*> Add(NodeSpec spec, std::string device);
    // Of these and of the graph's; nullptr when there is no node of that name.
    const Node* FindNode(std::string_view name) const;
    void Commit();

   private:
    GraphBuilder& builder_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::unordered_map<std::string_view, const Node*> by_name_;
  };

  // Undoes what began it when it goes. Scopes end in the reverse order of their beginnings.
  class [[nodiscard]] Scope {
   public:
    Scope(Scope&& other) noexcept
        : builder_(std::exchange(other.builder_, nullptr)),
          kind_(other.kind_),
          outer_name_(std::move(other.outer_name_)) {}
    Scope& operator=(Scope&&) = delete;
    ~Scope();

   private:
    friend class GraphBuilder;
    enum class Kind { kName, kControl, kDevice, kColocation };
    Scope(GraphBuilder* builder, Kind kind, std::string outer_name = "")
        : builder_(builder), kind_(kind), outer_name_(std::move(outer_name)) {}
    GraphBuilder* builder_;
    Kind kind_;
    std::string outer_name_;
  };

  // Puts "name/" before the names made while it lasts; made unique. One that ends in '/' enters
  // that scope again as it is; "" leaves all scopes.
  Scope NameScope(std::string_view name);
  // Makes nodes wait for these, unless an input already does.
  Scope ControlDependencies(std::vector<const Node*> nodes);
  // Makes nodes wait for nothing that was asked for so far, as variables do.
  Scope NoControlDependencies();
  // Names the device of nodes, or what of it scopes within this one leave open (device_scopes.h).
  // Errors: kInvalidArgument, kept, for what is no device's name.
  Scope Device(std::string_view device);
  // Asks a function for the device of each node.
  Scope Device(DeviceScopes::Function function);
  // Leaves out what was asked for so far.
  Scope NoDevice();
  // Places nodes where `output` is: attribute _class, and its device; scopes of devices outside of this
  // one do not count. An empty Output: nowhere in particular.
  Scope ColocateWith(const Output& output);

  // "a/b" within scopes a and b; "" outside.
  const std::string& name_scope() const { return name_scope_; }
  // `name` below the present scope, with "_1", "_2", … where it is taken (case does not count).
  std::string UniqueName(std::string_view name);

  // The graph's seed for random ops without one of their own.
  void set_seed(std::optional<int64_t> seed) { seed_ = seed; }
  // The attributes seed and seed2 of the next random op with this seed, or none.
  std::pair<int64_t, int64_t> NextSeeds(std::optional<int64_t> op_seed);

  Collections& collections() { return collections_; }
  const Collections& collections() const { return collections_; }

 private:
  struct ControlFrame {
    std::vector<const Node*> nodes;
    std::unordered_set<const Node*> made_within;
    bool hides_outer = false;
  };

  Result<Node> MakeNode(NodeSpec&& spec);
  void ReserveName(std::string_view full_name);

  const std::shared_ptr<Graph> graph_;
  Status status_;
  bool is_final_ = false;
  std::string name_scope_;
  std::unordered_map<std::string, int> names_in_use_;  // Lower case.
  std::vector<ControlFrame> controls_;
  DeviceScopes devices_;
  struct Colocation {
    std::string place;  // "loc:@name", or "".
    std::string device;
  };
  std::vector<Colocation> colocations_;
  std::optional<int64_t> seed_;
  int64_t num_unseeded_random_ops_ = 0;
  Collections collections_;
};

// An argument of an op: an output, or a literal that becomes a Const in the op's scope. A C++
// number takes the dtype of the op's other argument where that loses nothing in kind: an integer
// may become any number, a floating one only a floating one.
class Operand {
 public:
  Operand() = default;
  Operand(Output output) : output_(output) {}   // NOLINT(google-explicit-constructor)
  Operand(const Node* node) : output_(node) {}  // NOLINT(google-explicit-constructor)
  Operand(const Variable& variable)             // NOLINT(google-explicit-constructor): its value.
      : output_(variable.value) {}
  Operand(Tensor tensor) : literal_(std::move(tensor)) {}   // NOLINT(google-explicit-constructor)
  Operand(float v) : Operand(Tensor::Scalar(v), true) {}    // NOLINT(google-explicit-constructor)
  Operand(double v) : Operand(Tensor::Scalar(v), true) {}   // NOLINT(google-explicit-constructor)
  Operand(int32_t v) : Operand(Tensor::Scalar(v), true) {}  // NOLINT(google-explicit-constructor)
  Operand(int64_t v) : Operand(Tensor::Scalar(v), true) {}  // NOLINT(google-explicit-constructor)
  Operand(bool v) : Operand(Tensor::Scalar(v), false) {}    // NOLINT(google-explicit-constructor)
  Operand(const char* v)                                    // NOLINT(google-explicit-constructor)
      : Operand(Tensor::Scalar(v), false) {}
  Operand(std::string v)  // NOLINT(google-explicit-constructor)
      : Operand(Tensor::Scalar(std::move(v)), false) {}
  // A vector, such as axes or a shape.
  Operand(std::initializer_list<int32_t> v)  // NOLINT(google-explicit-constructor)
      : Operand(Tensor::Vector<int32_t>(v), true) {}

  bool is_output() const { return output_.is_valid(); }
  bool is_valid() const { return output_.is_valid() || literal_.is_valid(); }
  // kInvalid for numbers that take another argument's dtype.
  DType dtype() const {
    if (is_output()) return output_.dtype();
    return is_weak_ ? DType::kInvalid : literal_.dtype();
  }
  // The output, or a new Const called `name` of dtype `dtype` (kInvalid: its own).
  Output ToOutput(GraphBuilder& graph, std::string_view name, DType dtype = DType::kInvalid) const;

 private:
  Operand(Tensor literal, bool is_weak) : literal_(std::move(literal)), is_weak_(is_weak) {}
  Output output_;
  Tensor literal_;
  bool is_weak_ = false;
};

// One call of an op function: enters the name scope that TensorFlow gives it, in which literal
// arguments become Consts, and adds the node under the scope's own name.
//
//   return OpCall(graph, "MatMul", name).Input(a, "a").Input(b, "b").Done();
class OpCall {
 public:
  // `name` empty: `default_name`; that empty: the op's name.
  OpCall(GraphBuilder& graph, std::string_view op, std::string_view name,
         std::string_view default_name = "");
  OpCall& Input(const Operand& operand, std::string_view arg, DType dtype = DType::kInvalid);
  OpCall& Inputs(std::span<const Output> outputs);
  OpCall& Attr(std::string_view name, AttrValue value);
  OpCall& Control(const Node* node);
  // What more is known of output 0's shape than the op's rule tells.
  OpCall& OutputShape(const PartialShape& shape);
  // nullptr after an error.
  const Node* Done();

 private:
  GraphBuilder& graph_;
  GraphBuilder::Scope scope_;
  GraphBuilder::NodeSpec spec_;
};

}  // namespace fanlight
