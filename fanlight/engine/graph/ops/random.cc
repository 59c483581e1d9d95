#include "fanlight/engine/graph/ops/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/math.h"

namespace fanlight {
namespace {

Status RandomShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  context.set_output(0, shape);
  return {};
}

// A word's low bits become the fraction of a number in [1, 2).
float UniformFloat(uint32_t word) {
  return std::bit_cast<float>((word & 0x7fffffu) | 0x3f800000u) - 1.0f;
}

// How many values of a type a block gives, and how they come from its words.
template <typename T>
struct Draw;

template <>
struct Draw<float> {
  static constexpr int kPerBlock = 4;
  static void Uniform(const Philox::Block& words, float* out) {
    for (size_t i = 0; i < 4; ++i) out[i] = UniformFloat(words[i]);
  }
  // Two normal numbers from two words.
  static void Normals(uint32_t a, uint32_t b, float* out) {
    const float radius = std::sqrt(-2.0f * std::log(std::max(UniformFloat(a), 1e-7f)));
    const float angle = 2.0f * std::numbers::pi_v<float> * UniformFloat(b);
    out[0] = radius * std::sin(angle);
    out[1] = radius * std::cos(angle);
  }
  static void Normal(const Philox::Block& words, float* out) {
    Normals(words[0], words[1], out);
    Normals(words[2], words[3], out + 2);
  }
};

template <>
struct Draw<double> {
  static constexpr int kPerBlock = 2;
  static void Uniform(const Philox::Block& words, double* out) {
    out[0] = UniformDouble(words[0], words[1]);
    out[1] = UniformDouble(words[2], words[3]);
  }
  static void Normal(const Philox::Block& words, double* out) {
    const double radius =
        std::sqrt(-2.0 * std::log(std::max(UniformDouble(words[0], words[1]), 1e-7)));
    const double angle = 2.0 * std::numbers::pi * UniformDouble(words[2], words[3]);
    out[0] = radius * std::sin(angle);
    out[1] = radius * std::cos(angle);
  }
};

// Fills the output block by block: `draw(words, values)` makes as many values as a block gives.
template <typename T, int kPerBlock, typename DrawBlock>
Status FillByBlocks(KernelContext& context, DrawBlock draw) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const Philox& philox = context.random().philox();
  uint64_t block = context.random().Reserve(shape.num_elements());
  const std::span<T> out = output->mutable_flat<T>();
  size_t i = 0;
  for (; i + kPerBlock <= out.size(); i += kPerBlock) draw(philox(block++), &out[i]);
  if (i < out.size()) {
    T rest[kPerBlock];
    draw(philox(block), rest);
    for (int k = 0; i < out.size(); ++i, ++k) out[i] = rest[k];
  }
  return {};
}

template <typename T>
Status UniformKernel(KernelContext& context) {
  return FillByBlocks<T, Draw<T>::kPerBlock>(context, Draw<T>::Uniform);
}

template <typename T>
Status NormalKernel(KernelContext& context) {
  return FillByBlocks<T, Draw<T>::kPerBlock>(context, Draw<T>::Normal);
}

template <typename T>
Status UniformIntKernel(KernelContext& context) {
  using U = std::make_unsigned_t<T>;
  const T low = context.input(1).scalar<T>();
  const T high = context.input(2).scalar<T>();
  if (low >= high) {
    return Fail(ErrorCode::kInvalidArgument, "a range of random integers is empty: [{}, {})", low,
                high);
  }
  const U range = static_cast<U>(high) - static_cast<U>(low);
  constexpr int kPerBlock = sizeof(T) == 4 ? 4 : 2;
  return FillByBlocks<T, kPerBlock>(context, [&](const Philox::Block& words, T* out) {
    for (size_t i = 0; i < kPerBlock; ++i) {
      const uint64_t word =
          kPerBlock == 4 ? words[i] : words[2 * i] | uint64_t{words[2 * i + 1]} << 32;
      out[i] = static_cast<T>(static_cast<U>(low) + static_cast<U>(word) % range);
    }
  });
}

// Normal numbers within two standard deviations. Each group of as many outputs as a block gives has
// blocks of its own to draw from, as far apart as 256 words per output.
template <typename T>
Status TruncatedNormalKernel(KernelContext& context) {
  constexpr int kGroup = Draw<T>::kPerBlock;
  constexpr uint64_t kBlocksPerGroup = kGroup * 64;
  constexpr T kLimit = T{2};
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(0)));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const Philox& philox = context.random().philox();
  uint64_t first = context.random().Reserve(shape.num_elements());
  const std::span<T> out = output->mutable_flat<T>();
  for (size_t i = 0; i < out.size(); i += kGroup, first += kBlocksPerGroup) {
    const size_t end = std::min(out.size(), i + kGroup);
    size_t at = i;
    for (uint64_t block = first; at < end; ++block) {
      T values[kGroup];
      Draw<T>::Normal(philox(block), values);
      for (const T value : values) {
        if (at < end && std::abs(value) < kLimit) out[at++] = value;
      }
    }
  }
  return {};
}

Status MultinomialShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 2, "argument \"logits\""));
  FL_TRY(context.WantRank(1, 0, "argument \"num_samples\""));
  const PartialShape& logits = context.input(0);
  const auto count = context.constant_integers(1);
  if (count && (*count)[0] < 0) {
    return Fail(ErrorCode::kInvalidArgument, "num_samples is {}, want 0 or more", (*count)[0]);
  }
  context.set_output(0, PartialShape{logits.has_rank() ? logits[0] : PartialShape::kUnknown,
                                     count ? (*count)[0] : PartialShape::kUnknown});
  return {};
}

// A class is where a uniform number falls among the running sums of the probabilities. The rows draw
// one after another.
template <typename T>
Status MultinomialKernel(KernelContext& context) {
  const Tensor& logits = context.input(0);
  const int64_t count = context.input(1).scalar<int32_t>();
  if (logits.rank() != 2 || count < 0 || (logits.shape()[0] > 0 && logits.shape()[1] == 0)) {
    return Fail(ErrorCode::kInvalidArgument,
                "cannot draw {} samples from {}, want logits of rank 2 with a class or more", count,
                Describe(logits));
  }
  const int64_t batch = logits.shape()[0];
  const auto num_classes = static_cast<size_t>(logits.shape()[1]);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {batch, count}));
  // Two words a sample, of a number of samples that fills blocks.
  const int64_t reserved = batch * ((count + 3) / 4 * 4) * 2;
  PhiloxWords words(context.random().philox(), context.random().Reserve(reserved));
  std::vector<double> sums(num_classes);
  for (int64_t row = 0; row < batch; ++row) {
    const auto of_row =
        logits.flat<T>().subspan(static_cast<size_t>(row) * num_classes, num_classes);
    T highest = std::numeric_limits<T>::lowest();
    for (const T logit : of_row) {
      if (std::isfinite(logit)) highest = std::max(highest, logit);
    }
    double sum = 0;
    for (size_t i = 0; i < num_classes; ++i) {
      const double above = static_cast<double>(of_row[i]) - static_cast<double>(highest);
      if (std::isfinite(of_row[i])) sum += std::exp(above);
      sums[i] = sum;
    }
    for (int64_t i = 0; i < count; ++i) {
      const auto found = std::upper_bound(sums.begin(), sums.end(), NextDouble(words) * sum);
      StoreInteger(*output, static_cast<size_t>(row * count + i), found - sums.begin());
    }
  }
  return {};
}

constexpr OpSpec kOps[] = {
    {.name = "Multinomial",
     .signature = "logits: T, num_samples: int32 -> output: output_dtype",
     .attrs = "seed: int = 0, seed2: int = 0, T: realnumber, output_dtype: index = int64",
     .infer = MultinomialShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "RandomUniform",
     .signature = "shape: T -> output: dtype",
     .attrs = "seed: int = 0, seed2: int = 0, dtype: floating, T: index",
     .infer = RandomShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "RandomUniformInt",
     .signature = "shape: T, minval: Tout, maxval: Tout -> output: Tout",
     .attrs = "seed: int = 0, seed2: int = 0, Tout: index, T: index",
     .infer = RandomShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "RandomStandardNormal",
     .signature = "shape: T -> output: dtype",
     .attrs = "seed: int = 0, seed2: int = 0, dtype: floating, T: index",
     .infer = RandomShape,
     .is_stateful = true,
     .has_no_gradient = true},
    {.name = "TruncatedNormal",
     .signature = "shape: T -> output: dtype",
     .attrs = "seed: int = 0, seed2: int = 0, dtype: floating, T: index",
     .infer = RandomShape,
     .is_stateful = true,
     .has_no_gradient = true},
};

// Their attribute T is the type of the shape: one factory looks at the type of the values.
template <Status (*for_float)(KernelContext&), Status (*for_double)(KernelContext&)>
Result<std::unique_ptr<Kernel>> MakeByOutput(const Node& node) {
  switch (node.output_dtypes[0]) {
    case DType::kFloat32:
      return internal::NewFunctionKernel(for_float);
    case DType::kFloat64:
      return internal::NewFunctionKernel(for_double);
    default:
      return Fail(ErrorCode::kUnimplemented, "there is no kernel for dtype {}",
                  DTypeName(node.output_dtypes[0]));
  }
}

Result<std::unique_ptr<Kernel>> MakeUniformInt(const Node& node) {
  return internal::NewFunctionKernel(node.output_dtypes[0] == DType::kInt32
                                         ? UniformIntKernel<int32_t>
                                         : UniformIntKernel<int64_t>);
}

constexpr KernelDef kKernels[] = {
    {"Multinomial", DType::kFloat32, MakeFunctionKernel<MultinomialKernel<float>>},
    {"Multinomial", DType::kFloat64, MakeFunctionKernel<MultinomialKernel<double>>},
    {"RandomUniform", DType::kInvalid, MakeByOutput<UniformKernel<float>, UniformKernel<double>>},
    {"RandomUniformInt", DType::kInvalid, MakeUniformInt},
    {"RandomStandardNormal", DType::kInvalid,
     MakeByOutput<NormalKernel<float>, NormalKernel<double>>},
    {"TruncatedNormal", DType::kInvalid,
     MakeByOutput<TruncatedNormalKernel<float>, TruncatedNormalKernel<double>>},
};

Output ShapeConstant(GraphBuilder& graph, const Shape& shape) {
  std::vector<int32_t> dims;
  for (const int64_t dim : shape.dims()) dims.push_back(static_cast<int32_t>(dim));
  return Constant(graph, Tensor::Vector<int32_t>(std::span<const int32_t>(dims)), "shape");
}

Output NormalOf(GraphBuilder& graph, std::string_view op, const Shape& shape,
                const NormalOptions& options, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output shape_output = ShapeConstant(graph, shape);
  const Output mean = Constant(graph, Tensor::Scalar(options.mean), "mean");
  const Output stddev = Constant(graph, Tensor::Scalar(options.stddev), "stddev");
  const auto [seed, seed2] = graph.NextSeeds(options.seed);
  const Output standard = OpCall(graph, op, "")
                              .Input(shape_output, "shape")
                              .Attr("dtype", DType::kFloat32)
                              .Attr("seed", seed)
                              .Attr("seed2", seed2)
                              .Done();
  const Output scaled = Mul(graph, standard, stddev, "mul");
  return Add(graph, scaled, mean, graph.name_scope() + "/");
}

}  // namespace

double UniformDouble(uint32_t high, uint32_t low) {
  const uint64_t fraction = (static_cast<uint64_t>(high & 0xfffffu) << 32) | low;
  return std::bit_cast<double>(fraction | 0x3ff0000000000000u) - 1.0;
}

Output TruncatedNormal(GraphBuilder& graph, const Shape& shape, const NormalOptions& options,
                       std::string_view name) {
  return NormalOf(graph, "TruncatedNormal", shape, options, name);
}

Output RandomNormal(GraphBuilder& graph, const Shape& shape, const NormalOptions& options,
                    std::string_view name) {
  return NormalOf(graph, "RandomStandardNormal", shape, options, name);
}

Output RandomUniform(GraphBuilder& graph, const Shape& shape, const UniformOptions& options,
                     std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output shape_output = ShapeConstant(graph, shape);
  const Output low = Constant(graph, Tensor::Scalar(options.min), "min");
  const Output high = Constant(graph, Tensor::Scalar(options.max), "max");
  const auto [seed, seed2] = graph.NextSeeds(options.seed);
  const Output uniform = OpCall(graph, "RandomUniform", "")
                             .Input(shape_output, "shape")
                             .Attr("dtype", DType::kFloat32)
                             .Attr("seed", seed)
                             .Attr("seed2", seed2)
                             .Done();
  const Output scaled = Mul(graph, uniform, Sub(graph, high, low), "mul");
  return Add(graph, scaled, low, graph.name_scope() + "/");
}

Output RandomUniformInt(GraphBuilder& graph, const Shape& shape, int32_t min, int32_t max,
                        std::optional<int64_t> seed, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output shape_output = ShapeConstant(graph, shape);
  const Output low = Constant(graph, Tensor::Scalar(min), "min");
  const Output high = Constant(graph, Tensor::Scalar(max), "max");
  const auto [first, second] = graph.NextSeeds(seed);
  return OpCall(graph, "RandomUniformInt", graph.name_scope() + "/")
      .Input(shape_output, "shape")
      .Input(low, "minval")
      .Input(high, "maxval")
      .Attr("seed", first)
      .Attr("seed2", second)
      .Done();
}

Output Multinomial(GraphBuilder& graph, const Operand& logits, int32_t num_samples,
                   std::optional<int64_t> seed, std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output values = logits.ToOutput(graph, "logits");
  const Output count = Constant(graph, Tensor::Scalar(num_samples), "num_samples");
  const auto [first, second] = graph.NextSeeds(seed);
  return OpCall(graph, "Multinomial", "")
      .Input(values, "logits")
      .Input(count, "num_samples")
      .Attr("seed", first)
      .Attr("seed2", second)
      .Done();
}

std::span<const OpSpec> RandomOps() { return kOps; }
std::span<const KernelDef> RandomKernels() { return kKernels; }

}  // namespace fanlight
