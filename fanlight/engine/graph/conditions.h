// When the parts of a plan run: Boolean functions of the predicates that its Switch nodes choose by.
//
// A function is kept as a decision diagram. A decision asks for one predicate, later numbers before
// earlier ones, and goes on to another function; each function exists once, so equal ones are the
// same number. With c = "predicate 0 holds" and p = predicate 1:
//
//   c and p                          decision (1: never, c)
//   (c and p) or (c and not p)   =   c, as a Merge of both branches of a Switch finds
//
// A predicate is computed only where its Switch runs, and every function that asks for it is false
// elsewhere, whatever the predicate is taken for: it need not be reset between runs.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <vector>

namespace fanlight {

// A function, by its place in a diagram.
using Condition = int32_t;
inline constexpr Condition kNever = 0;
inline constexpr Condition kAlways = 1;

struct Decision {
  int32_t predicate = -1;
  Condition if_false = kNever;
  Condition if_true = kNever;
};

class Conditions {
 public:
  // Whether the predicate holds, or does not hold.
  Condition Holds(int32_t predicate) { return Make({predicate, kNever, kAlways}); }
  Condition And(Condition a, Condition b) { return Choose(a, b, kNever, 0); }
  Condition Or(Condition a, Condition b) { return Choose(a, kAlways, b, 0); }
  Condition Not(Condition a) { return Choose(a, kNever, kAlways, 0); }

  // The predicates that it depends on.
  std::set<int32_t> PredicatesOf(Condition condition) const;
  // Whether a diagram has become too large: what was found since then is wrong.
  bool is_too_large() const { return is_too_large_; }
  const std::vector<Decision>& decisions() const { return decisions_; }

 private:
  Condition Make(const Decision& decision);
  // `if_true` where `test` holds, else `if_false`.
  Condition Choose(Condition test, Condition if_true, Condition if_false, int depth);

  std::vector<Decision> decisions_ =
      std::vector<Decision>(2);  // The first two stand for constants.
  std::map<std::tuple<int32_t, Condition, Condition>, Condition> made_;
  std::map<std::tuple<Condition, Condition, Condition>, Condition> chosen_;
  bool is_too_large_ = false;
};

// Its value, for predicates as they are. `decisions`: of the diagram it is from.
bool Evaluate(std::span<const Decision> decisions, Condition condition,
              std::span<const char> predicates);

}  // namespace fanlight
