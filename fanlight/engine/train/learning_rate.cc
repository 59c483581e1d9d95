#include "fanlight/engine/train/learning_rate.h"

#include <numbers>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

// A number as a float32 node called "Cast…/x", or the output as float32, as tf.cast makes them.
Output AsFloat(GraphBuilder& graph, const Operand& value) {
  return Cast(graph, value, DType::kFloat32);
}

std::string_view Or(std::string_view name, std::string_view default_name) {
  return name.empty() ? default_name : name;
}

// step / decay_steps, rounded down where options say so.
Output Progress(GraphBuilder& graph, const Output& step, const Output& decay_steps,
                const DecayOptions& options) {
  const Output progress = Div(graph, step, decay_steps);
  return options.staircase ? Floor(graph, progress) : progress;
}

}  // namespace

Output ExponentialDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                        const Operand& decay_steps, const Operand& decay_rate,
                        const DecayOptions& options) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(Or(options.name, "ExponentialDecay"));
  const Output initial = rate.ToOutput(graph, "initial_learning_rate");
  const Output steps = AsFloat(graph, decay_steps);
  const Output base = AsFloat(graph, decay_rate);
  const Output step = AsFloat(graph, global_step);
  const Output factor = Pow(graph, base, Progress(graph, step, steps, options));
  return Mul(graph, initial, factor, graph.name_scope() + "/");
}

Output NaturalExpDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                       const Operand& decay_steps, double decay_rate, const DecayOptions& options) {
  if (!graph.ok()) return {};
  const Output base = Exp(graph, Neg(graph, decay_rate));
  return ExponentialDecay(graph, rate, global_step, decay_steps, base, options);
}

Output InverseTimeDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                        const Operand& decay_steps, const Operand& decay_rate,
                        const DecayOptions& options) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(Or(options.name, "InverseTimeDecay"));
  const Output initial = rate.ToOutput(graph, "initial_learning_rate");
  const Output steps = AsFloat(graph, decay_steps);
  const Output factor = AsFloat(graph, decay_rate);
  const Output step = AsFloat(graph, global_step);
  const Output progress = Progress(graph, step, steps, options);
  const Output one = AsFloat(graph, Constant(graph, Tensor::Scalar<int32_t>(1)));
  const Output denominator = Add(graph, one, Mul(graph, factor, progress));
  return Div(graph, initial, denominator, graph.name_scope() + "/");
}

Output PolynomialDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                       const Operand& decay_steps, const PolynomialDecayOptions& options) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(options.name);
  const Output initial = rate.ToOutput(graph, "initial_learning_rate");
  const Output end = AsFloat(graph, options.end_rate);
  const Output power = AsFloat(graph, options.power);
  const Output step = AsFloat(graph, global_step);
  const Output steps = AsFloat(graph, decay_steps);
  const Output progress = Div(graph, Minimum(graph, step, steps), steps);
  const Output span = Sub(graph, initial, end);
  const Output rest = Pow(graph, Sub(graph, 1.0, progress), power);
  return Add(graph, Mul(graph, span, rest), end, graph.name_scope() + "/");
}

Output CosineDecay(GraphBuilder& graph, const Operand& rate, const Operand& global_step,
                   const Operand& decay_steps, double alpha, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output initial = rate.ToOutput(graph, "initial_learning_rate");
  const Output steps = AsFloat(graph, decay_steps);
  const Output step = AsFloat(graph, global_step);
  const Output progress = Div(graph, Minimum(graph, step, steps), steps);
  const Output pi = Constant(graph, Tensor::Scalar(std::numbers::pi_v<float>));
  const Output cosine = Cos(graph, Mul(graph, pi, progress, "mul"));
  const Output half = Mul(graph, 0.5, Add(graph, 1.0, cosine, "add"), "mul");
  const Output decayed = Add(graph, Mul(graph, 1 - alpha, half, "mul"), alpha, "add");
  return Mul(graph, initial, decayed);
}

Output PiecewiseConstant(GraphBuilder& graph, const Operand& global_step,
                         const std::vector<double>& boundaries, const std::vector<double>& values,
                         std::string_view name) {
  if (!graph.ok()) return {};
  bool rises = true;
  for (size_t i = 1; i < boundaries.size(); ++i) rises &= boundaries[i - 1] < boundaries[i];
  if (values.size() != boundaries.size() + 1 || !rises) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: got {} values for {} boundaries, want one value more than "
                                 "boundaries, and boundaries that rise",
                                 name, values.size(), boundaries.size())});
    return {};
  }
  const auto scope = graph.NameScope(name);
  std::vector<Output> steps;
  for (const double boundary : boundaries) {
    steps.push_back(Constant(graph, Tensor::Scalar(boundary)));
  }
  std::vector<Output> rates;
  for (const double value : values) {
    rates.push_back(Constant(graph, Tensor::Scalar(static_cast<float>(value))));
  }
  return PiecewiseConstantOf(graph, Cast(graph, global_step, DType::kFloat64), steps, rates,
                             graph.name_scope() + "/");
}

Output PiecewiseConstantOf(GraphBuilder& graph, const Output& global_step,
                           const std::vector<Output>& boundaries, const std::vector<Output>& values,
                           std::string_view name) {
  if (!graph.ok()) return {};
  FL_CHECK(values.size() == boundaries.size() + 1, "one value more than boundaries");
  const auto scope = graph.NameScope(name);
  Output rate = values.back();
  for (size_t i = boundaries.size(); i-- > 0;) {
    rate = Select(graph, LessEqual(graph, global_step, boundaries[i]), values[i], rate);
  }
  return Identity(graph, rate, graph.name_scope() + "/");
}

}  // namespace fanlight
