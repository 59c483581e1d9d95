#include "fanlight/engine/graph/ops/batch_matmul.h"

#include <dnnl.h>

#include <algorithm>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/strided_slice.h"

namespace fanlight {
namespace {

PartialShape WithoutMatrix(const PartialShape& shape) {
  const auto dims = shape.dims();
  auto batch = PartialShape::From(dims.subspan(0, dims.size() - 2));
  FL_CHECK(batch.has_value(), "a part of a shape is a shape");
  return *batch;
}

Status BatchMatMulShape(InferenceContext& context) {
  const PartialShape& x = context.input(0);
  const PartialShape& y = context.input(1);
  if (!x.has_rank() || !y.has_rank()) return {};
  if (x.rank() < 2 || y.rank() < 2) {
    return Fail(ErrorCode::kInvalidArgument, "cannot multiply {} and {}, want at least matrices",
                ToString(x), ToString(y));
  }
  const bool adjoint_x = context.node().attr<bool>("adj_x");
  const bool adjoint_y = context.node().attr<bool>("adj_y");
  const int64_t inner_x = x[x.rank() - (adjoint_x ? 2 : 1)];
  const int64_t inner_y = y[y.rank() - (adjoint_y ? 1 : 2)];
  if (inner_x >= 0 && inner_y >= 0 && inner_x != inner_y) {
    return Fail(ErrorCode::kInvalidArgument,
                "the inner dimensions of a product differ: {} of {} and {} of {}", inner_x,
                ToString(x), inner_y, ToString(y));
  }
  FL_ASSIGN_OR_RETURN(const PartialShape batch, Broadcast(WithoutMatrix(x), WithoutMatrix(y)));
  if (!batch.has_rank()) return {};
  std::vector<int64_t> dims(batch.dims().begin(), batch.dims().end());
  dims.push_back(x[x.rank() - (adjoint_x ? 1 : 2)]);
  dims.push_back(y[y.rank() - (adjoint_y ? 2 : 1)]);
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// c = a · b of [m, k] and [k, n], each perhaps stored transposed.
struct Product {
  bool transpose_a;
  bool transpose_b;
  int64_t m;
  int64_t n;
  int64_t k;

  void Run(const float* a, const float* b, float* c) const {
    const dnnl_status_t status =
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a,
                   transpose_a ? m : k, b, transpose_b ? k : n, 0.0f, c, n);
    FL_CHECK(status == dnnl_success, "oneDNN multiplies matrices of any size");
  }
  template <typename T>
  void Run(const T* a, const T* b, T* c) const {
    std::fill_n(c, m * n, T{0});
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t p = 0; p < k; ++p) {
        const T factor = transpose_a ? a[p * m + i] : a[i * k + p];
        for (int64_t j = 0; j < n; ++j) {
          c[i * n + j] =
              static_cast<T>(c[i * n + j] + factor * (transpose_b ? b[j * k + p] : b[p * n + j]));
        }
      }
    }
  }
};

template <typename T>
Status BatchMatMulKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& y = context.input(1);
  const bool adjoint_x = context.node().attr<bool>("adj_x");
  const bool adjoint_y = context.node().attr<bool>("adj_y");
  const auto dim = [](const Tensor& tensor, int from_end) {
    return tensor.shape()[tensor.rank() - from_end];
  };
  if (x.rank() < 2 || y.rank() < 2 || dim(x, adjoint_x ? 2 : 1) != dim(y, adjoint_y ? 1 : 2)) {
    return Fail(ErrorCode::kInvalidArgument, "cannot multiply the matrices of {} and {}",
                Describe(x), Describe(y));
  }
  const Product product{adjoint_x, adjoint_y, dim(x, adjoint_x ? 1 : 2), dim(y, adjoint_y ? 2 : 1),
                        dim(x, adjoint_x ? 2 : 1)};
  const auto outer = [](const Tensor& tensor) {
    return Shape::From(tensor.shape().dims().subspan(0, static_cast<size_t>(tensor.rank() - 2)));
  };
  FL_ASSIGN_OR_RETURN(const Shape batch_x, outer(x));
  FL_ASSIGN_OR_RETURN(const Shape batch_y, outer(y));
  FL_ASSIGN_OR_RETURN(const Shape batch, Broadcast(batch_x, batch_y));
  std::vector<int64_t> dims(batch.dims().begin(), batch.dims().end());
  dims.push_back(product.m);
  dims.push_back(product.n);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  T* const out = output->mutable_flat<T>().data();
  if (shape.num_elements() == 0) return {};
  if (product.k == 0) {
    std::fill_n(out, shape.num_elements(), T{0});
    return {};
  }
  const T* const a = x.flat<T>().data();
  const T* const b = y.flat<T>().data();
  const StridedLoop loop = BroadcastLoop(batch, batch_x, batch_y);
  const StridedLoop::Dim inner = loop.dims[static_cast<size_t>(loop.rank) - 1];
  loop.ForEachRun([&](int64_t position, int64_t in_x, int64_t in_y) {
    for (int64_t i = 0; i < inner.size; ++i) {
      product.Run(a + (in_x + i * inner.stride_a) * product.m * product.k,
                  b + (in_y + i * inner.stride_b) * product.k * product.n,
                  out + (position + i) * product.m * product.n);
    }
  });
  return {};
}

Output Multiply(GraphBuilder& graph, std::string_view op, const Output& x, const Output& y,
                bool adjoint_x, bool adjoint_y) {
  return OpCall(graph, op, "MatMul")
      .Input(x, "x")
      .Input(y, "y")
      .Attr("adj_x", adjoint_x)
      .Attr("adj_y", adjoint_y)
      .Done();
}

std::vector<Output> BatchMatMulGradient(GraphBuilder& graph, const Node& node,
                                        std::span<const Output> g) {
  const Output x = node.input(0);
  const Output y = node.input(1);
  const bool adj_x = node.attr<bool>("adj_x");
  const bool adj_y = node.attr<bool>("adj_y");
  const auto product = [&](const Output& a, const Output& b, bool of_a, bool of_b) {
    return Multiply(graph, node.type(), a, b, of_a, of_b);
  };
  Output of_x = adj_x ? product(y, g[0], adj_y, true) : product(g[0], y, false, !adj_y);
  Output of_y = adj_y ? product(g[0], x, true, adj_x) : product(x, g[0], !adj_x, false);
  const PartialShape& shape_x = x.shape();
  const PartialShape& shape_y = y.shape();
  const bool is_same =
      node.type() == "BatchMatMul" ||
      (shape_x.has_rank() && shape_y.has_rank() && WithoutMatrix(shape_x).is_fully_known() &&
       WithoutMatrix(shape_x) == WithoutMatrix(shape_y));
  if (is_same) return {of_x, of_y};
  // Sums over the batch dimensions along which an argument was stretched.
  const Output dims_x = ShapeOf(graph, x);
  const Output dims_y = ShapeOf(graph, y);
  const auto batch = [&](const Output& dims) {
    return StridedSlice(graph, dims, {0}, {-2}, {1}, {.begin_mask = 1});
  };
  const BroadcastAxes axes = BroadcastGradientArgs(graph, batch(dims_x), batch(dims_y));
  of_x = Reshape(graph, SumAlong(graph, of_x, axes.first, /*keep_dims=*/false), dims_x);
  of_y = Reshape(graph, SumAlong(graph, of_y, axes.second, /*keep_dims=*/false), dims_y);
  return {of_x, of_y};
}

constexpr OpSpec kOps[] = {
    {.name = "BatchMatMul",
     .signature = "x: T, y: T -> output: T",
     .attrs = "T: {bfloat16|float16|float32|float64|int32|int64|complex64|complex128}, "
              "adj_x: bool = false, adj_y: bool = false, grad_x: bool = false, "
              "grad_y: bool = false",
     .infer = BatchMatMulShape,
     .gradient = BatchMatMulGradient},
    {.name = "BatchMatMulV2",
     .signature = "x: T, y: T -> output: T",
     .attrs =
         "T: {bfloat16|float16|float32|float64|uint8|uint16|uint32|uint64|int16|int32|int64"
         "|complex64|complex128}, adj_x: bool = false, adj_y: bool = false, grad_x: bool = false, "
         "grad_y: bool = false",
     .infer = BatchMatMulShape,
     .gradient = BatchMatMulGradient},
};

#define FL_PRODUCTS(op_name)                                                      \
  {op_name, DType::kFloat32, MakeFunctionKernel<BatchMatMulKernel<float>>},       \
      {op_name, DType::kFloat64, MakeFunctionKernel<BatchMatMulKernel<double>>},  \
      {op_name, DType::kInt32, MakeFunctionKernel<BatchMatMulKernel<int32_t>>}, { \
    op_name, DType::kInt64, MakeFunctionKernel<BatchMatMulKernel<int64_t>>        \
  }

constexpr KernelDef kKernels[] = {
    FL_PRODUCTS("BatchMatMul"),
    FL_PRODUCTS("BatchMatMulV2"),
};

}  // namespace

Output BatchMatMul(GraphBuilder& graph, const Operand& x, const Operand& y,
                   const BatchMatMulOptions& options, std::string_view name) {
  return OpCall(graph, "BatchMatMulV2", name)
      .Input(x, "a")
      .Input(y, "b")
      .Attr("adj_x", options.adjoint_x)
      .Attr("adj_y", options.adjoint_y)
      .Done();
}

std::span<const OpSpec> BatchMatMulOps() { return kOps; }
std::span<const KernelDef> BatchMatMulKernels() { return kKernels; }

}  // namespace fanlight
