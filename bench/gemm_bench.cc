// The products of the engine's headline workloads: our Gemm, oneDNN's, and what a core can do at most.
//
//   build/release/bin/gemm-bench
//
// In GFLOP/s, the best of several rounds.
#include <dnnl.h>
#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "fanlight/engine/tensor/gemm.h"

// The code below is compiled once for each instruction set, and chosen when it runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/gemm_bench.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fanlight::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains of multiply-adds, enough to hide their latency. Returns the operations done.
int64_t MultiplyAdd(int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 1.0000001f);
  const auto addend = hn::Set(d, 1e-9f);
  hn::Vec<decltype(d)> sums[12];
#if HWY_COMPILER_CLANG
#pragma clang loop unroll(full)
#else
#pragma GCC unroll 12
#endif
  for (int i = 0; i < 12; ++i) sums[i] = hn::Set(d, *sink + static_cast<float>(i));
  for (int64_t r = 0; r < rounds; ++r) {
#if HWY_COMPILER_CLANG
#pragma clang loop unroll(full)
#else
#pragma GCC unroll 12
#endif
    for (int i = 0; i < 12; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  for (const auto& sum : sums) *sink += hn::GetLane(hn::SumOfLanes(d, sum));
  return rounds * 12 * 2 * static_cast<int64_t>(hn::Lanes(d));
}

}  // namespace fanlight::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fanlight {
namespace {

HWY_EXPORT(MultiplyAdd);

using Clock = std::chrono::steady_clock;

struct Product {
  const char* name;
  bool transpose_a;
  bool transpose_b;
  GemmSizes sizes;
};

constexpr Product kProducts[] = {
    {"MNIST hidden1", false, false, {100, 128, 784}},
    {"MNIST gradient of weights1", true, false, {784, 128, 100}},
    {"MNIST hidden2", false, false, {100, 32, 128}},
    {"MNIST softmax_linear", false, false, {100, 10, 32}},
    {"MNIST gradient of weights2", true, false, {128, 32, 100}},
    {"MNIST gradient of hidden1", false, true, {100, 128, 32}},
    {"MLP hidden1", false, false, {512, 2048, 784}},
    {"MLP hidden2", false, false, {512, 2048, 2048}},
    {"MLP gradient of weights2", true, false, {2048, 2048, 512}},
    {"MLP gradient of hidden1", false, true, {512, 2048, 2048}},
};

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

double PeakGflops() {
  double best = 0;
  float sink = 1;
  for (int round = 0; round < 20; ++round) {
    const auto begin = Clock::now();
    const int64_t operations = HWY_DYNAMIC_DISPATCH(MultiplyAdd)(1'000'000, &sink);
    best = std::max(best, static_cast<double>(operations) / Seconds(begin) / 1e9);
  }
  if (sink == 0) fmt::print("\n");  // The sums are wanted.
  return best;
}

struct Matrices {
  explicit Matrices(const GemmSizes& s)
      : a(static_cast<size_t>(s.m * s.k), 1.0f),
        b(static_cast<size_t>(s.k * s.n), 1.0f),
        c(static_cast<size_t>(s.m * s.n)) {}
  std::vector<float> a;
  std::vector<float> b;
  std::vector<float> c;
};

// The best of several rounds, in GFLOP/s.
template <typename Multiply>
double Gflops(const GemmSizes& s, const Multiply& multiply) {
  Matrices matrices(s);
  const double operations =
      2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  const int repeats = std::max(1, static_cast<int>(1e8 / operations));
  double best = 0;
  for (int round = 0; round < 15; ++round) {
    const auto begin = Clock::now();
    for (int i = 0; i < repeats; ++i) multiply(matrices);
    best = std::max(best, operations * repeats / Seconds(begin) / 1e9);
  }
  return best;
}

double Ours(const Product& product, int num_threads) {
  const GemmSizes& s = product.sizes;
  const auto workers = Workers::OfProcess();
  return Gflops(s, [&](Matrices& matrices) {
    const float* const a = matrices.a.data();
    const float* const b = matrices.b.data();
    Gemm(s, product.transpose_a ? MatrixView{a, 1, s.m} : MatrixView{a, s.k, 1},
         product.transpose_b ? MatrixView{b, 1, s.k} : MatrixView{b, s.n, 1}, matrices.c.data(), {},
         {workers.get(), num_threads});
  });
}

double OneDnns(const Product& product, int num_threads) {
  const GemmSizes& s = product.sizes;
  omp_set_num_threads(num_threads);
  return Gflops(s, [&](Matrices& matrices) {
    dnnl_sgemm(product.transpose_a ? 'T' : 'N', product.transpose_b ? 'T' : 'N', s.m, s.n, s.k,
               1.0f, matrices.a.data(), product.transpose_a ? s.m : s.k, matrices.b.data(),
               product.transpose_b ? s.k : s.n, 0.0f, matrices.c.data(), s.n);
  });
}

// All of ours first: oneDNN's threads go on turning for a while after each product.
void Measure(int num_threads) {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (const Product& product : kProducts) ours.push_back(Ours(product, num_threads));
  for (const Product& product : kProducts) theirs.push_back(OneDnns(product, num_threads));
  fmt::print("\n{:<48} {:>12} {:>12}\n",
             fmt::format("GFLOP/s at {} thread{}", num_threads, num_threads == 1 ? "" : "s"),
             "ours", "oneDNN");
  for (size_t i = 0; i < ours.size(); ++i) {
    const Product& product = kProducts[i];
    fmt::print("{:<28} {:>5} x{:>5} x{:>5} {:>12.1f} {:>12.1f}\n", product.name, product.sizes.m,
               product.sizes.n, product.sizes.k, ours[i], theirs[i]);
  }
}

}  // namespace
}  // namespace fanlight

int main() {
  std::setbuf(stdout, nullptr);
  fmt::print("multiply-adds of one core: {:.1f} GFLOP/s\n", fanlight::PeakGflops());
  const int most = fanlight::Workers::OfProcess()->max_threads();
  if (most > 1) fanlight::Measure(most);
  fanlight::Measure(1);
  return 0;
}
#endif
