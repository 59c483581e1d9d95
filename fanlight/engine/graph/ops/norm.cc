#include "fanlight/engine/graph/ops/norm.h"

#include <algorithm>
#include <cmath>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status CheckFormat(const Node& node) {
  const auto& format = node.attr<std::string>("data_format");
  if (format == "NHWC") return {};
  return Fail(ErrorCode::kUnimplemented, "data_format {}, want NHWC", format);
}

// What is known of the channels, from x and the vectors at inputs `first` and after.
Result<PartialShape> Channels(const InferenceContext& context, int first, int past) {
  const PartialShape& x = context.input(0);
  PartialShape channels = x.has_rank() ? PartialShape{x[3]} : PartialShape::UnknownOfRank(1);
  for (int i = first; i < past; ++i) {
    FL_ASSIGN_OR_RETURN(channels, Merge(channels, context.input(i)));
  }
  return channels;
}

Status FusedBatchNormShape(InferenceContext& context) {
  FL_TRY(CheckFormat(context.node()));
  FL_TRY(context.WantRank(0, 4, "argument \"x\""));
  for (int i = 1; i < 5; ++i) FL_TRY(context.WantRank(i, 1, "a vector of the channels"));
  const bool is_training = context.node().attr<bool>("is_training");
  FL_ASSIGN_OR_RETURN(const PartialShape channels, Channels(context, 1, is_training ? 3 : 5));
  FL_ASSIGN_OR_RETURN(const PartialShape x,
                      Merge(context.input(0), PartialShape::UnknownOfRank(4)));
  context.set_output(0, x);
  for (int i = 1; i < 5; ++i) context.set_output(i, channels);
  return {};
}

// Inputs: dy, x, scale, mean, variance.
Status FusedBatchNormGradShape(InferenceContext& context) {
  FL_TRY(CheckFormat(context.node()));
  FL_TRY(context.WantRank(0, 4, "argument \"y_backprop\""));
  FL_ASSIGN_OR_RETURN(const PartialShape x, Merge(context.input(0), context.input(1)));
  FL_ASSIGN_OR_RETURN(const PartialShape channels, Channels(context, 2, 3));
  context.set_output(0, x);
  context.set_output(1, channels);
  context.set_output(2, channels);
  context.set_output(3, PartialShape{0});
  context.set_output(4, PartialShape{0});
  return {};
}

// ---------------------------------------------------------------- kernels

Status CheckSizes(const Tensor& x, std::initializer_list<const Tensor*> vectors) {
  if (x.rank() != 4) return Fail(ErrorCode::kInvalidArgument, "x is {}, want rank 4", Describe(x));
  for (const Tensor* vector : vectors) {
    if (vector->rank() != 1 || vector->num_elements() != x.shape()[3]) {
      return Fail(ErrorCode::kInvalidArgument, "got {} for the channels of {}", Describe(*vector),
                  Describe(x));
    }
  }
  return {};
}

// Calls row(pointer offset) for each pixel.
template <typename Row>
void ForEachPixel(int64_t num_elements, int64_t channels, Row row) {
  for (int64_t at = 0; channels != 0 && at < num_elements; at += channels) row(at);
}

struct BatchMoments {
  std::vector<double> mean;
  std::vector<double> variance;  // Divided by the number of elements.
};

BatchMoments MomentsOfChannels(const float* x, int64_t num_elements, int64_t channels) {
  BatchMoments moments;
  const auto count = static_cast<double>(channels == 0 ? 0 : num_elements / channels);
  moments.mean.assign(static_cast<size_t>(channels), 0.0);
  moments.variance.assign(static_cast<size_t>(channels), 0.0);
  double* const mean = moments.mean.data();
  double* const variance = moments.variance.data();
  ForEachPixel(num_elements, channels, [&](int64_t at) {
    for (int64_t c = 0; c < channels; ++c) mean[c] += double{x[at + c]};
  });
  for (int64_t c = 0; c < channels; ++c) mean[c] /= count;
  ForEachPixel(num_elements, channels, [&](int64_t at) {
    for (int64_t c = 0; c < channels; ++c) {
      const double off = double{x[at + c]} - mean[c];
      variance[c] += off * off;
    }
  });
  for (int64_t c = 0; c < channels; ++c) variance[c] /= count;
  return moments;
}

Status FusedBatchNormKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& scale = context.input(1);
  const Tensor& offset = context.input(2);
  const Tensor& given_mean = context.input(3);
  const Tensor& given_variance = context.input(4);
  const bool is_training = context.node().attr<bool>("is_training");
  const double epsilon = double{context.node().attr<float>("epsilon")};
  const double factor = double{context.node().attr<float>("exponential_avg_factor")};
  FL_TRY(CheckSizes(x, {&scale, &offset}));
  const bool uses_given = !is_training || factor != 1;
  if (uses_given) FL_TRY(CheckSizes(x, {&given_mean, &given_variance}));
  const int64_t channels = x.shape()[3];
  float* out[5];
  for (int i = 0; i < 5; ++i) {
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(i, i == 0 ? x.shape() : Shape{channels}));
    out[i] = output->mutable_flat<float>().data();
  }
  const float* const in = x.flat<float>().data();
  BatchMoments moments;
  if (is_training) {
    moments = MomentsOfChannels(in, x.num_elements(), channels);
  } else {
    const auto mean = given_mean.flat<float>();
    const auto variance = given_variance.flat<float>();
    moments.mean.assign(mean.begin(), mean.end());
    moments.variance.assign(variance.begin(), variance.end());
  }
  std::vector<float> factors(static_cast<size_t>(channels));
  std::vector<float> shifts(static_cast<size_t>(channels));
  const auto count = static_cast<double>(channels == 0 ? 0 : x.num_elements() / channels);
  // The estimate for other batches; of one element there is none, and 1 stands for the divisor.
  const double correction = is_training ? count / std::max(count - 1, 1.0) : 1;
  for (int64_t c = 0; c < channels; ++c) {
    const auto k = static_cast<size_t>(c);
    const double mean = moments.mean[k];
    const double variance = moments.variance[k];
    const double inverse = double{scale.flat<float>()[k]} / std::sqrt(variance + epsilon);
    factors[k] = static_cast<float>(inverse);
    shifts[k] = static_cast<float>(double{offset.flat<float>()[k]} - mean * inverse);
    double kept_mean = mean;
    double kept_variance = variance * correction;
    if (is_training && uses_given) {
      kept_mean = (1 - factor) * double{given_mean.flat<float>()[k]} + factor * mean;
      kept_variance =
          (1 - factor) * double{given_variance.flat<float>()[k]} + factor * kept_variance;
    }
    out[1][c] = static_cast<float>(kept_mean);
    out[2][c] = static_cast<float>(kept_variance);
    out[3][c] = static_cast<float>(mean);
    out[4][c] = static_cast<float>(variance);
  }
  const float* const multiply = factors.data();
  const float* const add = shifts.data();
  ForEachPixel(x.num_elements(), channels, [&](int64_t at) {
    for (int64_t c = 0; c < channels; ++c) out[0][at + c] = in[at + c] * multiply[c] + add[c];
  });
  if (context.node().num_outputs() == 6) FL_TRY(context.AllocateOutput(5, {0}));
  return {};
}

Status FusedBatchNormGradKernel(KernelContext& context) {
  const Tensor& dy = context.input(0);
  const Tensor& x = context.input(1);
  const Tensor& scale = context.input(2);
  const Tensor& mean = context.input(3);
  const Tensor& variance = context.input(4);
  const bool is_training = context.node().attr<bool>("is_training");
  const double epsilon = double{context.node().attr<float>("epsilon")};
  FL_TRY(CheckSizes(x, {&scale, &mean, &variance}));
  if (!(dy.shape() == x.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "got the gradient {} for {}", Describe(dy),
                Describe(x));
  }
  const int64_t channels = x.shape()[3];
  const auto size = static_cast<size_t>(channels);
  FL_ASSIGN_OR_RETURN(Tensor* const of_x, context.AllocateOutput(0, x.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const of_scale, context.AllocateOutput(1, {channels}));
  FL_ASSIGN_OR_RETURN(Tensor* const of_offset, context.AllocateOutput(2, {channels}));
  FL_TRY(context.AllocateOutput(3, {0}));
  FL_TRY(context.AllocateOutput(4, {0}));
  const float* const incoming = dy.flat<float>().data();
  const float* const in = x.flat<float>().data();
  const float* const center = mean.flat<float>().data();
  std::vector<double> sums(size, 0.0);
  std::vector<double> products(size, 0.0);
  double* const sum = sums.data();
  double* const product = products.data();
  ForEachPixel(x.num_elements(), channels, [&](int64_t at) {
    for (int64_t c = 0; c < channels; ++c) {
      sum[c] += double{incoming[at + c]};
      product[c] += double{incoming[at + c]} * (double{in[at + c]} - double{center[c]});
    }
  });
  const auto count = static_cast<double>(channels == 0 ? 0 : x.num_elements() / channels);
  // dx = factor · (dy − less − (x − mean) · slope).
  std::vector<float> factors(size);
  std::vector<float> lesses(size);
  std::vector<float> slopes(size);
  for (size_t c = 0; c < size; ++c) {
    const double inverse = 1 / std::sqrt(double{variance.flat<float>()[c]} + epsilon);
    of_scale->mutable_flat<float>()[c] = static_cast<float>(product[c] * inverse);
    of_offset->mutable_flat<float>()[c] = static_cast<float>(sum[c]);
    factors[c] = static_cast<float>(inverse * double{scale.flat<float>()[c]});
    lesses[c] = is_training ? static_cast<float>(sum[c] / count) : 0;
    slopes[c] = is_training ? static_cast<float>(product[c] * inverse * inverse / count) : 0;
  }
  float* const out = of_x->mutable_flat<float>().data();
  ForEachPixel(x.num_elements(), channels, [&](int64_t at) {
    for (int64_t c = 0; c < channels; ++c) {
      const auto k = static_cast<size_t>(c);
      out[at + c] =
          factors[k] * (incoming[at + c] - lesses[k] - (in[at + c] - center[c]) * slopes[k]);
    }
  });
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> FusedBatchNormGradient(GraphBuilder& graph, const Node& node,
                                           std::span<const Output> g) {
  const bool is_training = node.attr<bool>("is_training");
  const bool is_v3 = node.type() == "FusedBatchNormV3";
  std::string op = "FusedBatchNormGrad";
  if (node.type() != "FusedBatchNorm") op += node.type().substr(node.type().size() - 2);
  OpCall call(graph, op, "");
  call.Input(g[0], "y_backprop")
      .Input(node.input(0), "x")
      .Input(node.input(1), "scale")
      .Input(is_training ? Output(&node, 3) : node.input(3), "reserve_space_1")
      .Input(is_training ? Output(&node, 4) : node.input(4), "reserve_space_2");
  if (is_v3) call.Input(Output(&node, 5), "reserve_space_3");
  const Node* gradient = call.Attr("epsilon", node.attr<float>("epsilon"))
                             .Attr("data_format", node.attr<std::string>("data_format"))
                             .Attr("is_training", is_training)
                             .Done();
  if (gradient == nullptr) return std::vector<Output>(5);
  return {{gradient, 0}, {gradient, 1}, {gradient, 2}, {}, {}};
}

#define FL_NORM_ATTRS \
  "epsilon: float = 0.0001, data_format: string = \"NHWC\", is_training: bool = true"
#define FL_AVERAGE ", exponential_avg_factor: float = 1"

constexpr OpSpec kOps[] = {
    {.name = "FusedBatchNorm",
     .signature = "x: T, scale: T, offset: T, mean: T, variance: T -> y: T, batch_mean: T, "
                  "batch_variance: T, reserve_space_1: T, reserve_space_2: T",
     .attrs = "T: {float32}, " FL_NORM_ATTRS FL_AVERAGE,
     .infer = FusedBatchNormShape,
     .gradient = FusedBatchNormGradient},
    {.name = "FusedBatchNormV2",
     .signature = "x: T, scale: U, offset: U, mean: U, variance: U -> y: T, batch_mean: U, "
                  "batch_variance: U, reserve_space_1: U, reserve_space_2: U",
     .attrs = "T: {float16|bfloat16|float32}, U: {float32}, " FL_NORM_ATTRS FL_AVERAGE,
     .infer = FusedBatchNormShape,
     .gradient = FusedBatchNormGradient},
    {.name = "FusedBatchNormV3",
     .signature = "x: T, scale: U, offset: U, mean: U, variance: U -> y: T, batch_mean: U, "
                  "batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U",
     .attrs = "T: {float16|bfloat16|float32}, U: {float32}, " FL_NORM_ATTRS FL_AVERAGE,
     .infer = FusedBatchNormShape,
     .gradient = FusedBatchNormGradient},
    {.name = "FusedBatchNormGrad",
     .signature = "y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T -> "
                  "x_backprop: T, scale_backprop: T, offset_backprop: T, reserve_space_3: T, "
                  "reserve_space_4: T",
     .attrs = "T: {float32}, " FL_NORM_ATTRS,
     .infer = FusedBatchNormGradShape},
    {.name = "FusedBatchNormGradV2",
     .signature = "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U -> "
                  "x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_3: U, "
                  "reserve_space_4: U",
     .attrs = "T: {float16|bfloat16|float32}, U: {float32}, " FL_NORM_ATTRS,
     .infer = FusedBatchNormGradShape},
    {.name = "FusedBatchNormGradV3",
     .signature = "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U, "
                  "reserve_space_3: U -> x_backprop: T, scale_backprop: U, offset_backprop: U, "
                  "reserve_space_4: U, reserve_space_5: U",
     .attrs = "T: {float16|bfloat16|float32}, U: {float32}, " FL_NORM_ATTRS,
     .infer = FusedBatchNormGradShape},
};
#undef FL_NORM_ATTRS
#undef FL_AVERAGE

constexpr KernelDef kKernels[] = {
    {"FusedBatchNorm", DType::kFloat32, MakeFunctionKernel<FusedBatchNormKernel>},
    {"FusedBatchNormV2", DType::kFloat32, MakeFunctionKernel<FusedBatchNormKernel>},
    {"FusedBatchNormV3", DType::kFloat32, MakeFunctionKernel<FusedBatchNormKernel>},
    {"FusedBatchNormGrad", DType::kFloat32, MakeFunctionKernel<FusedBatchNormGradKernel>},
    {"FusedBatchNormGradV2", DType::kFloat32, MakeFunctionKernel<FusedBatchNormGradKernel>},
    {"FusedBatchNormGradV3", DType::kFloat32, MakeFunctionKernel<FusedBatchNormGradKernel>},
};

}  // namespace

Moments MomentsOf(GraphBuilder& graph, const Operand& value, const std::vector<int32_t>& axes,
                  bool keep_dims, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "x");
  Moments moments;
  moments.mean = ReduceMean(graph, input, {.axes = axes, .keep_dims = true}, "mean");
  const Output squares =
      SquaredDifference(graph, input, StopGradient(graph, moments.mean, "StopGradient"));
  moments.variance = ReduceMean(graph, squares, {.axes = axes, .keep_dims = true}, "variance");
  if (!keep_dims) {
    const std::vector<int64_t> dims(axes.begin(), axes.end());
    moments.mean = Squeeze(graph, moments.mean, dims, "Squeeze");
    moments.variance = Squeeze(graph, moments.variance, dims, "Squeeze");
  }
  return moments;
}

Output BatchNormalization(GraphBuilder& graph, const Operand& x, const Operand& mean,
                          const Operand& variance, const Operand& offset, const Operand& scale,
                          float epsilon, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  Output inverse = Rsqrt(graph, Add(graph, variance, epsilon, "add"));
  if (scale.is_valid()) inverse = Mul(graph, inverse, scale, "mul");
  const Output scaled = Mul(graph, x, inverse, "mul");
  const Output center = Mul(graph, mean, inverse, "mul");
  const Output shift = offset.is_valid() ? Sub(graph, offset, center, "sub") : Neg(graph, center);
  return Add(graph, scaled, shift, "add");
}

FusedBatchNorm FusedBatchNormOf(GraphBuilder& graph, const Operand& x, const Operand& scale,
                                const Operand& offset, const Operand& mean, const Operand& variance,
                                const FusedBatchNormOptions& options, std::string_view name) {
  const Operand none(Tensor(DType::kFloat32, {0}));
  const Node* node = OpCall(graph, "FusedBatchNormV3", name)
                         .Input(x, "x")
                         .Input(scale, "scale")
                         .Input(offset, "offset")
                         .Input(mean.is_valid() ? mean : none, "Const")
                         .Input(variance.is_valid() ? variance : none, "Const")
                         .Attr("epsilon", options.epsilon)
                         .Attr("is_training", options.is_training)
                         .Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}, {node, 2}};
}

Output LayerNormalization(GraphBuilder& graph, const Operand& x, const Operand& gamma,
                          const Operand& beta, float epsilon, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = x.ToOutput(graph, "x");
  const Moments moments = MomentsOf(graph, input, {-1}, /*keep_dims=*/true);
  return BatchNormalization(graph, input, moments.mean, moments.variance, beta, gamma, epsilon);
}

Output L2Normalize(GraphBuilder& graph, const Operand& value, int32_t axis, float epsilon,
                   std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "x");
  const Output sum = ReduceSum(graph, Square(graph, input),
                               {.axes = std::vector<int32_t>{axis}, .keep_dims = true});
  const Output inverse = Rsqrt(graph, Maximum(graph, sum, epsilon));
  return Mul(graph, input, inverse, graph.name_scope() + "/");
}

std::span<const OpSpec> NormOps() { return kOps; }
std::span<const KernelDef> NormKernels() { return kKernels; }

}  // namespace fanlight
