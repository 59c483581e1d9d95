#include "fanlight/engine/graph/ops/joined_kernels.h"

#include <dnnl.h>
#include <omp.h>

#include <algorithm>

#include "fanlight/engine/graph/ops/nn.h"

namespace fanlight {
namespace {

using Then = JoinedProduct::Then;

// By the library, and what follows in a second pass: for sizes where the pass is nothing beside it.
void LargeProduct(const JoinedProduct& product, const float* a, const float* b, float* c,
                  const GemmEpilogue& epilogue) {
  const GemmSizes& s = product.sizes;
  const int64_t lda = product.transpose_a ? s.m : s.k;
  const int64_t ldb = product.transpose_b ? s.k : s.n;
  const dnnl_status_t status =
      dnnl_sgemm(product.transpose_a ? 'T' : 'N', product.transpose_b ? 'T' : 'N', s.m, s.n, s.k,
                 epilogue.accumulates ? epilogue.scale : 1.0f, a, lda, b, ldb,
                 epilogue.accumulates ? 1.0f : 0.0f, c, s.n);
  FL_CHECK(status == dnnl_success, "oneDNN multiplies matrices of any size");
  if (epilogue.accumulates) return;
  for (int64_t i = 0; i < s.m; ++i) {
    float* const row = c + i * s.n;
    if (epilogue.bias != nullptr) {
      for (int64_t j = 0; j < s.n; ++j) row[j] += epilogue.bias[j];
    }
    if (epilogue.relu) {
      for (int64_t j = 0; j < s.n; ++j) row[j] = row[j] < 0 ? 0 : row[j];
    }
    if (epilogue.mask != nullptr) {
      const float* const mask = epilogue.mask + i * s.n;
      for (int64_t j = 0; j < s.n; ++j) row[j] = mask[j] > 0 ? row[j] : 0;
    }
  }
}

class JoinedProductKernel final : public Kernel {
 public:
  explicit JoinedProductKernel(const JoinedProduct& product)
      : product_(product), is_small_(IsSmallGemm(product.sizes)) {}

  Status Compute(KernelContext& context) const override {
    GemmEpilogue epilogue;
    if (product_.then == Then::kApplyDescent) {
      FL_ASSIGN_OR_RETURN(Tensor* const variable, context.variable().ForUpdating());
      epilogue.accumulates = true;
      epilogue.scale = -context.input(1).scalar<float>();
      Multiply(context.input(2), context.input(3), variable->mutable_flat<float>(), epilogue);
      return {};
    }
    if (product_.then == Then::kBias || product_.then == Then::kBiasRelu) {
      epilogue.bias = context.input(2).flat<float>().data();
    }
    epilogue.relu = product_.then == Then::kBiasRelu || product_.then == Then::kRelu;
    if (product_.then == Then::kReluGrad) epilogue.mask = context.input(2).flat<float>().data();
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(0, {product_.sizes.m, product_.sizes.n}));
    Multiply(context.input(0), context.input(1), output->mutable_flat<float>(), epilogue);
    return {};
  }

 private:
  void Multiply(const Tensor& a, const Tensor& b, std::span<float> c,
                const GemmEpilogue& epilogue) const {
    const GemmSizes& s = product_.sizes;
    const float* const left = a.flat<float>().data();
    const float* const right = b.flat<float>().data();
    FL_CHECK(a.num_elements() == s.m * s.k && b.num_elements() == s.k * s.n &&
                 static_cast<int64_t>(c.size()) == s.m * s.n,
             "a plan runs with the shapes it was made for");
    if (is_small_ || s.k == 0) {
      Gemm(s, product_.transpose_a ? MatrixView{left, 1, s.m} : MatrixView{left, s.k, 1},
           product_.transpose_b ? MatrixView{right, 1, s.k} : MatrixView{right, s.n, 1}, c.data(),
           epilogue, omp_get_max_threads());
    } else {
      LargeProduct(product_, left, right, c.data(), epilogue);
    }
  }

  const JoinedProduct product_;
  const bool is_small_;
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
    for (int64_t begin = 0; begin < columns; begin += kBlock) {
      float sums[kBlock] = {};
      const int64_t count = std::min(kBlock, columns - begin);
      for (int64_t row = 0; row < rows; ++row) {
        const float* const from = in + row * columns + begin;
        for (int64_t i = 0; i < count; ++i) sums[i] += from[i];
      }
      for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(begin + i)] -= alpha * sums[i];
    }
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
