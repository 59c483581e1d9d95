// An op of one's own: Swish, x · sigmoid(x), with its shape rule, its kernel, and its gradient as
// ordinary nodes. The gradient is compared with central differences, then the op trains a small
// layer.
//
//   example-custom-op
#include <cmath>
#include <cstdio>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/standard.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/variable.h"

namespace fanlight {
namespace {

// The kernel: what computes it, for one dtype.
template <typename T>
Status SwishKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const y, context.AllocateOutput(0, x.shape()));
  const T* const in = x.flat<T>().data();
  T* const out = y->mutable_flat<T>().data();
  for (int64_t i = 0; i < x.num_elements(); ++i) out[i] = in[i] / (T{1} + std::exp(-in[i]));
  return {};
}

// The gradient: σ(x) · (1 + x · (1 − σ(x))) times what comes in.
std::vector<Output> SwishGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> incoming) {
  const Output x = node.input(0);
  const Output sigmoid = Sigmoid(graph, x);
  const Output slope =
      Mul(graph, sigmoid, Add(graph, 1.0, Mul(graph, x, Sub(graph, 1.0, sigmoid))));
  return {Mul(graph, incoming[0], slope)};
}

// The op: its signature by TensorFlow's rules, its shape rule (here one of those that are there).
constexpr OpSpec kOps[] = {
    {.name = "Swish",
     .signature = "x: T -> y: T",
     .attrs = "T: floating",
     .infer = SameShapeAsFirstInput,
     .gradient = SwishGradient,
     .is_elementwise = true},
};
constexpr KernelDef kKernels[] = {
    {"Swish", DType::kFloat32, MakeFunctionKernel<SwishKernel<float>>},
    {"Swish", DType::kFloat64, MakeFunctionKernel<SwishKernel<double>>},
};

// The function that programs call.
Output Swish(GraphBuilder& graph, const Operand& x, std::string_view name = "Swish") {
  return OpCall(graph, "Swish", name).Input(x, "x").Done();
}

// How far the gradient at x is from (f(x + h) − f(x − h)) / 2h.
Result<double> GradientError(double x) {
  GraphBuilder graph(StandardOpsAnd(kOps));
  const Output input = Placeholder(graph, DType::kFloat64, Shape());
  const Output y = Swish(graph, input);
  const std::vector<Output> gradient = Gradients(graph, {y}, {input});
  FL_ASSIGN_OR_RETURN(const auto built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session,
                      Session::Create(built, {.kernels = StandardKernelsAnd(kKernels)}));
  const auto run = [&](const Output& fetch, double at) -> Result<double> {
    FL_ASSIGN_OR_RETURN(const auto fetched,
                        session->Run({.feeds = {{input, Tensor::Scalar(at)}}, .fetches = {fetch}}));
    return fetched[0].scalar<double>();
  };
  constexpr double kStep = 1e-6;
  FL_ASSIGN_OR_RETURN(const double analytic, run(gradient[0], x));
  FL_ASSIGN_OR_RETURN(const double above, run(y, x + kStep));
  FL_ASSIGN_OR_RETURN(const double below, run(y, x - kStep));
  return std::abs(analytic - (above - below) / (2 * kStep));
}

// A layer with it learns XOR.
Result<float> TrainedLoss() {
  GraphBuilder graph(StandardOpsAnd(kOps));
  graph.set_seed(3);
  const Output inputs = Constant(graph, Tensor::Of<float>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}));
  const Output answers = Constant(graph, Tensor::Of<float>({4, 1}, {0, 1, 1, 0}));
  const Variable first = GetVariable(graph, "first", {2, 8});
  const Variable biases = GetVariable(graph, "biases", {8}, {.initializer = ZerosInitializer()});
  const Variable second = GetVariable(graph, "second", {8, 1});
  const Output hidden = Swish(graph, Add(graph, MatMul(graph, inputs, first), biases));
  const Output loss =
      ReduceMean(graph, Square(graph, Sub(graph, MatMul(graph, hidden, second), answers)));
  const Node* train_step = GradientDescentOptimizer(0.2).Minimize(graph, loss);
  const Node* init = GlobalVariablesInitializer(graph);
  FL_ASSIGN_OR_RETURN(const auto built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session,
                      Session::Create(built, {.kernels = StandardKernelsAnd(kKernels)}));
  FL_TRY(session->Run({.targets = {init}}));
  for (int i = 0; i < 3000; ++i) FL_TRY(session->Run({.targets = {train_step}}));
  FL_ASSIGN_OR_RETURN(const auto fetched, session->Run({.fetches = {loss}}));
  return fetched[0].scalar<float>();
}

Status Show() {
  for (const double x : {-3.0, -0.5, 0.0, 0.7, 4.0}) {
    FL_ASSIGN_OR_RETURN(const double error, GradientError(x));
    std::printf("x = %4.1f: the gradient is off by %.1e\n", x, error);
    if (error > 1e-8) return Fail(ErrorCode::kFailedPrecondition, "the gradient at {} is wrong", x);
  }
  FL_ASSIGN_OR_RETURN(const float loss, TrainedLoss());
  std::printf("the loss of XOR after 3000 steps: %.6f\n", double{loss});
  if (!(loss < 0.01f))
    return Fail(ErrorCode::kFailedPrecondition, "the layer did not learn: {}", loss);
  return {};
}

}  // namespace
}  // namespace fanlight

int main() {
  const fanlight::Status status = fanlight::Show();
  if (!status) std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
