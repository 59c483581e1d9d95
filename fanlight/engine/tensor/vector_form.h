// Which of the forms that Highway compiles a function in is the best for this processor:
//
//   #include <hwy/highway.h>  // And foreach_target.h before it.
//   #include "fanlight/engine/tensor/vector_form.h"
//   …
//   #if HWY_ONCE
//   const auto kMultiplyAll = FL_BEST_FORM(MultiplyAll);
//
// Highway's own choice stands in its library, and that measures the processor's clock for 3.7 ms when it is loaded: a fifth of
// what a training program takes to its first step. With this one, only headers of it are used.
#pragma once

#include <hwy/detect_compiler_arch.h>

#include <array>
#include <cstddef>

namespace fanlight {

// The best first, the one that every processor of the architecture has last.
inline constexpr size_t kVectorForms = 6;
template <typename Function>
using VectorForms = std::array<Function, kVectorForms>;

#define FL_BEST_FORM(function)                                                            \
  ::fanlight::BestForm(::fanlight::VectorForms<decltype(&HWY_STATIC_DISPATCH(function))>{ \
      HWY_CHOOSE_AVX3_DL(function), HWY_CHOOSE_AVX3(function), HWY_CHOOSE_AVX2(function), \
      HWY_CHOOSE_SSE4(function), HWY_CHOOSE_SSSE3(function), &HWY_STATIC_DISPATCH(function)})

// The number of the best form that the processor, and the system, can run.
inline size_t BestVectorForm() {
#if HWY_ARCH_X86
  __builtin_cpu_init();
  const bool has_ssse3 = __builtin_cpu_supports("ssse3");
  const bool has_sse4 = has_ssse3 && __builtin_cpu_supports("sse4.1") &&
                        __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") &&
                        __builtin_cpu_supports("aes");
  const bool has_avx2 = has_sse4 && __builtin_cpu_supports("avx2") &&
                        __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
  const bool has_avx3 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
  const bool has_avx3_dl =
      has_avx3 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") &&
      __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bitalg") &&
      __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("vpclmulqdq") &&
      __builtin_cpu_supports("vaes") && __builtin_cpu_supports("gfni");
  const std::array<bool, kVectorForms> has = {has_avx3_dl, has_avx3,  has_avx2,
                                              has_sse4,    has_ssse3, true};
  size_t form = 0;
  while (!has[form]) ++form;
  return form;
#else
  return kVectorForms - 1;
#endif
}

// A form that is not there was not compiled: the compiler may not know the instructions, or may take others for granted.
template <typename Function>
Function BestForm(const VectorForms<Function>& forms) {
  static const size_t best = BestVectorForm();
  size_t form = best;
  while (forms[form] == nullptr) ++form;
  return forms[form];
}

}  // namespace fanlight
