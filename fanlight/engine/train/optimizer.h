// Optimizers: add to a graph the nodes of a training step, by TensorFlow's names.
//
//   const Node* train_step = GradientDescentOptimizer(0.01).Minimize(graph, loss,
//                                                                    {.global_step = step});
//   FL_TRY(session->Run({.feeds = …, .targets = {train_step}}));
//
// Minimize() is ComputeGradients() and ApplyGradients(); call the two where gradients are to be
// changed in between, such as clipped. A rate or another number of an optimizer is a number, or an
// output that each step computes anew (learning_rate.h).
//
// A variable of which a batch looks up some rows (EmbeddingLookup, Gather) gets a gradient of these
// rows (gradients.h), and they alone are changed, with their slots: all but Adam leave the others
// as they are, as TensorFlow's do. Dense() makes it whole.
//
// An optimizer belongs to one graph and may be asked for several steps; its slots, such as the
// momentum of a variable, are variables like others: initialised by GlobalVariablesInitializer when
// that is made afterwards, and saved in checkpoints.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/train/initializers.h"

namespace fanlight {

struct GradientAndVariable {
  Gradient gradient;  // Empty: the loss does not depend on the variable.
  Variable variable;
};

struct ComputeGradientsOptions {
  std::vector<Variable> variables{};  // Empty: the graph's trainable ones.
  Output loss_gradient{};             // What comes in at the loss; empty: ones.
  // Whether all gradients of a node are made before any of them is used, so that no variable
  // changes while another gradient still reads it.
  bool gate_gradients = true;
};

struct ApplyGradientsOptions {
  Variable global_step{};  // Where given, each step adds 1 to it.
  std::string name{};      // Empty: the optimizer's name.
};

struct MinimizeOptions {
  Variable global_step{};
  std::vector<Variable> variables{};
  Output loss_gradient{};
  bool gate_gradients = true;
  std::string name{};
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Adds the nodes of a step that makes `loss` smaller; returns the one to run, which also stands
  // in the collection `train_op`. nullptr after an error, which the builder keeps.
  // Errors: kInvalidArgument, when the loss is no floating number, there is nothing to train, or
  // the loss depends on none of the variables.
  const Node* Minimize(GraphBuilder& graph, const Output& loss,
                       const MinimizeOptions& options = {});

  // The gradients of `loss`, one for each variable, in their order.
  std::vector<GradientAndVariable> ComputeGradients(GraphBuilder& graph, const Output& loss,
                                                    const ComputeGradientsOptions& options = {});
  // The step that these gradients ask for. Variables without a gradient stay as they are.
  const Node* ApplyGradients(GraphBuilder& graph, std::span<const GradientAndVariable> gradients,
                             const ApplyGradientsOptions& options = {});

  const std::string& name() const { return name_; }
  // The names of the slots that its variables have, such as "momentum".
  std::vector<std::string> slot_names() const;
  // The slot of a variable; nullptr where there is none (yet).
  const Variable* slot(const Variable& variable, std::string_view slot_name) const;
  // A variable that all updates share, such as "beta1_power"; nullptr where there is none (yet).
  const Variable* shared_variable(std::string_view name) const;
  // One of its numbers, such as "learning_rate", in the step that was made last.
  Output number(std::string_view name) const;
  // All variables that it made, by name.
  std::vector<Variable> variables() const;
  // The scope of variables that slots are made in from now on: it comes first in their names.
  void set_slot_scope(std::string scope) { slot_scope_ = std::move(scope); }

  // The parts of ApplyGradients, in this order, for optimizers that are made around another. All but
  // CreateSlots are called within the scope of the step.
  virtual void CreateSlots(GraphBuilder&, const std::vector<Variable>&) {}
  // Makes the Consts of the optimizer's numbers.
  virtual void Prepare(GraphBuilder& graph) = 0;
  // The update of one variable: Apply, after the rows of a gradient that has some twice are added.
  virtual const Node* Update(GraphBuilder& graph, const Gradient& gradient,
                             const Variable& variable);
  // The update of one variable; of a gradient that is rows: of these, each of them named once.
  virtual Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) = 0;
  // A node called `name` that runs after all updates and what else belongs to the step.
  virtual const Node* Finish(GraphBuilder& graph, const std::vector<const Node*>& updates,
                             std::string_view name);

 protected:
  explicit Optimizer(std::string name) : name_(std::move(name)) {}

  // Makes the slot of a variable, unless it is there: a variable called `VARIABLE/OP_NAME` of its
  // shape and dtype, which is not trained.
  void MakeSlot(GraphBuilder& graph, const Variable& of, std::string_view slot_name,
                const Initializer& initializer, std::string_view op_name);
  // A slot that MakeSlot made.
  const Variable& GetSlot(const Variable& variable, std::string_view slot_name) const;
  // Makes a variable that all updates share, unless it is there, beside `beside`.
  void MakeShared(GraphBuilder& graph, const std::string& name, const Operand& initial_value,
                  const Variable& beside);
  const Variable& GetShared(std::string_view name) const;
  // Makes the node of one of the numbers, in Prepare, and gives it in the dtype of a variable, in
  // Apply.
  void MakeNumber(GraphBuilder& graph, const Operand& value, const std::string& name);
  Output NumberFor(GraphBuilder& graph, std::string_view name, const Variable& variable) const;

 private:
  const std::string name_;
  std::string slot_scope_;
  std::map<std::pair<std::string, const Node*>, Variable> slots_;
  std::map<std::string, Variable, std::less<>> shared_;
  std::map<std::string, Output, std::less<>> numbers_;
};

// `value` as the dtype that the update of `variable` wants.
Output AsDTypeOf(GraphBuilder& graph, const Output& value, const Variable& variable);

}  // namespace fanlight
