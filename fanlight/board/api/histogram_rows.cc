#include "fanlight/board/api/histogram_rows.h"

#include <limits>

namespace fanlight::api {
namespace {

// 1, 2, 5, 10, 20, 50 …: the least of them that leaves at most `most` of `count` rows, the last one beside them.
size_t StrideFor(size_t count, uint32_t most) {
  if (most == 0 || count <= most) return 1;
  if (most == 1) return std::numeric_limits<size_t>::max();
  for (size_t power = 1;; power *= 10) {
    for (const size_t factor : {1, 2, 5}) {
      const size_t stride = power * factor;
      // Of `count` rows in a row at most so many have a number that the stride divides.
      if ((count + stride - 1) / stride + 1 <= most) return stride;
    }
    if (power > count) return std::numeric_limits<size_t>::max();
  }
}

// The row whose x is nearest to `x` among those for which `is_beyond` holds.
template <typename Beyond>
void AddNearest(std::span<const double> x, Beyond is_beyond, bool is_below,
                std::optional<size_t>& into) {
  for (size_t row = 0; row < x.size(); ++row) {
    if (!is_beyond(x[row])) continue;
    if (!into || (is_below ? x[row] >= x[*into] : x[row] < x[*into])) into = row;
  }
}

}  // namespace

ChosenRows ChooseRows(std::span<const double> x, std::optional<double> from,
                      std::optional<double> to, uint32_t most) {
  const double least = from.value_or(-std::numeric_limits<double>::infinity());
  const double greatest = to.value_or(std::numeric_limits<double>::infinity());
  std::vector<size_t> inside;
  for (size_t row = 0; row < x.size(); ++row)
    if (x[row] >= least && x[row] <= greatest) inside.push_back(row);
  ChosenRows chosen;
  chosen.in_window = inside.size();
  std::optional<size_t> before;
  std::optional<size_t> after;
  if (from) AddNearest(x, [&](double v) { return v < least; }, true, before);
  if (to) AddNearest(x, [&](double v) { return v > greatest; }, false, after);
  const size_t stride = StrideFor(inside.size(), most);
  std::vector<bool> is_kept(x.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    const bool is_last = i + 1 == inside.size();
    if (stride == 1 || is_last || (most > 1 && inside[i] % stride == 0)) is_kept[inside[i]] = true;
  }
  if (before) is_kept[*before] = true;
  if (after) is_kept[*after] = true;
  for (size_t row = 0; row < x.size(); ++row)
    if (is_kept[row]) chosen.rows.push_back(row);
  size_t kept_inside = 0;
  for (const size_t row : inside) kept_inside += is_kept[row] ? 1 : 0;
  chosen.left_out = kept_inside < inside.size();
  return chosen;
}

}  // namespace fanlight::api
