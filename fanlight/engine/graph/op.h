// Ops: the kinds of nodes, by TensorFlow's names. An op is told in one place, ops/<family>.cc: its
// signature, its shape rule, its kernels and its gradient.
//
//   {.name = "MatMul",
//    .signature = "a: T, b: T -> product: T",
//    .attrs = "transpose_a: bool = false, transpose_b: bool = false, T: number",
//    .infer = MatMulShape,
//    .gradient = MatMulGradient}
//
// A signature is `inputs -> outputs`. An argument's type is a dtype's name, the name of an
// attribute of kind type, `Ref(T)` for a variable's reference, `N * T` for N arguments of one type,
// or the name of an attribute of kind list(type). An attribute is `name: kind`, with `= default`
// where it has one; besides the kinds of AttrKind there are sets of types: number, realnumber,
// signednumber, inexact (floating and complex), floating, index, and {float32|int8}.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/graph/attr.h"

namespace fanlight {

class GraphBuilder;
class InferenceContext;
struct Gradient;
struct Node;
struct Output;

// Sets the outputs' shapes from the inputs' shapes and constant values, or says why they do not
// fit.
using InferFunction = Status (*)(InferenceContext& context);

// The gradients of a node's inputs (one for each; an empty Output where there is none), built as
// ordinary nodes from the gradients of its outputs (empty where nothing depends on the output).
using GradientFunction = std::vector<Output> (*)(GraphBuilder& graph, const Node& node,
                                                 std::span<const Output> gradients);

// The gradient of input 0, of which output 0 has some rows: these rows (gradients.h). An empty one
// where the node takes something else than rows: then GradientFunction is asked.
using RowsGradientFunction = Gradient (*)(GraphBuilder& graph, const Node& node,
                                          const Output& gradient);

// How an op is written down in a table of its family.
struct OpSpec {
  std::string_view name;
  std::string_view signature;
  std::string_view attrs = "";
  InferFunction infer = nullptr;        // nullptr: nothing is known of the outputs' shapes.
  GradientFunction gradient = nullptr;  // nullptr: no gradient goes through (see below).
  RowsGradientFunction rows_gradient = nullptr;
  bool is_stateful = false;        // Reads or changes more than its inputs and outputs.
  bool has_effect = false;         // Runs even where no one wants its outputs.
  bool has_no_gradient = false;    // No gradient by nature; without it, asking is an error.
  bool may_alias_input = false;    // Output 0 may be input 0's elements under another shape.
  bool hands_on_gradient = false;  // The gradient of input 0 is that of output 0.
  bool is_elementwise = false;     // An output may overwrite an input of its shape and dtype.
};

// The same, taken apart.
struct OpDef {
  struct Arg {
    std::string name;
    DType dtype = DType::kInvalid;  // Where fixed.
    std::string type_attr;          // Where an attribute names the type.
    std::string number_attr;        // Where an attribute names how many there are.
    std::string type_list_attr;     // Where an attribute lists the types.
    bool is_ref = false;
  };
  struct Attr {
    std::string name;
    AttrKind kind = AttrKind::kInt;
    std::vector<DType> allowed;  // Empty: any.
    std::optional<AttrValue> default_value;
  };
  std::string name;
  std::vector<Arg> inputs;
  std::vector<Arg> outputs;
  std::vector<Attr> attrs;
  OpSpec spec;

  const Attr* FindAttr(std::string_view attr_name) const;
};

// Ops by name. Made once, then constant.
class OpRegistry {
 public:
  // Takes specs whose text lives as long as the registry. A spec that does not parse, or a second
  // op of a name, is a bug: it aborts.
  explicit OpRegistry(std::span<const std::span<const OpSpec>> families);

  // nullptr when there is no such op.
  const OpDef* Find(std::string_view name) const;
  // In the order of their names.
  std::vector<const OpDef*> All() const;

 private:
  std::unordered_map<std::string_view, std::unique_ptr<OpDef>> ops_;
};

// The ops of ops/. The same object at each call.
std::shared_ptr<const OpRegistry> StandardOps();

// The definition as a message, as a MetaGraph lists the ops it uses.
proto::OpDef OpToProto(const OpDef& op);

}  // namespace fanlight
