#include "fanlight/engine/graph/ops/reduction.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/grad_util.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/list_diff.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduce.h"
#include "fanlight/engine/graph/ops/scan.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status ReductionShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  const bool keep_dims = context.node().attr<bool>("keep_dims");
  if (context.input(1).rank() > 1) {
    return Fail(ErrorCode::kInvalidArgument, "the axes have shape {}, want a vector",
                ToString(context.input(1)));
  }
  const auto axes = context.constant_integers(1);
  if (!input.has_rank()) return {};
  if (!axes) {
    if (keep_dims) context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(*axes, input.rank()));
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    if ((mask >> i & 1) == 0) {
      dims.push_back(input[i]);
    } else if (keep_dims) {
      dims.push_back(1);
    }
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status ArgExtremeShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  if (!input.has_rank()) return {};
  const auto axis = context.constant_integers(1);
  if (!axis || axis->size() != 1) {
    context.set_output(0, PartialShape::UnknownOfRank(std::max(0, input.rank() - 1)));
    return {};
  }
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(*axis, input.rank()));
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    if ((mask >> i & 1) == 0) dims.push_back(input[i]);
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

// The axes that input 1 of a reduction names, each once.
Result<uint32_t> AxesToReduce(const KernelContext& context) {
  const int rank = context.input(0).rank();
  FL_ASSIGN_OR_RETURN(const SmallInts axes, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(axes.span(), rank));
  if (static_cast<size_t>(std::popcount(mask)) != axes.count) {
    return Fail(ErrorCode::kInvalidArgument, "the axes [{}] of rank {} name one twice",
                fmt::join(axes.span(), ", "), rank);
  }
  return mask;
}

template <typename Reducer, typename T>
Status ReductionKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesToReduce(context));
  const Shape shape = ReducedShape(input.shape(), mask, context.node().attr<bool>("keep_dims"));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  Reduce<Reducer>(input.flat<T>().data(), input.shape(), mask, output->mutable_flat<T>().data(),
                  shape.num_elements());
  return {};
}

// Divides sums of integers, which may be of a wider type than the quotients, or of floats.
template <typename T, typename Sum>
void Divide(const Sum* sums, int64_t count, std::span<T> out) {
  if (std::is_integral_v<T> && count == 0) {
    std::fill(out.begin(), out.end(), T{0});
    return;
  }
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(sums[i] / static_cast<Sum>(count));
}

template <typename T>
Status MeanKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesToReduce(context));
  const Shape shape = ReducedShape(input.shape(), mask, context.node().attr<bool>("keep_dims"));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const std::span<T> out = output->mutable_flat<T>();
  int64_t count = 1;
  for (int i = 0; i < input.rank(); ++i) {
    if ((mask >> i & 1) != 0) count *= input.shape()[i];
  }
  if constexpr (std::is_floating_point_v<T>) {
    Reduce<SumReducer>(input.flat<T>().data(), input.shape(), mask, out.data(),
                       shape.num_elements());
    Divide(out.data(), count, out);
  } else {
    // The sum of a few small integers would not fit their type.
    using Sum = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
    FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(input, kDTypeOf<Sum>));
    std::vector<Sum> sums(out.size());
    Reduce<SumReducer>(wide.flat<Sum>().data(), input.shape(), mask, sums.data(),
                       shape.num_elements());
    Divide(sums.data(), count, out);
  }
  return {};
}

template <typename T, bool is_max>
Status ArgExtremeKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts axes, IntegersOf(context.input(1)));
  if (axes.count != 1) return Fail(ErrorCode::kInvalidArgument, "want one axis");
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(axes.span(), input.rank()));
  const auto axis = static_cast<int>(axes[0] < 0 ? axes[0] + input.rank() : axes[0]);
  const int64_t length = input.shape()[axis];
  if (length == 0 && input.num_elements() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} of {} is empty", axis, Describe(input));
  }
  int64_t inner = 1;
  for (int i = axis + 1; i < input.rank(); ++i) inner *= input.shape()[i];
  const Shape shape = ReducedShape(input.shape(), mask, /*keep_dims=*/false);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const T* const in = input.flat<T>().data();
  for (int64_t i = 0; i < shape.num_elements(); ++i) {
    const T* const first = in + i / inner * inner * length + i % inner;
    // What is not better than the least of numbers, as NaN is not, is never taken.
    T best = is_max ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
    int64_t place = 0;
    for (int64_t k = 0; k < length; ++k) {
      const T value = first[k * inner];
      if (is_max ? value > best : value < best) {
        best = value;
        place = k;
      }
    }
    StoreInteger(*output, static_cast<size_t>(i), place);
  }
  return {};
}

// ---------------------------------------------------------------- gradients

// The shape after a reduction that keeps dimensions, computed in the run: ones stitched into it.
Output ReducedShapeOutput(GraphBuilder& graph, const Output& shape, const Output& axes) {
  const Output rank = Size(graph, shape);
  const Output positive =
      FloorMod(graph, Add(graph, Cast(graph, axes, DType::kInt32), rank, "add"), rank);
  if (!graph.ok()) return {};
  const Output axes_shape = ShapeOp(graph, positive);
  const Output dimensions = Range(graph, 0, rank, 1);
  const Output ones = OpCall(graph, "Fill", "ones")
                          .Input(axes_shape, "shape")
                          .Input(Tensor::Scalar(int32_t{1}), "Const")
                          .Done();
  return DynamicStitch(graph, {dimensions, positive}, {shape, ones});
}

Tensor Int32Vector(const std::vector<int32_t>& values) {
  return Tensor::Vector<int32_t>(std::span<const int32_t>(values));
}

// The incoming gradient repeated over what was summed.
Output SpreadGradient(GraphBuilder& graph, const Node& node, const Output& incoming) {
  const Output input = node.input(0);
  const PartialShape& shape = input.shape();
  const std::optional<Tensor> axes = ConstantValue(node.input(1));
  if (shape.has_rank() && axes) {
    const auto ints = IntegersOf(*axes);
    if (!ints) return {};
    const auto rank = static_cast<size_t>(shape.rank());
    std::vector<int64_t> all(rank);
    std::iota(all.begin(), all.end(), 0);
    if (std::equal(all.begin(), all.end(), ints->span().begin(), ints->span().end())) {
      const Output ones = Reshape(graph, incoming, Int32Vector(std::vector<int32_t>(rank, 1)));
      return Tile(graph, ones, ShapeOf(graph, input, shape.is_fully_known() ? "Const" : "Shape"));
    }
    if (shape.is_fully_known()) {
      const auto mask = AxesMask(ints->span(), shape.rank());
      std::vector<int32_t> kept;
      std::vector<int32_t> multiples;
      for (int i = 0; i < shape.rank(); ++i) {
        const bool is_reduced = (*mask >> i & 1) != 0;
        kept.push_back(is_reduced ? 1 : static_cast<int32_t>(shape[i]));
        multiples.push_back(is_reduced ? static_cast<int32_t>(shape[i]) : 1);
      }
      return Tile(graph, Reshape(graph, incoming, Int32Vector(kept)), Int32Vector(multiples));
    }
  }
  const Output input_shape = ShapeOf(graph, input);
  Output gradient = incoming;
  if (!node.attr<bool>("keep_dims")) {
    Output kept;
    {
      const auto place = graph.ColocateWith(input_shape);
      kept = ReducedShapeOutput(graph, input_shape, node.input(1));
    }
    gradient = Reshape(graph, gradient, kept);
  }
  return BroadcastTo(graph, gradient, input_shape);
}

std::vector<Output> SumGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  return {SpreadGradient(graph, node, g[0]), {}};
}

std::vector<Output> MeanGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  const Output sum = SpreadGradient(graph, node, g[0]);
  if (!sum.is_valid()) return {{}, {}};
  const auto input_size = node.input(0).shape().num_elements();
  const auto output_size = node.output_shapes[0].num_elements();
  if (input_size && output_size) {
    const int64_t count = *input_size / std::max<int64_t>(*output_size, 1);
    const Output factor = Operand(static_cast<double>(count)).ToOutput(graph, "Const", sum.dtype());
    return {Div(graph, sum, factor), {}};
  }
  const Output shape = ShapeOf(graph, node.input(0));
  const Output rank = Size(graph, shape);
  const Output axes =
      FloorMod(graph, Add(graph, Cast(graph, node.input(1), DType::kInt32), rank, "add"), rank);
  const Output count = ReduceProd(graph, Gather(graph, shape, axes));
  return {Div(graph, sum, Cast(graph, count, sum.dtype())), {}};
}

std::vector<Output> ExtremeGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  const Output shape = ShapeOf(graph, node.input(0));
  Output result(&node);
  Output gradient = g[0];
  Output kept;
  if (node.attr<bool>("keep_dims")) {
    kept = ShapeOf(graph, result);
  } else {
    kept = ReducedShapeOutput(graph, shape, node.input(1));
    result = Reshape(graph, result, kept);
    gradient = Reshape(graph, gradient, kept);
  }
  // Ties share the gradient evenly.
  const Output is_extreme = Cast(graph, Equal(graph, result, node.input(0)), node.input(0).dtype());
  const Output num_extremes =
      Reshape(graph, SumAlong(graph, is_extreme, node.input(1), /*keep_dims=*/false), kept);
  return {Mul(graph, Div(graph, is_extreme, num_extremes), gradient, "mul"), {}};
}

// The product of all the others, for each element: the axes that are reduced come first, and
// running products from both ends leave the element itself out, so that zeros do no harm.
std::vector<Output> ProdGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  const Output input = node.input(0);
  const Output shape = ShapeOf(graph, input);
  const Output flat_axes = Reshape(graph, node.input(1), {-1});
  Output gradient = g[0];
  if (!node.attr<bool>("keep_dims")) {
    gradient = Reshape(graph, gradient, ReducedShapeOutput(graph, shape, node.input(1)));
  }
  gradient = BroadcastTo(graph, gradient, shape);
  const Output rank = Rank(graph, input);
  const Output axes =
      FloorMod(graph, Add(graph, Cast(graph, flat_axes, DType::kInt32), rank, "add"), rank, "mod");
  const Output all = Range(graph, 0, rank, 1);
  const Output others = ListDiff(graph, all, axes).values;
  const Output order = OpCall(graph, "ConcatV2", "concat")
                           .Inputs(std::vector<Output>{axes, others})
                           .Input(0, "axis")
                           .Done();
  const auto count = [&](const Output& of) {
    return ReduceProd(graph, Gather(graph, shape, of), {.axes = std::vector<int32_t>{0}});
  };
  const Output num_reduced = count(axes);
  const Output num_others = count(others);
  const Output permuted = Transpose(graph, input, order);
  const Output table = Reshape(graph, permuted, Stack(graph, {num_reduced, num_others}));
  const Output before = Cumprod(graph, table, 0, {.is_exclusive = true});
  const Output behind = Cumprod(graph, table, 0, {.is_exclusive = true, .is_reverse = true});
  const Output products =
      Reshape(graph, Mul(graph, before, behind, "mul"), ShapeOp(graph, permuted));
  const Output back = Transpose(graph, products, InvertPermutation(graph, order));
  return {Reshape(graph, Mul(graph, gradient, back, "mul"), shape), {}};
}

#define FL_REDUCTION(op_name, set, grad)                                \
  {.name = op_name,                                                     \
   .signature = "input: T, reduction_indices: Tidx -> output: T",       \
   .attrs = "keep_dims: bool = false, T: " set ", Tidx: index = int32", \
   .infer = ReductionShape,                                             \
   .gradient = grad}

#define FL_REALS_AND_BOOL \
  "{bfloat16|float16|float32|float64|int8|int16|int32|int64|uint8|uint16|uint32|uint64|bool}"

constexpr OpSpec kOps[] = {
    FL_REDUCTION("Sum", "number", SumGradient),
    FL_REDUCTION("Mean", "number", MeanGradient),
    FL_REDUCTION("Prod", "number", ProdGradient),
    FL_REDUCTION("Max", "realnumber", ExtremeGradient),
    FL_REDUCTION("Min", "realnumber", ExtremeGradient),
    {.name = "All",
     .signature = "input: bool, reduction_indices: Tidx -> output: bool",
     .attrs = "keep_dims: bool = false, Tidx: index = int32",
     .infer = ReductionShape,
     .has_no_gradient = true},
    {.name = "Any",
     .signature = "input: bool, reduction_indices: Tidx -> output: bool",
     .attrs = "keep_dims: bool = false, Tidx: index = int32",
     .infer = ReductionShape,
     .has_no_gradient = true},
    {.name = "ArgMax",
     .signature = "input: T, dimension: Tidx -> output: output_type",
     .attrs = "T: " FL_REALS_AND_BOOL ", Tidx: index = int32, output_type: index = int64",
     .infer = ArgExtremeShape,
     .has_no_gradient = true},
    {.name = "ArgMin",
     .signature = "input: T, dimension: Tidx -> output: output_type",
     .attrs = "T: " FL_REALS_AND_BOOL ", Tidx: index = int32, output_type: index = int64",
     .infer = ArgExtremeShape,
     .has_no_gradient = true},
};

#define FL_SUM(T) ReductionKernel<SumReducer, T>
#define FL_MEAN(T) MeanKernel<T>
#define FL_PROD(T) ReductionKernel<ProductReducer, T>
#define FL_MAX(T) ReductionKernel<MaxReducer, T>
#define FL_MIN(T) ReductionKernel<MinReducer, T>
#define FL_ARG_MAX(T) ArgExtremeKernel<T, true>
#define FL_ARG_MIN(T) ArgExtremeKernel<T, false>

constexpr KernelDef kKernels[] = {
    FL_REALS("Sum", FL_SUM),
    FL_REALS("Mean", FL_MEAN),
    FL_REALS("Prod", FL_PROD),
    FL_REALS("Max", FL_MAX),
    FL_REALS("Min", FL_MIN),
    {"All", DType::kInvalid, MakeFunctionKernel<ReductionKernel<AllReducer, bool>>},
    {"Any", DType::kInvalid, MakeFunctionKernel<ReductionKernel<AnyReducer, bool>>},
    FL_REALS("ArgMax", FL_ARG_MAX),
    {"ArgMax", DType::kBool, MakeFunctionKernel<FL_ARG_MAX(bool)>},
    FL_REALS("ArgMin", FL_ARG_MIN),
    {"ArgMin", DType::kBool, MakeFunctionKernel<FL_ARG_MIN(bool)>},
};

Output ReduceBy(GraphBuilder& graph, std::string_view op, const Operand& value,
                const ReduceOptions& options, std::string_view name) {
  if (!graph.ok()) return {};
  if (options.axes) {
    return OpCall(graph, op, name)
        .Input(value, "input")
        .Input(Int32Vector(*options.axes), "reduction_indices")
        .Attr("keep_dims", options.keep_dims)
        .Done();
  }
  const Output input = value.ToOutput(graph, "Const");
  if (!input.is_valid()) return {};
  // All axes are told before the op, in the scope around it.
  Output axes;
  if (input.shape().has_rank()) {
    std::vector<int32_t> all(static_cast<size_t>(input.shape().rank()));
    std::iota(all.begin(), all.end(), 0);
    axes = Constant(graph, Int32Vector(all));
  } else {
    axes = Range(graph, 0, Rank(graph, input), 1);
  }
  return OpCall(graph, op, name)
      .Input(input, "input")
      .Input(axes, "reduction_indices")
      .Attr("keep_dims", options.keep_dims)
      .OutputShape(options.keep_dims ? PartialShape::Unknown() : PartialShape(Shape()))
      .Done();
}

}  // namespace

Output ReduceSum(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                 std::string_view name) {
  return ReduceBy(graph, "Sum", value, options, name);
}
Output ReduceMean(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                  std::string_view name) {
  return ReduceBy(graph, "Mean", value, options, name);
}
Output ReduceProd(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                  std::string_view name) {
  return ReduceBy(graph, "Prod", value, options, name);
}
Output ReduceMax(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                 std::string_view name) {
  return ReduceBy(graph, "Max", value, options, name);
}
Output ReduceMin(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                 std::string_view name) {
  return ReduceBy(graph, "Min", value, options, name);
}

Output ReduceAll(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                 std::string_view name) {
  return ReduceBy(graph, "All", value, options, name);
}
Output ReduceAny(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                 std::string_view name) {
  return ReduceBy(graph, "Any", value, options, name);
}

Output ReduceLogSumExp(GraphBuilder& graph, const Operand& value, const ReduceOptions& options,
                       std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "input_tensor");
  const Output raw = ReduceMax(graph, input, {.axes = options.axes, .keep_dims = true});
  const Output maximum = StopGradient(
      graph, Select(graph, IsFinite(graph, raw), raw, ZerosLike(graph, raw)), "StopGradient");
  const Output sum = ReduceSum(graph, Exp(graph, Sub(graph, input, maximum, "sub")), options);
  const Output kept = options.keep_dims ? maximum : Reshape(graph, maximum, ShapeOp(graph, sum));
  return Add(graph, Log(graph, sum), kept, "add");
}

Output SumAlong(GraphBuilder& graph, const Operand& value, const Operand& axes, bool keep_dims,
                std::string_view name) {
  return OpCall(graph, "Sum", name)
      .Input(value, "input")
      .Input(axes, "reduction_indices")
      .Attr("keep_dims", keep_dims)
      .Done();
}

Output ArgMin(GraphBuilder& graph, const Operand& value, const Operand& axis,
              std::string_view name) {
  return OpCall(graph, "ArgMin", name).Input(value, "input").Input(axis, "dimension").Done();
}

Output ArgMax(GraphBuilder& graph, const Operand& value, const Operand& axis,
              std::string_view name) {
  return OpCall(graph, "ArgMax", name).Input(value, "input").Input(axis, "dimension").Done();
}

std::span<const OpSpec> ReductionOps() { return kOps; }
std::span<const KernelDef> ReductionKernels() { return kKernels; }

}  // namespace fanlight
