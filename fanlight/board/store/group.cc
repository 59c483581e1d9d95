#include "fanlight/board/store/group.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fanlight/board/store/decimate.h"

namespace fanlight::store {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Where values are told.
struct Grid {
  std::vector<double> places{};  // Ascending.
  bool is_exact = false;         // Every x is a place.
  double per_x = 0;              // Places for each unit of the scale, where it is even.
  Scale scale = Scale::kLinear;

  size_t NearestTo(double x) const {
    if (is_exact) {
      return static_cast<size_t>(std::lower_bound(places.begin(), places.end(), x) -
                                 places.begin());
    }
    const double distance =
        PixelScale::OnScale(x, scale) - PixelScale::OnScale(places.front(), scale);
    const double place = std::floor(distance * per_x + 0.5);
    return static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(places.size() - 1)));
  }
};

// `width` places over the window as far as it is bounded, else over what is there.
Grid EvenGrid(const WindowQuery& window, double least, double greatest, uint32_t width) {
  const auto on_scale = [&](double x) { return PixelScale::OnScale(x, window.scale); };
  const bool has_from = window.from && (window.scale == Scale::kLinear || *window.from > 0);
  const double from = on_scale(has_from ? *window.from : least);
  const double span = on_scale(window.to.value_or(greatest)) - from;
  const double steps = static_cast<double>(std::max(width, 2u)) - 1;
  Grid grid{.per_x = steps / span, .scale = window.scale};
  for (double k = 0; k <= steps; ++k) {
    const double place = from + span * (k / steps);
    grid.places.push_back(window.scale == Scale::kLog ? std::exp(place) : place);
  }
  return grid;
}

// Different numbers, as long as they are few.
class FewNumbers {
 public:
  explicit FewNumbers(size_t most) : most_(most) {}
  bool are_few() const { return are_few_; }
  const std::vector<double>& sorted() const { return sorted_; }

  void Add(double x) {
    if (!are_few_) return;
    // Mostly the one after the last, or one that is known.
    if (at_ < sorted_.size() && sorted_[at_] == x) {
      ++at_;
      return;
    }
    const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), x);
    at_ = static_cast<size_t>(place - sorted_.begin()) + 1;
    if (place != sorted_.end() && *place == x) return;
    sorted_.insert(place, x);
    are_few_ = sorted_.size() <= most_;
  }

 private:
  const size_t most_;
  bool are_few_ = true;
  std::vector<double> sorted_;
  size_t at_ = 0;
};

// One series at the places of the grid.
class SeriesOnGrid {
 public:
  explicit SeriesOnGrid(const Grid& grid) : grid_(grid), cells_(grid.places.size()) {}

  void Add(double x, double y) {
    if (!std::isfinite(y)) return;
    Cell& cell = cells_[grid_.NearestTo(x)];
    cell.sum += y;
    cell.count += 1;
    cell.min = std::min(cell.min, y);
    cell.max = std::max(cell.max, y);
  }
  // A point outside of the window, which only tells where the line goes.
  void AddOutside(double x, double y) {
    if (!std::isfinite(x) || !std::isfinite(y)) return;
    if (x < grid_.places.front()) {
      if (!(x < before_x_)) before_x_ = x, before_y_ = y;
    } else if (!(x > after_x_)) {
      after_x_ = x, after_y_ = y;
    }
  }

  // Calls visit(place, value, least, greatest) where the series has a value.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    double left_x = before_x_;
    double left_y = before_y_;
    for (size_t k = 0; k < cells_.size();) {
      if (cells_[k].count > 0) {
        left_x = grid_.places[k];
        left_y = cells_[k].sum / cells_[k].count;
        visit(k, left_y, cells_[k].min, cells_[k].max);
        ++k;
        continue;
      }
      size_t right = k;
      while (right < cells_.size() && cells_[right].count == 0) ++right;
      const bool is_inside = right < cells_.size();
      const double right_x = is_inside ? grid_.places[right] : after_x_;
      const double right_y = is_inside ? cells_[right].sum / cells_[right].count : after_y_;
      if (std::isfinite(left_x) && std::isfinite(right_x)) {
        for (size_t i = k; i < right; ++i) {
          const double part = (grid_.places[i] - left_x) / (right_x - left_x);
          const double y = left_y + (right_y - left_y) * part;
          visit(i, y, y, y);
        }
      }
      k = right;
    }
  }

 private:
  struct Cell {
    double sum = 0;
    double count = 0;
    double min = kInfinity;
    double max = -kInfinity;
  };
  const Grid& grid_;
  std::vector<Cell> cells_;
  double before_x_ = -kInfinity;
  double before_y_ = 0;
  double after_x_ = kInfinity;
  double after_y_ = 0;
};

// What the series amount to at one place.
struct Place {
  int64_t count = 0;
  double mean = 0;
  double squares = 0;
  double min = kInfinity;
  double max = -kInfinity;
  std::vector<double> values;  // For quantiles.

  // Welford's way: no cancellation for values far from zero.
  void Add(double value) {
    ++count;
    const double delta = value - mean;
    mean += delta / static_cast<double>(count);
    squares += delta * (value - mean);
  }
};

double Quantile(const std::vector<double>& sorted, double part) {
  const double rank = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - static_cast<double>(below));
}

const std::vector<double>& XOf(const ScalarColumns& columns, Axis axis,
                               std::vector<double>& steps) {
  if (axis != Axis::kStep) return columns.wall_times_s;
  steps.assign(columns.steps.begin(), columns.steps.end());
  return steps;
}

}  // namespace

GroupColumns QueryGroup(std::span<const SeriesView> series, const GroupQuery& query) {
  WindowQuery every = query.window;  // Every point of the window, smoothed.
  every.width = 0;
  every.shape = Shape::kPoints;
  every.with_wall_times = every.axis != Axis::kStep;  // Whatever the answer tells.
  const uint32_t width = query.window.width == 0 ? GroupQuery::kUsualWidth : query.window.width;
  const double from = BeginOf(every);
  const double to = every.to.value_or(kInfinity);

  // Calls visit(x, y) for the points of a series, those next to the window too.
  const auto for_each_point = [&](const SeriesView& one, bool is_smoothed, auto&& visit) {
    WindowQuery window = every;
    if (!is_smoothed) window.smoothing.reset();
    const ScalarColumns columns = one.Window(window);
    const double start = every.axis == Axis::kRelative ? one.run_start_s() : 0;
    std::vector<double> steps;
    const std::vector<double>& x = XOf(columns, every.axis, steps);
    const std::vector<double>& y = window.smoothing ? columns.smoothed : columns.values;
    for (size_t i = 0; i < x.size(); ++i) visit(x[i] - start, y[i]);
    return std::pair(columns.total, columns.in_window);
  };

  GroupColumns group;
  FewNumbers few(size_t{2} * width);
  double least = kInfinity;
  double greatest = -kInfinity;
  for (const SeriesView& one : series) {
    const auto [total, in_window] = for_each_point(one, false, [&](double x, double) {
      if (!(x >= from && x <= to) || !std::isfinite(x)) return;
      few.Add(x);
      least = std::min(least, x);
      greatest = std::max(greatest, x);
    });
    group.total += total;
    group.in_window += in_window;
  }
  group.left_out = !few.are_few();
  const Grid grid = few.are_few() ? Grid{.places = few.sorted(), .is_exact = true}
                                  : EvenGrid(query.window, least, greatest, width);
  if (grid.places.empty()) return group;

  std::vector<Place> places(grid.places.size());
  for (const SeriesView& one : series) {
    SeriesOnGrid on_grid(grid);
    for_each_point(one, true, [&](double x, double y) {
      if (x >= from && x <= to && std::isfinite(x)) {
        on_grid.Add(x, y);
      } else {
        on_grid.AddOutside(x, y);
      }
    });
    on_grid.ForEach([&](size_t k, double value, double min, double max) {
      places[k].Add(value);
      places[k].min = std::min(places[k].min, min);
      places[k].max = std::max(places[k].max, max);
      if (query.band == GroupQuery::Band::kQuantiles) places[k].values.push_back(value);
    });
  }
  for (size_t k = 0; k < places.size(); ++k) {
    Place& place = places[k];
    if (place.count == 0) continue;
    double lo = place.min;
    double hi = place.max;
    if (query.band == GroupQuery::Band::kDeviation) {
      const double deviation = std::sqrt(place.squares / static_cast<double>(place.count));
      lo = place.mean - deviation;
      hi = place.mean + deviation;
    } else if (query.band == GroupQuery::Band::kQuantiles) {
      std::sort(place.values.begin(), place.values.end());
      lo = Quantile(place.values, query.low);
      hi = Quantile(place.values, query.high);
    }
    group.x.push_back(grid.places[k]);
    group.mean.push_back(place.mean);
    group.lo.push_back(lo);
    group.hi.push_back(hi);
    group.counts.push_back(place.count);
  }
  return group;
}

}  // namespace fanlight::store
