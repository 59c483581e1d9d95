#include "fanlight/engine/graph/ops/loss.h"

#include <cmath>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

Status CrossEntropyShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(PartialShape shape, Broadcast(context.input(0), context.input(1)));
  FL_ASSIGN_OR_RETURN(shape, Merge(shape, PartialShape::UnknownOfRank(2)));
  context.set_output(0, PartialShape{shape[0]});
  context.set_output(1, shape);
  return {};
}

template <typename T>
Status CrossEntropyKernel(KernelContext& context) {
  const Tensor& logits = context.input(0);
  const Tensor& labels = context.input(1);
  FL_ASSIGN_OR_RETURN(const Shape shape, Broadcast(logits.shape(), labels.shape()));
  if (shape.rank() != 2) {
    return Fail(ErrorCode::kInvalidArgument, "labels {} and logits {} must be matrices",
                Describe(labels), Describe(logits));
  }
  const int64_t classes = shape[1];
  FL_ASSIGN_OR_RETURN(Tensor* const loss, context.AllocateOutput(0, {shape[0]}));
  FL_ASSIGN_OR_RETURN(Tensor* const backprop, context.AllocateOutput(1, shape));
  const auto step = [&](const Tensor& tensor, int dim, int64_t stride) {
    const int at = tensor.rank() - 2 + dim;
    return at < 0 || tensor.shape()[at] == 1 ? int64_t{0} : stride;
  };
  const int64_t logit_row =
      step(logits, 0, logits.rank() < 1 ? 0 : logits.shape()[logits.rank() - 1]);
  const int64_t label_row =
      step(labels, 0, labels.rank() < 1 ? 0 : labels.shape()[labels.rank() - 1]);
  const int64_t logit_step = step(logits, 1, 1);
  const int64_t label_step = step(labels, 1, 1);
  const T* in = logits.flat<T>().data();
  const T* wanted = labels.flat<T>().data();
  T* out = backprop->mutable_flat<T>().data();
  for (T& value : loss->mutable_flat<T>()) {
    T maximum = classes == 0 ? T{0} : in[0];
    for (int64_t c = 1; c < classes; ++c) maximum = std::max(maximum, in[c * logit_step]);
    double sum = 0;
    for (int64_t c = 0; c < classes; ++c) sum += double{std::exp(in[c * logit_step] - maximum)};
    const T log_sum = static_cast<T>(std::log(sum));
    value = 0;
    for (int64_t c = 0; c < classes; ++c) {
      const T log_softmax = in[c * logit_step] - maximum - log_sum;
      const T label = wanted[c * label_step];
      value -= label * log_softmax;
      out[c] = std::exp(log_softmax) - label;
    }
    in += logit_row;
    wanted += label_row;
    out += classes;
  }
  return {};
}

std::vector<Output> CrossEntropyGradient(GraphBuilder& graph, const Node& node,
                                         std::span<const Output> g) {
  const Output column = ExpandDims(graph, g[0], -1);
  const Output of_logits = Mul(graph, column, Output(&node, 1), "mul");
  const Output log_softmax = LogSoftmax(graph, node.input(0));
  const Output of_labels = Mul(graph, ExpandDims(graph, g[0], -1), Neg(graph, log_softmax), "mul");
  return {of_logits, of_labels};
}

constexpr OpSpec kOps[] = {
    {.name = "SoftmaxCrossEntropyWithLogits",
     .signature = "features: T, labels: T -> loss: T, backprop: T",
     .attrs = "T: floating",
     .infer = CrossEntropyShape,
     .gradient = CrossEntropyGradient},
};

constexpr KernelDef kKernels[] = {
    {"SoftmaxCrossEntropyWithLogits", DType::kFloat32,
     MakeFunctionKernel<CrossEntropyKernel<float>>},
    {"SoftmaxCrossEntropyWithLogits", DType::kFloat64,
     MakeFunctionKernel<CrossEntropyKernel<double>>},
};

}  // namespace

Output SoftmaxCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                     const Operand& logits, bool stops_labels,
                                     std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(!name.empty()  ? name
                                     : stops_labels ? "softmax_cross_entropy_with_logits_sg"
                                                    : "softmax_cross_entropy_with_logits");
  const Output scores = logits.ToOutput(graph, "logits");
  Output targets = labels.ToOutput(graph, "labels");
  if (stops_labels) targets = StopGradient(graph, targets, "labels_stop_gradient");
  if (!graph.ok()) return {};
  const PartialShape& shape = scores.shape();
  if (shape.rank() == 0) {
    graph.KeepError(
        {ErrorCode::kInvalidArgument,
         fmt::format("logits {} have shape [], want a rank of at least 1", scores.name())});
    return {};
  }
  const auto call = [&](const Output& features, const Output& wanted) {
    return OpCall(graph, "SoftmaxCrossEntropyWithLogits", graph.name_scope() + "/")
        .Input(features, "features")
        .Input(wanted, "labels")
        .Done();
  };
  if (shape.rank() == 2) return call(scores, targets);
  // All dimensions but the last one are examples.
  const Output dims = ShapeOf(graph, scores);
  const Output last = shape.has_rank() ? Operand({shape.rank() - 1}).ToOutput(graph, "last")
                                       : Reshape(graph, Sub(graph, Rank(graph, scores), 1), {1});
  const Output rows =
      Concat(graph, {Operand({-1}).ToOutput(graph, "rows"), Slice(graph, dims, last, {1})}, 0);
  const Output loss = call(Reshape(graph, scores, rows), Reshape(graph, targets, rows));
  return Reshape(graph, loss, Slice(graph, dims, {0}, last));
}

Output SigmoidCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                     const Operand& logits, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output x = logits.ToOutput(graph, "logits");
  const Output z = labels.ToOutput(graph, "labels");
  const Output zeros = ZerosLike(graph, x);
  const Output is_positive = GreaterEqual(graph, x, zeros);
  const Output rectified = Select(graph, is_positive, x, zeros);
  const Output negative_abs = Select(graph, is_positive, Neg(graph, x), x);
  const Output linear = Sub(graph, rectified, Mul(graph, x, z, "mul"), "sub");
  return Add(graph, linear, Log1p(graph, Exp(graph, negative_abs)), graph.name_scope() + "/");
}

Output WeightedCrossEntropyWithLogits(GraphBuilder& graph, const Operand& labels,
                                      const Operand& logits, const Operand& positive_weight,
                                      std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output x = logits.ToOutput(graph, "logits");
  const Output z = labels.ToOutput(graph, "labels");
  if (!z.is_valid()) return {};
  const Output positive = positive_weight.ToOutput(
      graph, "pos_weight", positive_weight.is_output() ? DType::kInvalid : z.dtype());
  const Output weight = Add(graph, 1, Mul(graph, Sub(graph, positive, 1, "sub"), z, "mul"), "add");
  const Output linear = Mul(graph, Sub(graph, 1, z, "sub"), x, "mul");
  const Output soft = Add(graph, Log1p(graph, Exp(graph, Neg(graph, Abs(graph, x)))),
                          Relu(graph, Neg(graph, x)), "add");
  return Add(graph, linear, Mul(graph, weight, soft, "mul"), graph.name_scope() + "/");
}

std::span<const OpSpec> LossOps() { return kOps; }
std::span<const KernelDef> LossKernels() { return kKernels; }

}  // namespace fanlight
