#include "fanlight/engine/graph/ops/padding.h"

#include <algorithm>
#include <array>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/slicing.h"

namespace fanlight {
namespace {

Status PadShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 2, "argument \"paddings\""));
  const PartialShape input = WithRankOfLength(context.input(0), context.input(1));
  if (!input.has_rank()) return {};
  PartialShape shape = PartialShape::UnknownOfRank(input.rank());
  if (const Tensor* paddings = context.constant(1)) {
    const auto wide = ConvertTo(*paddings, DType::kInt64);
    if (!wide || paddings->num_elements() != 2 * input.rank()) {
      return Fail(ErrorCode::kInvalidArgument, "got paddings {} for shape {}, want [{},2]",
                  Describe(*paddings), ToString(input), input.rank());
    }
    for (int i = 0; i < input.rank(); ++i) {
      const int64_t before = wide->flat<int64_t>()[static_cast<size_t>(2 * i)];
      const int64_t after = wide->flat<int64_t>()[static_cast<size_t>(2 * i + 1)];
      if (before < 0 || after < 0) {
        return Fail(ErrorCode::kInvalidArgument, "padding of dimension {} is negative", i);
      }
      if (input[i] >= 0) shape.set_dim(i, before + input[i] + after);
    }
  }
  context.set_output(0, shape);
  return {};
}

Status PadKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  const Tensor& paddings = context.input(1);
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(paddings, DType::kInt64));
  if (paddings.rank() != 2 || paddings.num_elements() != 2 * input.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "got paddings {} for {}", Describe(paddings),
                Describe(input));
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t before = wide.flat<int64_t>()[static_cast<size_t>(2 * i)];
    const int64_t after = wide.flat<int64_t>()[static_cast<size_t>(2 * i + 1)];
    constexpr int64_t kMost = int64_t{1} << 40;
    if (before < 0 || after < 0 || before > kMost || after > kMost) {
      return Fail(ErrorCode::kInvalidArgument, "padding of dimension {} is {} and {}", i, before,
                  after);
    }
    dims.push_back(before + input.shape()[i] + after);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  if (context.num_inputs() == 2) {
    SetToZero(*output);
  } else {
    const Tensor& value = context.input(2);
    if (value.num_elements() != 1) {
      return Fail(ErrorCode::kInvalidArgument, "got {} to pad with, want a scalar",
                  Describe(value));
    }
    FL_TRY(CopyElements(value, *output, [&](const auto* from, auto* to, int64_t width) {
      for (int64_t i = 0; i < shape.num_elements(); ++i) to = std::copy_n(from, width, to);
    }));
  }
  const Strides strides = RowMajorStrides(shape);
  int64_t offset = 0;
  for (int i = 0; i < input.rank(); ++i) {
    offset += wide.flat<int64_t>()[static_cast<size_t>(2 * i)] * strides[static_cast<size_t>(i)];
  }
  if (input.num_elements() != 0) {
    CopyBoxOf(input.shape().dims(), input, 0, RowMajorStrides(input.shape()), *output, offset,
              strides);
  }
  return {};
}

// Where each row of a dimension of the result comes from: the border mirrors what lies inside, with
// the edge itself (`offset` 0) or without it (1).
int64_t Mirrored(int64_t position, int64_t before, int64_t size, int64_t offset) {
  int64_t at = position - before;
  if (at < 0) at = -at - 1 + offset;
  if (at >= size) at = 2 * size - at - 1 - offset;
  return at;
}

struct MirrorSizes {
  std::vector<int64_t> before;
  std::vector<int64_t> padded;
  int64_t offset = 0;

  // `sizes` are those within the border; a gradient knows the ones with it.
  static Result<MirrorSizes> Of(const Node& node, const Tensor& paddings, const Shape& shape,
                                bool shape_is_padded) {
    MirrorSizes sizes;
    const auto& mode = node.attr<std::string>("mode");
    if (mode != "REFLECT" && mode != "SYMMETRIC") {
      return Fail(ErrorCode::kInvalidArgument, "mode {}, want REFLECT or SYMMETRIC", mode);
    }
    sizes.offset = mode == "REFLECT" ? 1 : 0;
    FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(paddings, DType::kInt64));
    if (paddings.rank() != 2 || paddings.num_elements() != 2 * shape.rank()) {
      return Fail(ErrorCode::kInvalidArgument, "got paddings {} for shape {}", Describe(paddings),
                  ToString(shape));
    }
    for (int i = 0; i < shape.rank(); ++i) {
      const int64_t before = wide.flat<int64_t>()[static_cast<size_t>(2 * i)];
      const int64_t after = wide.flat<int64_t>()[static_cast<size_t>(2 * i + 1)];
      const int64_t inside = shape_is_padded ? shape[i] - before - after : shape[i];
      const int64_t most = inside - sizes.offset;
      if (before < 0 || after < 0 || before > most || after > most) {
        return Fail(ErrorCode::kInvalidArgument,
                    "padding of dimension {} is {} and {}, {} elements mirror at most {}", i,
                    before, after, inside, most);
      }
      sizes.before.push_back(before);
      sizes.padded.push_back(before + inside + after);
    }
    return sizes;
  }
};

// Calls visit(position in the padded shape, position in the inner one).
template <typename Visit>
void ForEachMirrored(const MirrorSizes& sizes, const Shape& inside, Visit visit) {
  const Strides strides = RowMajorStrides(inside);
  std::array<int64_t, kMaxRank> index{};
  int64_t total = 1;
  for (const int64_t size : sizes.padded) total *= size;
  for (int64_t position = 0; position < total; ++position) {
    int64_t source = 0;
    for (int i = 0; i < inside.rank(); ++i) {
      const auto d = static_cast<size_t>(i);
      source += Mirrored(index[d], sizes.before[d], inside[i], sizes.offset) * strides[d];
    }
    visit(position, source);
    for (size_t d = sizes.padded.size(); d-- > 0;) {
      if (++index[d] < sizes.padded[d]) break;
      index[d] = 0;
    }
  }
}

Status MirrorPadKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(
      const MirrorSizes sizes,
      MirrorSizes::Of(context.node(), context.input(1), input.shape(), /*shape_is_padded=*/false));
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(sizes.padded));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    ForEachMirrored(sizes, input.shape(), [&](int64_t position, int64_t source) {
      std::copy_n(from + source * width, width, to + position * width);
    });
  });
}

template <typename T>
Status MirrorPadGradKernel(KernelContext& context) {
  const Tensor& gradient = context.input(0);
  FL_ASSIGN_OR_RETURN(const MirrorSizes sizes,
                      MirrorSizes::Of(context.node(), context.input(1), gradient.shape(),
                                      /*shape_is_padded=*/true));
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(context.input(1), DType::kInt64));
  std::vector<int64_t> dims;
  for (int i = 0; i < gradient.rank(); ++i) {
    dims.push_back(gradient.shape()[i] - wide.flat<int64_t>()[static_cast<size_t>(2 * i)] -
                   wide.flat<int64_t>()[static_cast<size_t>(2 * i + 1)]);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  SetToZero(*output);
  const T* const in = gradient.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  ForEachMirrored(sizes, shape,
                  [&](int64_t position, int64_t source) { out[source] += in[position]; });
  return {};
}

Status MirrorPadGradShape(InferenceContext& context) {
  if (context.input(0).has_rank()) {
    context.set_output(0, PartialShape::UnknownOfRank(context.input(0).rank()));
  }
  return {};
}

std::vector<Output> MirrorPadGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {OpCall(graph, "MirrorPadGrad", "")
              .Input(g[0], "input")
              .Input(node.input(1), "paddings")
              .Attr("mode", node.attr<std::string>("mode"))
              .OutputShape(node.input(0).shape())
              .Done(),
          {}};
}

std::vector<Output> PadGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  // The first column of the paddings is where the value begins.
  const Output first = Reshape(graph,
                               OpCall(graph, "StridedSlice", "strided_slice")
                                   .Input(node.input(1), "input")
                                   .Input({0, 0}, "begin")
                                   .Input({0, 1}, "end")
                                   .Input({1, 1}, "strides")
                                   .Attr("begin_mask", int64_t{1})
                                   .Attr("end_mask", int64_t{1})
                                   .Done(),
                               {-1});
  std::vector<Output> gradients(node.inputs.size());
  gradients[0] = Slice(graph, g[0], first, ShapeOf(graph, node.input(0)));
  return gradients;
}

constexpr OpSpec kOps[] = {
    {.name = "Pad",
     .signature = "input: T, paddings: Tpaddings -> output: T",
     .attrs = "T: type, Tpaddings: index = int32",
     .infer = PadShape,
     .gradient = PadGradient},
    {.name = "PadV2",
     .signature = "input: T, paddings: Tpaddings, constant_values: T -> output: T",
     .attrs = "T: type, Tpaddings: index = int32",
     .infer = PadShape,
     .gradient = PadGradient},
    {.name = "MirrorPad",
     .signature = "input: T, paddings: Tpaddings -> output: T",
     .attrs = "T: type, Tpaddings: index = int32, mode: string",
     .infer = PadShape,
     .gradient = MirrorPadGradient},
    {.name = "MirrorPadGrad",
     .signature = "input: T, paddings: Tpaddings -> output: T",
     .attrs = "T: type, Tpaddings: index = int32, mode: string",
     .infer = MirrorPadGradShape},
};

constexpr KernelDef kKernels[] = {
    {"Pad", DType::kInvalid, MakeFunctionKernel<PadKernel>},
    {"PadV2", DType::kInvalid, MakeFunctionKernel<PadKernel>},
    {"MirrorPad", DType::kInvalid, MakeFunctionKernel<MirrorPadKernel>},
    {"MirrorPadGrad", DType::kFloat32, MakeFunctionKernel<MirrorPadGradKernel<float>>},
    {"MirrorPadGrad", DType::kFloat64, MakeFunctionKernel<MirrorPadGradKernel<double>>},
};

}  // namespace

Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name) {
  return OpCall(graph, "Pad", name).Input(value, "input").Input(paddings, "paddings").Done();
}

Output PadWith(GraphBuilder& graph, const Operand& value, const Operand& paddings,
               const Operand& filler, std::string_view name) {
  const DType dtype = value.dtype();
  return OpCall(graph, "PadV2", name)
      .Input(value, "input")
      .Input(paddings, "paddings")
      .Input(filler, "constant_values", filler.is_output() ? DType::kInvalid : dtype)
      .Done();
}

Output MirrorPad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
                 bool repeats_edge, std::string_view name) {
  return OpCall(graph, "MirrorPad", name)
      .Input(value, "input")
      .Input(paddings, "paddings")
      .Attr("mode", std::string(repeats_edge ? "SYMMETRIC" : "REFLECT"))
      .Done();
}

std::span<const OpSpec> PaddingOps() { return kOps; }
std::span<const KernelDef> PaddingKernels() { return kKernels; }

}  // namespace fanlight
