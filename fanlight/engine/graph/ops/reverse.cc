#include "fanlight/engine/graph/ops/reverse.h"

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {
namespace {

Status ReverseShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 1, "argument \"axis\""));
  if (const auto axes = context.constant_integers(1); axes && context.input(0).has_rank()) {
    FL_TRY(AxesMask(*axes, context.input(0).rank()));
  }
  context.set_output(0, context.input(0));
  return {};
}

Status ReverseKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const SmallInts axes, IntegersOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const uint32_t mask, AxesMask(axes.span(), input.rank()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, input.shape()));
  const Strides strides = RowMajorStrides(input.shape());
  Strides steps = strides;
  int64_t begin = 0;
  for (int i = 0; i < input.rank(); ++i) {
    if ((mask >> i & 1) == 0) continue;
    const auto d = static_cast<size_t>(i);
    begin += (input.shape()[i] - 1) * strides[d];
    steps[d] = -strides[d];
  }
  if (input.num_elements() != 0) {
    CopyBoxOf(input.shape().dims(), input, begin, steps, *output, 0, strides);
  }
  return {};
}

std::vector<Output> ReverseGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  return {Reverse(graph, g[0], node.input(1)), {}};
}

constexpr OpSpec kOps[] = {
    {.name = "ReverseV2",
     .signature = "tensor: T, axis: Tidx -> output: T",
     .attrs = "Tidx: index = int32, T: {uint8|int8|uint16|int16|int32|uint32|int64|uint64|bool|"
              "bfloat16|float16|float32|float64|complex64|complex128|string}",
     .infer = ReverseShape,
     .gradient = ReverseGradient},
};

constexpr KernelDef kKernels[] = {
    {"ReverseV2", DType::kInvalid, MakeFunctionKernel<ReverseKernel>},
};

}  // namespace

Output Reverse(GraphBuilder& graph, const Operand& value, const Operand& axes,
               std::string_view name) {
  return OpCall(graph, "ReverseV2", name).Input(value, "tensor").Input(axes, "axis").Done();
}

std::span<const OpSpec> ReverseOps() { return kOps; }
std::span<const KernelDef> ReverseKernels() { return kKernels; }

}  // namespace fanlight
