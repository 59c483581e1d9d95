#include "fanlight/engine/train/ftrl.h"

#include "fanlight/base/decimal.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/training.h"

namespace fanlight {
namespace {

constexpr std::string_view kSquares = "accum";
constexpr std::string_view kLinear = "linear";

const std::string& Or(const std::string& name, const std::string& otherwise) {
  return name.empty() ? otherwise : name;
}

}  // namespace

FtrlOptimizer::FtrlOptimizer(Operand learning_rate, Options options)
    : Optimizer(options.name),
      learning_rate_(std::move(learning_rate)),
      options_(std::move(options)) {}

void FtrlOptimizer::CreateSlots(GraphBuilder& graph, const std::vector<Variable>& variables) {
  const auto check = [&](std::string_view what, double value, double sign,
                         std::string_view wanted) {
    if (value * sign >= 0) return;
    graph.KeepError(
        {ErrorCode::kInvalidArgument,
         fmt::format("{}: got {} {}, want {}", name(), what, ShortestDecimal(value), wanted)});
  };
  check("learning_rate_power", options_.learning_rate_power, -1, "no positive number");
  check("initial_accumulator_value", options_.initial_accumulator_value, 1, "no negative number");
  check("l1", options_.l1, 1, "no negative number");
  check("l2", options_.l2, 1, "no negative number");
  check("l2_shrinkage", options_.l2_shrinkage, 1, "no negative number");
  const auto initial = [&](GraphBuilder& builder, const Shape& shape, DType dtype) {
    return Mul(builder, Ones(builder, shape, dtype), options_.initial_accumulator_value, "mul");
  };
  for (const Variable& variable : variables) {
    MakeSlot(graph, variable, kSquares, initial, Or(options_.accum_name, name()));
    MakeSlot(graph, variable, kLinear, ZerosInitializer(), Or(options_.linear_name, name()));
  }
}

void FtrlOptimizer::Prepare(GraphBuilder& graph) {
  MakeNumber(graph, learning_rate_, "learning_rate");
  MakeNumber(graph, options_.l1, "l1_regularization_strength");
  const Output rate = Maximum(graph, learning_rate_, 1e-36);
  const Output share = Div(graph, options_.beta, Mul(graph, 2.0, rate, "mul"), "truediv");
  MakeNumber(graph, Add(graph, options_.l2, share, "add"), "adjusted_l2_regularization_strength");
  MakeNumber(graph, options_.beta, "beta");
  MakeNumber(graph, options_.l2_shrinkage, "l2_shrinkage_regularization_strength");
  MakeNumber(graph, options_.learning_rate_power, "learning_rate_power");
}

Output FtrlOptimizer::Apply(GraphBuilder& graph, const Gradient& gradient,
                            const Variable& variable) {
  FtrlNumbers numbers{
      .learning_rate = NumberFor(graph, "learning_rate", variable),
      .l1 = NumberFor(graph, "l1_regularization_strength", variable),
      .l2 = NumberFor(graph, "adjusted_l2_regularization_strength", variable),
      .l2_shrinkage = {},
      .learning_rate_power = {},
  };
  if (options_.l2_shrinkage > 0) {
    numbers.l2_shrinkage = NumberFor(graph, "l2_shrinkage_regularization_strength", variable);
  }
  numbers.learning_rate_power = NumberFor(graph, "learning_rate_power", variable);
  return ApplyFtrl(graph, variable.ref, GetSlot(variable, kSquares).ref,
                   GetSlot(variable, kLinear).ref, numbers, gradient);
}

}  // namespace fanlight
