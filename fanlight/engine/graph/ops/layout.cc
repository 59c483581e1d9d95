#include "fanlight/engine/graph/ops/layout.h"

#include <algorithm>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status TileShape(InferenceContext& context) {
  const PartialShape input = WithRankOfLength(context.input(0), context.input(1));
  if (!input.has_rank()) return {};
  const auto multiples = context.constant_integers(1);
  if (!multiples) {
    context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  if (multiples->size() != static_cast<size_t>(input.rank())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} multiples for shape {}, want {}",
                multiples->size(), ToString(input), input.rank());
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t multiple = (*multiples)[static_cast<size_t>(i)];
    if (multiple < 0 || (multiple > 0 && input[i] > (int64_t{1} << 62) / multiple)) {
      return Fail(ErrorCode::kInvalidArgument, "multiple {} is {}, want 0 or more", i, multiple);
    }
    dims.push_back(input[i] < 0 ? -1 : input[i] * multiple);
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status BroadcastToShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(1));
  FL_ASSIGN_OR_RETURN(const PartialShape both, Broadcast(context.input(0), shape));
  if (!both.IsCompatibleWith(shape)) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} cannot be broadcast to {}",
                ToString(context.input(0)), ToString(shape));
  }
  context.set_output(0, shape);
  return {};
}

Status PackShape(InferenceContext& context) {
  if (context.num_inputs() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "there is nothing to stack");
  }
  PartialShape merged = context.input(0);
  for (int i = 1; i < context.num_inputs(); ++i) {
    FL_ASSIGN_OR_RETURN(merged, Merge(merged, context.input(i)));
  }
  if (!merged.has_rank()) return {};
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? axis + merged.rank() + 1 : axis;
  if (at < 0 || at > merged.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", axis,
                ToString(merged));
  }
  std::vector<int64_t> dims(merged.dims().begin(), merged.dims().end());
  dims.insert(dims.begin() + at, context.num_inputs());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Status InvertPermutationShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape,
                      Merge(context.input(0), PartialShape::UnknownOfRank(1)));
  context.set_output(0, shape);
  return {};
}

Status TransposeShape(InferenceContext& context) {
  const PartialShape input = WithRankOfLength(context.input(0), context.input(1));
  const auto permutation = context.constant_integers(1);
  if (!permutation) {
    if (input.has_rank()) context.set_output(0, PartialShape::UnknownOfRank(input.rank()));
    return {};
  }
  if (!input.has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(*permutation, input.rank()));
  if (permutation->size() != static_cast<size_t>(input.rank()) ||
      mask != (1u << input.rank()) - 1) {
    return Fail(ErrorCode::kInvalidArgument, "the permutation of shape {} is none of {} dimensions",
                ToString(input), input.rank());
  }
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t from = (*permutation)[static_cast<size_t>(i)];
    shape.set_dim(i, input[static_cast<int>(from < 0 ? from + input.rank() : from)]);
  }
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

// output[i…] = input[i… mod its dimension]: Tile, and BroadcastTo by a stride of 0.
template <typename T>
void CopyStretched(const T* from, T* to, int64_t width, const Shape& from_shape,
                   const Shape& to_shape) {
  const int64_t total = to_shape.num_elements();
  std::array<int64_t, kMaxRank> index{};
  const int rank = to_shape.rank();
  std::array<int64_t, kMaxRank> strides{};
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= from_shape[i];
  }
  for (int64_t position = 0; position < total; ++position) {
    int64_t source = 0;
    for (int i = 0; i < rank; ++i) {
      source += index[static_cast<size_t>(i)] % from_shape[i] * strides[static_cast<size_t>(i)];
    }
    for (int64_t k = 0; k < width; ++k) to[position * width + k] = from[source * width + k];
    for (int i = rank - 1; i >= 0; --i) {
      if (++index[static_cast<size_t>(i)] < to_shape[i]) break;
      index[static_cast<size_t>(i)] = 0;
    }
  }
}

Status StretchTo(KernelContext& context, const Shape& shape) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  if (shape.num_elements() == 0) return {};
  std::vector<int64_t> dims(static_cast<size_t>(shape.rank() - input.rank()), 1);
  dims.insert(dims.end(), input.shape().dims().begin(), input.shape().dims().end());
  FL_ASSIGN_OR_RETURN(const Shape from, Shape::From(dims));
  return CopyElements(input, *output, [&](const auto* source, auto* target, int64_t width) {
    if (input.num_elements() == 1 && width == 1) {
      std::fill_n(target, shape.num_elements(), *source);
    } else {
      CopyStretched(source, target, width, from, shape);
    }
  });
}

Status TileKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts multiples, IntegersOf(context.input(1)));
  if (multiples.count != static_cast<size_t>(input.rank())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} multiples, want {}", multiples.count,
                input.rank());
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t multiple = multiples[static_cast<size_t>(i)];
    if (multiple < 0 || (multiple > 0 && input.shape()[i] > (int64_t{1} << 62) / multiple)) {
      return Fail(ErrorCode::kInvalidArgument, "multiple {} is {}, want 0 or more", i, multiple);
    }
    dims.push_back(input.shape()[i] * multiple);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  return StretchTo(context, shape);
}

Status BroadcastToKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(1)));
  FL_ASSIGN_OR_RETURN(const Shape both, Broadcast(context.input(0).shape(), shape));
  if (!(both == shape)) {
    return Fail(ErrorCode::kInvalidArgument, "shape {} cannot be broadcast to {}",
                ToString(context.input(0).shape()), ToString(shape));
  }
  return StretchTo(context, shape);
}

// Rows of `count` elements of each input, side by side along the new axis.
Status PackKernel(KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? axis + shape.rank() + 1 : axis;
  int64_t inner = 1;
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  for (int64_t i = at; i < shape.rank(); ++i) inner *= shape[static_cast<int>(i)];
  dims.insert(dims.begin() + at, context.num_inputs());
  FL_ASSIGN_OR_RETURN(const Shape result, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, result));
  for (int i = 0; i < context.num_inputs(); ++i) {
    const Tensor& input = context.input(i);
    if (!(input.shape() == shape)) {
      return Fail(ErrorCode::kInvalidArgument, "cannot stack shapes {} and {}", ToString(shape),
                  ToString(input.shape()));
    }
    const int64_t outer = inner == 0 ? 0 : shape.num_elements() / inner;
    FL_TRY(CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
      const int64_t run = inner * width;
      for (int64_t row = 0; row < outer; ++row) {
        std::copy_n(from + row * run, run, to + (row * context.num_inputs() + i) * run);
      }
    }));
  }
  return {};
}

template <typename T>
void TransposeElements(const T* from, T* to, int64_t width, const Shape& from_shape,
                       const Shape& to_shape, const SmallInts& permutation) {
  std::array<int64_t, kMaxRank> strides{};
  int64_t stride = width;
  for (int i = from_shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= from_shape[i];
  }
  const int rank = to_shape.rank();
  std::array<int64_t, kMaxRank> index{};
  for (int64_t position = 0; position < to_shape.num_elements(); ++position) {
    int64_t source = 0;
    for (int i = 0; i < rank; ++i) {
      const auto d = static_cast<size_t>(i);
      const int64_t axis = permutation[d] < 0 ? permutation[d] + rank : permutation[d];
      source += index[d] * strides[static_cast<size_t>(axis)];
    }
    for (int64_t k = 0; k < width; ++k) to[position * width + k] = from[source + k];
    for (int i = rank - 1; i >= 0; --i) {
      if (++index[static_cast<size_t>(i)] < to_shape[i]) break;
      index[static_cast<size_t>(i)] = 0;
    }
  }
}

Status TransposeKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts permutation, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(permutation.span(), input.rank()));
  if (permutation.count != static_cast<size_t>(input.rank()) || mask != (1u << input.rank()) - 1) {
    return Fail(ErrorCode::kInvalidArgument, "the permutation of {} is none of its dimensions",
                Describe(input));
  }
  std::vector<int64_t> dims;
  for (const int64_t axis : permutation.span()) {
    dims.push_back(input.shape()[static_cast<int>(axis < 0 ? axis + input.rank() : axis)]);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    TransposeElements(from, to, width, input.shape(), shape, permutation);
  });
}

Status InvertPermutationKernel(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(const SmallInts permutation, IntegersOf(context.input(0)));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, context.input(0).shape()));
  uint32_t seen = 0;
  for (size_t i = 0; i < permutation.count; ++i) {
    const int64_t to = permutation[i];
    if (to < 0 || to >= static_cast<int64_t>(permutation.count) || (seen >> to & 1) != 0) {
      return Fail(ErrorCode::kInvalidArgument, "{} is no permutation", ToString(context.input(0)));
    }
    seen |= 1u << to;
    StoreInteger(*output, static_cast<size_t>(to), static_cast<int64_t>(i));
  }
  return {};
}

// ---------------------------------------------------------------- gradients

// The copies along each dimension added, one dimension after the other: for ranks of which twice as
// many dimensions are more than a tensor has.
Output SumOfCopies(GraphBuilder& graph, const Output& incoming, const Shape& shape,
                   std::span<const int64_t> multiples) {
  const auto vector = [](std::initializer_list<int64_t> dims) {
    return Tensor::Vector<int64_t>(std::span<const int64_t>(dims.begin(), dims.size()));
  };
  Output gradient = incoming;
  int64_t before = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    const int64_t copies = multiples[static_cast<size_t>(i)];
    if (copies != 1) {
      // What stands behind has its copies still, and goes along as one dimension.
      gradient = Reshape(graph, gradient, vector({before, copies, shape[i], -1}));
      gradient = SumAlong(graph, gradient, 1, /*keep_dims=*/false);
    }
    before *= shape[i];
  }
  return Reshape(graph, gradient, Tensor::Vector<int64_t>(shape.dims()));
}

std::vector<Output> TileGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  const std::optional<Shape> known = node.input(0).shape().ToShape();
  const std::optional<Tensor> value = ConstantValue(node.input(1));
  if (known && value && 2 * known->rank() > kMaxRank && known->num_elements() != 0) {
    const auto multiples = IntegersOf(*value);
    const bool copies_all =
        multiples && std::ranges::all_of(multiples->span(), [](int64_t m) { return m > 0; });
    if (copies_all) return {SumOfCopies(graph, g[0], *known, multiples->span()), {}};
  }
  // Each dimension d·m is split into (m, d), and the m copies are added.
  const Output shape = ShapeOf(graph, node.input(0));
  const Output both = Stack(graph, {Cast(graph, node.input(1), DType::kInt32), shape});
  const Output split = Reshape(graph, Transpose(graph, both, {1, 0}), {-1});
  const Output axes = Range(graph, 0, Size(graph, split), 2);
  return {Reshape(graph, SumAlong(graph, Reshape(graph, g[0], split), axes, false), shape), {}};
}

std::vector<Output> BroadcastToGradient(GraphBuilder& graph, const Node& node,
                                        std::span<const Output> g) {
  const Output shape = ShapeOf(graph, node.input(0));
  const BroadcastAxes axes =
      BroadcastGradientArgs(graph, shape, Cast(graph, node.input(1), DType::kInt32));
  return {Reshape(graph, SumAlong(graph, g[0], axes.first, /*keep_dims=*/true), shape), {}};
}

std::vector<Output> PackGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  std::vector<Output> gradients;
  const int64_t axis = node.attr<int64_t>("axis");
  for (int i = 0; i < node.num_inputs(); ++i) {
    gradients.push_back(Gather(graph, g[0], i, static_cast<int32_t>(axis)));
  }
  return gradients;
}

std::vector<Output> TransposeGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {Transpose(graph, g[0], InvertPermutation(graph, node.input(1))), {}};
}

constexpr OpSpec kOps[] = {
    {.name = "Tile",
     .signature = "input: T, multiples: Tmultiples -> output: T",
     .attrs = "T: type, Tmultiples: index = int32",
     .infer = TileShape,
     .gradient = TileGradient},
    {.name = "BroadcastTo",
     .signature = "input: T, shape: Tidx -> output: T",
     .attrs = "T: type, Tidx: index = int32",
     .infer = BroadcastToShape,
     .gradient = BroadcastToGradient},
    {.name = "Pack",
     .signature = "values: N * T -> output: T",
     .attrs = "N: int, T: type, axis: int = 0",
     .infer = PackShape,
     .gradient = PackGradient},
    {.name = "Transpose",
     .signature = "x: T, perm: Tperm -> y: T",
     .attrs = "T: type, Tperm: index = int32",
     .infer = TransposeShape,
     .gradient = TransposeGradient},
    {.name = "InvertPermutation",
     .signature = "x: T -> y: T",
     .attrs = "T: index = int32",
     .infer = InvertPermutationShape,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"Tile", DType::kInvalid, MakeFunctionKernel<TileKernel>},
    {"BroadcastTo", DType::kInvalid, MakeFunctionKernel<BroadcastToKernel>},
    {"Pack", DType::kInvalid, MakeFunctionKernel<PackKernel>},
    {"Transpose", DType::kInvalid, MakeFunctionKernel<TransposeKernel>},
    {"InvertPermutation", DType::kInvalid, MakeFunctionKernel<InvertPermutationKernel>},
};

}  // namespace

Output Tile(GraphBuilder& graph, const Operand& value, const Operand& multiples,
            std::string_view name) {
  return OpCall(graph, "Tile", name).Input(value, "input").Input(multiples, "multiples").Done();
}

Output BroadcastTo(GraphBuilder& graph, const Operand& value, const Operand& shape,
                   std::string_view name) {
  return OpCall(graph, "BroadcastTo", name).Input(value, "input").Input(shape, "shape").Done();
}

Output Stack(GraphBuilder& graph, const std::vector<Output>& values, int64_t axis,
             std::string_view name) {
  return OpCall(graph, "Pack", name).Inputs(values).Attr("axis", axis).Done();
}

Output Transpose(GraphBuilder& graph, const Operand& value, const Operand& permutation,
                 std::string_view name) {
  return OpCall(graph, "Transpose", name).Input(value, "a").Input(permutation, "perm").Done();
}

Output InvertPermutation(GraphBuilder& graph, const Operand& permutation, std::string_view name) {
  return OpCall(graph, "InvertPermutation", name).Input(permutation, "x").Done();
}

std::span<const OpSpec> LayoutOps() { return kOps; }
std::span<const KernelDef> LayoutKernels() { return kKernels; }

}  // namespace fanlight
