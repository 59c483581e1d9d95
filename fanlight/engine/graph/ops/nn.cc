#include "fanlight/engine/graph/ops/nn.h"

#include <cmath>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduce.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/tensor/softmax.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status BiasAddShape(InferenceContext& context) {
  const PartialShape& value = context.input(0);
  FL_TRY(context.WantRank(1, 1, "the bias"));
  if (context.node().attr<std::string>("data_format") != "NHWC") {
    return Fail(ErrorCode::kUnimplemented, "data_format {}, want NHWC",
                context.node().attr<std::string>("data_format"));
  }
  if (value.has_rank() && value.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "a bias cannot be added to a scalar");
  }
  if (value.has_rank() && context.input(1).has_rank()) {
    const int64_t last = value[value.rank() - 1];
    const int64_t length = context.input(1)[0];
    if (last >= 0 && length >= 0 && last != length) {
      return Fail(ErrorCode::kInvalidArgument, "the bias has {} elements, want {}", length, last);
    }
  }
  context.set_output(0, value);
  return {};
}

Status BiasAddGradShape(InferenceContext& context) {
  const PartialShape& value = context.input(0);
  if (value.has_rank() && value.rank() > 0) {
    context.set_output(0, PartialShape{value[value.rank() - 1]});
  } else {
    context.set_output(0, PartialShape{PartialShape::kUnknown});
  }
  return {};
}

Status SparseCrossEntropyShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 2, "argument \"features\""));
  FL_TRY(context.WantRank(1, 1, "argument \"labels\""));
  PartialShape logits =
      context.input(0).has_rank() ? context.input(0) : PartialShape::UnknownOfRank(2);
  const PartialShape labels =
      context.input(1).has_rank() ? context.input(1) : PartialShape::UnknownOfRank(1);
  FL_ASSIGN_OR_RETURN(const PartialShape batch, Merge(PartialShape{logits[0]}, labels));
  logits.set_dim(0, batch[0]);
  context.set_output(0, batch);
  context.set_output(1, logits);
  return {};
}

Status InTopKShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 2, "argument \"predictions\""));
  FL_TRY(context.WantRank(1, 1, "argument \"targets\""));
  const int64_t rows = context.input(0).has_rank() ? context.input(0)[0] : PartialShape::kUnknown;
  FL_ASSIGN_OR_RETURN(const PartialShape batch, Merge(PartialShape{rows}, context.input(1)));
  context.set_output(0, batch);
  return {};
}

// ---------------------------------------------------------------- kernels

template <typename T>
Status ReluKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const T* const in = x.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  // Written so that NaN comes through.
  ForEachPiece(x.num_elements(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = in[i] < T{0} ? T{0} : in[i];
  });
  return {};
}

template <typename T>
Status ReluGradKernel(KernelContext& context) {
  const Tensor& gradient = context.input(0);
  const Tensor& result = context.input(1);
  if (!(gradient.shape() == result.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "got gradients {} for {}", Describe(gradient),
                Describe(result));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, gradient.shape()));
  const T* const in = gradient.flat<T>().data();
  const T* const features = result.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  ForEachPiece(gradient.num_elements(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = features[i] > T{0} ? in[i] : T{0};
  });
  return {};
}

template <typename T>
Status BiasAddKernel(KernelContext& context) {
  const Tensor& value = context.input(0);
  const Tensor& bias = context.input(1);
  if (value.rank() < 1 || bias.rank() != 1 ||
      value.shape()[value.rank() - 1] != bias.num_elements()) {
    return Fail(ErrorCode::kInvalidArgument, "cannot add a bias {} to {}", Describe(bias),
                Describe(value));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, value.shape()));
  const int64_t length = bias.num_elements();
  const T* const in = value.flat<T>().data();
  const T* const add = bias.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  if (length == 0) return {};
  ForEachPiece(value.num_elements() / length, length, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin * length; row < end * length; row += length) {
      for (int64_t i = 0; i < length; ++i) out[row + i] = SumReducer::Join(in[row + i], add[i]);
    }
  });
  return {};
}

template <typename T>
Status BiasAddGradKernel(KernelContext& context) {
  const Tensor& gradient = context.input(0);
  if (gradient.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "got {}, want at least a vector", Describe(gradient));
  }
  const int64_t length = gradient.shape()[gradient.rank() - 1];
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {length}));
  const int64_t rows = length == 0 ? 0 : gradient.num_elements() / length;
  FL_ASSIGN_OR_RETURN(const Shape matrix, Shape::From({{rows, length}}));
  Reduce<SumReducer>(gradient.flat<T>().data(), matrix, 1u, output->mutable_flat<T>().data(),
                     length);
  return {};
}

// One row's softmax into `out`, which may be `in`. Returns the logarithm of the sum of exponentials
// of what lies above the maximum, and the maximum.
template <typename T>
struct SoftmaxRow {
  T maximum;
  T log_sum;
};

template <typename T>
SoftmaxRow<T> Softmax(const T* in, int64_t count, T* out) {
  T maximum = in[0];
  for (int64_t i = 1; i < count; ++i) maximum = in[i] > maximum ? in[i] : maximum;
  for (int64_t i = 0; i < count; ++i) out[i] = std::exp(in[i] - maximum);
  const T sum = ReduceRun<SumReducer>(out, count);
  const T scale = T{1} / sum;
  for (int64_t i = 0; i < count; ++i) out[i] *= scale;
  return {maximum, std::log(sum)};
}

template <typename T, bool is_log>
Status SoftmaxKernel(KernelContext& context) {
  const Tensor& logits = context.input(0);
  if (logits.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "got {}, want at least a vector", Describe(logits));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, logits.shape()));
  const int64_t classes = logits.shape()[logits.rank() - 1];
  const T* const in = logits.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (int64_t row = 0; row < logits.num_elements(); row += classes) {
    if constexpr (is_log) {
      T maximum = in[row];
      for (int64_t i = 1; i < classes; ++i) maximum = std::max(maximum, in[row + i]);
      double sum = 0;
      for (int64_t i = 0; i < classes; ++i) sum += double{std::exp(in[row + i] - maximum)};
      const T log_sum = static_cast<T>(std::log(sum));
      for (int64_t i = 0; i < classes; ++i) out[row + i] = in[row + i] - maximum - log_sum;
    } else {
      Softmax(in + row, classes, out + row);
    }
  }
  return {};
}

template <typename T>
Status SparseCrossEntropyOf(KernelContext& context, T weight) {
  const Tensor& logits = context.input(0);
  const Tensor& labels = context.input(1);
  if (logits.rank() != 2 || labels.rank() != 1 || labels.shape()[0] != logits.shape()[0]) {
    return Fail(ErrorCode::kInvalidArgument, "labels {} do not fit logits {}", Describe(labels),
                Describe(logits));
  }
  const int64_t batch = logits.shape()[0];
  const int64_t classes = logits.shape()[1];
  if (classes == 0) {
    return Fail(ErrorCode::kInvalidArgument, "logits {} have no classes", Describe(logits));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const loss, context.AllocateOutput(0, {batch}));
  FL_ASSIGN_OR_RETURN(Tensor* const backprop, context.AllocateOutput(1, logits.shape()));
  const T* const in = logits.flat<T>().data();
  T* const losses = loss->mutable_flat<T>().data();
  T* const gradients = backprop->mutable_flat<T>().data();
  for (int64_t row = 0; row < batch; ++row) {
    const auto i = static_cast<size_t>(row);
    const int64_t label = labels.dtype() == DType::kInt32 ? int64_t{labels.flat<int32_t>()[i]}
                                                          : labels.flat<int64_t>()[i];
    if (label < 0 || label >= classes) {
      return Fail(ErrorCode::kInvalidArgument, "label {} is {}, want 0 to {}", row, label,
                  classes - 1);
    }
    const T* const from = in + row * classes;
    T* const to = gradients + row * classes;
    if constexpr (std::is_same_v<T, float>) {
      losses[row] = SoftmaxCrossEntropy(from, classes, label, weight, to);
    } else {
      const SoftmaxRow<T> softmax = Softmax(from, classes, to);
      losses[row] = softmax.log_sum - (from[label] - softmax.maximum);
      for (int64_t c = 0; c < classes; ++c) to[c] *= weight;
      to[label] -= weight;
    }
  }
  return {};
}

template <typename T>
Status SparseCrossEntropyKernel(KernelContext& context) {
  return SparseCrossEntropyOf<T>(context, T{1});
}

Status InTopKKernel(KernelContext& context) {
  const Tensor& predictions = context.input(0);
  const Tensor& targets = context.input(1);
  int64_t k = 0;
  if (context.num_inputs() == 3) {
    const Tensor& value = context.input(2);
    if (value.num_elements() != 1) return Fail(ErrorCode::kInvalidArgument, "k must be one number");
    k = value.dtype() == DType::kInt32 ? int64_t{value.scalar<int32_t>()} : value.scalar<int64_t>();
  } else {
    k = context.node().attr<int64_t>("k");
  }
  if (predictions.rank() != 2 || targets.rank() != 1 ||
      targets.shape()[0] != predictions.shape()[0]) {
    return Fail(ErrorCode::kInvalidArgument, "targets {} do not fit predictions {}",
                Describe(targets), Describe(predictions));
  }
  const int64_t classes = predictions.shape()[1];
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, targets.shape()));
  const auto out = output->mutable_flat<bool>();
  const float* row = predictions.flat<float>().data();
  for (size_t i = 0; i < out.size(); ++i, row += classes) {
    const int64_t target = targets.dtype() == DType::kInt32 ? int64_t{targets.flat<int32_t>()[i]}
                                                            : targets.flat<int64_t>()[i];
    out[i] = false;
    if (target < 0 || target >= classes) continue;
    int64_t num_above = 0;
    bool is_finite = true;
    for (int64_t c = 0; c < classes; ++c) {
      is_finite = is_finite && std::isfinite(row[c]);
      num_above += row[c] > row[target] ? 1 : 0;
    }
    out[i] = is_finite && num_above < k;
  }
  return {};
}

template <typename T>
Status L2LossKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {}));
  double sum = 0;
  for (const T value : context.input(0).flat<T>()) sum += double{value} * double{value};
  output->mutable_flat<T>()[0] = static_cast<T>(sum / 2);
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> ReluGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  return {OpCall(graph, "ReluGrad", "")
              .Input(g[0], "gradients")
              .Input(Output(&node), "features")
              .Done()};
}

std::vector<Output> ReluGradGradient(GraphBuilder& graph, const Node& node,
                                     std::span<const Output> g) {
  return {OpCall(graph, "ReluGrad", "")
              .Input(g[0], "gradients")
              .Input(node.input(1), "features")
              .Done(),
          ZerosLike(graph, node.input(1))};
}

std::vector<Output> BiasAddGradient(GraphBuilder& graph, const Node&, std::span<const Output> g) {
  return {g[0], OpCall(graph, "BiasAddGrad", "").Input(g[0], "out_backprop").Done()};
}

std::vector<Output> SoftmaxGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  const Output softmax(&node);
  const Output weighted = SumAlong(graph, Mul(graph, g[0], softmax, "mul"), -1, true);
  return {Mul(graph, Sub(graph, g[0], weighted), softmax, "mul")};
}

std::vector<Output> LogSoftmaxGradient(GraphBuilder& graph, const Node& node,
                                       std::span<const Output> g) {
  const Output softmax = Exp(graph, Output(&node));
  const Output sum = SumAlong(graph, g[0], -1, true);
  return {Sub(graph, g[0], Mul(graph, sum, softmax, "mul"))};
}

std::vector<Output> SparseCrossEntropyGradient(GraphBuilder& graph, const Node& node,
                                               std::span<const Output> g) {
  // Output 1 is the gradient for an incoming 1. (Its own gradient, of second order, is taken as 0.)
  return {Mul(graph, ExpandDims(graph, g[0], -1), Output(&node, 1), "mul"), {}};
}

std::vector<Output> L2LossGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  return {Mul(graph, node.input(0), g[0], "mul")};
}

constexpr OpSpec kOps[] = {
    {.name = "L2Loss",
     .signature = "t: T -> output: T",
     .attrs = "T: floating",
     .infer = ScalarOutputs,
     .gradient = L2LossGradient},
    {.name = "Relu",
     .signature = "features: T -> activations: T",
     .attrs = "T: realnumber",
     .infer = SameShapeAsFirstInput,
     .gradient = ReluGradient,
     .is_elementwise = true},
    {.name = "ReluGrad",
     .signature = "gradients: T, features: T -> backprops: T",
     .attrs = "T: realnumber",
     .infer = BroadcastOfTwoInputs,
     .gradient = ReluGradGradient,
     .is_elementwise = true},
    {.name = "BiasAdd",
     .signature = "value: T, bias: T -> output: T",
     .attrs = "T: number, data_format: string = \"NHWC\"",
     .infer = BiasAddShape,
     .gradient = BiasAddGradient},
    {.name = "BiasAddGrad",
     .signature = "out_backprop: T -> output: T",
     .attrs = "T: number, data_format: string = \"NHWC\"",
     .infer = BiasAddGradShape},
    {.name = "Softmax",
     .signature = "logits: T -> softmax: T",
     .attrs = "T: floating",
     .infer = SameShapeAsFirstInput,
     .gradient = SoftmaxGradient},
    {.name = "LogSoftmax",
     .signature = "logits: T -> logsoftmax: T",
     .attrs = "T: floating",
     .infer = SameShapeAsFirstInput,
     .gradient = LogSoftmaxGradient},
    {.name = "SparseSoftmaxCrossEntropyWithLogits",
     .signature = "features: T, labels: Tlabels -> loss: T, backprop: T",
     .attrs = "T: floating, Tlabels: index = int64",
     .infer = SparseCrossEntropyShape,
     .gradient = SparseCrossEntropyGradient},
    {.name = "InTopK",
     .signature = "predictions: float32, targets: T -> precision: bool",
     .attrs = "k: int, T: index = int32",
     .infer = InTopKShape,
     .has_no_gradient = true},
    {.name = "InTopKV2",
     .signature = "predictions: float32, targets: T, k: T -> precision: bool",
     .attrs = "T: index = int32",
     .infer = InTopKShape,
     .has_no_gradient = true},
};

#define FL_FLOATS(op_name, kernel)                                 \
  {op_name, DType::kFloat32, MakeFunctionKernel<kernel<float>>}, { \
    op_name, DType::kFloat64, MakeFunctionKernel<kernel<double>>   \
  }

#define FL_RELU(T) ReluKernel<T>
#define FL_RELU_GRAD(T) ReluGradKernel<T>
#define FL_BIAS_ADD(T) BiasAddKernel<T>
#define FL_BIAS_ADD_GRAD(T) BiasAddGradKernel<T>

constexpr KernelDef kKernels[] = {
    FL_FLOATS("L2Loss", L2LossKernel),
    FL_REALS("Relu", FL_RELU),
    FL_REALS("ReluGrad", FL_RELU_GRAD),
    FL_REALS("BiasAdd", FL_BIAS_ADD),
    FL_REALS("BiasAddGrad", FL_BIAS_ADD_GRAD),
    {"Softmax", DType::kFloat32, MakeFunctionKernel<SoftmaxKernel<float, false>>},
    {"Softmax", DType::kFloat64, MakeFunctionKernel<SoftmaxKernel<double, false>>},
    {"LogSoftmax", DType::kFloat32, MakeFunctionKernel<SoftmaxKernel<float, true>>},
    {"LogSoftmax", DType::kFloat64, MakeFunctionKernel<SoftmaxKernel<double, true>>},
    FL_FLOATS("SparseSoftmaxCrossEntropyWithLogits", SparseCrossEntropyKernel),
    {"InTopK", DType::kInvalid, MakeFunctionKernel<InTopKKernel>},
    {"InTopKV2", DType::kInvalid, MakeFunctionKernel<InTopKKernel>},
};

}  // namespace

Output L2Loss(GraphBuilder& graph, const Operand& value, std::string_view name) {
  return OpCall(graph, "L2Loss", name).Input(value, "t").Done();
}

Output Relu(GraphBuilder& graph, const Operand& x, std::string_view name) {
  return OpCall(graph, "Relu", name).Input(x, "features").Done();
}

Output BiasAdd(GraphBuilder& graph, const Operand& value, const Operand& bias,
               std::string_view name) {
  return OpCall(graph, "BiasAdd", name).Input(value, "value").Input(bias, "bias").Done();
}

Output Softmax(GraphBuilder& graph, const Operand& logits, std::string_view name) {
  return OpCall(graph, "Softmax", name).Input(logits, "logits").Done();
}

Output LogSoftmax(GraphBuilder& graph, const Operand& logits, std::string_view name) {
  return OpCall(graph, "LogSoftmax", name).Input(logits, "logits").Done();
}

Output SparseSoftmaxCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                           const Operand& logits, std::string_view name) {
  constexpr std::string_view kOp = "SparseSoftmaxCrossEntropyWithLogits";
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name.empty() ? kOp : name);
  const Output label_output = labels.ToOutput(graph, "labels");
  const Output logit_output = logits.ToOutput(graph, "logits");
  if (!graph.ok()) return {};
  ShapeOf(graph, label_output);
  return OpCall(graph, kOp, name)
      .Input(logit_output, "features")
      .Input(label_output, "labels")
      .Done();
}

Output InTopK(GraphBuilder& graph, const Operand& predictions, const Operand& targets, int32_t k,
              std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name.empty() ? "in_top_k" : name);
  return OpCall(graph, "InTopKV2", name)
      .Input(predictions, "predictions")
      .Input(targets, "targets")
      .Input(k, "k", targets.dtype())
      .Done();
}

Status SparseCrossEntropy(KernelContext& context, float weight) {
  return SparseCrossEntropyOf<float>(context, weight);
}

std::span<const OpSpec> NnOps() { return kOps; }
std::span<const KernelDef> NnKernels() { return kKernels; }

}  // namespace fanlight
