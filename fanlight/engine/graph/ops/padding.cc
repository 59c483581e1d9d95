#include "fanlight/engine/graph/ops/padding.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/slicing.h"

namespace fanlight {
namespace {

Status PadShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(context.WantRank(1, 2, "argument \"paddings\""));
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
  SetToZero(*output);
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
  return {Slice(graph, g[0], first, ShapeOf(graph, node.input(0))), {}};
}

constexpr OpSpec kOps[] = {
    {.name = "Pad",
     .signature = "input: T, paddings: Tpaddings -> output: T",
     .attrs = "T: type, Tpaddings: index = int32",
     .infer = PadShape,
     .gradient = PadGradient},
};

constexpr KernelDef kKernels[] = {
    {"Pad", DType::kInvalid, MakeFunctionKernel<PadKernel>},
};

}  // namespace

Output Pad(GraphBuilder& graph, const Operand& value, const Operand& paddings,
           std::string_view name) {
  return OpCall(graph, "Pad", name).Input(value, "input").Input(paddings, "paddings").Done();
}

std::span<const OpSpec> PaddingOps() { return kOps; }
std::span<const KernelDef> PaddingKernels() { return kKernels; }

}  // namespace fanlight
