#include "fanlight/engine/graph/conditions.h"

#include <algorithm>

namespace fanlight {
namespace {

// Far above what programs write, far below what a stack or a memory holds.
constexpr size_t kMaxDecisions = 1 << 18;
constexpr int kMaxDepth = 4096;

}  // namespace

Condition Conditions::Make(const Decision& decision) {
  if (decision.if_false == decision.if_true) return decision.if_true;
  if (decisions_.size() >= kMaxDecisions) {
    is_too_large_ = true;
    return kNever;
  }
  const auto [found, is_new] =
      made_.try_emplace({decision.predicate, decision.if_false, decision.if_true},
                        static_cast<Condition>(decisions_.size()));
  if (is_new) decisions_.push_back(decision);
  return found->second;
}

Condition Conditions::Choose(Condition test, Condition if_true, Condition if_false, int depth) {
  if (test == kAlways || if_true == if_false) return if_true;
  if (test == kNever) return if_false;
  if (if_true == kAlways && if_false == kNever) return test;
  if (depth > kMaxDepth) is_too_large_ = true;
  if (is_too_large_) return kNever;
  if (const auto found = chosen_.find({test, if_true, if_false}); found != chosen_.end()) {
    return found->second;
  }
  const auto at = [&](Condition c) { return decisions_[static_cast<size_t>(c)]; };
  const int32_t first =
      std::max({at(test).predicate, at(if_true).predicate, at(if_false).predicate});
  const auto when = [&](Condition c, bool holds) {
    if (at(c).predicate != first) return c;
    return holds ? at(c).if_true : at(c).if_false;
  };
  Decision decision{first, kNever, kNever};
  decision.if_false =
      Choose(when(test, false), when(if_true, false), when(if_false, false), depth + 1);
  decision.if_true = Choose(when(test, true), when(if_true, true), when(if_false, true), depth + 1);
  const Condition made = Make(decision);
  chosen_.emplace(std::tuple(test, if_true, if_false), made);
  return made;
}

std::set<int32_t> Conditions::PredicatesOf(Condition condition) const {
  std::set<int32_t> predicates;
  std::set<Condition> seen = {kNever, kAlways};
  std::vector<Condition> open = {condition};
  while (!open.empty()) {
    const Condition next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    const Decision& decision = decisions_[static_cast<size_t>(next)];
    predicates.insert(decision.predicate);
    open.push_back(decision.if_false);
    open.push_back(decision.if_true);
  }
  return predicates;
}

bool Evaluate(std::span<const Decision> decisions, Condition condition,
              std::span<const char> predicates) {
  while (condition > kAlways) {
    const Decision& decision = decisions[static_cast<size_t>(condition)];
    condition = predicates[static_cast<size_t>(decision.predicate)] != 0 ? decision.if_true
                                                                         : decision.if_false;
  }
  return condition == kAlways;
}

}  // namespace fanlight
