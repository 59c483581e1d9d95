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
// rows (gradients.h), and they alone are changed, with their slots: Momentum, Adagrad and RMSProp leave
// all others as they are, as TensorFlow's do. Dense() makes it whole.
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

 protected:
  explicit Optimizer(std::string name) : name_(std::move(name)) {}

  // The steps of ApplyGradients, in this order. They are called within the scope of the step, but
  // for CreateSlots.
  virtual void CreateSlots(GraphBuilder&, const std::vector<Variable>&) {}
  // Makes the Consts of the optimizer's numbers.
  virtual void Prepare(GraphBuilder& graph) = 0;
  // The update of one variable; of a gradient that is rows: of these, each of them named once.
  virtual Output Apply(GraphBuilder& graph, const Gradient& gradient, const Variable& variable) = 0;
  // A node called `name` that runs after all updates and what else belongs to the step.
  virtual const Node* Finish(GraphBuilder& graph, const std::vector<const Node*>& updates,
                             std::string_view name);

  // Makes the slot of a variable, unless it is there: a variable called `VARIABLE/OP_NAME` of its
  // shape and dtype, which is not trained.
  void MakeSlot(GraphBuilder& graph, const Variable& of, std::string_view slot_name,
                const Initializer& initializer, std::string_view op_name);
  // A slot that MakeSlot made.
  const Variable& GetSlot(const Variable& variable, std::string_view slot_name) const;

 private:
  const std::string name_;
  std::map<std::pair<std::string, const Node*>, Variable> slots_;
};

// `value` as the dtype that the update of `variable` wants.
Output AsDTypeOf(GraphBuilder& graph, const Output& value, const Variable& variable);

}  // namespace fanlight
