#include "fanlight/engine/tensor/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace fanlight {
namespace {

std::vector<float> Numbers(int64_t count, std::mt19937& random) {
  std::vector<float> numbers(static_cast<size_t>(count));
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& number : numbers) number = uniform(random);
  return numbers;
}

// Element by element in double.
double Exact(const GemmSizes& s, const MatrixView& a, const MatrixView& b, int64_t i, int64_t j) {
  double sum = 0;
  for (int64_t p = 0; p < s.k; ++p) {
    sum += double{a.data[i * a.row_stride + p * a.col_stride]} *
           double{b.data[p * b.row_stride + j * b.col_stride]};
  }
  return sum;
}

TEST(Gemm, MultipliesAnyShapeTransposedOrNotWithEveryEpilogue) {
  std::mt19937 random(1);
  for (const GemmSizes s : {GemmSizes{1, 1, 1},
                            {6, 16, 4},
                            {7, 17, 5},
                            {13, 10, 32},
                            {100, 33, 3},
                            {5, 70, 1200},
                            {3, 64, 0},
                            {12, 40, 513},
                            {230, 200, 20},
                            {11, 256, 300},
                            {27, 600, 410}}) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        const auto a_data = Numbers(s.m * s.k, random);
        const auto b_data = Numbers(s.k * s.n, random);
        const MatrixView a =
            transpose_a ? MatrixView{a_data.data(), 1, s.m} : MatrixView{a_data.data(), s.k, 1};
        const MatrixView b =
            transpose_b ? MatrixView{b_data.data(), 1, s.k} : MatrixView{b_data.data(), s.n, 1};
        const auto bias = Numbers(s.n, random);
        const auto mask = Numbers(s.m * s.n, random);
        const auto before = Numbers(s.m * s.n, random);
        const GemmEpilogue epilogues[] = {{},
                                          {.bias = bias.data()},
                                          {.bias = bias.data(), .relu = true},
                                          {.mask = mask.data()},
                                          {.accumulates = true, .scale = -0.5f}};
        for (const GemmEpilogue& epilogue : epilogues) {
          std::vector<float> c = before;
          Gemm(s, a, b, c.data(), epilogue, {});
          for (int64_t i = 0; i < s.m; ++i) {
            for (int64_t j = 0; j < s.n; ++j) {
              const auto at = static_cast<size_t>(i * s.n + j);
              double want = Exact(s, a, b, i, j);
              if (epilogue.accumulates) want = double{before[at]} - 0.5 * want;
              if (epilogue.bias != nullptr) want += double{bias[static_cast<size_t>(j)]};
              if (epilogue.relu) want = std::max(want, 0.0);
              if (epilogue.mask != nullptr && !(mask[at] > 0)) want = 0;
              ASSERT_NEAR(double{c[at]}, want, 1e-6 * static_cast<double>(s.k + 10))
                  << s.m << "x" << s.n << "x" << s.k << " at " << i << "," << j;
            }
          }
        }
      }
    }
  }
}

TEST(Gemm, ThreadsChangeNoBit) {
  std::mt19937 random(2);
  Workers workers(2);
  for (const GemmSizes s : {GemmSizes{100, 128, 784}, {784, 128, 100}, {1000, 10, 300}}) {
    const auto a = Numbers(s.m * s.k, random);
    const auto b = Numbers(s.k * s.n, random);
    std::vector<float> one(static_cast<size_t>(s.m * s.n));
    Gemm(s, {a.data(), s.k, 1}, {b.data(), s.n, 1}, one.data(), {}, {});
    for (const int num_threads : {2, 3}) {
      std::vector<float> two(one.size());
      Gemm(s, {a.data(), s.k, 1}, {b.data(), s.n, 1}, two.data(), {}, {&workers, num_threads});
      EXPECT_EQ(one, two) << num_threads;
    }
  }
}

TEST(Gemm, NaNComesThroughRelu) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float b = 1;
  float c = 0;
  Gemm({1, 1, 1}, {&nan, 1, 1}, {&b, 1, 1}, &c, {.relu = true}, {});
  EXPECT_TRUE(std::isnan(c));
}

}  // namespace
}  // namespace fanlight
