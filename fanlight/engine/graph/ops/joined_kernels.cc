#include "fanlight/engine/graph/ops/joined_kernels.h"

#include <algorithm>

#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/nn.h"

namespace fanlight {
namespace {

using Then = JoinedProduct::Then;

class JoinedProductKernel final : public Kernel {
 public:
  explicit JoinedProductKernel(const JoinedProduct& product) : product_(product) {}

  Status Compute(KernelContext& context) const override {
    GemmEpilogue epilogue;
    if (product_.then == Then::kApplyDescent) {
      FL_ASSIGN_OR_RETURN(Tensor* const variable, context.variable().ForUpdating());
      epilogue.accumulates = true;
      epilogue.scale = -context.input(1).scalar<float>();
      Multiply(context, 2, variable->mutable_flat<float>(), epilogue);
      return {};
    }
    if (product_.then == Then::kBias || product_.then == Then::kBiasRelu) {
      epilogue.bias = context.input(2).flat<float>().data();
    }
    epilogue.relu = product_.then == Then::kBiasRelu || product_.then == Then::kRelu;
    if (product_.then == Then::kReluGrad) epilogue.mask = context.input(2).flat<float>().data();
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(0, {product_.sizes.m, product_.sizes.n}));
    Multiply(context, 0, output->mutable_flat<float>(), epilogue);
    return {};
  }

 private:
  // The product of inputs `first` and `first` + 1.
  void Multiply(const KernelContext& context, int first, std::span<float> c,
                const GemmEpilogue& epilogue) const {
    const Tensor& a = context.input(first);
    const Tensor& b = context.input(first + 1);
    const GemmSizes& s = product_.sizes;
    FL_CHECK(a.num_elements() == s.m * s.k && b.num_elements() == s.k * s.n &&
                 static_cast<int64_t>(c.size()) == s.m * s.n,
             "a plan runs with the shapes it was made for");
    const float* const left = a.flat<float>().data();
    const float* const right = b.flat<float>().data();
    Gemm(s, product_.transpose_a ? MatrixView{left, 1, s.m} : MatrixView{left, s.k, 1},
         product_.transpose_b ? MatrixView{right, 1, s.k} : MatrixView{right, s.n, 1}, c.data(),
         epilogue, ThreadShare::Current());
  }

  const JoinedProduct product_;
};

class RowSumDescentKernel final : public Kernel {
 public:
  Status Compute(KernelContext& context) const override {
    const Tensor& matrix = context.input(2);
    FL_ASSIGN_OR_RETURN(Tensor* const variable, context.variable().ForUpdating());
    const float alpha = context.input(1).scalar<float>();
    const std::span<float> values = variable->mutable_flat<float>();
    const auto columns = static_cast<int64_t>(values.size());
    FL_CHECK(matrix.rank() == 2 && matrix.shape()[1] == columns,
             "a plan runs with the shapes it was made for");
    const float* const in = matrix.flat<float>().data();
    const int64_t rows = matrix.shape()[0];
    constexpr int64_t kBlock = 64;
    ForEachPiece((columns + kBlock - 1) / kBlock, rows * kBlock, [&](int64_t first, int64_t last) {
      for (int64_t begin = first * kBlock; begin < std::min(last * kBlock, columns);
           begin += kBlock) {
        float sums[kBlock] = {};
        const int64_t count = std::min(kBlock, columns - begin);
        for (int64_t row = 0; row < rows; ++row) {
          const float* const from = in + row * columns + begin;
          for (int64_t i = 0; i < count; ++i) sums[i] += from[i];
        }
        for (int64_t i = 0; i < count; ++i) {
          values[static_cast<size_t>(begin + i)] -= alpha * sums[i];
        }
      }
    });
    return {};
  }
};

class WeightedSparseCrossEntropyKernel final : public Kernel {
 public:
  explicit WeightedSparseCrossEntropyKernel(float weight) : weight_(weight) {}
  Status Compute(KernelContext& context) const override {
    return SparseCrossEntropy(context, weight_);
  }

 private:
  const float weight_;
};

}  // namespace

std::unique_ptr<Kernel> MakeJoinedProduct(const JoinedProduct& product) {
  return std::make_unique<JoinedProductKernel>(product);
}

std::unique_ptr<Kernel> MakeRowSumDescent() { return std::make_unique<RowSumDescentKernel>(); }

std::unique_ptr<Kernel> MakeWeightedSparseCrossEntropy(float weight) {
  return std::make_unique<WeightedSparseCrossEntropyKernel>(weight);
}

}  // namespace fanlight
