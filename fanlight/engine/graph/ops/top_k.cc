#include "fanlight/engine/graph/ops/top_k.h"

#include <algorithm>
#include <numeric>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/strided_slice.h"

namespace fanlight {
namespace {

Status TopKShape(InferenceContext& context) {
  PartialShape shape = context.input(0);
  if (context.num_inputs() == 2) FL_TRY(context.WantRank(1, 0, "argument \"k\""));
  if (!shape.has_rank()) return {};
  if (shape.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "the input of a top_k must have at least rank 1");
  }
  int64_t k = PartialShape::kUnknown;
  if (context.num_inputs() == 1) {
    k = context.node().attr<int64_t>("k");
  } else if (const auto value = context.constant_integers(1)) {
    k = (*value)[0];
  }
  const int64_t last = shape[shape.rank() - 1];
  if (k >= 0 && last >= 0 && k > last) {
    return Fail(ErrorCode::kInvalidArgument, "k is {}, rows have {} elements", k, last);
  }
  shape.set_dim(shape.rank() - 1, k);
  context.set_output(0, shape);
  context.set_output(1, shape);
  return {};
}

template <typename T>
Status TopKKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  int64_t k = 0;
  if (context.num_inputs() == 1) {
    k = context.node().attr<int64_t>("k");
  } else {
    FL_ASSIGN_OR_RETURN(k, ScalarOf(context.input(1)));
  }
  const int64_t length = input.rank() < 1 ? 0 : input.shape()[input.rank() - 1];
  if (input.rank() < 1 || k < 0 || k > length) {
    return Fail(ErrorCode::kInvalidArgument, "k is {} for rows of {}", k, Describe(input));
  }
  std::vector<int64_t> dims(input.shape().dims().begin(), input.shape().dims().end());
  dims.back() = k;
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const values, context.AllocateOutput(0, shape));
  FL_ASSIGN_OR_RETURN(Tensor* const indices, context.AllocateOutput(1, shape));
  if (shape.num_elements() == 0) return {};
  T* value = values->mutable_flat<T>().data();
  int32_t* index = indices->mutable_flat<int32_t>().data();
  std::vector<int32_t> order(static_cast<size_t>(length));
  const auto in = input.flat<T>();
  for (size_t row = 0; row < in.size(); row += static_cast<size_t>(length)) {
    const T* const from = in.data() + row;
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int32_t a, int32_t b) {
      return from[a] > from[b] || (!(from[b] > from[a]) && a < b);
    });
    for (int64_t i = 0; i < k; ++i) {
      *index++ = order[static_cast<size_t>(i)];
      *value++ = from[order[static_cast<size_t>(i)]];
    }
  }
  return {};
}

// The values' gradient goes to their places in the rows, laid end to end.
std::vector<Output> TopKGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  const Output input = node.input(0);
  const Output indices(&node, 1);
  const Output shape = ShapeOp(graph, input);
  const Output index_shape = ShapeOp(graph, indices);
  const auto last = [&](const Output& dims) {
    return StridedSlice(graph, dims, {-1}, {0}, {1}, {.end_mask = 1, .shrink_axis_mask = 1});
  };
  const Output length = last(shape);
  const Output rows = Reshape(
      graph, indices, Stack(graph, {Operand(-1).ToOutput(graph, "Const"), last(index_shape)}));
  const Output count = FloorDiv(graph, Size(graph, input), Maximum(graph, length, 1));
  const Output starts = ExpandDims(graph, Range(graph, 0, Mul(graph, count, length), length), -1);
  const Output flat = Reshape(graph, Add(graph, rows, starts, "add"), {-1});
  const Output places = ExpandDims(graph, flat, -1);
  const Output gradient = ScatterNd(graph, places, Reshape(graph, g[0], {-1}),
                                    ExpandDims(graph, Size(graph, input), 0));
  std::vector<Output> gradients(node.inputs.size());
  gradients[0] = Reshape(graph, gradient, shape);
  return gradients;
}

constexpr OpSpec kOps[] = {
    {.name = "TopK",
     .signature = "input: T -> values: T, indices: int32",
     .attrs = "k: int, sorted: bool = true, T: realnumber",
     .infer = TopKShape,
     .gradient = TopKGradient},
    {.name = "TopKV2",
     .signature = "input: T, k: Tk -> values: T, indices: index_type",
     .attrs = "sorted: bool = true, T: realnumber, Tk: index = int32, index_type: {int32} = int32",
     .infer = TopKShape,
     .gradient = TopKGradient},
};

#define FL_TOP(T) TopKKernel<T>

constexpr KernelDef kKernels[] = {
    FL_REALS("TopK", FL_TOP),
    FL_REALS("TopKV2", FL_TOP),
};

}  // namespace

TopKResult TopK(GraphBuilder& graph, const Operand& input, const Operand& k,
                std::string_view name) {
  const Node* node = OpCall(graph, "TopKV2", name).Input(input, "input").Input(k, "k").Done();
  if (node == nullptr) return {};
  return {{node, 0}, {node, 1}};
}

std::span<const OpSpec> TopKOps() { return kOps; }
std::span<const KernelDef> TopKKernels() { return kKernels; }

}  // namespace fanlight
