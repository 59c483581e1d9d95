#include "fanlight/engine/graph/ops/matmul.h"

#include <algorithm>
#include <type_traits>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/tensor/gemm.h"

namespace fanlight {
namespace {

Status MatMulShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 2, "argument \"a\""));
  FL_TRY(context.WantRank(1, 2, "argument \"b\""));
  const bool transpose_a = context.node().attr<bool>("transpose_a");
  const bool transpose_b = context.node().attr<bool>("transpose_b");
  const PartialShape a =
      context.input(0).has_rank() ? context.input(0) : PartialShape::UnknownOfRank(2);
  const PartialShape b =
      context.input(1).has_rank() ? context.input(1) : PartialShape::UnknownOfRank(2);
  const int64_t inner_a = a[transpose_a ? 0 : 1];
  const int64_t inner_b = b[transpose_b ? 1 : 0];
  if (inner_a >= 0 && inner_b >= 0 && inner_a != inner_b) {
    return Fail(ErrorCode::kInvalidArgument,
                "the inner dimensions of a product differ: {} of {}{} and {} of {}{}", inner_a,
                ToString(a), transpose_a ? " transposed" : "", inner_b, ToString(b),
                transpose_b ? " transposed" : "");
  }
  context.set_output(0, PartialShape{a[transpose_a ? 1 : 0], b[transpose_b ? 0 : 1]});
  return {};
}

struct Sizes {
  int64_t m;
  int64_t n;
  int64_t k;
  int64_t lda;
  int64_t ldb;
};

// For the types that Gemm does not know: by rows of b, so that the inner loop is contiguous.
template <typename T>
void Product(bool transpose_a, bool transpose_b, const Sizes& s, const T* a, const T* b, T* c) {
  std::fill_n(c, s.m * s.n, T{0});
  for (int64_t i = 0; i < s.m; ++i) {
    T* const row = c + i * s.n;
    for (int64_t p = 0; p < s.k; ++p) {
      const T factor = transpose_a ? a[p * s.lda + i] : a[i * s.lda + p];
      if (transpose_b) {
        for (int64_t j = 0; j < s.n; ++j)
          row[j] = static_cast<T>(row[j] + factor * b[j * s.ldb + p]);
      } else {
        const T* const from = b + p * s.ldb;
        for (int64_t j = 0; j < s.n; ++j) row[j] = static_cast<T>(row[j] + factor * from[j]);
      }
    }
  }
}

template <typename T>
class MatMulKernel final : public Kernel {
 public:
  explicit MatMulKernel(const Node& node)
      : transpose_a_(node.attr<bool>("transpose_a")),
        transpose_b_(node.attr<bool>("transpose_b")) {}

  Status Compute(KernelContext& context) const override {
    const Tensor& a = context.input(0);
    const Tensor& b = context.input(1);
    if (a.rank() != 2 || b.rank() != 2) {
      return Fail(ErrorCode::kInvalidArgument, "cannot multiply {} and {}, want matrices",
                  Describe(a), Describe(b));
    }
    const Sizes sizes{a.shape()[transpose_a_ ? 1 : 0], b.shape()[transpose_b_ ? 0 : 1],
                      a.shape()[transpose_a_ ? 0 : 1], a.shape()[1], b.shape()[1]};
    if (b.shape()[transpose_b_ ? 1 : 0] != sizes.k) {
      return Fail(ErrorCode::kInvalidArgument,
                  "cannot multiply {}{} and {}{}: the inner dimensions differ", Describe(a),
                  transpose_a_ ? " transposed" : "", Describe(b),
                  transpose_b_ ? " transposed" : "");
    }
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, {sizes.m, sizes.n}));
    T* const out = output->mutable_flat<T>().data();
    if constexpr (std::is_same_v<T, float>) {
      const float* const left = a.flat<float>().data();
      const float* const right = b.flat<float>().data();
      Gemm({sizes.m, sizes.n, sizes.k},
           transpose_a_ ? MatrixView{left, 1, sizes.lda} : MatrixView{left, sizes.lda, 1},
           transpose_b_ ? MatrixView{right, 1, sizes.ldb} : MatrixView{right, sizes.ldb, 1}, out,
           {}, ThreadShare::Current());
    } else if (sizes.k == 0) {
      std::fill_n(out, sizes.m * sizes.n, T{0});
    } else if (sizes.m != 0 && sizes.n != 0) {
      Product(transpose_a_, transpose_b_, sizes, a.flat<T>().data(), b.flat<T>().data(), out);
    }
    return {};
  }

 private:
  const bool transpose_a_;
  const bool transpose_b_;
};

Output GradientProduct(GraphBuilder& graph, const Output& a, const Output& b, bool transpose_a,
                       bool transpose_b, bool is_of_a) {
  return OpCall(graph, "MatMul", "")
      .Input(a, "a")
      .Input(b, "b")
      .Attr("transpose_a", transpose_a)
      .Attr("transpose_b", transpose_b)
      .Attr("grad_a", is_of_a)
      .Attr("grad_b", !is_of_a)
      .Done();
}

std::vector<Output> MatMulGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  const bool ta = node.attr<bool>("transpose_a");
  const bool tb = node.attr<bool>("transpose_b");
  const Output a = node.input(0);
  const Output b = node.input(1);
  // d(op(a)) = g · op(b)ᵀ and d(op(b)) = op(a)ᵀ · g, each transposed once more where op transposes.
  const Output of_a = ta ? GradientProduct(graph, b, g[0], tb, true, true)
                         : GradientProduct(graph, g[0], b, false, !tb, true);
  const Output of_b = tb ? GradientProduct(graph, g[0], a, true, ta, false)
                         : GradientProduct(graph, a, g[0], !ta, false, false);
  return {of_a, of_b};
}

constexpr OpSpec kOps[] = {
    {.name = "MatMul",
     .signature = "a: T, b: T -> product: T",
     .attrs = "transpose_a: bool = false, transpose_b: bool = false, T: "
              "{bfloat16|float16|float32|float64|uint8|uint16|uint32|"
              "uint64|int32|int64|complex64|complex128}, "
              "grad_a: bool = false, grad_b: bool = false",
     .infer = MatMulShape,
     .gradient = MatMulGradient},
};

constexpr KernelDef kKernels[] = {
    {"MatMul", DType::kFloat32, MakeKernel<MatMulKernel<float>>},
    {"MatMul", DType::kFloat64, MakeKernel<MatMulKernel<double>>},
    {"MatMul", DType::kInt32, MakeKernel<MatMulKernel<int32_t>>},
    {"MatMul", DType::kInt64, MakeKernel<MatMulKernel<int64_t>>},
};

}  // namespace

Output MatMul(GraphBuilder& graph, const Operand& a, const Operand& b, const MatMulOptions& options,
              std::string_view name) {
  return OpCall(graph, "MatMul", name)
      .Input(a, "a")
      .Input(b, "b")
      .Attr("transpose_a", options.transpose_a)
      .Attr("transpose_b", options.transpose_b)
      .Done();
}

std::span<const OpSpec> MatMulOps() { return kOps; }
std::span<const KernelDef> MatMulKernels() { return kKernels; }

}  // namespace fanlight
