#include "fanlight/engine/graph/conditions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>

namespace fanlight {
namespace {

TEST(Conditions, BothBranchesTogetherAreWhatTheirSwitchIs) {
  Conditions conditions;
  const Condition outer = conditions.Holds(0);
  const Condition inner = conditions.Holds(1);
  const Condition yes = conditions.And(outer, inner);
  const Condition no = conditions.And(outer, conditions.Not(inner));
  EXPECT_NE(yes, no);
  EXPECT_EQ(conditions.And(yes, no), kNever);
  EXPECT_EQ(conditions.Or(yes, no), outer);
  EXPECT_EQ(conditions.PredicatesOf(yes), (std::set<int32_t>{0, 1}));
  EXPECT_TRUE(conditions.PredicatesOf(kAlways).empty());
}

TEST(Conditions, ManyOneInTheOtherStaySmall) {
  Conditions conditions;
  Condition all = kAlways;
  for (int i = 0; i < 3000; ++i) all = conditions.And(all, conditions.Holds(i));
  EXPECT_FALSE(conditions.is_too_large());
  EXPECT_LT(conditions.decisions().size(), 10'000u);
}

TEST(Conditions, WhatGrowsWithoutBoundIsToldRatherThanDone) {
  Conditions conditions;
  // (0 and n) or (1 and n+1) or … : the order that is worst for it.
  constexpr int kPairs = 40;
  Condition any = kNever;
  for (int i = 0; i < kPairs; ++i) {
    any = conditions.Or(any, conditions.And(conditions.Holds(i), conditions.Holds(kPairs + i)));
  }
  EXPECT_TRUE(conditions.is_too_large());
}

// Formulas over five predicates, against their tables of truth.
RC_GTEST_PROP(ConditionsProperty, EqualFunctionsAreOneAndEvaluateAsTheyWereBuilt, ()) {
  Conditions conditions;
  std::vector<std::pair<Condition, uint32_t>> pool = {{kNever, 0u}, {kAlways, ~0u}};
  for (int32_t p = 0; p < 5; ++p) {
    uint32_t table = 0;
    for (uint32_t row = 0; row < 32; ++row) table |= (row >> p & 1u) << row;
    pool.emplace_back(conditions.Holds(p), table);
  }
  for (int step = 0; step < 30; ++step) {
    const auto [a, table_a] = pool[*rc::gen::inRange<size_t>(0, pool.size())];
    const auto [b, table_b] = pool[*rc::gen::inRange<size_t>(0, pool.size())];
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        pool.emplace_back(conditions.And(a, b), table_a & table_b);
        break;
      case 1:
        pool.emplace_back(conditions.Or(a, b), table_a | table_b);
        break;
      default:
        pool.emplace_back(conditions.Not(a), ~table_a);
    }
  }
  for (const auto& [a, table_a] : pool) {
    for (const auto& [b, table_b] : pool) RC_ASSERT((a == b) == (table_a == table_b));
    for (uint32_t row = 0; row < 32; ++row) {
      std::vector<char> predicates;
      for (uint32_t p = 0; p < 5; ++p) predicates.push_back(static_cast<char>(row >> p & 1u));
      RC_ASSERT(Evaluate(conditions.decisions(), a, predicates) == ((table_a >> row & 1u) != 0));
    }
  }
}

}  // namespace
}  // namespace fanlight
