#include "fanlight/engine/tensor/vector_form.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace fanlight {
namespace {

#if HWY_ARCH_X86
TEST(VectorForm, IsTheOneHighwayWouldTake) {
  const int64_t targets = hwy::SupportedTargets();
  const std::array<int64_t, kVectorForms - 1> known = {HWY_AVX3_DL, HWY_AVX3, HWY_AVX2, HWY_SSE4,
                                                       HWY_SSSE3};
  size_t best = 0;
  while (best < known.size() && (targets & known[best]) == 0) ++best;
  EXPECT_EQ(BestVectorForm(), best);
}
#endif

TEST(VectorForm, PassesByFormsThatWereNotCompiled) {
  using Function = int (*)();
  const Function last = [] { return 1; };
  EXPECT_EQ(BestForm(VectorForms<Function>{nullptr, nullptr, nullptr, nullptr, nullptr, last}),
            last);
  VectorForms<Function> all;
  all.fill(last);
  const Function best = [] { return 2; };
  all[BestVectorForm()] = best;
  EXPECT_EQ(BestForm(all), best);
}

}  // namespace
}  // namespace fanlight
